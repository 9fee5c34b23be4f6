// SPDX-License-Identifier: Apache-2.0
//
// The widgets of the panel Maps: which tensors are meant, the tools of the hand, the classes
// that it paints, the page that is shown while there is nothing to draw, and files of points.

#include "panels/maps/maps.h"
#include "panels/parts/canvas.h"
#include "session/reply.h"
#include "sight/points_file.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

static const char example[] =
    "import torch\n"
    "import torch.nn as nn\n"
    "import torch.nn.functional as F\n"
    "\n"
    "torch.manual_seed(0)\n"
    "points, labels = spiral(300, classes=2, noise=0.15, seed=3)\n"
    "net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), "
    "nn.Linear(8, 2))\n"
    "optimizer = torch.optim.Adam(net.parameters(), lr=0.003)\n"
    "\n"
    "for step in range(15000):\n"
    "    optimizer.zero_grad()\n"
    "    loss = F.cross_entropy(net(points), labels)\n"
    "    loss.backward()\n"
    "    optimizer.step()\n"
    "print(f\"loss {loss.item():.4f}\")";

static void insert_example(GtkButton *b, gpointer self)
{
    (void)b;
    const AdjUiMaps *m = self;
    gtk_widget_activate_action(m->box, "page.insert-code", "s", example);
}

// -- classes ------------------------------------------------------------------------------

static const int MARK = 24;

static void paint_classes(GtkDrawingArea *area, cairo_t *cr, int width, int height,
                          gpointer self)
{
    (void)area, (void)width;
    const AdjUiMaps *m = self;
    const AdjUiTheme *theme = adj_ui_theme_now();
    for (int k = 0; k < m->data->plane.class_count; k++) {
        double x = k * MARK + MARK / 2.0;
        if (k == m->class_now) {
            adj_ui_round(
                cr, adj_ui_rect(k * MARK + 1, (height - MARK) / 2.0 + 1, MARK - 2, MARK - 2),
                5);
            adj_ui_ink(cr, theme->text, 0.14);
            cairo_fill(cr);
        }
        adj_ui_paint_mark(cr, theme, k, 0, x, height / 2.0, 6, false);
    }
}

void adj_ui_maps_choose_class(AdjUiMaps *m, int k)
{
    const AdjUiPlane *p = &m->data->plane;
    if (k < 0 || k >= p->class_count) return;
    m->class_now = k;
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(m->tools[ADJ_UI_PAINT]), TRUE);
    char number[32];
    g_autofree char *text =
        g_strdup_printf(_("Paints class %s"), adj_ui_number(number, p->classes[k], 3));
    adj_ui_maps_say(m, text);
    gtk_widget_queue_draw(m->classes);
    adj_ui_sheet_hover_changed(m->sheet);
}

static void class_clicked(GtkGestureClick *g, int presses, double x, double y, gpointer self)
{
    (void)g, (void)presses, (void)y;
    adj_ui_maps_choose_class(self, (int)(x / MARK));
}

void adj_ui_maps_choices_changed(AdjUiMaps *m)
{
    int n = m->data->plane.class_count;
    if (m->class_now >= n) m->class_now = 0;
    gtk_drawing_area_set_content_width(GTK_DRAWING_AREA(m->classes), n * MARK);
    gtk_widget_set_visible(m->classes, n > 0);
    gtk_widget_set_visible(m->test_on, m->data->test_points != NULL);
    gtk_widget_set_sensitive(m->step_in, m->data->plane.example >= 0);
    gtk_widget_queue_draw(m->classes);
}

static GtkWidget *make_classes(AdjUiMaps *m)
{
    m->classes = g_object_new(GTK_TYPE_DRAWING_AREA, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG,
                              "content-height", MARK, "valign", GTK_ALIGN_CENTER, NULL);
    const char *text = _("The class to paint: click on one, or type its number");
    gtk_widget_set_tooltip_text(m->classes, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(m->classes), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   text, -1);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(m->classes), paint_classes, m, NULL);
    GtkGesture *g = gtk_gesture_click_new();
    g_signal_connect(g, "pressed", G_CALLBACK(class_clicked), m);
    gtk_widget_add_controller(m->classes, GTK_EVENT_CONTROLLER(g));
    // Many classes would make the bar, and with it the window, too wide.
    return g_object_new(GTK_TYPE_SCROLLED_WINDOW, "child", m->classes, "vscrollbar-policy",
                        GTK_POLICY_NEVER, "hscrollbar-policy", GTK_POLICY_EXTERNAL,
                        "propagate-natural-width", TRUE, "min-content-width", 2 * MARK,
                        "max-content-width", 8 * MARK, NULL);
}

