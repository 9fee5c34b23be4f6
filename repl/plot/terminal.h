// SPDX-License-Identifier: Apache-2.0
// terminal.h: figures in a terminal: as pictures where it can show them (kitty's, iTerm2's or
// sixel graphics), else of characters.
#pragma once
#include "plot/plugin.h"

typedef enum AdjGraphics {
    ADJ_GRAPHICS_BLOCKS,
    ADJ_GRAPHICS_KITTY,
    ADJ_GRAPHICS_ITERM,
    ADJ_GRAPHICS_SIXEL,
} AdjGraphics;

// What the terminal on fd 1 can show: $ADJOINT_GRAPHICS (kitty, iterm, sixel, blocks), what its
// environment says, or, where that says nothing, its answer to a question (asked once).
AdjGraphics adj_terminal_graphics(void);

// Text that shows the picture at the cursor, ending at the start of a line. The caller frees
// it; NULL: no memory.
char *adj_terminal_figure(const AdjPlotPlugin *plugin, const AdjFigure *f);
char *adj_terminal_graph(const AdjPlotPlugin *plugin, AdjGraph *g);

// The parts, for tests. Pixels are 0xAARRGGBB, premultiplied.
char *adj_kitty_text(const char *png, size_t length);
char *adj_iterm_text(const char *png, size_t length);
char *adj_sixel_text(const uint32_t *pixels, int width, int height);
// A figure as characters: that many columns; colours 0 (none), 256 or 1 << 24.
char *adj_blocks_text(const AdjPlotPlugin *plugin, const AdjFigure *f, int columns, int rows,
                      int colors);
// Pixels as characters: four by eight pixels each.
char *adj_blocks_of(const uint32_t *pixels, int width, int height, int colors);
