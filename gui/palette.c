// SPDX-License-Identifier: Apache-2.0
// palette.c: search of everything: an entry and a list of what matches, the best first. The
// list is virtual: rows exist for what is seen, however many match. The entry keeps the focus;
// arrow keys move the choice, Enter goes there.
#include "app.h"
#include "search/sources.h"

#include <glib/gi18n.h>

enum { WIDTH = 640, HEIGHT = 480, PAGE = 8 };

// -- what matches, as a list --------------------------------------------------------------

#define FOUND_TYPE (found_get_type())
G_DECLARE_FINAL_TYPE(Found, found, ADJ_UI, FOUND, GObject)
#define RESULTS_TYPE (results_get_type())
G_DECLARE_FINAL_TYPE(Results, results, ADJ_UI, RESULTS, GObject)

struct _Found {
    GObject base;
    int32_t entry;
};
G_DEFINE_TYPE(Found, found, G_TYPE_OBJECT)

static void found_init(Found *f)
{
    f->entry = 0;
}

static void found_class_init(FoundClass *c)
{
    (void)c;
}

struct _Results {
    GObject base;
    AdjUiSearch *search;  // borrowed
    guint count;
};

static GType result_type(GListModel *m)
{
    (void)m;
    return FOUND_TYPE;
}

static guint result_count(GListModel *m)
{
    return ADJ_UI_RESULTS(m)->count;
}

static gpointer result(GListModel *m, guint at)
{
    Results *r = ADJ_UI_RESULTS(m);
    if (at >= r->count) return NULL;
    Found *f = g_object_new(FOUND_TYPE, NULL);
    f->entry = adj_ui_search_found(r->search, (int32_t)at);
    return f;
}

static void list_init(GListModelInterface *i)
{
    i->get_item_type = result_type;
    i->get_n_items = result_count;
    i->get_item = result;
}

G_DEFINE_TYPE_WITH_CODE(Results, results, G_TYPE_OBJECT,
                        G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, list_init))

static void results_init(Results *r)
{
    r->count = 0;
}

static void results_class_init(ResultsClass *c)
{
    (void)c;
}

// -- the window ---------------------------------------------------------------------------

typedef struct {
    GtkWidget *dialog, *entry, *list, *status;
    AdjUiSources *sources;
    Results *results;
    GtkSingleSelection *selection;
} Palette;

static void palette_free(gpointer self)
{
    Palette *p = self;
    adj_ui_sources_free(p->sources);
    g_object_unref(p->selection);
    g_free(p);
}

static void choose(Palette *p, guint at)
{
    gtk_single_selection_set_selected(p->selection, at);
    gtk_widget_activate_action(p->list, "list.scroll-to-item", "u", at);
}

static void search(Palette *p)
{
    guint before = p->results->count;
    const char *query = gtk_editable_get_text(GTK_EDITABLE(p->entry));
    p->results->count = (guint)adj_ui_search_find(p->results->search, query);
    g_list_model_items_changed(G_LIST_MODEL(p->results), 0, before, p->results->count);
    g_autofree char *said = g_strdup_printf(_("%u of %d"), p->results->count,
                                            adj_ui_search_count(p->results->search));
    gtk_label_set_text(GTK_LABEL(p->status), said);
    if (p->results->count) choose(p, 0);
}

static void typed(GtkEditable *e, gpointer self)
{
    (void)e;
    search(self);
}

// More entries came: what was chosen stays so if it is still the best place to be.
static void grown(gpointer self)
{
    Palette *p = self;
    if (p->results) search(p);
}

// The window goes first: what is done may open another, or wants the focus.
static void go(Palette *p)
{
    guint at = gtk_single_selection_get_selected(p->selection);
    int32_t entry = at == GTK_INVALID_LIST_POSITION
                        ? -1
                        : adj_ui_search_found(p->results->search, (int32_t)at);
    GtkWidget *dialog = g_object_ref(p->dialog);
    gtk_widget_set_visible(dialog, FALSE);
    if (entry >= 0) adj_ui_sources_go(p->sources, entry);
    gtk_window_destroy(GTK_WINDOW(dialog));
    g_object_unref(dialog);
}

static void activated(GtkListView *list, guint at, gpointer self)
{
    (void)list, (void)at;
    go(self);
}

static void move(Palette *p, int by)
{
    int last = (int)p->results->count - 1;
    guint at = gtk_single_selection_get_selected(p->selection);
    if (last >= 0) choose(p, (guint)CLAMP((int)at + by, 0, last));
}

static gboolean key(GtkEventControllerKey *c, guint k, guint code, GdkModifierType state,
                    gpointer self)
{
    (void)c, (void)code, (void)state;
    Palette *p = self;
    switch (k) {
    case GDK_KEY_Escape: gtk_window_destroy(GTK_WINDOW(p->dialog)); break;
    case GDK_KEY_Down: move(p, 1); break;
    case GDK_KEY_Up: move(p, -1); break;
    case GDK_KEY_Page_Down: move(p, PAGE); break;
    case GDK_KEY_Page_Up: move(p, -PAGE); break;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter: go(p); break;
    default: return GDK_EVENT_PROPAGATE;
    }
    return GDK_EVENT_STOP;
}

