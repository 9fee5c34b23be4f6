// SPDX-License-Identifier: Apache-2.0
// keep.h: small choices of panels that outlive the window: which way a graph flows, whether a
// list is shown. A key file in the user's folder for settings; what is not in it has its
// default.
#pragma once

#include <glib.h>

gboolean adj_ui_kept(const char *panel, const char *choice, gboolean otherwise);
void adj_ui_keep(const char *panel, const char *choice, gboolean value);
int adj_ui_kept_number(const char *panel, const char *choice, int otherwise);
void adj_ui_keep_number(const char *panel, const char *choice, int value);
