// SPDX-License-Identifier: Apache-2.0
// commands.c: what the rows of commands.def do, and the keys that call them.
//
// Keys are looked up by the page before any widget sees them. In the edit mode only the keys of
// the last column count; in the command mode the letters as well, unless some text entry (the
// find bar) has the focus. A double key must come within a second.
#include "notebook/page.h"
#include "session/client.h"

#include <glib/gi18n.h>
#include <string.h>

enum { DOUBLE_US = 1000000 };

static void selected(AdjUiPage *p, guint *first, guint *count)
{
    guint at, n;
    adj_ui_page_range(p, &at, &n);
    *first = adj_ui_page_index(p, at);
    guint end = at + n < adj_ui_page_count(p) ? adj_ui_page_index(p, at + n)
                                              : adj_ui_notebook_count(p->notebook);
    *count = end - *first;
}

static AdjUiCell *here(AdjUiPage *p)
{
    return adj_ui_page_cell(p, p->cursor);
}

// -- running --------------------------------------------------------------------------------

static void command_run(AdjUiPage *p)
{
    guint first, count;
    adj_ui_page_range(p, &first, &count);
    g_autoptr(GPtrArray) cells = g_ptr_array_new();
    for (guint i = first; i < first + count; i++)
        g_ptr_array_add(cells, adj_ui_page_cell(p, i));
    for (guint i = 0; i < cells->len; i++) adj_ui_page_run(p, cells->pdata[i]);
    adj_ui_page_go(p, first + count - 1, FALSE);
}

static void command_run_advance(AdjUiPage *p)
{
    command_run(p);
    guint last = adj_ui_page_count(p) - 1;
    if (p->cursor < last) {
        adj_ui_page_go(p, p->cursor + 1, FALSE);
        return;
    }
    if (p->from) return;  // a presentation goes on by itself
    adj_ui_notebook_insert(p->notebook, adj_ui_notebook_count(p->notebook),
                           adj_ui_cell_new(ADJ_UI_CODE, ""));
    adj_ui_page_go(p, adj_ui_page_count(p) - 1, TRUE);
}

static void command_run_insert(AdjUiPage *p)
{
    command_run(p);
    adj_ui_notebook_insert(p->notebook, adj_ui_page_index(p, p->cursor) + 1,
                           adj_ui_cell_new(ADJ_UI_CODE, ""));
    adj_ui_page_go(p, p->cursor + 1, TRUE);
}

static void run_range(AdjUiPage *p, guint from, guint to)
{
    for (guint i = from; i < to; i++) {
        AdjUiCell *c = adj_ui_notebook_cell(p->notebook, i);
        if (c->kind == ADJ_UI_CODE) adj_ui_page_run(p, c);
    }
}

static void command_run_all(AdjUiPage *p)
{
    run_range(p, 0, adj_ui_notebook_count(p->notebook));
}

static void command_run_above(AdjUiPage *p)
{
    run_range(p, 0, adj_ui_page_index(p, p->cursor));
}

static void command_run_stale(AdjUiPage *p)
{
    for (guint i = 0; i < adj_ui_notebook_count(p->notebook); i++) {
        AdjUiCell *c = adj_ui_notebook_cell(p->notebook, i);
        if (c->kind == ADJ_UI_CODE && c->stale) adj_ui_page_run(p, c);
    }
}

static void command_interrupt(AdjUiPage *p)
{
    adj_ui_client_interrupt(adj_ui_model_client(p->model));
}

static void command_restart(AdjUiPage *p)
{
    adj_ui_page_restart(p);
}

static void command_restart_run(AdjUiPage *p)
{
    adj_ui_page_restart(p);
    command_run_all(p);
}

// -- cells ----------------------------------------------------------------------------------

static void insert_at(AdjUiPage *p, guint at, guint shown)
{
    adj_ui_notebook_insert(p->notebook, at, adj_ui_cell_new(ADJ_UI_CODE, ""));
    adj_ui_page_go(p, shown, FALSE);
}

static void command_insert_above(AdjUiPage *p)
{
    insert_at(p, adj_ui_page_index(p, p->cursor), p->cursor);
}

