// SPDX-License-Identifier: Apache-2.0
// welcome.c: the first page: what one can begin with. The library is the folder of samples that
// comes with the program; its titles and words are the first comment of each script, so a new
// sample needs no entry anywhere.
#include "app.h"
#include "disk.h"
#include "notebook/journal.h"

#include <glib/gi18n.h>
#include <string.h>

enum { RECENT = 6, HEAD = 2000 };

// The samples lie in the data folder, or beside the program in the source tree.
char *adj_ui_samples_folder(void)
{
    const char *named = g_getenv("ADJOINT_SAMPLES");
    if (named) return g_strdup(named);
    return g_strdup(g_file_test(ADJ_UI_SAMPLES_DIR, G_FILE_TEST_IS_DIR)
                        ? ADJ_UI_SAMPLES_DIR
                        : ADJ_UI_SOURCE_SAMPLES);
}

// "02_digits.adj" is "Digits".
static char *title_of(const char *name)
{
    const char *s = name + strspn(name, "0123456789_");
    char *title = g_strndup(s, strcspn(s, "."));
    g_strdelimit(title, "_", ' ');
    title[0] = g_ascii_toupper(title[0]);
    return title;
}

// What a notebook is called: its first heading.
static char *heading_of(const char *text)
{
    const char *from = strstr(text, "\"# ");
    if (!from) return g_strdup("");
    return g_strndup(from + 3, strcspn(from + 3, "\\\""));
}

// The first sentence of the comment at the head.
static char *words_of(const char *path)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) return g_strdup("");
    if (g_str_has_suffix(path, ".ipynb")) return heading_of(text);
    GString *s = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 24);
    for (int i = 0; lines[i] && lines[i][0] == '#'; i++) {
        const char *words = lines[i] + strspn(lines[i], "# ");
        if (g_str_has_prefix(words, "SPDX")) continue;
        if (*words) g_string_append_printf(s, "%s%s", s->len ? " " : "", words);
    }
    char *end = strstr(s->str, ". ");
    if (end) g_string_truncate(s, (gsize)(end + 1 - s->str));
    return g_string_free(s, FALSE);
}

static GtkWidget *row(const char *title, const char *text, const char *action, GVariant *target)
{
    GtkWidget *r = adw_action_row_new();
    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(r), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(r), title);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(r), text);
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(r), 2);
    gtk_list_box_row_set_activatable(GTK_LIST_BOX_ROW(r), TRUE);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(r), action);
    if (target) gtk_actionable_set_action_target_value(GTK_ACTIONABLE(r), target);
    adw_action_row_add_suffix(ADW_ACTION_ROW(r),
                              gtk_image_new_from_icon_name("go-next-symbolic"));
    return r;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// -- what is read from the disk ---------------------------------------------------------------

enum { ORPHANS, RECENTS, LESSONS, SAMPLES, GROUPS };

typedef struct {
    char *title, *text;
    const char *action;
    char *target;
} Entry;

typedef struct {
    GtkWidget *group[GROUPS];
    GArray *entries[GROUPS];  // of Entry
} Found;

static void add_entry(Found *f, int group, Entry e)
{
    g_array_append_val(f->entries[group], e);
}

static void find_samples(Found *f, int group, const char *part)
{
    g_autofree char *all = adj_ui_samples_folder(), *folder = g_build_filename(all, part, NULL);
    g_autoptr(GDir) d = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while (d && (name = g_dir_read_name(d)))
        if (g_str_has_suffix(name, ".adj") || g_str_has_suffix(name, ".ipynb"))
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        add_entry(f, group,
                  (Entry){title_of(names->pdata[i]), words_of(path), "win.open-uri",
                          g_filename_to_uri(path, NULL, NULL)});
    }
}

static void find_recent(Found *f)
{
    g_auto(GStrv) uris = adj_ui_recent_list(RECENT);
    for (int i = 0; uris[i]; i++) {
        g_autoptr(GFile) file = g_file_new_for_uri(uris[i]);
        add_entry(f, RECENTS,
                  (Entry){g_file_get_basename(file), g_file_get_parse_name(file),
                          "win.open-uri", g_strdup(uris[i])});
    }
}

