// SPDX-License-Identifier: Apache-2.0
//
// What every panel's row promises: a key of its own, a drawing and a table; and that each
// format of files makes of it what it should, also when there is nothing to show yet.

#include "fake_model.h"
#include "share/share.h"
#include "shot.h"
#include "tap.h"

#include <string.h>

#define PANEL(name) extern const AdjUiPanel adj_ui_panel_##name;
#include "panels/panels.def"
#undef PANEL

static const AdjUiPanel *const rows[] = {
#define PANEL(name) &adj_ui_panel_##name,
#include "panels/panels.def"
#undef PANEL
};

static gboolean unique(gsize i)
{
    guint key;
    GdkModifierType held;
    if (!gtk_accelerator_parse(rows[i]->shortcut, &key, &held)) return FALSE;
    for (gsize k = 0; k < G_N_ELEMENTS(rows); k++)
        if (k != i && (!strcmp(rows[k]->shortcut, rows[i]->shortcut) ||
                       !strcmp(rows[k]->name, rows[i]->name)))
            return FALSE;
    return TRUE;
}

static guint32 big_endian(const guint8 *at)
{
    return (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
}

static gboolean is_png(const guint8 *data, gsize size)
{
    return size > 24 && !memcmp(data, "\x89PNG\r\n\x1a\n", 8) &&
           big_endian(data + 16) >= ADJ_UI_PAGE_WIDTH * ADJ_UI_PNG_SCALE &&
           big_endian(data + 20) >= 200 * ADJ_UI_PNG_SCALE;
}

static gboolean is_xml(const guint8 *data, gsize size)
{
    static const GMarkupParser nothing;
    GMarkupParseContext *c = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
    gboolean fine = g_markup_parse_context_parse(c, (const char *)data, (gssize)size, NULL) &&
                    g_markup_parse_context_end_parse(c, NULL);
    g_markup_parse_context_free(c);
    return fine && g_strstr_len((const char *)data, (gssize)size, "<svg") != NULL;
}

static gboolean is_pdf(const guint8 *data, gsize size)
{
    return size > 200 && !memcmp(data, "%PDF-1.", 7);
}

// A table has as many fields in each line as in its head, and the file is the table.
static void check_table(const AdjUiPanel *row, GtkWidget *panel, GBytes *file)
{
    g_autofree char *table = row->table(panel);
    gsize size = 0;
    const char *data = file ? g_bytes_get_data(file, &size) : NULL;
    ok(table && (*table ? data && size == strlen(table) && !memcmp(data, table, size) : !file),
       "%s: the CSV is its table", row->name);
}

static void check_files(const AdjUiPanel *row, GtkWidget *panel)
{
    for (const AdjUiFormat *f = adj_ui_formats; f->name; f++) {
        if (!f->can(row)) continue;
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) file = f->write(row, panel, &error);
        gsize size = 0;
        const guint8 *data = file ? g_bytes_get_data(file, &size) : NULL;
        if (!strcmp(f->name, "csv")) {
            check_table(row, panel, file);
            ok(file || (error && strlen(error->message) > 5), "%s: or one sentence", row->name);
        } else {
            gboolean (*is)(const guint8 *data, gsize size) = !strcmp(f->name, "png")   ? is_png
                                                             : !strcmp(f->name, "svg") ? is_xml
                                                                                       : is_pdf;
            ok(data && is(data, size), "%s as %s", row->name, f->name);
        }
    }
}

int main(void)
{
    g_autofree char *settings = g_dir_make_tmp("adjoint-XXXXXX", NULL);
    g_setenv("XDG_CONFIG_HOME", settings, TRUE);
    if (!shot_init()) return skip_all("no display");
    AdjUiModel *model = adj_ui_model_new();
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        ok(unique(i), "%s has a name and a key of its own", rows[i]->name);
        ok(rows[i]->draw && rows[i]->table, "%s can be drawn and listed", rows[i]->name);
        GtkWidget *panel = rows[i]->create(model), *window = shot_window(panel, 700, 600);
        if (rows[i]->update) rows[i]->update(panel);
        shot_settle(50);
        check_files(rows[i], panel);
        gtk_window_destroy(GTK_WINDOW(window));
        shot_settle(20);
    }
    equal_str(adj_ui_format_of("a.b/Tape.SVG")->name, "svg", "a suffix names its format");
    ok(!adj_ui_format_of("tape") && !adj_ui_format_of("tape.doc"), "others name none");
    g_object_unref(model);
    return done();
}