static void command_insert_below(AdjUiPage *p)
{
    guint first, count;
    selected(p, &first, &count);
    insert_at(p, first + count, MAX(p->cursor, p->mark) + 1);
}

static void command_delete(AdjUiPage *p)
{
    guint first, count, at = MIN(p->cursor, p->mark);
    selected(p, &first, &count);
    adj_ui_notebook_remove(p->notebook, first, count);
    adj_ui_page_go(p, at, FALSE);
}

static void after_travel(AdjUiPage *p, int at)
{
    if (at < 0) {
        adj_ui_page_tell(p, _("Nothing to undo"));
        return;
    }
    adj_ui_page_refold(p);
    adj_ui_page_go(p, (guint)at, FALSE);
}

static void command_undo(AdjUiPage *p)
{
    after_travel(p, adj_ui_notebook_undo(p->notebook));
}

static void command_redo(AdjUiPage *p)
{
    after_travel(p, adj_ui_notebook_redo(p->notebook));
}

static void command_copy(AdjUiPage *p)
{
    guint first, count;
    selected(p, &first, &count);
    g_clear_pointer(&p->clipboard, g_ptr_array_unref);
    p->clipboard = g_ptr_array_new_with_free_func(g_object_unref);
    GString *text = g_string_new(NULL);
    for (guint i = first; i < first + count; i++) {
        AdjUiCell *c = adj_ui_notebook_cell(p->notebook, i);
        g_autofree char *source = adj_ui_cell_text(c);
        g_ptr_array_add(p->clipboard, adj_ui_cell_new(c->kind, source));
        g_string_append_printf(text, "%s%s", i > first ? "\n\n" : "", source);
    }
    gdk_clipboard_set_text(gtk_widget_get_clipboard(p->root), text->str);
    g_string_free(text, TRUE);
}

static void command_cut(AdjUiPage *p)
{
    command_copy(p);
    command_delete(p);
}

static void command_paste(AdjUiPage *p)
{
    if (!p->clipboard) return;
    guint first, count, at = MAX(p->cursor, p->mark) + 1;
    selected(p, &first, &count);
    for (guint i = 0; i < p->clipboard->len; i++) {
        AdjUiCell *c = p->clipboard->pdata[i];
        g_autofree char *source = adj_ui_cell_text(c);
        adj_ui_notebook_insert(p->notebook, first + count + i,
                               adj_ui_cell_new(c->kind, source));
    }
    adj_ui_page_go(p, at, FALSE);
}

static void make_kind(AdjUiPage *p, AdjUiCellKind kind)
{
    guint first, count;
    selected(p, &first, &count);
    adj_ui_notebook_set_kind(p->notebook, first, count, kind);
    if (kind == ADJ_UI_MARKDOWN && p->cursor == p->mark) {
        AdjUiCell *c = here(p);
        c->editing = TRUE;
        adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS);
    }
}

static void command_code(AdjUiPage *p)
{
    make_kind(p, ADJ_UI_CODE);
}

static void command_markdown(AdjUiPage *p)
{
    make_kind(p, ADJ_UI_MARKDOWN);
}

static void command_raw(AdjUiPage *p)
{
    make_kind(p, ADJ_UI_RAW);
}

static void heading(AdjUiPage *p, int level)
{
    adj_ui_notebook_set_heading(p->notebook, adj_ui_page_index(p, p->cursor), level);
    AdjUiCell *c = here(p);
    adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS);
}

#define HEADING(n)                                \
    static void command_heading_##n(AdjUiPage *p) \
    {                                             \
        heading(p, n);                            \
    }
HEADING(1)
HEADING(2)
HEADING(3)
HEADING(4)
HEADING(5)
HEADING(6)

static void command_merge(AdjUiPage *p)
{
    guint first, count, at = MIN(p->cursor, p->mark);
    selected(p, &first, &count);
    adj_ui_notebook_merge(p->notebook, first, MAX(count, 2));
    adj_ui_page_go(p, at, FALSE);
}

