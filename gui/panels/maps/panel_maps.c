// SPDX-License-Identifier: Apache-2.0
//
// Maps: what a module with two inputs answers all over the plane, what each of its units makes
// of it, and the points that it learns from, which can be painted, erased and dragged while it
// trains.
//
// One subscription brings the pictures while the program runs, at most thirty times a second
// and never at more than a small share of its time; after each change by hand, and when a cell
// is over, one request asks for the same. The net stands left of the map, or above it where the
// panel is higher than wide. What the pointer is on is painted on the upper layer alone.

#include "panels/maps/maps.h"

#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

static const double REACH = 12, BRUSH = 14;

AdjUiMaps *adj_ui_maps_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "maps");
}

void adj_ui_maps_say(AdjUiMaps *m, const char *text)
{
    gtk_label_set_text(GTK_LABEL(m->status), text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(m->sheet),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

// -- places -------------------------------------------------------------------------------

// Beside each other or one above the other, whichever leaves the map larger.
void adj_ui_maps_places(const AdjUiMaps *m, int width, int height, AdjUiRect *net,
                        AdjUiRect *map)
{
    AdjUiRect all = {10, 8, width - 20.0, height - 16.0};
    double wide = fmin(all.w * 0.48, 92.0 * m->data->net.count);
    double high = CLAMP(all.h * 0.4, 170, 420);
    *net = adj_ui_rect(all.x, all.y, 0, 0);
    *map = all;
    if (m->data->net.count < 2) return;
    if (fmin(all.w, all.h - high) > fmin(all.w - wide, all.h)) {
        *net = adj_ui_rect(all.x, all.y, all.w, high);
        *map = adj_ui_rect(all.x, all.y + high, all.w, all.h - high);
    } else {
        *net = adj_ui_rect(all.x, all.y, wide, all.h);
        *map = adj_ui_rect(all.x + wide + 8, all.y, all.w - wide - 8, all.h);
    }
}

static void places_now(const AdjUiMaps *m, AdjUiRect *net, AdjUiRect *map)
{
    int width, height;
    adj_ui_sheet_size(m->sheet, &width, &height);
    adj_ui_maps_places(m, width, height, net, map);
}

static AdjUiRect map_now(const AdjUiMaps *m)
{
    AdjUiRect net, map;
    places_now(m, &net, &map);
    return adj_ui_plane_rect(&m->data->plane, map);
}

static gboolean is_inside(AdjUiRect r, double x, double y)
{
    return x >= r.x && y >= r.y && x < r.x + r.w && y < r.y + r.h;
}

// -- the status line ----------------------------------------------------------------------

static void say_points(const AdjUiMaps *m, GString *s)
{
    const AdjUiPlane *p = &m->data->plane;
    if (!p->train.count) {
        g_string_append(s, _("no points"));
        return;
    }
    if (!p->class_count || !p->outputs) {
        g_string_append_printf(s, _("%d points"), p->train.count);
        return;
    }
    int right = adj_ui_plane_right(m->data, &p->train);
    g_string_append_printf(s, _("%d of %d points are on their side, %.1f %%"), right,
                           p->train.count, 100.0 * right / p->train.count);
    if (!p->with_test || !p->test.count) return;
    right = adj_ui_plane_right(m->data, &p->test);
    g_string_append_printf(s, _(" · test: %d of %d, %.1f %%"), right, p->test.count,
                           100.0 * right / p->test.count);
}

static void say_state(AdjUiMaps *m)
{
    g_autoptr(GString) s = g_string_new(m->data->module);
    if (m->data->points) g_string_append_printf(s, "(%s) · ", m->data->points);
    if (m->data->step)
        g_string_append_printf(s, _("step %" G_GINT64_FORMAT " · "), m->data->step);
    say_points(m, s);
    if (m->data->stride > 1)
        g_string_append_printf(s, _(" · every %" G_GINT64_FORMAT "th is shown"),
                               m->data->stride);
    adj_ui_maps_say(m, s->str);
}

static void repaint(AdjUiMaps *m)
{
    m->data->plane.discrete = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(m->discrete));
    m->data->plane.with_test = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(m->test_on));
    adj_ui_sheet_changed(m->sheet);
    adj_ui_maps_choices_changed(m);
}

// -- asking -------------------------------------------------------------------------------