// -- names --------------------------------------------------------------------------------

enum { MODULE, POINTS, LABELS, TEST_POINTS, TEST_LABELS, CHOICES };

// The names of [list], after what stands for none; and which of them is [now].
static void fill(GtkWidget *drop, char **list, const char *none, const char *now)
{
    GtkStringList *words = gtk_string_list_new(NULL);
    guint at = 0;
    if (none) gtk_string_list_append(words, none);
    for (int i = 0; list && list[i]; i++) {
        if (!g_strcmp0(list[i], now)) at = g_list_model_get_n_items(G_LIST_MODEL(words));
        gtk_string_list_append(words, list[i]);
    }
    gtk_drop_down_set_model(GTK_DROP_DOWN(drop), G_LIST_MODEL(words));
    gtk_drop_down_set_selected(GTK_DROP_DOWN(drop), at);
    g_object_unref(words);
}

void adj_ui_maps_names_changed(AdjUiMaps *m)
{
    const AdjUiPlaneData *d = m->data;
    m->filling = TRUE;
    fill(m->choices[MODULE], d->modules, NULL, d->module);
    fill(m->choices[POINTS], d->points_of, d->points ? NULL : _("none"), d->points);
    fill(m->choices[LABELS], d->labels_of, d->labels ? NULL : _("none"), d->labels);
    fill(m->choices[TEST_POINTS], d->points_of, _("none"), d->test_points);
    fill(m->choices[TEST_LABELS], d->test_labels_of, d->test_labels ? NULL : _("none"),
         d->test_labels);
    m->filling = FALSE;
}

static const char *chosen(GtkWidget *drop)
{
    gpointer item = gtk_drop_down_get_selected_item(GTK_DROP_DOWN(drop));
    return item ? gtk_string_object_get_string(item) : NULL;
}

static void set_text(char **to, const char *text)
{
    char *copy = g_strdup(text);
    g_free(*to);
    *to = copy;
}

static void choice_made(GObject *drop, GParamSpec *spec, gpointer self)
{
    (void)spec;
    AdjUiMaps *m = self;
    if (m->filling) return;
    const char *name = chosen(GTK_WIDGET(drop));
    if (GTK_WIDGET(drop) == m->choices[MODULE]) {
        adj_ui_maps_choose_module(m, name);
        adj_ui_maps_names_changed(m);
    } else if (GTK_WIDGET(drop) == m->choices[TEST_LABELS]) {
        set_text(&m->data->test_labels, name);
        adj_ui_maps_ask_test(m);
    } else if (GTK_WIDGET(drop) == m->choices[TEST_POINTS]) {
        g_clear_pointer(&m->data->test_labels, g_free);
        gboolean any = gtk_drop_down_get_selected(GTK_DROP_DOWN(drop)) > 0;
        set_text(&m->data->test_points, any ? name : NULL);
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(m->test_on), any);
        adj_ui_maps_ask_test(m);
    } else {
        gboolean points = GTK_WIDGET(drop) == m->choices[POINTS];
        set_text(points ? &m->chosen_points : &m->chosen_labels, name);
        if (points) g_clear_pointer(&m->chosen_labels, g_free);
        adj_ui_maps_ask_points(m);
    }
}

static GtkWidget *make_choice(AdjUiMaps *m, int k, const char *text)
{
    static const char *const nothing[] = {NULL};
    m->choices[k] = adj_ui_choice_new(nothing, text, G_CALLBACK(choice_made), m);
    gtk_widget_set_hexpand(m->choices[k], TRUE);
    return m->choices[k];
}

// -- files --------------------------------------------------------------------------------