static void command_split(AdjUiPage *p)
{
    AdjUiCell *c = here(p);
    int offset;
    g_object_get(adj_ui_cell_buffer(c), "cursor-position", &offset, NULL);
    adj_ui_notebook_split(p->notebook, adj_ui_page_index(p, p->cursor), offset);
    adj_ui_page_go(p, p->cursor + 1, p->editing);
}

static void move(AdjUiPage *p, int by)
{
    guint first, count, at, n;
    gboolean editing = p->editing;
    adj_ui_page_range(p, &at, &n);
    if ((by < 0 && at == 0) || (by > 0 && at + n >= adj_ui_page_count(p))) return;
    selected(p, &first, &count);
    adj_ui_notebook_move(p->notebook, first, count, by);
    adj_ui_page_go(p, (guint)((int)(at + n - 1) + by), editing);
    p->mark = (guint)((int)at + by);
    if (n > 1) adj_ui_page_extend(p, p->cursor);
}

static void command_move_up(AdjUiPage *p)
{
    move(p, -1);
}

static void command_move_down(AdjUiPage *p)
{
    move(p, 1);
}

static void clear_outputs(AdjUiPage *p, guint first, guint count)
{
    for (guint i = first; i < first + count; i++)
        adj_ui_cell_clear_outputs(adj_ui_notebook_cell(p->notebook, i));
}

static void command_clear_output(AdjUiPage *p)
{
    guint first, count;
    selected(p, &first, &count);
    clear_outputs(p, first, count);
}

static void command_clear_all(AdjUiPage *p)
{
    clear_outputs(p, 0, adj_ui_notebook_count(p->notebook));
}

// -- moving about ---------------------------------------------------------------------------

static void command_up(AdjUiPage *p)
{
    if (p->cursor) adj_ui_page_go(p, p->cursor - 1, FALSE);
}

static void command_down(AdjUiPage *p)
{
    adj_ui_page_go(p, p->cursor + 1, FALSE);
}

static void command_extend_up(AdjUiPage *p)
{
    if (p->cursor) adj_ui_page_extend(p, p->cursor - 1);
}

static void command_extend_down(AdjUiPage *p)
{
    adj_ui_page_extend(p, p->cursor + 1);
}

static void command_first(AdjUiPage *p)
{
    adj_ui_page_go(p, 0, FALSE);
}

static void command_last(AdjUiPage *p)
{
    adj_ui_page_go(p, adj_ui_page_count(p) - 1, FALSE);
}

static void command_select_all(AdjUiPage *p)
{
    p->mark = 0;
    adj_ui_page_extend(p, adj_ui_page_count(p) - 1);
}

static void command_edit(AdjUiPage *p)
{
    adj_ui_page_go(p, p->cursor, TRUE);
}

// Out of the editor; out of a presentation, when nobody edits.
static void command_leave(AdjUiPage *p)
{
    if (p->from && !p->editing) {
        gtk_widget_activate_action(p->root, "win.present", NULL);
        return;
    }
    adj_ui_page_go(p, p->cursor, FALSE);
}

// -- view -----------------------------------------------------------------------------------

static void fold(AdjUiPage *p, gboolean folded)
{
    AdjUiCell *c = here(p);
    if (adj_ui_cell_heading(c)) {
        c->outputs_folded = folded;
        adj_ui_page_refold(p);
    } else if (c->kind == ADJ_UI_CODE) {
        c->folded = folded;
    }
    adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS);
}

static void command_fold(AdjUiPage *p)
{
    fold(p, TRUE);
}

static void command_unfold(AdjUiPage *p)
{
    fold(p, FALSE);
}

static void command_toggle_output(AdjUiPage *p)
{
    AdjUiCell *c = here(p);
    if (c->kind != ADJ_UI_CODE) return;
    c->outputs_folded = !c->outputs_folded;
    adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS);
}

static void command_line_numbers(AdjUiPage *p)
{
    p->line_numbers = !p->line_numbers;
    for (guint i = 0; i < adj_ui_page_count(p); i++) {
        GtkSourceView *editor = adj_ui_page_editor(p, i);
        if (editor) gtk_source_view_set_show_line_numbers(editor, p->line_numbers);
    }
}

