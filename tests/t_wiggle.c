// SPDX-License-Identifier: Apache-2.0
//
// The picture of a wiggle, as stored; and the slope that it reads off the tangent's error.

#include "paint/wiggle.h"
#include "picture.h"
#include "tap.h"

#include <math.h>

enum { POINTS = 64, DISTANCES = 16 };

typedef struct {
    double x[POINTS], y[POINTS], distance[DISTANCES], above[DISTANCES], below[DISTANCES];
} Numbers;

static double loss(double x)
{
    return 0.7 + 0.3 * sin(2 * x) + 0.2 * x * x;
}

// [wrong]: what a wrong derivative is off by.
static AdjUiWiggle make(Numbers *n, double wrong)
{
    double at = 0.4, gradient = 0.6 * cos(2 * at) + 0.4 * at + wrong;
    for (int i = 0; i < POINTS; i++) {
        n->x[i] = at - 1 + 2.0 * i / (POINTS - 1);
        n->y[i] = loss(n->x[i]);
    }
    for (int i = 0; i < DISTANCES; i++) {
        double d = n->distance[i] = pow(10, -5 + 5.0 * i / (DISTANCES - 1));
        n->above[i] = fabs(loss(at + d) - loss(at) - gradient * d);
        n->below[i] = fabs(loss(at - d) - loss(at) + gradient * d);
    }
    return (AdjUiWiggle){.name = "net.0.weight[0, 1]",
                         .at = at,
                         .loss = loss(at),
                         .gradient = gradient,
                         .x = n->x,
                         .y = n->y,
                         .count = POINTS,
                         .tried = 0.95,
                         .tried_loss = loss(0.95),
                         .distance = n->distance,
                         .above = n->above,
                         .below = n->below,
                         .errors = DISTANCES};
}

static void picture(const AdjUiWiggle *w, bool dark, int width, int height, const char *name)
{
    const AdjUiTheme *theme = adj_ui_theme(dark);
    cairo_t *cr =
        picture_begin(width, height, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    AdjPlaced placed = {0};
    adj_ui_paint_wiggle(cr, theme, w, width, height, &placed);
    picture_near(picture_end(cr), name);
    ok(placed.w > 100 && placed.xlim[0] < w->at && w->at < placed.xlim[1],
       "%s: the curve is placed", name);
}

int main(void)
{
    Numbers n;
    AdjUiWiggle w = make(&n, 0);
    near(adj_ui_wiggle_slope(&w), 2, 0.05, "a right derivative has the slope 2");
    picture(&w, true, 760, 300, "wiggle_dark");
    picture(&w, false, 420, 620, "wiggle_light");
    w = make(&n, 0.05);
    near(adj_ui_wiggle_slope(&w), 1, 0.1, "a wrong one has the slope 1");
    w.errors = 0;
    w.tried = NAN;
    ok(isnan(adj_ui_wiggle_slope(&w)), "none is no slope");
    picture(&w, false, 500, 300, "wiggle_alone_light");
    return done();
}
