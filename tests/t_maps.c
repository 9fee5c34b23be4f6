// SPDX-License-Identifier: Apache-2.0
//
// Maps of the plane: both pictures against stored ones, the way from the screen to the plane
// and back, what is answered where, which unit is where; and files of points, good and bad.

#include "paint/maps.h"
#include "picture.h"
#include "sight/points_file.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GRID = 40, SIDE = 16, POINTS = 90 };

static float grid[3][GRID * GRID], units[8][SIDE * SIDE], weights[3][64];
static double at[2 * POINTS], target[POINTS];

// Three arms of a spiral, and shares that follow them.
static void make_plane(AdjUiPlane *p)
{
    *p = (AdjUiPlane){.x = {-1.2, 1.2},
                      .y = {-1.2, 1.2},
                      .outputs = 3,
                      .shares = true,
                      .class_count = 3,
                      .classes = {0, 1, 2},
                      .example = 40};
    for (int i = 0; i < POINTS; i++) {
        double r = (i % 30 + 1) / 30.0, a = 4 * r + 2 * M_PI * (i / 30) / 3;
        at[2 * i] = r * sin(a);
        at[2 * i + 1] = r * cos(a);
        target[i] = i / 30;
    }
    p->train = (AdjUiSamples){POINTS, at, target};
    for (int i = 0; i < GRID * GRID; i++) {
        double x = -1.2 + 2.4 * (i % GRID + 0.5) / GRID;
        double y = 1.2 - 2.4 * (i / GRID + 0.5) / GRID, sum = 0, share[3];
        double a = atan2(x, y) - 4 * hypot(x, y);
        for (int k = 0; k < 3; k++) sum += share[k] = exp(4 * cos(a - 2 * M_PI * k / 3));
        for (int k = 0; k < 3; k++) grid[k][i] = (float)(share[k] / sum);
    }
    for (int k = 0; k < 3; k++) p->output[k] = (AdjUiField){GRID, GRID, grid[k], 0, 1};
}

static void make_net(AdjUiNet *n, AdjUiColumn *columns, AdjUiField maps[3][8])
{
    static const char *const titles[] = {"x, y", "Linear + Tanh", "Linear"};
    static const char *const paths[] = {"", "net.1", "net.2"};
    static const int shown[] = {2, 8, 3}, all[] = {2, 32, 3};
    for (int u = 0; u < 8; u++)
        for (int i = 0; i < SIDE * SIDE; i++)
            units[u][i] =
                (float)tanh(3 * (cos(u) * (i % SIDE - 7.5) + sin(u) * (i / SIDE - 7.5)) / SIDE);
    for (int i = 0; i < 64; i++)
        for (int c = 0; c < 3; c++) weights[c][i] = (float)sin(i * 1.7 + c);
    for (int c = 0; c < 3; c++) {
        for (int u = 0; u < 8; u++) maps[c][u] = (AdjUiField){SIDE, SIDE, units[u], -1, 1};
        columns[c] = (AdjUiColumn){.path = paths[c],
                                   .title = titles[c],
                                   .units = all[c],
                                   .shown = shown[c],
                                   .maps = maps[c],
                                   .weights = c ? weights[c] : NULL,
                                   .weight_columns = c ? shown[c - 1] : 0};
    }
    *n = (AdjUiNet){.count = 3, .columns = columns};
}