static void command_present(AdjUiPage *p)
{
    gtk_widget_activate_action(p->root, "win.present", NULL);
}

static void command_find(AdjUiPage *p)
{
    adj_ui_find_open(p->find, FALSE);
}

static void command_replace(AdjUiPage *p)
{
    adj_ui_find_open(p->find, TRUE);
}

static void command_find_next(AdjUiPage *p)
{
    adj_ui_find_step(p->find, 1);
}

static void command_find_previous(AdjUiPage *p)
{
    adj_ui_find_step(p->find, -1);
}

const AdjUiCommand adj_ui_commands[] = {
#define COMMAND(group, name, command_keys, keys, title, text) \
    {#group, #name, command_keys, keys, N_(title), N_(text), command_##name},
#include "notebook/commands.def"
#undef COMMAND
    {NULL}};

// -- keys -----------------------------------------------------------------------------------

static gboolean is_key(const char *accelerator, guint key, GdkModifierType state)
{
    guint wanted;
    GdkModifierType modifiers;
    if (!gtk_accelerator_parse(accelerator, &wanted, &modifiers)) return FALSE;
    guint lower = gdk_keyval_to_lower(key);
    return (wanted == key || wanted == lower) &&
           modifiers == (state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK | GDK_ALT_MASK));
}

// Whether [key] is, or completes, one of the space-separated [keys].
static gboolean among(AdjUiPage *p, const char *keys, guint key, GdkModifierType state,
                      gboolean *begins)
{
    g_auto(GStrv) each = g_strsplit(keys, " ", -1);
    for (int i = 0; each[i]; i++) {
        char *comma = strchr(each[i], ',');
        if (!comma) {
            if (*each[i] && is_key(each[i], key, state)) return TRUE;
            continue;
        }
        gboolean pending =
            p->pending_key && g_get_monotonic_time() - p->pending_since < DOUBLE_US;
        *comma = '\0';
        if (pending && is_key(each[i], p->pending_key, 0) && is_key(comma + 1, key, state))
            return TRUE;
        if (is_key(each[i], key, state)) *begins = TRUE;
    }
    return FALSE;
}

// Whether the keys belong to the find bar.
static gboolean in_entry(AdjUiPage *p)
{
    GtkRoot *root = gtk_widget_get_root(p->root);
    GtkWidget *focus = root ? gtk_root_get_focus(root) : NULL;
    return focus && gtk_widget_is_ancestor(focus, adj_ui_find_bar(p->find));
}

// Up on the first line and Down on the last go from editor to editor.
static gboolean walk(AdjUiPage *p, GtkSourceView *editor, guint key, GdkModifierType state)
{
    if (state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK | GDK_ALT_MASK)) return FALSE;
    GtkTextBuffer *b = gtk_text_view_get_buffer(GTK_TEXT_VIEW(editor));
    GtkTextIter at;
    gtk_text_buffer_get_iter_at_mark(b, &at, gtk_text_buffer_get_insert(b));
    int line = gtk_text_iter_get_line(&at);
    if (key == GDK_KEY_Up && line == 0 && p->cursor > 0)
        adj_ui_page_go(p, p->cursor - 1, TRUE);
    else if (key == GDK_KEY_Down && line + 1 == gtk_text_buffer_get_line_count(b) &&
             p->cursor + 1 < adj_ui_page_count(p))
        adj_ui_page_go(p, p->cursor + 1, TRUE);
    else
        return FALSE;
    return TRUE;
}

// After a word or a dot, Tab completes; in the white space before a line, it indents.
static gboolean wants_completion(GtkSourceView *editor)
{
    GtkTextBuffer *b = gtk_text_view_get_buffer(GTK_TEXT_VIEW(editor));
    GtkTextIter at;
    gtk_text_buffer_get_iter_at_mark(b, &at, gtk_text_buffer_get_insert(b));
    if (gtk_text_buffer_get_has_selection(b) || !gtk_text_iter_backward_char(&at)) return FALSE;
    gunichar c = gtk_text_iter_get_char(&at);
    return g_unichar_isalnum(c) || c == '_' || c == '.' || c == '%';
}

