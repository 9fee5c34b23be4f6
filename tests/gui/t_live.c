// SPDX-License-Identifier: Apache-2.0
//
// Activations and Gradients in windows while a played session trains: histograms arrive, lamps
// come on and go out, a hidden panel hears nothing.

#include "fake_model.h"
#include "panels/panel.h"
#include "session/reply.h"
#include "shot.h"
#include "tap.h"

#include <math.h>

extern const AdjUiPanel adj_ui_panel_activations, adj_ui_panel_gradients;

static GtkWidget *overlay(GtkWidget *w)
{
    if (GTK_IS_OVERLAY(w)) return w;
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c)) {
        GtkWidget *found = overlay(c);
        if (found) return found;
    }
    return NULL;
}

static gboolean has(char *text, const char *what)
{
    gboolean found = strstr(text, what) != NULL;
    g_free(text);
    return found;
}

static void histogram(AdjUiModel *model, const char *path, int step)
{
    GString *counts = g_string_new(NULL);
    for (int i = 0; i < 64; i++) {
        double at = 39 - step * 0.05 - (path[4] - '0') * 2;
        g_string_append_printf(counts, "%s%d", i ? ", " : "",
                               (int)(900 * exp(-(i - at) * (i - at) / 6)));
    }
    g_autofree char *text = g_strdup_printf(
        "{\"path\": \"%s\", \"take\": \"value\", \"step\": %d, \"shape\": [64, 128],"
        " \"statistics\": {\"mean\": 0.01, \"std\": 0.6, \"zeros\": 0.5, \"norm\": 3, \"nan\": "
        "0,"
        " \"inf\": 0}, \"histogram\": {\"scale\": \"log\", \"low\": -40, \"high\": 24, "
        "\"counts\":"
        " [%s]}}",
        path, step, counts->str);
    fake_event(model, "observation", text);
    g_string_free(counts, TRUE);
}

static void activations(AdjUiModel *model)
{
    GtkWidget *panel = adj_ui_panel_activations.create(model);
    GtkWidget *window = shot_window(panel, 760, 560);
    histogram(model, "net.0", 0);
    ok(!has(adj_ui_panel_activations.table(panel), "net.0"), "hidden, it hears nothing");
    adj_ui_panel_activations.show(panel, TRUE);
    for (int step = 0; step < 50; step++) {
        histogram(model, "net.0", step);
        histogram(model, "net.1", step);
        histogram(model, "net.2", step);
    }
    shot_settle(150);
    ok(has(adj_ui_panel_activations.table(panel), "net.2,0.01,0.6,0.5,3,0"),
       "the newest statistics are in the table");
    shot_key(overlay(panel), GDK_KEY_Right, 0);
    equal_str(adj_ui_model_selection(model)->module, "net.0", "an arrow key selects a layer");
    ok(shot_take(window, "panel_activations"), "a picture of activations");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

// Observations of norms and updates go to both subscriptions; fields tell them apart.
static void flow_item(AdjUiModel *model, const char *path, double norm, double ratio)
{
    char a[40], b[40];
    g_ascii_formatd(a, 40, "%.6g", norm);
    g_ascii_formatd(b, 40, "%.6g", ratio);
    g_autofree char *text = g_strdup_printf("{\"path\": \"%s\", \"ratio\": %s, \"statistics\":"
                                            " {\"norm\": %s}}",
                                            path, b, a);
    fake_event(model, "observation", text);
}

static void gradients(AdjUiModel *model)
{
    GtkWidget *panel = adj_ui_panel_gradients.create(model);
    GtkWidget *window = shot_window(panel, 820, 560);
    adj_ui_panel_gradients.show(panel, TRUE);
    for (int step = 0; step < 60; step++) {
        for (int i = 0; i < 8; i++) {
            g_autofree char *path = g_strdup_printf("net.%d.weight", i);
            flow_item(model, path, pow(10, -6 + i * 0.7) * exp(sin(step * 0.3 + i)),
                      pow(10, -5 + i * 0.4));
        }
    }
    ok(has(adj_ui_panel_gradients.table(panel), "net.3.weight,healthy"),
       "healthy to begin with");
    fake_event(model, "health",
               "{\"findings\": [{\"level\": \"critical\", \"kind\": \"vanishing\", \"path\":"
               " \"net.0\", \"message\": \"the gradient of net.0 is 1e-6 of the last layer's\","
               " \"cause\": \"saturated units above it\", \"remedy\": \"a smaller init\"}]}");
    ok(has(adj_ui_panel_gradients.table(panel), "net.0.weight,ill"),
       "a finding about a module lights the lamp of its weight");
    ok(has(adj_ui_panel_gradients.table(panel), "net.3.weight,healthy"), "and no other");
    shot_key(overlay(panel), GDK_KEY_Down, 0);
    shot_settle(100);
    ok(shot_take(window, "panel_gradients"), "a picture of gradients");
    fake_event(model, "health", "{\"findings\": []}");
    ok(!has(adj_ui_panel_gradients.table(panel), ",ill"), "the lamp goes out again");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

int main(void)
{
    if (!shot_init()) return skip_all("no display");
    AdjUiModel *model = adj_ui_model_new();
    activations(model);
    g_object_unref(model);
    model = adj_ui_model_new();
    gradients(model);
    g_object_unref(model);
    return done();
}
