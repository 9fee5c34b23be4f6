// SPDX-License-Identifier: Apache-2.0
// sources.h: everything that can be searched for, and what choosing it does.
//
// A source is a row of sources.c that adds its entries, at once or when the session or the disk
// has answered; "grown" is called then. Entries are kept until the search is closed, and each
// knows how to go where it leads.
#pragma once

#include "app.h"
#include "sight/search.h"

typedef struct AdjUiSources AdjUiSources;

typedef struct {
    const char *title, *detail, *kind;
    char *keys;  // what to press instead, newly allocated, or NULL
} AdjUiEntry;

// Entries for [window]; [grown] hears of those that come later.
AdjUiSources *adj_ui_sources_new(GtkWidget *window, void (*grown)(gpointer self),
                                 gpointer self);
void adj_ui_sources_free(AdjUiSources *s);

AdjUiSearch *adj_ui_sources_search(AdjUiSources *s);
// Entry number [i] of the search.
AdjUiEntry adj_ui_sources_entry(AdjUiSources *s, int32_t i);
// Goes to entry [i]; the search window has gone by then, the sources too soon after.
void adj_ui_sources_go(AdjUiSources *s, int32_t i);
