// SPDX-License-Identifier: Apache-2.0
//
// Names of controls for who does not see them. A control that shows only a picture says what it
// is in its tooltip, an entry in its placeholder; both are said to a screen reader too, so that
// no control is a "button" among buttons. What has a name of its own keeps it.
#pragma once

#include <gtk/gtk.h>

// From now on every control gets its name when it appears.
void adj_ui_names_install(void);