static void pictures(bool dark, const char *plane_name, const char *net_name)
{
    const AdjUiTheme *theme = adj_ui_theme(dark);
    AdjUiPlane p;
    AdjUiNet n;
    AdjUiColumn columns[3];
    AdjUiField maps[3][8];
    make_plane(&p);
    make_net(&n, columns, maps);
    p.discrete = dark;
    p.with_test = true;
    p.test = (AdjUiSamples){6, (double[]){-1, -1, 1, 1, -1, 1, 1, -1, 0, -1, 0, 1},
                            (double[]){0, 1, 2, 0, 1, 2}};
    cairo_t *cr = picture_begin(420, 440, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    adj_ui_paint_plane(cr, theme, &p, adj_ui_rect(0, 0, 420, 440));
    picture_near(picture_end(cr), plane_name);
    cr = picture_begin(420, 380, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    adj_ui_paint_net(cr, theme, &n, adj_ui_rect(8, 0, 404, 380), "net.2");
    adj_ui_paint_net_marks(cr, theme, &n, adj_ui_rect(8, 0, 404, 380), dark ? 1 : -1, 3,
                           dark ? -1 : 0.25, 0.25);
    picture_near(picture_end(cr), net_name);
}

static void one_number(void)
{
    const AdjUiTheme *theme = adj_ui_theme(false);
    AdjUiPlane p;
    make_plane(&p);
    for (int i = 0; i < GRID * GRID; i++) grid[0][i] = (float)(3 * (grid[0][i] - grid[1][i]));
    p.outputs = 1;
    p.shares = false;
    p.scale = 3;
    p.class_count = 0;
    for (int i = 0; i < POINTS; i++) target[i] = 3 * sin(i);
    cairo_t *cr = picture_begin(420, 440, 1, theme->ground.r, theme->ground.g, theme->ground.b);
    adj_ui_paint_plane(cr, theme, &p, adj_ui_rect(0, 0, 420, 440));
    adj_ui_paint_plane_unit(cr, theme, &p, adj_ui_rect(300, 300, 120, 140), &p.output[0],
                            "net.1[3]");
    picture_near(picture_end(cr), "plane_value_light");
    int class_at;
    double value;
    ok(adj_ui_plane_answer(&p, 0, 0, &class_at, &value) && class_at == -1,
       "a measurement is of no class");
    p.class_count = 2;
    p.classes[0] = -1;
    p.classes[1] = 1;
    ok(adj_ui_plane_answer(&p, 0.9, 0.9, &class_at, &value) && class_at == (value > 0),
       "of two classes the sign decides");
}

static void places(void)
{
    AdjUiPlane p;
    make_plane(&p);
    AdjUiRect map = adj_ui_plane_rect(&p, adj_ui_rect(10, 20, 500, 400));
    ok(fabs(map.w - map.h) < 2, "the plane stays square in a wide place");
    int wrong = 0;
    for (int i = 0; i < POINTS; i++) {
        double sx, sy, x, y;
        adj_ui_plane_to(&p, map, at[2 * i], at[2 * i + 1], &sx, &sy);
        adj_ui_plane_from(&p, map, sx, sy, &x, &y);
        wrong += hypot(x - at[2 * i], y - at[2 * i + 1]) > 1e-9;
    }
    equal_int(wrong, 0, "to the screen and back");
    double sx, sy, value;
    int class_at, right = 0;
    adj_ui_plane_to(&p, map, at[20], at[21], &sx, &sy);
    equal_int(adj_ui_plane_point_at(&p, map, sx + 1, sy, 8), 10, "the nearest point is found");
    equal_int(adj_ui_plane_point_at(&p, map, map.x, map.y, 8), -1, "and none where none is");
    for (int i = 0; i < POINTS; i++)
        right += adj_ui_plane_answer(&p, at[2 * i], at[2 * i + 1], &class_at, &value) &&
                 class_at == i / 30;
    ok(right > 80, "the map answers with the arm: %d of 90", right);
    ok(!adj_ui_plane_answer(&p, 3, 0, &class_at, &value), "and nothing outside of it");
    AdjUiNet n;
    AdjUiColumn columns[3];
    AdjUiField maps[3][8];
    make_net(&n, columns, maps);
    AdjUiRect r = {0, 0, 400, 400};
    int column, unit, lost = 0;
    for (int c = 0; c < 3; c++)
        for (int u = 0; u < columns[c].shown; u++) {
            AdjUiRect in = adj_ui_net_unit(&n, r, c, u);
            bool found = adj_ui_net_at(&n, r, in.x + 2, in.y + 2, &column, &unit);
            lost += !found || column != c || unit != u || in.x < 0 || in.x + in.w > 400 ||
                    in.y < 0 || in.y + in.h > 400;
        }
    equal_int(lost, 0, "every unit is found where it is, inside");
    ok(!adj_ui_net_at(&n, r, 1, 1, &column, &unit), "and no unit is where none is");
}

static AdjUiPointsFile *read_text(const char *text)
{
    return adj_ui_points_file_read(text, strlen(text));
}

static void files(void)
{
    g_autoptr(AdjUiPointsFile) plain = read_text("1,2,0\n-3.5, 4e1 ,1\r\n\n# words\n5,6,1");
    equal_int(plain->count, 3, "lines of three numbers");
    ok(plain->at[2] == -3.5 && plain->at[3] == 40 && plain->target[2] == 1 && !plain->bad,
       "with their values");
    g_autoptr(AdjUiPointsFile) named = read_text("label;\"y\";x\ncat;2;1\ndog;4;3\ncat;6;5\n");
    equal_int(named->count, 3, "a header says which column is which");
    ok(named->at[0] == 1 && named->at[1] == 2 && named->target[1] == 1 && named->target[2] == 0,
       "in any order");
    ok(named->names && named->names->len == 2 &&
           !strcmp(g_ptr_array_index(named->names, 1), "dog"),
       "words are numbered as they come");
    g_autoptr(AdjUiPointsFile) two = read_text("x y\n1 2\n  3   4\n");
    ok(two->count == 2 && !two->target && two->at[3] == 4, "two columns have no labels");
    g_autoptr(AdjUiPointsFile) bad = read_text("x,y,c\n1,2,0\n1,oops,0\n3,4\n5,6,1\nnan,1,1\n");
    equal_int(bad->count, 2, "what cannot be read is left out");
    equal_int(bad->bad, 3, "and counted");
    equal_int(bad->first_bad, 3, "with the number of the first line");
    equal_str(bad->bad_text, "1,oops,0", "and its text");
    g_autoptr(AdjUiPointsFile) none = read_text("");
    ok(!none->count && !none->bad, "nothing is nothing");
    g_autoptr(AdjUiPointsFile) binary = adj_ui_points_file_read("\x7f\0ELF\xff\n1,2", 10);
    ok(binary->count <= 1, "a file of bytes does no harm");
}

int main(void)
{
    pictures(false, "plane_light", "plane_net_light");
    pictures(true, "plane_dark", "plane_net_dark");
    one_number();
    places();
    files();
    return done();
}
