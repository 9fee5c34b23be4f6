// SPDX-License-Identifier: Apache-2.0
// app.h: the application object and its windows.
#pragma once

#include "notebook/page.h"

#include <adwaita.h>

#define ADJ_UI_ID "org.adjoint.Workbench"
#define ADJ_UI_PATH "/org/adjoint/Workbench"

// The application; run it with g_application_run.
AdwApplication *adj_ui_app_new(void);

// A new window of [app], on its first page.
GtkWidget *adj_ui_window_new(AdwApplication *app);
// Opens [file] (NULL: a new notebook) in a tab of [window]; [connection] names the session to
// attach to, or is NULL for one of its own.
AdjUiPage *adj_ui_window_open(GtkWidget *window, GFile *file, const char *connection);
AdjUiPage *adj_ui_window_page(GtkWidget *window);  // of the chosen tab, or NULL
void adj_ui_window_tell(GtkWidget *window, const char *text);

// Header and tabs give way to [foot] (taken) below the page; NULL: back.
void adj_ui_window_bare(GtkWidget *window, GtkWidget *foot);

// The first page: new, open, recent, what can be recovered, the library (welcome.c).
GtkWidget *adj_ui_welcome_new(void);
char *adj_ui_samples_folder(void);  // newly allocated

// Files that were opened lately (recent.c), shared with the desktop: one more; and on the
// disk's thread: the newest that are still there, as URIs.
void adj_ui_recent_add(GFile *file);
GStrv adj_ui_recent_list(int most);

// Everything that can be done, by name (palette.c).
void adj_ui_palette_open(GtkWidget *window);

// What a user prefers, from the rows of settings.def (preferences.c).
GtkWidget *adj_ui_preferences_new(void);

// The window that lists all keys, made from the rows of commands.def (shortcuts.c).
GtkWidget *adj_ui_shortcuts_new(void);
// Keys of the window's own actions: {"win.save", "<Control>s", title} ..., ends with NULL.
typedef struct {
    const char *action, *keys, *title, *group;
} AdjUiAccel;
extern const AdjUiAccel adj_ui_accels[];
// The group of keys that are there only during a presentation.
#define ADJ_UI_PRESENTATION N_("Presentation")