// Where there are no points yet, a cell is written that makes them.
static void write_cell(AdjUiMaps *m, const AdjUiPointsFile *f)
{
    g_autoptr(GString) s = g_string_new("import torch\npoints = torch.tensor([");
    char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];
    for (int i = 0; i < f->count; i++)
        g_string_append_printf(s, "%s[%s, %s]", i ? (i % 4 ? ", " : ",\n    ") : "",
                               g_ascii_formatd(x, sizeof x, "%.7g", f->at[2 * i]),
                               g_ascii_formatd(y, sizeof y, "%.7g", f->at[2 * i + 1]));
    g_string_append(s, "], dtype=torch.float32)");
    for (int i = 0; f->target && i < f->count; i++)
        g_string_append_printf(s, "%s%s",
                               i ? (i % 20 ? ", " : ",\n    ") : "\nlabels = torch.tensor([",
                               g_ascii_formatd(x, sizeof x, "%.7g", f->target[i]));
    if (f->target) g_string_append(s, "])");
    gtk_widget_activate_action(m->box, "page.insert-code", "s", s->str);
}

static void say_file(AdjUiMaps *m, const AdjUiPointsFile *f, const char *name)
{
    g_autoptr(GString) s = g_string_new(NULL);
    if (!f->count)
        g_string_append_printf(s, _("%s has no line with two numbers; nothing was changed"),
                               name);
    else
        g_string_append_printf(s, _("%d points from %s"), f->count, name);
    for (guint i = 0; f->names && i < f->names->len; i++)
        g_string_append_printf(s, "%s%s = %u", i ? ", " : ": ",
                               (char *)g_ptr_array_index(f->names, i), i);
    if (f->bad && f->count)
        g_string_append_printf(s,
                               ngettext("; %d line could not be read, it is line %d: “%s”",
                                        "; %d lines could not be read, the first is line %d: "
                                        "“%s”",
                                        (gulong)f->bad),
                               f->bad, f->first_bad, f->bad_text);
    adj_ui_maps_say(m, s->str);
}

void adj_ui_maps_read(AdjUiMaps *m, const char *text, gsize length, const char *name)
{
    g_autoptr(AdjUiPointsFile) f = adj_ui_points_file_read(text, length);
    if (f->count && !adj_ui_plane_can_edit(m->data)) {
        write_cell(m, f);
    } else if (f->count) {
        g_autofree double *none = g_new0(double, f->count);
        adj_ui_plane_begin(m->data);
        adj_ui_maps_edit(
            m, adj_ui_plane_replace(m->data, f->at, f->target ? f->target : none, f->count));
    }
    say_file(m, f, name);
}

typedef struct {
    GtkWidget *box;  // referenced: the panel may go while the file is read
} Loading;

static void loaded(GObject *file, GAsyncResult *result, gpointer data)
{
    Loading *l = data;
    AdjUiMaps *m = adj_ui_maps_of(l->box);
    g_autofree char *text = NULL, *name = g_file_get_basename(G_FILE(file));
    g_autoptr(GError) error = NULL;
    gsize length = 0;
    if (g_file_load_contents_finish(G_FILE(file), result, &text, &length, NULL, &error))
        adj_ui_maps_read(m, text, length, name);
    else
        adj_ui_maps_say(m, error->message);
    g_object_unref(l->box);
    g_free(l);
}

static void load(AdjUiMaps *m, GFile *file)
{
    Loading *l = g_new(Loading, 1);
    l->box = g_object_ref(m->box);
    g_file_load_contents_async(file, NULL, loaded, l);
}

static gboolean dropped(GtkDropTarget *t, const GValue *v, double x, double y, gpointer self)
{
    (void)t, (void)x, (void)y;
    if (!G_VALUE_HOLDS(v, G_TYPE_FILE)) return FALSE;
    load(self, g_value_get_object(v));
    return TRUE;
}

static void file_chosen(GtkNativeDialog *dialog, int response, gpointer self)
{
    if (response == GTK_RESPONSE_ACCEPT) {
        g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
        load(self, file);
    }
    g_object_unref(dialog);
}

