// SPDX-License-Identifier: Apache-2.0
// panels.c: the list of panels, and the widget that holds them: a row of tabs over a stack. The
// chosen tab shows its icon and title, the others their icon alone, so that a dozen fit beside
// a notebook. A page of the stack is empty until its panel is first shown.
#include "panels/panel.h"
#include "panels/parts/sheet.h"

#include "panels/parts/twin.h"
#include "session/cursor.h"
#include "share/share.h"

#include <glib/gi18n.h>

enum { FOLLOW_MS = 1000 };

#define PANEL(name) extern const AdjUiPanel adj_ui_panel_##name;
#include "panels/panels.def"
#undef PANEL

const AdjUiPanel *const adj_ui_panels[] = {
#define PANEL(name) &adj_ui_panel_##name,
#include "panels/panels.def"
#undef PANEL
    NULL};

const AdjUiPanelKey adj_ui_picture_keys[] = {
    {"plus", N_("Closer")},
    {"minus", N_("Farther")},
    {"0", N_("Show All")},
    {"Up Down Left Right", N_("Move, or From One to the Next")},
    {NULL, NULL}};

const AdjUiPanel *adj_ui_panel_find(const char *name)
{
    for (int i = 0; adj_ui_panels[i]; i++)
        if (!g_strcmp0(adj_ui_panels[i]->name, name)) return adj_ui_panels[i];
    return NULL;
}

typedef struct {
    const AdjUiPanel *row;
    GtkWidget *tab, *title, *page, *panel;  // panel: NULL until it is first shown
    GtkWidget *twin;                        // NULL until it is first asked for
    gboolean old;                           // something happened while it was hidden
} Tab;

typedef struct {
    AdjUiModel *model;
    GtkStack *stack;
    Tab *tabs;
    int count;
    gboolean mapped;
    GtkWidget *as_table;  // the button
    guint follow;         // timer: the table follows what the picture would show
} Panels;

static Panels *panels_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "panels");
}

static void panels_free(gpointer p)
{
    Panels *panels = p;
    g_clear_handle_id(&panels->follow, g_source_remove);
    g_free(panels->tabs);
    g_free(panels);
}

static Tab *shown_tab(Panels *p)
{
    const char *name = gtk_stack_get_visible_child_name(p->stack);
    for (int i = 0; i < p->count; i++)
        if (!g_strcmp0(p->tabs[i].row->name, name)) return &p->tabs[i];
    return NULL;
}

static void refresh(Panels *p, Tab *t)
{
    if (t->row->update) t->row->update(t->panel);
    if (t->row->select) t->row->select(t->panel, adj_ui_model_selection(p->model));
    t->old = FALSE;
}

static void make_panel(Panels *p, Tab *t)
{
    if (t->panel) return;
    t->panel = t->row->create(p->model);
    gtk_widget_set_hexpand(t->panel, TRUE);
    gtk_widget_set_vexpand(t->panel, TRUE);
    gtk_box_append(GTK_BOX(t->page), t->panel);
    t->old = TRUE;
}

// -- as a table -------------------------------------------------------------------------------

static void fill_twin(Tab *t)
{
    g_autofree char *csv = t->row->table(t->panel);
    adj_ui_twin_set(t->twin, csv);
}

static gboolean follow(gpointer self)
{
    Panels *p = self;
    Tab *t = shown_tab(p);
    if (p->mapped && t && t->twin && gtk_widget_get_visible(t->twin)) fill_twin(t);
    return G_SOURCE_CONTINUE;
}

static void show_twin(Panels *p, Tab *t)
{
    gboolean on = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(p->as_table));
    gtk_widget_set_sensitive(p->as_table, t->row->table != NULL);
    on = on && t->row->table;
    if (on && !t->twin) {
        g_autofree char *label = g_strdup_printf(_("%s as a table"), _(t->row->title));
        t->twin = adj_ui_twin_new(label);
        gtk_box_append(GTK_BOX(t->page), t->twin);
    }
    gtk_widget_set_visible(t->panel, !on);
    if (t->twin) gtk_widget_set_visible(t->twin, on);
    if (on) fill_twin(t);
    if (on && !p->follow) p->follow = g_timeout_add(FOLLOW_MS, follow, p);
    if (!on) g_clear_handle_id(&p->follow, g_source_remove);
}