static void ask_grid(AdjUiMaps *m, int first);

static void show_empty(AdjUiMaps *m, const char *why)
{
    gtk_label_set_text(GTK_LABEL(m->why), why);
    gtk_stack_set_visible_child_name(GTK_STACK(m->stack), "empty");
}

static void take_grid(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiMaps *m = self;
    m->asked_grid = 0;
    if (error) {
        adj_ui_plane_forget_grid(m->data);
        m->data->module_chosen = FALSE;  // the next that fits is taken
        g_autofree char *why =
            g_strdup_printf(_("%s does not answer for points of the plane: %s"),
                            m->data->module ? m->data->module : "", error);
        show_empty(m, why);
        return;
    }
    int next = adj_ui_plane_take_grid(m->data, reply);
    gtk_stack_set_visible_child_name(GTK_STACK(m->stack), "picture");
    if (next) {
        ask_grid(m, next);
        return;
    }
    repaint(m);
    if (!m->busy_hand) say_state(m);
    if (!m->grid_again) return;
    m->grid_again = FALSE;
    ask_grid(m, 0);
}

static void ask_grid(AdjUiMaps *m, int first)
{
    if (!m->data->module || !m->visible) return;
    if (m->asked_grid && first == 0) {
        m->grid_again = TRUE;
        return;
    }
    m->asked_grid = adj_ui_model_ask(m->model, "grid", adj_ui_plane_grid_fields(m->data, first),
                                     take_grid, m, G_OBJECT(m->box));
}

static void take_event(gpointer self, JsonObject *event)
{
    AdjUiMaps *m = self;
    int64_t state[2] = {0, 0};
    if (m->asked_grid) {
        m->grid_again = TRUE;
        return;
    }
    if (adj_ui_reply_shape(event, "data", state, 2) == 2 && m->data->points && !m->edits &&
        (state[0] != m->data->state[0] || state[1] != m->data->state[1]))
        adj_ui_maps_ask_points(m);
    int next = adj_ui_plane_take_grid(m->data, event);
    if (next) {
        ask_grid(m, next);
        return;
    }
    gtk_stack_set_visible_child_name(GTK_STACK(m->stack), "picture");
    repaint(m);
    if (!m->busy_hand) say_state(m);
}

static void unsubscribe(AdjUiMaps *m)
{
    if (m->subscription) adj_ui_model_unsubscribe(m->model, m->subscription);
    m->subscription = 0;
    g_clear_pointer(&m->subscribed, g_free);
}

// Again only when something else is to be drawn: the fields are compared as text.
static void subscribe(AdjUiMaps *m)
{
    if (!m->visible || !m->data->module) return unsubscribe(m);
    JsonObject *fields = adj_ui_plane_grid_fields(m->data, 0);
    json_object_set_string_member(fields, "topic", "grid");
    json_object_set_int_member(fields, "rate", 30);
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), fields);
    g_autofree char *text = json_to_string(node, FALSE);
    if (m->subscription && !g_strcmp0(text, m->subscribed)) {
        json_object_unref(fields);
        return;
    }
    unsubscribe(m);
    m->subscribed = g_steal_pointer(&text);
    m->subscription = adj_ui_model_subscribe(m->model, fields, take_event, m, G_OBJECT(m->box));
}

static void take_test(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiMaps *m = self;
    adj_ui_plane_take_test(m->data, error ? NULL : reply);
    if (error) adj_ui_maps_say(m, error);
    adj_ui_maps_names_changed(m);
    repaint(m);
    if (!error) say_state(m);
}

void adj_ui_maps_ask_test(AdjUiMaps *m)
{
    AdjUiPlaneData *d = m->data;
    if (!d->test_points) {
        take_test(m, NULL, NULL);
        return;
    }
    JsonObject *f = adj_ui_fields("points", adj_ui_say_text(d->test_points), NULL);
    if (d->test_labels) json_object_set_string_member(f, "labels", d->test_labels);
    adj_ui_model_ask(m->model, "points", f, take_test, m, G_OBJECT(m->box));
}

