// SPDX-License-Identifier: Apache-2.0
// app.h: the application object and its windows.
#pragma once

#include <adwaita.h>

#define ADJ_UI_ID "org.adjoint.Workbench"
#define ADJ_UI_PATH "/org/adjoint/Workbench"

// The application; run it with g_application_run.
AdwApplication *adj_ui_app_new(void);

// A new window of [app]; opens [file] in it unless that is NULL. [connection] names the session
// to attach to, or NULL for one of its own.
GtkWidget *adj_ui_window_new(AdwApplication *app);
void adj_ui_window_open(GtkWidget *window, GFile *file, const char *connection);