// -- rows ---------------------------------------------------------------------------------

static GtkWidget *label(GtkWidget *box, const char *class, gboolean end)
{
    GtkWidget *l = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(l), 0);
    if (end) gtk_label_set_ellipsize(GTK_LABEL(l), PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(l, class);
    gtk_box_append(GTK_BOX(box), l);
    return l;
}

static void setup(GtkSignalListItemFactory *f, GtkListItem *row, gpointer self)
{
    (void)f, (void)self;
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *words = gtk_box_new(GTK_ORIENTATION_VERTICAL, 1);
    gtk_widget_set_hexpand(words, TRUE);
    gtk_widget_add_css_class(box, "row");
    gtk_box_append(GTK_BOX(box), words);
    GtkWidget *labels[] = {label(words, "row-title", TRUE), label(words, "row-detail", TRUE),
                           label(box, "row-keys", FALSE), label(box, "row-kind", FALSE)};
    for (gsize i = 0; i < G_N_ELEMENTS(labels); i++) {
        g_autofree char *name = g_strdup_printf("label%zu", i);
        g_object_set_data(G_OBJECT(box), name, labels[i]);
    }
    gtk_list_item_set_child(row, box);
}

static void bind(GtkSignalListItemFactory *f, GtkListItem *row, gpointer self)
{
    (void)f;
    Palette *p = self;
    Found *found = gtk_list_item_get_item(row);
    AdjUiEntry e = adj_ui_sources_entry(p->sources, found->entry);
    GObject *box = G_OBJECT(gtk_list_item_get_child(row));
    const char *texts[] = {e.title, e.detail, e.keys ? e.keys : "", e.kind};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *name = g_strdup_printf("label%zu", i);
        GtkWidget *l = g_object_get_data(box, name);
        gtk_label_set_text(GTK_LABEL(l), texts[i]);
        gtk_widget_set_visible(l, *texts[i]);
    }
    g_free(e.keys);
}

static GtkWidget *make_list(Palette *p)
{
    GtkListItemFactory *f = gtk_signal_list_item_factory_new();
    g_signal_connect(f, "setup", G_CALLBACK(setup), NULL);
    g_signal_connect(f, "bind", G_CALLBACK(bind), p);
    p->results = g_object_new(RESULTS_TYPE, NULL);
    p->results->search = adj_ui_sources_search(p->sources);
    p->selection = gtk_single_selection_new(G_LIST_MODEL(p->results));
    p->list = gtk_list_view_new(GTK_SELECTION_MODEL(g_object_ref(p->selection)), f);
    gtk_list_view_set_single_click_activate(GTK_LIST_VIEW(p->list), TRUE);
    gtk_widget_add_css_class(p->list, "navigation-list");
    gtk_accessible_update_property(GTK_ACCESSIBLE(p->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("What was found"), -1);
    g_signal_connect(p->list, "activate", G_CALLBACK(activated), p);
    GtkWidget *scroll = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroll), p->list);
    gtk_widget_set_vexpand(scroll, TRUE);
    return scroll;
}

void adj_ui_palette_open(GtkWidget *window)
{
    Palette *p = g_new0(Palette, 1);
    p->dialog = adw_window_new();
    p->sources = adj_ui_sources_new(window, grown, p);
    g_object_set_data_full(G_OBJECT(p->dialog), "palette", p, palette_free);
    gtk_window_set_title(GTK_WINDOW(p->dialog), _("Search Everything"));
    gtk_window_set_modal(GTK_WINDOW(p->dialog), TRUE);
    gtk_window_set_transient_for(GTK_WINDOW(p->dialog), GTK_WINDOW(window));
    gtk_window_set_default_size(GTK_WINDOW(p->dialog), WIDTH, HEIGHT);
    p->entry = gtk_entry_new();
    gtk_entry_set_icon_from_icon_name(GTK_ENTRY(p->entry), GTK_ENTRY_ICON_PRIMARY,
                                      "system-search-symbolic");
    gtk_entry_set_placeholder_text(
        GTK_ENTRY(p->entry),
        _("Commands, panels, cells, variables, modules, operations, help"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(p->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Search Everything"), -1);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *scroll = make_list(p);
    gtk_widget_add_css_class(box, "palette");
    p->status = gtk_label_new("");
    gtk_label_set_xalign(GTK_LABEL(p->status), 1);
    gtk_widget_add_css_class(p->status, "row-detail");
    gtk_box_append(GTK_BOX(box), p->entry);
    gtk_box_append(GTK_BOX(box), scroll);
    gtk_box_append(GTK_BOX(box), p->status);
    adw_window_set_content(ADW_WINDOW(p->dialog), box);
    g_signal_connect(p->entry, "changed", G_CALLBACK(typed), p);
    GtkEventController *keys = gtk_event_controller_key_new();
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(key), p);
    gtk_widget_add_controller(p->dialog, keys);
    search(p);
    gtk_window_present(GTK_WINDOW(p->dialog));
    gtk_widget_grab_focus(p->entry);
}
