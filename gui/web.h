// SPDX-License-Identifier: Apache-2.0
// web.h: the workbench in a browser, through GTK's broadway back end.
#pragma once

#include <glib.h>

// Takes `--web` or `--web=PORT` out of the command line; if it was there, starts the server
// that draws in a browser and makes GTK use it. Before GTK is initialised. FALSE with a
// sentence on the standard error if the server cannot be started.
gboolean adj_ui_web_start(int *argc, char **argv);
