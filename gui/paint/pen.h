// SPDX-License-Identifier: Apache-2.0
//
// What every painter of the workbench draws with: a theme (the colours of a dark and of a light
// room), text in one face, cards, strips that show a shape, and small marks.
//
// A colour never speaks alone: whatever a painter tints it also marks (a sign, a hatch, a
// tick), so that a grey projector and a colour-blind reader lose nothing. Sizes are in units of
// the picture at zoom 1; the theme's `scale` enlarges type for a hall.
//
// Text goes through cairo's simple interface with one face that has the mathematical signs
// (DejaVu Sans): a canvas writes thousands of short words a frame, for which laying out
// paragraphs would cost twenty times as much.
#pragma once

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct AdjUiColour {
    double r, g, b;
} AdjUiColour;

enum { ADJ_UI_SERIES = 8 };  // colours before they repeat

typedef struct AdjUiTheme {
    bool dark;
    AdjUiColour ground;  // behind everything
    AdjUiColour card;    // a box standing on the ground
    AdjUiColour frame;   // an opened group
    AdjUiColour line;    // edges of boxes, axes
    AdjUiColour text;
    AdjUiColour faint;     // text and wires of second rank
    AdjUiColour accent;    // what is selected, what comes next
    AdjUiColour positive;  // with "+", and never without
    AdjUiColour negative;  // with a minus sign
    AdjUiColour good, warn, bad;
    AdjUiColour series[ADJ_UI_SERIES];
} AdjUiTheme;

// The two themes; constant.
const AdjUiTheme *adj_ui_theme(bool dark);
const AdjUiTheme *adj_ui_theme_strong(bool dark);  // more contrast

typedef struct AdjUiRect {
    double x, y, w, h;
} AdjUiRect;

static inline AdjUiRect adj_ui_rect(double x, double y, double w, double h)
{
    return (AdjUiRect){x, y, w, h};
}

// A smaller rectangle in the middle of [r].
static inline AdjUiRect adj_ui_inset(AdjUiRect r, double by)
{
    return (AdjUiRect){r.x + by, r.y + by, r.w - 2 * by, r.h - 2 * by};
}

AdjUiColour adj_ui_mix(AdjUiColour a, AdjUiColour b, double share_of_b);
void adj_ui_ink(cairo_t *cr, AdjUiColour c, double alpha);

// Adds a rectangle with round corners to the path.
void adj_ui_round(cairo_t *cr, AdjUiRect r, double radius);

// Fills [r] with [fill] and strokes it with [edge]; the shadow is what lifts a card.
void adj_ui_card(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, AdjUiColour fill,
                 AdjUiColour edge, double edge_width);

typedef enum { ADJ_UI_LEFT, ADJ_UI_MIDDLE, ADJ_UI_RIGHT } AdjUiAlign;

// How text is set: size in units, weight, slope.
typedef struct AdjUiType {
    double size;
    bool bold, slanted, fixed;
} AdjUiType;

// Writes [text] with its base line at [y]; a text wider than [width] (when that is > 0) loses
// its end to an ellipsis. Answers the width written.
double adj_ui_text(cairo_t *cr, const char *text, AdjUiType type, AdjUiAlign align, double x,
                   double y, double width);
double adj_ui_text_width(cairo_t *cr, const char *text, AdjUiType type);

// A number in as few characters as carry [digits] of it: 0.25, 1.5e-07, -3, nan.
// [out] holds at least 32 bytes. The minus sign is the typographical one.
char *adj_ui_number(char *out, double value, int digits);

// The same with as many digits, at most [digits], as fit [width]: a number is rounded, never
// cut.
char *adj_ui_number_fitting(cairo_t *cr, char *out, double value, int digits, AdjUiType type,
                            double width);

// "32 × 128", or "scalar"; [out] holds at least 96 bytes.
char *adj_ui_shape_text(char *out, const int64_t *shape, int rank);

// The colour of an axis of [size] at place [axis] of [rank]. Axes of one size have one colour
// all through a net, which is what lets the eye follow them from card to card; the first axis
// of a batch is always grey.
AdjUiColour adj_ui_axis_colour(const AdjUiTheme *theme, int64_t size, int axis, int rank);

// A shape as a strip of coloured pieces, each as long as the logarithm of its size asks.
void adj_ui_strip(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r, const int64_t *shape,
                  int rank);

// The same with the colour and the letter of each axis said.
typedef struct AdjUiAxisMark {
    AdjUiColour ink;
    const char *letter;  // NULL: none
} AdjUiAxisMark;
void adj_ui_strip_marked(cairo_t *cr, const AdjUiTheme *theme, AdjUiRect r,
                         const int64_t *shape, int rank, const AdjUiAxisMark *marks);

// An arrow's head of [size] whose tip is at (x, y), pointing along the angle.
void adj_ui_arrow_head(cairo_t *cr, double x, double y, double angle, double size);