static void take_points(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiMaps *m = self;
    m->asked_points = 0;
    if (error && (m->chosen_points || m->chosen_labels)) {  // what was chosen is gone
        g_clear_pointer(&m->chosen_points, g_free);
        g_clear_pointer(&m->chosen_labels, g_free);
        adj_ui_maps_ask_points(m);
        return;
    }
    if (error) {
        show_empty(m, error);
        return;
    }
    adj_ui_plane_take_points(m->data, reply);
    if (!m->data->module) {
        adj_ui_plane_forget_grid(m->data);
        show_empty(m, _("A model that takes two numbers is drawn here over the plane."));
        unsubscribe(m);
        return;
    }
    adj_ui_maps_names_changed(m);
    repaint(m);
    ask_grid(m, 0);
    subscribe(m);
}

void adj_ui_maps_ask_points(AdjUiMaps *m)
{
    if (!m->visible) return;
    JsonObject *f = json_object_new();
    if (m->chosen_points) json_object_set_string_member(f, "points", m->chosen_points);
    if (m->chosen_labels) json_object_set_string_member(f, "labels", m->chosen_labels);
    if (m->asked_points) adj_ui_model_cancel(m->model, m->asked_points);
    m->asked_points = adj_ui_model_ask(m->model, "points", f, take_points, m, G_OBJECT(m->box));
}

void adj_ui_maps_choose_module(AdjUiMaps *m, const char *path)
{
    if (!g_strcmp0(path, m->data->module)) return;
    g_free(m->data->module);
    m->data->module = g_strdup(path);
    m->data->module_chosen = TRUE;
    adj_ui_plane_forget_grid(m->data);
    if (m->asked_grid) adj_ui_model_cancel(m->model, m->asked_grid);
    m->asked_grid = 0;
    ask_grid(m, 0);
    subscribe(m);
}

void adj_ui_maps_fit(AdjUiMaps *m)
{
    m->data->kept_range = FALSE;
    adj_ui_maps_ask_points(m);
}

// -- changes by hand ----------------------------------------------------------------------

static void take_edit(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiMaps *m = self;
    int64_t state[2] = {0, 0};
    m->edits--;
    if (error) {
        adj_ui_maps_say(m, error);
        adj_ui_maps_ask_points(m);
        return;
    }
    if (adj_ui_reply_shape(reply, "data", state, 2) == 2 && !m->edits) {
        m->data->state[0] = state[0];
        m->data->state[1] = state[1];
    }
    if (adj_ui_reply_flag(reply, "rebound"))
        adj_ui_maps_say(m, _("The tensor was computed and could not change its shape: its name "
                             "has a new one now."));
    else if (adj_ui_reply_flag(reply, "waits"))
        adj_ui_maps_say(m, _("The running program takes this up at its next step."));
    if (!m->edits) ask_grid(m, 0);
}

// [fields] taken; NULL is nothing.
void adj_ui_maps_edit(AdjUiMaps *m, JsonObject *fields)
{
    if (!fields) return;
    m->edits++;
    adj_ui_model_ask(m->model, "edit_points", fields, take_edit, m, G_OBJECT(m->box));
    adj_ui_sheet_changed(m->sheet);
}

static gboolean may_edit(AdjUiMaps *m)
{
    if (adj_ui_plane_can_edit(m->data)) return TRUE;
    adj_ui_maps_say(m, m->data->points
                           ? _("Only a part of so many points is shown: they cannot be changed "
                               "here.")
                           : _("There are no points: a tensor with two columns, and its "
                               "labels."));
    return FALSE;
}

static void put_point(AdjUiMaps *m, double sx, double sy)
{
    const AdjUiPlane *p = &m->data->plane;
    double at[2];
    adj_ui_plane_from(p, map_now(m), sx, sy, &at[0], &at[1]);
    double target = p->class_count ? p->classes[MIN(m->class_now, p->class_count - 1)] : 0;
    adj_ui_maps_edit(m, adj_ui_plane_insert(m->data, at, &target, 1));
}

static void erase_points(AdjUiMaps *m, double sx, double sy)
{
    const AdjUiPlane *p = &m->data->plane;
    AdjUiRect map = map_now(m);
    g_autofree int *rows = g_new(int, p->train.count + 1);
    int n = 0;
    for (int i = 0; i < p->train.count; i++) {
        double x, y;
        adj_ui_plane_to(p, map, p->train.at[2 * i], p->train.at[2 * i + 1], &x, &y);
        if (hypot(x - sx, y - sy) <= BRUSH) rows[n++] = i;
    }
    if (n) adj_ui_maps_edit(m, adj_ui_plane_remove(m->data, rows, n));
}

