// SPDX-License-Identifier: Apache-2.0
// navigator.h: the left side of a page: variables, modules, files.
#pragma once

#include "notebook/page.h"

GtkWidget *adj_ui_navigator_new(AdjUiPage *p);
GtkWidget *adj_ui_variables_new(AdjUiPage *p);  // variables.c
GtkWidget *adj_ui_modules_new(AdjUiPage *p);    // modules.c
GtkWidget *adj_ui_files_new(AdjUiPage *p);      // files.c

// An object of the protocol as an item of a list; "changed" when it is another version of the
// same thing, so that rows are kept.
#define ADJ_UI_TYPE_ITEM (adj_ui_item_get_type())
G_DECLARE_FINAL_TYPE(AdjUiItem, adj_ui_item, ADJ_UI, ITEM, GObject)

enum { ADJ_UI_HISTORY = 48 };

struct _AdjUiItem {
    GObject base;
    JsonObject *json;
    char *key;             // what makes it the same thing
    GListStore *children;  // NULL for none
    float history[ADJ_UI_HISTORY];
    int points;  // how many of them are filled
};

AdjUiItem *adj_ui_item_new(const char *key, JsonObject *json);
void adj_ui_item_update(AdjUiItem *i, JsonObject *json);
void adj_ui_item_add_point(AdjUiItem *i, double y);

// Makes [store] hold the objects of [array] (members [key] name them): items that are there
// already are updated, the rest replaced.
void adj_ui_items_update(GListStore *store, JsonArray *array, const char *key);

// Text of a member: "" when it is missing; numbers as people write them.
const char *adj_ui_item_string(AdjUiItem *i, const char *name);
double adj_ui_item_number(AdjUiItem *i, const char *name);  // NaN when it is missing
char *adj_ui_item_shape(AdjUiItem *i, const char *name);  // "64×10", newly allocated, or NULL
char *adj_ui_format_count(double n);                      // "1.2 M", newly allocated

// A page for a list that is empty so far.
GtkWidget *adj_ui_empty_new(const char *icon, const char *title, const char *text);