static gboolean edit_key(AdjUiPage *p, guint key, GdkModifierType state)
{
    GtkSourceView *editor = adj_ui_page_editor(p, p->cursor);
    if (!editor || !gtk_widget_has_focus(GTK_WIDGET(editor))) return FALSE;
    if (adj_ui_complete_key(p->complete, key, state)) return TRUE;
    gboolean code = here(p)->kind == ADJ_UI_CODE;
    GdkModifierType held = state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK | GDK_ALT_MASK);
    if (code && ((key == GDK_KEY_Tab && !held && wants_completion(editor)) ||
                 (key == GDK_KEY_space && held == GDK_CONTROL_MASK))) {
        adj_ui_complete_start(p->complete, editor);
        return TRUE;
    }
    if (code && ((key == GDK_KEY_ISO_Left_Tab && held == GDK_SHIFT_MASK) ||
                 (key == GDK_KEY_space && held == (GDK_CONTROL_MASK | GDK_SHIFT_MASK)))) {
        adj_ui_complete_inspect(p->complete, editor);
        return TRUE;
    }
    return walk(p, editor, key, state);
}

static gboolean key_pressed(GtkEventControllerKey *c, guint key, guint code,
                            GdkModifierType state, gpointer self)
{
    (void)c, (void)code;
    AdjUiPage *p = self;
    if (p->editing && edit_key(p, key, state)) return GDK_EVENT_STOP;
    GtkSourceView *editor = adj_ui_page_editor(p, p->cursor);
    gboolean typing = in_entry(p) || (editor && gtk_widget_has_focus(GTK_WIDGET(editor)));
    gboolean begins = FALSE;
    for (const AdjUiCommand *k = adj_ui_commands; k->name; k++) {
        if (!among(p, k->keys, key, state, &begins) &&
            (typing || !among(p, k->command_keys, key, state, &begins)))
            continue;
        if (in_entry(p) && g_str_equal(k->name, "leave")) return GDK_EVENT_PROPAGATE;
        p->pending_key = 0;
        k->run(p);
        return GDK_EVENT_STOP;
    }
    p->pending_key = begins ? key : 0;
    p->pending_since = g_get_monotonic_time();
    return begins ? GDK_EVENT_STOP : GDK_EVENT_PROPAGATE;
}

static void activate(GSimpleAction *a, GVariant *v, gpointer self)
{
    (void)v;
    const AdjUiCommand *k = g_object_get_data(G_OBJECT(a), "command");
    k->run(self);
}

// A cell with this text below the chosen one, for a panel that has something to show in code.
static void insert_code(GSimpleAction *a, GVariant *v, gpointer self)
{
    (void)a;
    AdjUiPage *p = self;
    guint first, count, shown = MAX(p->cursor, p->mark) + 1;
    selected(p, &first, &count);
    adj_ui_notebook_insert(p->notebook, first + count,
                           adj_ui_cell_new(ADJ_UI_CODE, g_variant_get_string(v, NULL)));
    adj_ui_page_go(p, shown, FALSE);
}

void adj_ui_page_install(AdjUiPage *p)
{
    p->actions = g_simple_action_group_new();
    for (const AdjUiCommand *k = adj_ui_commands; k->name; k++) {
        g_autoptr(GSimpleAction) a = g_simple_action_new(k->name, NULL);
        g_object_set_data(G_OBJECT(a), "command", (gpointer)k);
        g_signal_connect(a, "activate", G_CALLBACK(activate), p);
        g_action_map_add_action(G_ACTION_MAP(p->actions), G_ACTION(a));
    }
    g_autoptr(GSimpleAction) insert = g_simple_action_new("insert-code", G_VARIANT_TYPE_STRING);
    g_signal_connect(insert, "activate", G_CALLBACK(insert_code), p);
    g_action_map_add_action(G_ACTION_MAP(p->actions), G_ACTION(insert));
    GtkEventController *keys = gtk_event_controller_key_new();
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(key_pressed), p);
    gtk_widget_add_controller(gtk_widget_get_parent(p->scroller), keys);
}
