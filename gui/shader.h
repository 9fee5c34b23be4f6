// SPDX-License-Identifier: Apache-2.0
//
// Shaders by name: the one place where a file of shaders/ becomes a program.
//
// An AdjUiShader holds what one GL context holds for us: programs, colour maps, tiles of heat
// maps. All functions want that context to be current. A program that does not compile leaves
// a sentence with the file's own line, and whoever draws lets Cairo do it meanwhile.
#pragma once

#include "paint/heat.h"

#include <glib.h>

typedef struct AdjUiShader AdjUiShader;

AdjUiShader *adj_ui_shader_new(void);
void adj_ui_shader_free(AdjUiShader *s);  // NULL is nothing

// The picture that is drawn next: pixels, pixels of a unit of the screen, colours.
typedef struct AdjUiFrame {
    int width, height;  // in pixels
    double scale;
    const AdjUiTheme *theme;
    gboolean again;  // set by who draws: not all is there yet, draw once more soon
} AdjUiFrame;

// Puts the program of [vertex] and [fragment] ("quad.vert", "heat.frag") to use and sets what
// all programs know of [frame]. FALSE: it does not compile or link.
gboolean adj_ui_shader_use(AdjUiShader *s, const char *vertex, const char *fragment,
                           const AdjUiFrame *frame);
// Why the last program that was asked for is not there; NULL: it is.
const char *adj_ui_shader_error(const AdjUiShader *s);
// Where uniform [name] of the program in use is; -1: it has none.
int adj_ui_shader_at(AdjUiShader *s, const char *name);
// Colour map [map] from [low] to [high] for the program in use.
void adj_ui_shader_map(AdjUiShader *s, const char *map, double low, double high);

// Something of a drawer's own, kept as long as the context under a name; [make] makes it.
gpointer adj_ui_shader_keep(AdjUiShader *s, const char *name, gpointer (*make)(void),
                            GDestroyNotify drop);

// A driver's complaint in our words: file, line, the line's text. [source] is what was compiled
// as source string 0, [prelude] as string 1. Newly allocated.
char *adj_ui_shader_explain(const char *log, const char *file, const char *source,
                            const char *prelude);
