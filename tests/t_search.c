// SPDX-License-Identifier: Apache-2.0
//
// Search of everything: what a few letters find first, that a growing query finds what a new
// one would, and that a hundred thousand entries keep up with typing.

#include "sight/search.h"
#include "tap.h"

#include <glib.h>
#include <stdio.h>

static const struct {
    const char *title, *detail;
    int rank;
} entries[] = {
    {"Run All", "Run all cells from the top", 0},
    {"Restart and Run All", "", 0},
    {"Gradients", "How the gradient flows", 1},
    {"net.0.weight", "Tensor 8 × 3", 3},
    {"net.0", "Linear(in_features=3, out_features=8)", 4},
    {"loss.backward()", "cell 7", 6},
    {"grad_norm = 3", "cell 2", 6},
    {"Übersicht", "ein Feld", 6},
};

static const char *first(AdjUiSearch *s, const char *query)
{
    return adj_ui_search_find(s, query) ? entries[adj_ui_search_found(s, 0)].title : "";
}

static void ranking(AdjUiSearch *s)
{
    static const struct {
        const char *query, *best;
    } rows[] = {{"run", "Run All"},
                {"all run", "Run All"},
                {"ral", "Run All"},
                {"restart", "Restart and Run All"},
                {"rra", "Restart and Run All"},
                {"grad", "Gradients"},
                {"weight", "net.0.weight"},
                {"net.0", "net.0"},
                {"linear", "net.0"},
                {"backw", "loss.backward()"},
                {"GRAD_NORM", "grad_norm = 3"},
                {"übers", "Übersicht"}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        equal_str(first(s, rows[i].query), rows[i].best, "\"%s\" finds it first",
                  rows[i].query);
    equal_int(adj_ui_search_find(s, "zebra"), 0, "what is not there is not found");
    equal_int(adj_ui_search_find(s, ""), G_N_ELEMENTS(entries), "nothing typed shows all");
    equal_str(entries[adj_ui_search_found(s, 0)].title, "Run All", "commands first");
}

// Typing letter by letter, and taking some back, ends at the same list as asking at once.
static void narrowing(AdjUiSearch *s)
{
    static const char *const typed[] = {"g", "gr", "gra", "grad", "gra", "gr", "gr n", "run"};
    gboolean same = TRUE;
    for (size_t i = 0; i < G_N_ELEMENTS(typed); i++) {
        int32_t n = adj_ui_search_find(s, typed[i]);
        AdjUiSearch *fresh = adj_ui_search_new();
        for (size_t k = 0; k < G_N_ELEMENTS(entries); k++)
            adj_ui_search_add(fresh, entries[k].title, entries[k].detail, entries[k].rank);
        same = same && n == adj_ui_search_find(fresh, typed[i]);
        for (int32_t k = 0; same && k < n; k++)
            same = adj_ui_search_found(s, k) == adj_ui_search_found(fresh, k);
        adj_ui_search_free(fresh);
    }
    ok(same, "a query that grows finds what a new one finds");
    adj_ui_search_find(s, "grad");
    adj_ui_search_add(s, "gradual", "came late", 0);
    adj_ui_search_find(s, "gradu");
    equal_int(adj_ui_search_found(s, 0), G_N_ELEMENTS(entries), "what comes late is found");
}

static void many(void)
{
    AdjUiSearch *s = adj_ui_search_new();
    for (int i = 0; i < 100000; i++) {
        char title[64], detail[64];
        g_snprintf(title, sizeof title, "blocks.%d.attention.query_%d", i % 997, i);
        g_snprintf(detail, sizeof detail, "cell %d, line %d of the program", i / 40, i % 40);
        adj_ui_search_add(s, title, detail, 6);
    }
    static const char typed[] = "query_99999";
    double slowest = 0;
    for (size_t length = 1; length < sizeof typed; length++) {
        g_autofree char *query = g_strndup(typed, length);
        gint64 begin = g_get_monotonic_time();
        adj_ui_search_find(s, query);
        slowest = MAX(slowest, (double)(g_get_monotonic_time() - begin) / 1000);
    }
    equal_int(adj_ui_search_found(s, 0), 99999, "the last of a hundred thousand is found");
    printf("# the slowest key took %.1f ms\n", slowest);
    adj_ui_search_free(s);
}

int main(void)
{
    AdjUiSearch *s = adj_ui_search_new();
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++)
        adj_ui_search_add(s, entries[i].title, entries[i].detail, entries[i].rank);
    equal_int(adj_ui_search_count(s), G_N_ELEMENTS(entries), "entries are counted");
    ranking(s);
    narrowing(s);
    many();
    adj_ui_search_free(s);
    return done();
}