static void table_toggled(GtkToggleButton *b, gpointer self)
{
    (void)b;
    Panels *p = self;
    Tab *t = shown_tab(p);
    if (t && t->panel) show_twin(p, t);
}

void adj_ui_panels_toggle_table(GtkWidget *panels)
{
    GtkToggleButton *b = GTK_TOGGLE_BUTTON(panels_of(panels)->as_table);
    gtk_toggle_button_set_active(b, !gtk_toggle_button_get_active(b));
}

static GtkWidget *make_table_button(Panels *p)
{
    p->as_table = gtk_toggle_button_new();
    gtk_button_set_icon_name(GTK_BUTTON(p->as_table), "view-list-symbolic");
    gtk_widget_add_css_class(p->as_table, "flat");
    gtk_widget_set_hexpand(p->as_table, TRUE);
    gtk_widget_set_halign(p->as_table, GTK_ALIGN_END);
    gtk_widget_set_tooltip_text(p->as_table, _("Picture as a table (Alt+T)"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(p->as_table), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Picture as a table"), -1);
    g_signal_connect(p->as_table, "toggled", G_CALLBACK(table_toggled), p);
    return p->as_table;
}

static void appear(Panels *p, Tab *t)
{
    make_panel(p, t);
    show_twin(p, t);
    if (t->row->show) t->row->show(t->panel, TRUE);
    if (t->old) refresh(p, t);
}

static void disappear(Tab *t)
{
    if (t->panel && t->row->show) t->row->show(t->panel, FALSE);
}

static void choose(GtkToggleButton *button, gpointer self)
{
    Panels *p = self;
    Tab *chosen = g_object_get_data(G_OBJECT(button), "tab");
    gboolean active = gtk_toggle_button_get_active(button);
    gtk_widget_set_visible(chosen->title, active);
    if (!active) {
        if (p->mapped) disappear(chosen);
        return;
    }
    gtk_stack_set_visible_child_name(p->stack, chosen->row->name);
    if (p->mapped) appear(p, chosen);
}

static void mapped(GtkWidget *w, gpointer self)
{
    (void)w;
    Panels *p = self;
    p->mapped = TRUE;
    Tab *t = shown_tab(p);
    if (t) appear(p, t);
}

static void unmapped(GtkWidget *w, gpointer self)
{
    (void)w;
    Panels *p = self;
    p->mapped = FALSE;
    Tab *t = shown_tab(p);
    if (t) disappear(t);
}

// Something happened in the session: the shown panel hears of it, the others when they are
// shown.
static void changed(AdjUiModel *m, gpointer self)
{
    (void)m;
    Panels *p = panels_of(self);
    for (int i = 0; i < p->count; i++) p->tabs[i].old = TRUE;
    Tab *t = shown_tab(p);
    if (p->mapped && t && t->panel) refresh(p, t);
}

static void selected(AdjUiModel *m, gpointer self)
{
    Panels *p = panels_of(self);
    Tab *shown = shown_tab(p);
    for (int i = 0; i < p->count; i++)
        if (&p->tabs[i] != shown || !p->mapped) p->tabs[i].old = TRUE;
    if (p->mapped && shown && shown->panel && shown->row->select)
        shown->row->select(shown->panel, adj_ui_model_selection(m));
}

// Another step is looked at: what is shown is old, as after a cell.
static void cursor_moved(AdjUiCursor *c, gpointer self)
{
    (void)c;
    changed(NULL, self);
}

static GtkWidget *make_tab(Panels *p, Tab *t, GtkWidget *group)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    gtk_box_append(GTK_BOX(box), gtk_image_new_from_icon_name(t->row->icon));
    t->title = gtk_label_new(_(t->row->title));
    gtk_widget_set_visible(t->title, FALSE);
    gtk_box_append(GTK_BOX(box), t->title);
    t->tab = gtk_toggle_button_new();
    gtk_button_set_child(GTK_BUTTON(t->tab), box);
    gtk_widget_add_css_class(t->tab, "flat");
    g_autofree char *tip = g_strdup_printf("%s\n%s", _(t->row->title), _(t->row->text));
    gtk_widget_set_tooltip_text(t->tab, tip);
    gtk_accessible_update_property(GTK_ACCESSIBLE(t->tab), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _(t->row->title), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   _(t->row->text), -1);
    if (group) gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(t->tab), GTK_TOGGLE_BUTTON(group));
    g_object_set_data(G_OBJECT(t->tab), "tab", t);
    g_signal_connect(t->tab, "toggled", G_CALLBACK(choose), p);
    return t->tab;
}