static void move_point(AdjUiMaps *m, double sx, double sy)
{
    AdjUiRect map = map_now(m);
    double x, y;
    if (m->held < 0 || m->held >= m->data->plane.train.count) return;
    adj_ui_plane_from(&m->data->plane, map, CLAMP(sx, map.x, map.x + map.w),
                      CLAMP(sy, map.y, map.y + map.h), &x, &y);
    adj_ui_maps_edit(m, adj_ui_plane_move(m->data, m->held, x, y));
}

static void travel(AdjUiMaps *m, gboolean back)
{
    JsonObject *f = back ? adj_ui_plane_undo(m->data, TRUE) : adj_ui_plane_redo(m->data, TRUE);
    if (!f) adj_ui_maps_say(m, back ? _("Nothing to undo") : _("Nothing to redo"));
    for (; f; f = back ? adj_ui_plane_undo(m->data, FALSE) : adj_ui_plane_redo(m->data, FALSE))
        adj_ui_maps_edit(m, f);
}

void adj_ui_maps_undo(AdjUiMaps *m)
{
    travel(m, TRUE);
}

void adj_ui_maps_redo(AdjUiMaps *m)
{
    travel(m, FALSE);
}

// -- the example --------------------------------------------------------------------------

static void choose_example(AdjUiMaps *m, int row)
{
    AdjUiPlane *p = &m->data->plane;
    if (row < 0 || row >= p->train.count) return;
    p->example = row;
    gtk_widget_set_sensitive(m->step_in, TRUE);
    g_autofree char *value =
        g_strdup_printf("%s[%" G_GINT64_FORMAT "]", m->data->points, row * m->data->stride);
    char x[32], y[32];
    g_autofree char *text = g_strdup_printf(_("%s is the example: %s, %s"), value,
                                            adj_ui_number(x, p->train.at[2 * row], 4),
                                            adj_ui_number(y, p->train.at[2 * row + 1], 4));
    adj_ui_maps_say(m, text);
    adj_ui_sheet_changed(m->sheet);
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.value = value;
    s.from = m;
    adj_ui_model_select(m->model, &s);
}

// A cell that runs this one example alone: its tape is then what all other panels show.
void adj_ui_maps_step_in(AdjUiMaps *m)
{
    const AdjUiPlaneData *d = m->data;
    gint64 row = d->plane.example * d->stride;
    if (d->plane.example < 0) return;
    const char *loss = d->plane.outputs > 1 ? "F.cross_entropy(%s(example), answer)"
                       : d->plane.shares
                           ? "F.binary_cross_entropy_with_logits(%s(example).flatten(), "
                             "answer.flatten().float())"
                           : "F.mse_loss(%s(example).flatten(), answer.flatten().float())";
    g_autoptr(GString) code = g_string_new("import torch.nn.functional as F\n");
    g_string_append_printf(code,
                           "example, answer = %s[%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT
                           "], %s[%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT "]\nloss = ",
                           d->points, row, row + 1, d->labels ? d->labels : d->points, row,
                           row + 1);
    g_string_append_printf(code, loss, d->module);
    gtk_widget_activate_action(m->box, "page.insert-code", "s", code->str);
}

// -- the pointer --------------------------------------------------------------------------

static AdjUiTool tool_now(const AdjUiMaps *m, GdkModifierType state)
{
    if (state & GDK_SHIFT_MASK) return ADJ_UI_ERASE;
    for (int k = 0; k < ADJ_UI_TOOLS; k++)
        if (gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(m->tools[k]))) return (AdjUiTool)k;
    return ADJ_UI_LOOK;
}

static void select_column(AdjUiMaps *m, int column)
{
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    if (column < 1) return;
    s.module = (char *)m->data->net.columns[column].path;
    s.from = m;
    g_free(m->selected);
    m->selected = g_strdup(s.module);
    adj_ui_sheet_changed(m->sheet);
    adj_ui_model_select(m->model, &s);
}

