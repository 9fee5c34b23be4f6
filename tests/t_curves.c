// SPDX-License-Identifier: Apache-2.0
//
// Long curves: the pyramid against reading every point, exactness at full zoom, pictures.

#include "paint/curves.h"
#include "picture.h"
#include "tap.h"

#include <glib.h>
#include <math.h>

static double wave(int64_t i)
{
    return i % 977 == 13 ? NAN : exp(-(double)i / 4e4) + 0.05 * sin(0.37 * (double)i);
}

static void stretches(void)
{
    AdjUiPyramid *p = adj_ui_pyramid_new();
    enum { N = 30000 };
    for (int64_t i = 0; i < N; i++) adj_ui_pyramid_add(p, (double)i, wave(i));
    uint32_t dice = 7;
    bool same = true;
    for (int trial = 0; trial < 400; trial++) {
        dice = dice * 1664525u + 1013904223u;
        int64_t from = dice % N;
        dice = dice * 1664525u + 1013904223u;
        int64_t to = from + dice % (N - from) + 1;
        double least = NAN, greatest = NAN, sum = 0;
        int64_t count = 0;
        for (int64_t i = from; i < to; i++) {
            if (isnan(wave(i))) continue;
            least = fmin(least, wave(i));
            greatest = fmax(greatest, wave(i));
            sum += wave(i);
            count++;
        }
        AdjUiStretch s = adj_ui_pyramid_stretch(p, from, to);
        same &= s.least == least && s.greatest == greatest && s.points == count &&
                fabs(s.mean - sum / (double)count) < 1e-12;
    }
    ok(same, "400 stretches: least, greatest, mean and count as read one by one");
    equal_int(adj_ui_pyramid_find(p, 4999.5), 5000, "found between two steps");
    ok(isnan(adj_ui_pyramid_stretch(p, 5, 5).least), "an empty stretch holds nothing");
    adj_ui_pyramid_free(p);
}

static void going_back(void)
{
    AdjUiPyramid *p = adj_ui_pyramid_new();
    for (int i = 0; i < 1000; i++) adj_ui_pyramid_add(p, i, i);
    for (int i = 300; i < 400; i++) adj_ui_pyramid_add(p, i, -i);
    equal_int(adj_ui_pyramid_count(p), 400,
              "a step that comes again takes the old one's place");
    AdjUiStretch s = adj_ui_pyramid_stretch(p, 0, 400);
    near(s.greatest, 299, 0, "the greatest before it stays");
    near(s.least, -399, 0, "and the new ones count");
    adj_ui_pyramid_free(p);
    p = adj_ui_pyramid_new();
    static const double x[] = {1, 2, 3, 10, 20};
    for (int i = 0; i < 5; i++) adj_ui_pyramid_add(p, x[i], i);
    near(adj_ui_pyramid_x(p, 4), 20, 0, "uneven steps are kept");
    equal_int(adj_ui_pyramid_find(p, 4), 3, "and found");
    adj_ui_pyramid_free(p);
}

static AdjUiPyramid *noisy(int64_t n, double end, uint32_t dice)
{
    AdjUiPyramid *p = adj_ui_pyramid_new();
    for (int64_t i = 0; i < n; i++) {
        dice = dice * 1664525u + 1013904223u;
        double noise = (double)(dice >> 8) / (1 << 24) - 0.5;
        double y = end + (2.3 - end) * exp(-8.0 * (double)i / (double)n) * (1 + 0.3 * noise);
        adj_ui_pyramid_add(p, (double)i + 1, y);
    }
    return p;
}

static void picture(bool dark, bool log_y, double from, double to, const char *name)
{
    const AdjUiTheme *theme = adj_ui_theme(dark);
    AdjUiCurve curves[] = {{"train/loss", noisy(200000, 0.08, 1), 0, false},
                           {"baseline/loss", noisy(200000, 0.3, 2), 1, false},
                           {"wide/loss", noisy(120000, 0.15, 3), 2, false}};
    AdjUiCurves c = {.curves = curves,
                     .count = 3,
                     .log_y = log_y,
                     .smoothing = 12,
                     .from = from,
                     .to = to,
                     .legend = true};
    AdjPlaced placed;
    cairo_t *cr = picture_begin(900, 460, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    adj_ui_paint_curves(cr, theme, &c, 900, 460, &placed);
    ok(placed.w > 700 && placed.h > 300, "%s: the axes take %.0f x %.0f", name, placed.w,
       placed.h);
    adj_ui_paint_crosshair(cr, theme, &c, &placed, 330, 200);
    picture_near(picture_end(cr), name);
    for (int i = 0; i < 3; i++) adj_ui_pyramid_free((AdjUiPyramid *)curves[i].points);
}

int main(void)
{
    stretches();
    going_back();
    picture(false, false, 0, 0, "curves_light");
    picture(true, true, 1000, 1060, "curves_exact_dark");
    return done();
}