static void open_file(GtkButton *b, gpointer self)
{
    (void)b;
    AdjUiMaps *m = self;
    GtkFileChooserNative *dialog = gtk_file_chooser_native_new(
        _("Points from a File"), GTK_WINDOW(gtk_widget_get_root(m->box)),
        GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
    g_signal_connect(dialog, "response", G_CALLBACK(file_chosen), m);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

// -- the bar ------------------------------------------------------------------------------

static void button_undo(GtkButton *b, gpointer self)
{
    (void)b;
    adj_ui_maps_undo(self);
}

static void button_redo(GtkButton *b, gpointer self)
{
    (void)b;
    adj_ui_maps_redo(self);
}

static void button_fit(GtkButton *b, gpointer self)
{
    (void)b;
    adj_ui_maps_fit(self);
}

static void button_step_in(GtkButton *b, gpointer self)
{
    (void)b;
    adj_ui_maps_step_in(self);
}

static void look_changed(GtkToggleButton *b, gpointer self)
{
    (void)b;
    AdjUiMaps *m = self;
    if (!m->sheet) return;  // still being made
    m->data->plane.discrete = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(m->discrete));
    m->data->plane.with_test = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(m->test_on));
    adj_ui_sheet_changed(m->sheet);
}

static GtkWidget *make_names(AdjUiMaps *m)
{
    static const char *const words[CHOICES] = {N_("Model"), N_("Points"), N_("Labels"),
                                               N_("Test points"), N_("Test labels")};
    GtkWidget *grid = gtk_grid_new(), *popover = gtk_popover_new();
    gtk_grid_set_row_spacing(GTK_GRID(grid), 8);
    gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
    for (int k = 0; k < CHOICES; k++) {
        GtkWidget *label = gtk_label_new(_(words[k]));
        gtk_label_set_xalign(GTK_LABEL(label), 1);
        gtk_widget_add_css_class(label, "dim-label");
        gtk_grid_attach(GTK_GRID(grid), label, 0, k, 1, 1);
        gtk_grid_attach(GTK_GRID(grid), make_choice(m, k, _(words[k])), 1, k, 1, 1);
    }
    GtkWidget *open = gtk_button_new_with_label(_("Points from a File …"));
    g_signal_connect(open, "clicked", G_CALLBACK(open_file), m);
    gtk_grid_attach(GTK_GRID(grid), open, 0, CHOICES, 2, 1);
    gtk_popover_set_child(GTK_POPOVER(popover), grid);
    m->names = gtk_menu_button_new();
    gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(m->names), "adj-modules-symbolic");
    gtk_menu_button_set_popover(GTK_MENU_BUTTON(m->names), popover);
    gtk_widget_set_tooltip_text(m->names, _("The model and the tensors that are meant"));
    return m->names;
}

static void add_tools(AdjUiMaps *m, GtkWidget *bar)
{
    static const struct {
        const char *icon, *text;
    } tools[ADJ_UI_TOOLS] = {
        {"adj-point-symbolic", N_("Look: a click on a point makes it the example (L)")},
        {"adj-paint-symbolic", N_("Paint points of a class (P, or its number)")},
        {"adj-erase-symbolic", N_("Erase points (E, or with Shift)")},
        {"adj-move-symbolic", N_("Drag a point (M)")}};
    GtkWidget *group = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    gtk_widget_add_css_class(group, "linked");
    for (int k = 0; k < ADJ_UI_TOOLS; k++) {
        m->tools[k] = adj_ui_toggle_new(tools[k].icon, _(tools[k].text), k == ADJ_UI_LOOK,
                                        G_CALLBACK(look_changed), m);
        if (k)
            gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(m->tools[k]),
                                        GTK_TOGGLE_BUTTON(m->tools[0]));
        gtk_box_append(GTK_BOX(group), m->tools[k]);
    }
    gtk_box_append(GTK_BOX(bar), group);
    gtk_box_append(GTK_BOX(bar), make_classes(m));
}