static void use_tool(AdjUiMaps *m, AdjUiTool tool, double x, double y)
{
    switch (tool) {
    case ADJ_UI_PAINT:
        if (may_edit(m)) put_point(m, x, y);
        break;
    case ADJ_UI_ERASE:
        if (may_edit(m)) erase_points(m, x, y);
        break;
    default: choose_example(m, adj_ui_plane_point_at(&m->data->plane, map_now(m), x, y, REACH));
    }
}

static void clicked(gpointer self, double x, double y, int presses, GdkModifierType state)
{
    (void)presses;
    AdjUiMaps *m = self;
    AdjUiRect net, map;
    int column, unit;
    places_now(m, &net, &map);
    if (adj_ui_net_at(&m->data->net, net, x, y, &column, &unit)) {
        select_column(m, column);
        return;
    }
    if (!is_inside(map_now(m), x, y)) return;
    adj_ui_plane_begin(m->data);
    use_tool(m, tool_now(m, state), x, y);
}

static void dragged(gpointer self, double x, double y, double dx, double dy, gboolean done)
{
    AdjUiMaps *m = self;
    AdjUiRect map = map_now(m);
    AdjUiTool tool = tool_now(m, 0);
    double px = x + dx, py = y + dy;
    if (!m->busy_hand) {
        if (!is_inside(map, x, y) || tool == ADJ_UI_LOOK || !may_edit(m)) return;
        adj_ui_plane_begin(m->data);
        m->busy_hand = TRUE;
        m->last_x = x;
        m->last_y = y;
        m->held =
            tool == ADJ_UI_MOVE ? adj_ui_plane_point_at(&m->data->plane, map, x, y, REACH) : -1;
        if (tool == ADJ_UI_PAINT) put_point(m, x, y);
    }
    gboolean far = hypot(px - m->last_x, py - m->last_y) >= BRUSH;
    if (tool == ADJ_UI_MOVE && (!m->edits || done)) move_point(m, px, py);
    if (tool == ADJ_UI_ERASE) erase_points(m, px, py);
    if (tool == ADJ_UI_PAINT && far && is_inside(map, px, py)) {
        put_point(m, px, py);
        m->last_x = px;
        m->last_y = py;
    }
    if (done) m->busy_hand = FALSE;
}

// -- keys ---------------------------------------------------------------------------------

static void pointer_now(const AdjUiMaps *m, double *x, double *y)
{
    AdjUiRect map = map_now(m);
    if (adj_ui_sheet_pointer(m->sheet, x, y) && is_inside(map, *x, *y)) return;
    *x = map.x + map.w / 2;
    *y = map.y + map.h / 2;
}

static void say_place(AdjUiMaps *m, double sx, double sy)
{
    const AdjUiPlane *p = &m->data->plane;
    double x, y, value;
    int class_at;
    char a[32], b[32], c[32], k[32];
    adj_ui_plane_from(p, map_now(m), sx, sy, &x, &y);
    g_autoptr(GString) s = g_string_new(NULL);
    g_string_append_printf(s, "%s, %s", adj_ui_number(a, x, 3), adj_ui_number(b, y, 3));
    if (adj_ui_plane_answer(p, x, y, &class_at, &value)) {
        double name = class_at < p->class_count ? p->classes[MAX(class_at, 0)] : class_at;
        if (class_at >= 0)
            g_string_append_printf(s, _(" · class %s, %s"), adj_ui_number(k, name, 3),
                                   adj_ui_number(c, value, 3));
        else
            g_string_append_printf(s, " · %s", adj_ui_number(c, value, 4));
    }
    adj_ui_maps_say(m, s->str);
}

static void walk(AdjUiMaps *m, double dx, double dy)
{
    AdjUiRect map = map_now(m);
    double x, y;
    pointer_now(m, &x, &y);
    x = CLAMP(x + dx, map.x, map.x + map.w - 1);
    y = CLAMP(y + dy, map.y, map.y + map.h - 1);
    adj_ui_sheet_point(m->sheet, x, y);
    if (m->carried) move_point(m, x, y);
    say_place(m, x, y);
}