static void find_orphans(Found *f)
{
    g_auto(GStrv) paths = adj_ui_journal_orphans();
    for (int i = 0; paths[i]; i++)
        add_entry(f, ORPHANS,
                  (Entry){g_strdup(_("Untitled notebook")),
                          g_strdup(_("It was not saved before its window went away.")),
                          "win.recover", g_strdup(paths[i])});
}

static void find_all(gpointer found)
{
    find_orphans(found);
    find_recent(found);
    find_samples(found, LESSONS, "lessons");
    find_samples(found, SAMPLES, "");
}

static void clear_entry(gpointer entry)
{
    Entry *e = entry;
    g_free(e->title);
    g_free(e->text);
    g_free(e->target);
}

static void show_group(GtkWidget *group, GArray *entries)
{
    for (guint i = 0; i < entries->len; i++) {
        Entry *e = &g_array_index(entries, Entry, i);
        adw_preferences_group_add(
            ADW_PREFERENCES_GROUP(group),
            row(e->title, e->text, e->action, g_variant_new_string(e->target)));
    }
    gtk_widget_set_visible(group, entries->len > 0);
}

static void show_all(gpointer found)
{
    Found *f = found;
    for (int i = 0; i < GROUPS; i++) {
        if (gtk_widget_get_parent(f->group[i])) show_group(f->group[i], f->entries[i]);
        g_object_unref(f->group[i]);
        g_array_unref(f->entries[i]);
    }
    g_free(f);
}

static void add_groups(GtkWidget *box)
{
    static const char *const titles[GROUPS] = {[ORPHANS] = N_("Recovered"),
                                               [RECENTS] = N_("Recent"),
                                               [LESSONS] = N_("Lessons"),
                                               [SAMPLES] = N_("Library")};
    Found *f = g_new0(Found, 1);
    for (int i = 0; i < GROUPS; i++) {
        f->group[i] = g_object_ref_sink(adw_preferences_group_new());
        adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(f->group[i]), _(titles[i]));
        gtk_widget_set_visible(f->group[i], FALSE);
        gtk_box_append(GTK_BOX(box), f->group[i]);
        f->entries[i] = g_array_new(FALSE, FALSE, sizeof(Entry));
        g_array_set_clear_func(f->entries[i], clear_entry);
    }
    adj_ui_disk(find_all, show_all, f);
}

static GtkWidget *button(const char *text, const char *action, const char *class)
{
    GtkWidget *b = gtk_button_new_with_mnemonic(text);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(b), action);
    gtk_widget_add_css_class(b, "pill");
    if (class) gtk_widget_add_css_class(b, class);
    return b;
}

static GtkWidget *make_head(void)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *icon = gtk_image_new_from_icon_name(ADJ_UI_ID);
    gtk_image_set_pixel_size(GTK_IMAGE(icon), 112);
    gtk_box_append(GTK_BOX(box), icon);
    GtkWidget *title = gtk_label_new(_("Adjoint"));
    gtk_widget_add_css_class(title, "title-1");
    gtk_box_append(GTK_BOX(box), title);
    GtkWidget *text = gtk_label_new(_("Neural networks you can see through"));
    gtk_widget_add_css_class(text, "welcome-text");
    gtk_box_append(GTK_BOX(box), text);
    GtkWidget *buttons = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    gtk_widget_set_halign(buttons, GTK_ALIGN_CENTER);
    gtk_widget_set_margin_top(buttons, 12);
    gtk_box_append(GTK_BOX(buttons),
                   button(_("_New Notebook"), "win.new-tab", "suggested-action"));
    gtk_box_append(GTK_BOX(buttons), button(_("_Open …"), "win.open", NULL));
    gtk_box_append(GTK_BOX(box), buttons);
    return box;
}

GtkWidget *adj_ui_welcome_new(void)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 30);
    gtk_widget_add_css_class(box, "welcome");
    gtk_box_append(GTK_BOX(box), make_head());
    add_groups(box);
    GtkWidget *clamp = adw_clamp_new(), *s = gtk_scrolled_window_new();
    adw_clamp_set_maximum_size(ADW_CLAMP(clamp), 640);
    adw_clamp_set_child(ADW_CLAMP(clamp), box);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(s), clamp);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(s), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    return s;
}
