// SPDX-License-Identifier: Apache-2.0
//
// The strip of time, two runs in lockstep and the memory of a step, as stored, and the way from
// steps to pixels and back.

#include "paint/lockstep.h"
#include "paint/memory.h"
#include "paint/timeline.h"
#include "picture.h"
#include "tap.h"

#include <math.h>

enum { WIDTH = 900, HEIGHT = 92 };

static void strip(bool dark, const char *name)
{
    const AdjUiTheme *theme = adj_ui_theme(dark);
    AdjUiPyramid *line = adj_ui_pyramid_new(), *branch = adj_ui_pyramid_new();
    for (int k = 1; k <= 4000; k++) {
        double v = 2.2 * exp(-k / 900.0) + 0.3 + 0.08 * sin(k * 1.7) * sin(k * 0.013);
        adj_ui_pyramid_add(line, k, v);
        if (k > 2500) adj_ui_pyramid_add(branch, k, v + 0.5 * (1 - exp(-(k - 2500) / 200.0)));
    }
    adj_ui_pyramid_add(line, 4001, 60);  // one peak does not flatten all the rest
    AdjUiTimeCurve curves[] = {{line, false}, {branch, true}};
    AdjUiMark marks[] = {{700, ADJ_UI_MARK_FINDING, "net.1 is saturated"},
                         {1500, ADJ_UI_MARK_ILL, "the loss is not a number"},
                         {2000, ADJ_UI_MARK_BOOKMARK, "Bookmark"},
                         {2500, ADJ_UI_MARK_BRANCH, "2500 lr 0.1"}};
    const double kept[][2] = {{1, 240}, {900, 960}, {2200, 2210}, {3100, 4001}};
    AdjUiTime t = {.curves = curves,
                   .marks = marks,
                   .kept = kept,
                   .curve_count = 2,
                   .mark_count = 4,
                   .kept_count = 4,
                   .from = 1,
                   .to = 4001,
                   .cursor = 3300,
                   .value = 0.81234567,
                   .exact = true};
    cairo_t *cr =
        picture_begin(WIDTH, HEIGHT, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    adj_ui_paint_time(cr, theme, &t, WIDTH, HEIGHT);
    adj_ui_paint_time_hover(cr, theme, &t, WIDTH, HEIGHT, adj_ui_time_x(&t, WIDTH, 1500) + 2);
    picture_near(picture_end(cr), name);
    int wrong = 0;
    for (int step = 1; step <= 4001; step += 7)
        wrong += fabs(adj_ui_time_step(&t, WIDTH, adj_ui_time_x(&t, WIDTH, step)) - step) > 0;
    equal_int(wrong, 0, "%s: from a step to its place and back", name);
    equal_int(adj_ui_time_mark(&t, WIDTH, adj_ui_time_x(&t, WIDTH, 2000) - 3), 2,
              "%s: a mark is found near its place", name);
    equal_int(adj_ui_time_mark(&t, WIDTH, adj_ui_time_x(&t, WIDTH, 1100)), -1,
              "%s: and none between", name);
    adj_ui_pyramid_free(line);
    adj_ui_pyramid_free(branch);
}

static void empty(void)
{
    const AdjUiTheme *theme = adj_ui_theme(false);
    AdjUiTime t = {.from = 1, .to = 1, .cursor = NAN};
    cairo_t *cr = picture_begin(60, HEIGHT, 1, 1, 1, 1);
    adj_ui_paint_time(cr, theme, &t, 60, HEIGHT);
    adj_ui_paint_time_hover(cr, theme, &t, 3, HEIGHT, 1);
    equal_int(cairo_status(cr), CAIRO_STATUS_SUCCESS, "nothing at all is painted too");
    equal_int(adj_ui_time_step(&t, 60, 1e6) == 1, 1, "beyond the end is the end");
    cairo_surface_destroy(picture_end(cr));
}

static void lockstep(bool dark, const char *name)
{
    enum { STEPS = 14, OPERATIONS = 9, W = 560, H = 360 };
    const AdjUiTheme *theme = adj_ui_theme(dark);
    double roots[STEPS][2];
    float cells[STEPS][OPERATIONS];
    const float *rows[STEPS];
    for (int i = 0; i < STEPS; i++) {
        roots[i][0] = 2 * exp(-i * 0.1);
        roots[i][1] = roots[i][0] + (i > 4 ? 0.02 * (i - 4) : 0);
        rows[i] = cells[i];
        for (int k = 0; k < OPERATIONS; k++)
            cells[i][k] = k == 5 ? NAN : (float)(i < 5 ? 0 : 1e-7 * pow(3, i + k * 0.4));
    }
    AdjUiLockstep l = {.roots = (const double(*)[2])roots,
                       .differs = rows,
                       .from = 37,
                       .steps = STEPS,
                       .operations = OPERATIONS,
                       .first_step = 5,
                       .first_operation = 3,
                       .chosen = 5,
                       .names = {"as it was", "changed"}};
    cairo_t *cr = picture_begin(W, H, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    adj_ui_paint_lockstep(cr, theme, &l, W, H);
    picture_near(picture_end(cr), name);
    equal_int(adj_ui_lockstep_step_at(&l, W, 5), -1, "%s: left of the field is no step", name);
    int step = adj_ui_lockstep_step_at(&l, W, 200);
    ok(step > 0 && adj_ui_lockstep_step_at(&l, W, W - 1) == -1, "%s: a column is one", name);
    equal_int(adj_ui_lockstep_operation_at(&l, H, 30), -1, "%s: nor are the losses", name);
    ok(adj_ui_difference_heat(0) == 0 && adj_ui_difference_heat(1e-30) > 0 &&
           adj_ui_difference_heat(5) == 1,
       "%s: no difference has no colour, the least has some", name);
}

static void memory(bool dark, const char *name)
{
    enum { N = 24, W = 620, H = 340 };
    const AdjUiTheme *theme = adj_ui_theme(dark);
    double live[N], held[N];
    for (int i = 0; i < N; i++) {
        held[i] = i < 12 ? 4e5 * (i + 1) : 4e5 * (23 - i);
        live[i] = held[i] + 2e5 + (i > 11 ? 3e5 * (1 + sin(i)) : 0);
    }
    AdjUiMemory m = {.n = N,
                     .forward = 12,
                     .live = live,
                     .held = held,
                     .start = 3.2e6,
                     .peak = 11,
                     .chosen = 5,
                     .peak_words = "Peak: 5.2 MB more than before the step, after conv2d",
                     .chosen_words = "after relu of net.1 (cell 2, line 4)"};
    char text[32];
    cairo_t *cr = picture_begin(W, H, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    adj_ui_paint_memory(cr, theme, &m, W, H);
    picture_near(picture_end(cr), name);
    equal_int(adj_ui_memory_at(&m, W, 4), -1, "%s: left of it is no operation", name);
    equal_int(adj_ui_memory_at(&m, W, W - 20), N - 1, "%s: the last is at the end", name);
    equal_str(adj_ui_bytes(text, 999), "999 B", "bytes");
    equal_str(adj_ui_bytes(text, 1536e3), "1.5 MB", "millions of them");
}

int main(void)
{
    memory(false, "memory_light");
    memory(true, "memory_dark");
    lockstep(false, "lockstep_light");
    lockstep(true, "lockstep_dark");
    strip(false, "time_light");
    strip(true, "time_dark");
    empty();
    return done();
}