// Steps through the units, column by column: the pointer goes to the next one's picture.
static void walk_units(AdjUiMaps *m, int by)
{
    const AdjUiNet *n = &m->data->net;
    AdjUiRect net, map;
    int column = -1, unit = 0;
    double x, y;
    places_now(m, &net, &map);
    if (n->count < 2) return;
    if (!adj_ui_sheet_pointer(m->sheet, &x, &y) ||
        !adj_ui_net_at(n, net, x, y, &column, &unit)) {
        column = by > 0 ? 0 : n->count - 1;
        unit = by > 0 ? 0 : n->columns[column].shown - 1;
    } else {
        unit += by;
        if (unit < 0 || unit >= n->columns[column].shown) {
            column = (column + by + n->count) % n->count;
            unit = by > 0 ? 0 : n->columns[column].shown - 1;
        }
    }
    AdjUiRect r = adj_ui_net_unit(n, net, column, unit);
    adj_ui_sheet_point(m->sheet, r.x + r.w / 2, r.y + r.h / 2);
    g_autofree char *name = adj_ui_maps_unit_name(m, column, unit);
    adj_ui_maps_say(m, name);
}

static void carry(AdjUiMaps *m, double x, double y)
{
    if (m->carried) {
        m->carried = FALSE;
        m->held = -1;
        return;
    }
    m->held = adj_ui_plane_point_at(&m->data->plane, map_now(m), x, y, 3 * REACH);
    if (m->held < 0 || !may_edit(m)) return;
    m->carried = TRUE;
    adj_ui_plane_begin(m->data);
    adj_ui_maps_say(m, _("Arrows move this point, Enter lets it go."));
}

static gboolean act_on_key(AdjUiMaps *m, GdkModifierType state)
{
    AdjUiRect net, map;
    int column, unit;
    double x, y;
    places_now(m, &net, &map);
    if (adj_ui_sheet_pointer(m->sheet, &x, &y) &&
        adj_ui_net_at(&m->data->net, net, x, y, &column, &unit)) {
        select_column(m, column);
        return TRUE;
    }
    pointer_now(m, &x, &y);
    AdjUiTool tool = tool_now(m, state);
    if (tool == ADJ_UI_MOVE) {
        carry(m, x, y);
        return TRUE;
    }
    adj_ui_plane_begin(m->data);
    use_tool(m, tool, x, y);
    return TRUE;
}

static gboolean letter_pressed(AdjUiMaps *m, guint key)
{
    static const guint tools[ADJ_UI_TOOLS] = {GDK_KEY_l, GDK_KEY_p, GDK_KEY_e, GDK_KEY_m};
    for (int k = 0; k < ADJ_UI_TOOLS; k++)
        if (key == tools[k]) {
            gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(m->tools[k]), TRUE);
            return TRUE;
        }
    if (key >= GDK_KEY_0 && key <= GDK_KEY_9) {
        adj_ui_maps_choose_class(m, (int)(key - GDK_KEY_0));
        return TRUE;
    }
    GtkWidget *toggle = key == GDK_KEY_d ? m->discrete : key == GDK_KEY_t ? m->test_on : NULL;
    if (toggle)
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(toggle),
                                     !gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(toggle)));
    if (key == GDK_KEY_f) adj_ui_maps_fit(m);
    if (key == GDK_KEY_bracketright || key == GDK_KEY_n) walk_units(m, 1);
    if (key == GDK_KEY_bracketleft || key == GDK_KEY_N) walk_units(m, -1);
    return toggle || strchr("fnN[]", (int)(key < 128 ? key : 0));
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    AdjUiMaps *m = self;
    double step = state & GDK_SHIFT_MASK ? 1 : 8;
    if (state & GDK_CONTROL_MASK) {
        if (key != GDK_KEY_z && key != GDK_KEY_Z) return FALSE;
        travel(m, !(state & GDK_SHIFT_MASK));
        return TRUE;
    }
    if (state & GDK_ALT_MASK) return FALSE;
    switch (key) {
    case GDK_KEY_Left: walk(m, -step, 0); return TRUE;
    case GDK_KEY_Right: walk(m, step, 0); return TRUE;
    case GDK_KEY_Up: walk(m, 0, -step); return TRUE;
    case GDK_KEY_Down: walk(m, 0, step); return TRUE;
    case GDK_KEY_Return:
    case GDK_KEY_space: return act_on_key(m, 0);
    case GDK_KEY_Delete:
    case GDK_KEY_BackSpace: return act_on_key(m, GDK_SHIFT_MASK);
    default: return key && letter_pressed(m, key);
    }
}