// What can be done with the panel that is shown, whichever it is: the rows of formats.c.
static GtkWidget *make_menu(void)
{
    g_autoptr(GMenu) menu = g_menu_new(), files = g_menu_new(), copy = g_menu_new();
    for (const AdjUiFormat *f = adj_ui_formats; f->name; f++) {
        g_autofree char *title = g_strdup_printf(_("%s …"), _(f->title));
        g_autofree char *action = g_strdup_printf("win.export-panel(' %s')", f->name);
        g_menu_append(files, title, action);
    }
    g_menu_append(copy, _("Copy Picture and Numbers"), "win.copy-panel('')");
    g_menu_append_section(menu, _("Export"), G_MENU_MODEL(files));
    g_menu_append_section(menu, NULL, G_MENU_MODEL(copy));
    GtkWidget *b = gtk_menu_button_new();
    gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(b), "view-more-symbolic");
    gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(b), G_MENU_MODEL(menu));
    gtk_widget_add_css_class(b, "flat");
    gtk_widget_set_tooltip_text(b, _("This panel: export, copy"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(b), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("This panel: export, copy"), -1);
    return b;
}

static GtkWidget *make_tabs(Panels *p)
{
    GtkWidget *row = adj_ui_bar_new();
    gtk_widget_add_css_class(row, "panel-tabs");
    for (int i = 0; i < p->count; i++) {
        Tab *t = &p->tabs[i];
        t->row = adj_ui_panels[i];
        t->old = TRUE;
        t->page = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
        gtk_stack_add_named(p->stack, t->page, t->row->name);
        gtk_box_append(GTK_BOX(row), make_tab(p, t, i ? p->tabs[0].tab : NULL));
    }
    gtk_box_append(GTK_BOX(row), make_table_button(p));
    gtk_box_append(GTK_BOX(row), make_menu());
    return row;
}

GtkWidget *adj_ui_panels_new(AdjUiModel *model)
{
    Panels *p = g_new0(Panels, 1);
    p->model = model;
    while (adj_ui_panels[p->count]) p->count++;
    p->tabs = g_new0(Tab, p->count + 1);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(box), "panels", p, panels_free);
    p->stack = GTK_STACK(gtk_stack_new());
    gtk_widget_set_vexpand(GTK_WIDGET(p->stack), TRUE);
    gtk_box_append(GTK_BOX(box), make_tabs(p));
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(p->stack));
    g_signal_connect(p->stack, "map", G_CALLBACK(mapped), p);
    g_signal_connect(p->stack, "unmap", G_CALLBACK(unmapped), p);
    g_signal_connect_object(model, "ran", G_CALLBACK(changed), box, 0);
    g_signal_connect_object(model, "connected", G_CALLBACK(changed), box, 0);
    g_signal_connect_object(model, "selection", G_CALLBACK(selected), box, 0);
    g_signal_connect_object(adj_ui_cursor_of(model), "moved", G_CALLBACK(cursor_moved), box, 0);
    if (p->count) gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(p->tabs[0].tab), TRUE);
    return box;
}

GtkWidget *adj_ui_panels_show(GtkWidget *panels, const char *name)
{
    Panels *p = panels_of(panels);
    for (int i = 0; i < p->count; i++) {
        if (g_strcmp0(p->tabs[i].row->name, name)) continue;
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(p->tabs[i].tab), TRUE);
        make_panel(p, &p->tabs[i]);
        return p->tabs[i].panel;
    }
    return NULL;
}

const char *adj_ui_panels_shown(GtkWidget *panels)
{
    Tab *t = shown_tab(panels_of(panels));
    return t ? t->row->name : NULL;
}

void adj_ui_panels_set_bare(GtkWidget *panels, gboolean bare)
{
    gtk_widget_set_visible(gtk_widget_get_first_child(panels), !bare);
}
