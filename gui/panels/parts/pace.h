// SPDX-License-Identifier: Apache-2.0
//
// How often a picture follows the session. News may come thirty times a second; painting each
// would take from the training the processor that it trains on. So a picture that follows may
// take one part in ADJ_UI_PACE of the main loop's time: it measures what a frame with it costs,
// and waits that many times as long for the next. What the user does is shown at once.
#pragma once

#include <gtk/gtk.h>

enum { ADJ_UI_PACE = 24, ADJ_UI_PACE_MOST_MS = 400 };

// Calls [paint] with [w], now or as soon as its share allows; until then, further calls for the
// same widget are one.
void adj_ui_pace(GtkWidget *w, void (*paint)(GtkWidget *w));
