// SPDX-License-Identifier: Apache-2.0
//
// Histograms over time and the flow of gradients, as stored.

#include "paint/ridges.h"
#include "picture.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>

static void ridges(bool dark, const char *name)
{
    const AdjUiTheme *theme = adj_ui_theme(dark);
    AdjUiPast *past = calloc(1, sizeof *past);
    double counts[ADJ_UI_BINS];
    past->is_log = true;
    past->rank = 2;
    past->shape[0] = 64;
    past->shape[1] = 128;
    past->mean = 0.0123;
    past->std = 0.61;
    past->zeros = 0.25;
    for (int step = 0; step < 60; step++) {
        for (int i = 0; i < ADJ_UI_BINS; i++) {
            double at = 40 - step * 0.12, two = 33 + step * 0.02;
            counts[i] =
                900 * exp(-(i - at) * (i - at) / 4) + 300 * exp(-(i - two) * (i - two) / 9);
        }
        adj_ui_past_add(past, step, counts, ADJ_UI_BINS);
    }
    equal_int(past->kept, ADJ_UI_PAST, "%s: the past is bounded", name);
    equal_int(past->steps[(past->next + ADJ_UI_PAST - 1) % ADJ_UI_PAST], 59, "%s: newest last",
              name);
    cairo_t *cr = picture_begin(420, 300, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    adj_ui_paint_ridges(cr, theme, past, "encoder.0.norm", adj_ui_rect(10, 10, 400, 280),
                        false);
    picture_near(picture_end(cr), name);
    free(past);
}

static void flow(void)
{
    const AdjUiTheme *theme = adj_ui_theme(true);
    AdjUiLayerFlow layers[8];
    static const char *const paths[] = {"net.0", "net.2",  "net.4",  "net.6",
                                        "net.8", "net.10", "net.12", "head"};
    for (int i = 0; i < 8; i++) {
        double norm = pow(10, -7 + i * 0.9);
        layers[i] = (AdjUiLayerFlow){.path = paths[i],
                                     .health = i < 2   ? ADJ_UI_ILL
                                               : i < 4 ? ADJ_UI_DOUBTFUL
                                                       : ADJ_UI_HEALTHY,
                                     .norm = norm,
                                     .ratio = pow(10, -6 + i * 0.5),
                                     .sparks = ADJ_UI_SPARK};
        for (int k = 0; k < ADJ_UI_SPARK; k++)
            layers[i].spark[k] = (float)(norm * exp(1.2 * sin(k * 0.3 + i)));
    }
    cairo_t *cr = picture_begin(760, 390, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    adj_ui_paint_flow(cr, theme, layers, 8, 0, 8, 2, 760);
    picture_near(picture_end(cr), "flow_dark");
}

int main(void)
{
    ridges(false, "ridges_light");
    ridges(true, "ridges_dark");
    flow();
    return done();
}