static GtkWidget *make_bar(AdjUiMaps *m)
{
    GtkWidget *bar = adj_ui_bar_new(), *space = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    gtk_box_append(GTK_BOX(bar), make_names(m));
    add_tools(m, bar);
    gtk_widget_set_hexpand(space, TRUE);
    m->discrete = adj_ui_toggle_new("adj-discrete-symbolic",
                                    _("Only the winning class, not how sure it is (D)"), FALSE,
                                    G_CALLBACK(look_changed), m);
    m->test_on = adj_ui_toggle_new("adj-test-symbolic", _("The test points, outlined (T)"),
                                   FALSE, G_CALLBACK(look_changed), m);
    m->step_in =
        adj_ui_button_new("adj-tape-symbolic", _("Write a cell that runs the example alone"),
                          G_CALLBACK(button_step_in), m);
    GtkWidget *rest[] = {
        space,
        m->test_on,
        m->discrete,
        m->step_in,
        adj_ui_button_new("edit-undo-symbolic", _("Undo (Ctrl+Z)"), G_CALLBACK(button_undo), m),
        adj_ui_button_new("edit-redo-symbolic", _("Redo (Ctrl+Shift+Z)"),
                          G_CALLBACK(button_redo), m),
        adj_ui_button_new("zoom-fit-best-symbolic", _("Fit to the points (F)"),
                          G_CALLBACK(button_fit), m)};
    for (gsize i = 0; i < G_N_ELEMENTS(rest); i++) gtk_box_append(GTK_BOX(bar), rest[i]);
    return bar;
}

static GtkWidget *make_empty(AdjUiMaps *m)
{
    GtkWidget *page = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18);
    GtkWidget *icon = gtk_image_new_from_icon_name("adj-maps-symbolic");
    GtkWidget *button = gtk_button_new_with_label(_("Insert an Example"));
    m->why = gtk_label_new(_("A model that takes two numbers is drawn here over the plane."));
    gtk_image_set_pixel_size(GTK_IMAGE(icon), 64);
    gtk_widget_add_css_class(icon, "dim-label");
    gtk_label_set_wrap(GTK_LABEL(m->why), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(m->why), 52);
    gtk_label_set_justify(GTK_LABEL(m->why), GTK_JUSTIFY_CENTER);
    gtk_widget_add_css_class(button, "pill");
    gtk_widget_add_css_class(button, "suggested-action");
    gtk_widget_set_tooltip_text(button,
                                _("A cell with two spirals and a network that learns them"));
    g_signal_connect(button, "clicked", G_CALLBACK(insert_example), m);
    GtkWidget *parts[] = {icon, m->why, button};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        gtk_widget_set_halign(parts[i], GTK_ALIGN_CENTER);
        gtk_box_append(GTK_BOX(page), parts[i]);
    }
    gtk_widget_set_valign(page, GTK_ALIGN_CENTER);
    gtk_widget_set_vexpand(page, TRUE);
    return page;
}

static void maps_free(gpointer p)
{
    AdjUiMaps *m = p;
    adj_ui_plane_free(m->data);
    g_free(m->subscribed);
    g_free(m->chosen_points);
    g_free(m->chosen_labels);
    g_free(m->selected);
    g_clear_pointer(&m->picture, cairo_surface_destroy);
    g_free(m);
}

GtkWidget *adj_ui_maps_create(AdjUiModel *model)
{
    AdjUiMaps *m = g_new0(AdjUiMaps, 1);
    m->model = model;
    m->data = adj_ui_plane_new();
    m->held = -1;
    m->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(m->box), "maps", m, maps_free);
    GtkWidget *picture = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_box_append(GTK_BOX(picture), make_bar(m));
    m->sheet = adj_ui_sheet_new(&adj_ui_maps_sheet, m,
                                _("The model over the plane, its units and its points"));
    gtk_box_append(GTK_BOX(picture), m->sheet);
    m->status = adj_ui_status_new();
    gtk_widget_set_hexpand(m->status, FALSE);
    gtk_box_append(GTK_BOX(picture), m->status);
    m->stack = gtk_stack_new();
    gtk_stack_add_named(GTK_STACK(m->stack), make_empty(m), "empty");
    gtk_stack_add_named(GTK_STACK(m->stack), picture, "picture");
    gtk_widget_set_vexpand(m->stack, TRUE);
    gtk_box_append(GTK_BOX(m->box), m->stack);
    GtkDropTarget *drop = gtk_drop_target_new(G_TYPE_FILE, GDK_ACTION_COPY);
    g_signal_connect(drop, "drop", G_CALLBACK(dropped), m);
    gtk_widget_add_controller(m->box, GTK_EVENT_CONTROLLER(drop));
    adj_ui_maps_choices_changed(m);
    return m->box;
}