// -- pictures -----------------------------------------------------------------------------

char *adj_ui_maps_unit_name(const AdjUiMaps *m, int column, int unit)
{
    static const char *const inputs[] = {"x", "y"};
    if (column == 0) return g_strdup(inputs[unit & 1]);
    return g_strdup_printf("%s[%d]", m->data->net.columns[column].path, unit);
}

static void paint_in(const AdjUiMaps *m, cairo_t *cr, const AdjUiTheme *theme, int width,
                     int height)
{
    AdjUiRect net, map;
    adj_ui_maps_places(m, width, height, &net, &map);
    if (net.w > 0)
        adj_ui_paint_net(cr, theme, &m->data->net, net,
                         adj_ui_plane_column_of(m->data, m->selected));
    adj_ui_paint_plane(cr, theme, &m->data->plane, map);
}

// What is under the pointer is painted often, the picture only when it is another one: it is
// kept as pixels.
static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    AdjUiMaps *m = self;
    int scale = gtk_widget_get_scale_factor(m->sheet), w = width * scale, h = height * scale;
    if (m->picture && (cairo_image_surface_get_width(m->picture) != w ||
                       cairo_image_surface_get_height(m->picture) != h))
        g_clear_pointer(&m->picture, cairo_surface_destroy);
    if (!m->picture) m->picture = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
    cairo_surface_set_device_scale(m->picture, scale, scale);
    cairo_t *own = cairo_create(m->picture);
    adj_ui_ink(own, theme->ground, 1);
    cairo_paint(own);
    paint_in(m, own, theme, width, height);
    cairo_destroy(own);
    cairo_set_source_surface(cr, m->picture, 0, 0);
    cairo_paint(cr);
}

static void paint_brush(const AdjUiMaps *m, cairo_t *cr, const AdjUiTheme *theme, double x,
                        double y)
{
    AdjUiTool tool = tool_now(m, 0);
    const AdjUiPlane *p = &m->data->plane;
    if (tool == ADJ_UI_PAINT) {
        adj_ui_paint_mark(cr, theme, p->class_count ? m->class_now : -1, 0, x, y, 6, false);
        return;
    }
    int at = adj_ui_plane_point_at(p, map_now(m), x, y, REACH);
    if (tool != ADJ_UI_ERASE && at >= 0)
        adj_ui_plane_to(p, map_now(m), p->train.at[2 * at], p->train.at[2 * at + 1], &x, &y);
    if (tool != ADJ_UI_ERASE && at < 0) return;
    cairo_arc(cr, x, y, tool == ADJ_UI_ERASE ? BRUSH : 9, 0, 2 * M_PI);
    adj_ui_ink(cr, tool == ADJ_UI_ERASE ? theme->bad : theme->accent, 1);
    cairo_set_line_width(cr, 2);
    cairo_stroke(cr);
}

static void paint_cross(cairo_t *cr, const AdjUiTheme *theme, double x, double y)
{
    for (int k = 0; k < 2; k++) {
        cairo_move_to(cr, x - (k ? 0 : 7), y - (k ? 7 : 0));
        cairo_line_to(cr, x + (k ? 0 : 7), y + (k ? 7 : 0));
    }
    adj_ui_ink(cr, theme->text, 0.9);
    cairo_set_line_width(cr, 1.2);
    cairo_stroke(cr);
}

static void paint_hover(gpointer self, cairo_t *cr, const AdjUiTheme *theme, double x, double y)
{
    AdjUiMaps *m = self;
    AdjUiRect net, all, map = map_now(m);
    int column = -1, unit = 0;
    places_now(m, &net, &all);
    gboolean on_unit = adj_ui_net_at(&m->data->net, net, x, y, &column, &unit);
    gboolean on_map = !on_unit && is_inside(map, x, y);
    double across = on_map ? (x - map.x) / map.w : -1, down = (y - map.y) / map.h;
    if (net.w > 0)
        adj_ui_paint_net_marks(cr, theme, &m->data->net, net, on_unit ? column : -1, unit,
                               across, down);
    if (on_unit) {
        g_autofree char *name = adj_ui_maps_unit_name(m, column, unit);
        adj_ui_paint_plane_unit(cr, theme, &m->data->plane, all,
                                &m->data->net.columns[column].maps[unit], name);
    }
    if (!on_map) return;
    paint_cross(cr, theme, x, y);
    paint_brush(m, cr, theme, x, y);
}

