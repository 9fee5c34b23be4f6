// SPDX-License-Identifier: Apache-2.0
//
// Search of everything by a few letters: entries have a title, a detail and a rank among
// equals; a query is words, each of which must be found.
//
// A word is found best at the start of the title, then at the start of one of its words, inside
// it, in the detail, and last as letters with gaps in the title ("ral" is Run All). While a
// query grows, only what matched so far is looked at again; entries are bytes in one block with
// a mask of the letters they hold, so that a hundred thousand are searched between two frames.
#pragma once

#include <stdint.h>

typedef struct AdjUiSearch AdjUiSearch;

AdjUiSearch *adj_ui_search_new(void);
void adj_ui_search_free(AdjUiSearch *s);  // NULL is nothing

// Adds an entry; its number is the count of those before it. [rank] from 0, the best, to 15
// orders what matches equally well.
void adj_ui_search_add(AdjUiSearch *s, const char *title, const char *detail, int rank);
int32_t adj_ui_search_count(const AdjUiSearch *s);

// Searches: how many entries match. An empty query is matched by all, best rank first.
int32_t adj_ui_search_find(AdjUiSearch *s, const char *query);
// Entry [i] of what was found, the best first.
int32_t adj_ui_search_found(const AdjUiSearch *s, int32_t i);
