// SPDX-License-Identifier: Apache-2.0
// accels.c: the keys of windows and of the application, GNOME's where GNOME has one. The keys
// of notebooks are in commands.def.
#include "app.h"

#include <glib/gi18n.h>

const AdjUiAccel adj_ui_accels[] = {
    {"win.new-tab", "<Control>n <Control>t", N_("New Notebook"), N_("Notebooks")},
    {"win.open", "<Control>o", N_("Open"), N_("Notebooks")},
    {"win.save", "<Control>s", N_("Save"), N_("Notebooks")},
    {"win.save-as", "<Control><Shift>s", N_("Save As"), N_("Notebooks")},
    {"win.export-panel('')", "<Control><Shift>e", N_("Export the Panel"), N_("Notebooks")},
    {"win.copy-panel('')", "<Control><Alt>c", N_("Copy the Panel"), N_("Notebooks")},
    {"win.print", "<Control>p", N_("Print"), N_("Notebooks")},
    {"win.export-handout", "<Control><Alt>p", N_("Export as a Handout (PDF)"), N_("Notebooks")},
    {"win.export-html", "<Control><Alt>e", N_("Export as a Page"), N_("Notebooks")},
    {"win.export-html-anew", "", N_("Run and Export as a Page"), N_("Notebooks")},
    {"win.close-tab", "<Control>w", N_("Close Tab"), N_("Notebooks")},
    {"win.next-tab", "<Control>Page_Down", N_("Next Tab"), N_("Notebooks")},
    {"win.previous-tab", "<Control>Page_Up", N_("Previous Tab"), N_("Notebooks")},
    {"win.toggle-left", "F9", N_("Navigator"), N_("Window")},
    {"win.toggle-right", "<Control>F9", N_("Inspector"), N_("Window")},
    {"win.panel-table", "<Alt>t", N_("The Panel as a Table"), N_("Window")},
    {"win.toggle-strip", "<Shift>F9", N_("Steps of the Training"), N_("Window")},
    {"win.palette", "<Control><Shift>p <Control><Shift>c", N_("Search Everything"),
     N_("Window")},
    {"win.present", "<Control>F11", N_("Presentation"), N_("Window")},
    {"win.fullscreen", "F11", N_("Full Screen"), N_("Window")},
    {"win.zoom-in", "<Control>plus <Control>equal", N_("Larger: the Pane with the Focus"),
     N_("Window")},
    {"win.zoom-out", "<Control>minus", N_("Smaller"), N_("Window")},
    {"win.zoom-reset", "<Control>0", N_("Normal Size"), N_("Window")},
    {"win.menu", "F10", N_("Main Menu"), N_("Window")},
    {"app.new-window", "<Control><Shift>n", N_("New Window"), N_("Window")},
    {"app.preferences", "<Control>comma", N_("Preferences"), N_("Window")},
    {"app.shortcuts", "<Control>question F1", N_("Keyboard Shortcuts"), N_("Window")},
    {"app.quit", "<Control>q", N_("Quit"), N_("Window")},
    {"win.next-step", "Page_Down", N_("Next Step"), ADJ_UI_PRESENTATION},
    {"win.previous-step", "Page_Up", N_("Previous Step"), ADJ_UI_PRESENTATION},
    {"win.keep-layout", "<Control><Shift>l", N_("Keep This Layout for the Step"),
     ADJ_UI_PRESENTATION},
    {NULL},
};