const AdjUiSheetOwner adj_ui_maps_sheet = {.paint = paint,
                                           .paint_hover = paint_hover,
                                           .click = clicked,
                                           .drag = dragged,
                                           .key = key_pressed};

// -- the panel ----------------------------------------------------------------------------

// A running program has made a model, perhaps the one that this is for.
static void modules_changed(gpointer self, JsonObject *event)
{
    (void)event;
    adj_ui_maps_ask_points(self);
}

static void show(GtkWidget *panel, gboolean visible)
{
    AdjUiMaps *m = adj_ui_maps_of(panel);
    m->visible = visible;
    if (visible) {
        adj_ui_maps_ask_points(m);
        if (!m->modules)
            m->modules = adj_ui_model_subscribe(
                m->model, adj_ui_fields("topic", adj_ui_say_text("modules"), NULL),
                modules_changed, m, G_OBJECT(m->box));
        return;
    }
    unsubscribe(m);
    if (m->modules) adj_ui_model_unsubscribe(m->model, m->modules);
    m->modules = 0;
    if (m->asked_grid) adj_ui_model_cancel(m->model, m->asked_grid);
    if (m->asked_points) adj_ui_model_cancel(m->model, m->asked_points);
    m->asked_grid = m->asked_points = 0;
}

static void update(GtkWidget *panel)
{
    AdjUiMaps *m = adj_ui_maps_of(panel);
    adj_ui_maps_ask_points(m);
    if (m->data->test_points) adj_ui_maps_ask_test(m);
}

static void selected(GtkWidget *panel, const AdjUiSelection *s)
{
    AdjUiMaps *m = adj_ui_maps_of(panel);
    if (s->from == m || !g_strcmp0(s->module, m->selected)) return;
    g_free(m->selected);
    m->selected = g_strdup(s->module);
    adj_ui_sheet_changed(m->sheet);
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    paint_in(adj_ui_maps_of(panel), cr, adj_ui_theme(FALSE), width, height);
}

// The points with what the module answers there.
static char *table(GtkWidget *panel)
{
    const AdjUiPlaneData *d = adj_ui_maps_of(panel)->data;
    GString *out = g_string_new("set,x,y,label,answer,share\n");
    for (int set = 0; set < (d->plane.with_test ? 2 : 1); set++) {
        const AdjUiSamples *p = set ? &d->plane.test : &d->plane.train;
        for (int i = 0; i < p->count; i++) {
            int class_at;
            double value;
            g_string_append_printf(out, "%s,%.9g,%.9g,%.9g,", set ? "test" : "train",
                                   p->at[2 * i], p->at[2 * i + 1], p->target[i]);
            if (!adj_ui_plane_answer(&d->plane, p->at[2 * i], p->at[2 * i + 1], &class_at,
                                     &value))
                g_string_append(out, ",\n");
            else if (class_at < 0)
                g_string_append_printf(out, "%.6g,\n", value);
            else
                g_string_append_printf(
                    out, "%.9g,%.6g\n",
                    class_at < d->plane.class_count ? d->plane.classes[class_at] : class_at,
                    value);
        }
    }
    return g_string_free(out, FALSE);
}

static const AdjUiPanelKey keys[] = {{"l p e m", N_("The Tool: Look, Paint, Erase, Move")},
                                     {"0...9", N_("The Class to Paint")},
                                     {"Return", N_("Use the Tool")},
                                     {"Delete", N_("Erase")},
                                     {"n <Shift>n", N_("Next or Previous Unit")},
                                     {"d", N_("Colours in Steps")},
                                     {"t", N_("Test Points")},
                                     {"f", N_("Fit the Points")},
                                     {"<Control>z", N_("Undo")},
                                     {NULL, NULL}};

const AdjUiPanel adj_ui_panel_maps = {
    .name = "maps",
    .title = N_("Maps"),
    .icon = "adj-maps-symbolic",
    .shortcut = "<Alt>6",
    .text = N_("A model of the plane: what it answers everywhere, and each of its units"),
    .keys = keys,
    .create = adj_ui_maps_create,
    .show = show,
    .update = update,
    .select = selected,
    .draw = draw,
    .table = table,
};
