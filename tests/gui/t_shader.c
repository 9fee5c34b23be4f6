// SPDX-License-Identifier: Apache-2.0
//
// Shaders: the same scene drawn by GL and painted by Cairo gives the same picture; a shader
// that does not compile is explained with its line while Cairo paints; without GL nothing is
// missing. A software GL does for this; where there is none at all, what needs one is skipped.

#include "paint/heat.h"
#include "panels/parts/canvas.h"
#include "panels/parts/glview.h"
#include "panels/parts/sheet.h"
#include "shade/shade.h"
#include "shot.h"
#include "tap.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 640, HEIGHT = 480 };

// -- two pictures -------------------------------------------------------------------------

typedef struct {
    double mean;   // of the differences of all channels, of 255
    double share;  // of the pixels that differ by more than 8 in a channel
} Difference;

static Difference compare(const guchar *a, const guchar *b)
{
    double sum = 0, far = 0;
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
        int most = 0;
        for (int k = 0; k < 3; k++) {
            int d = abs(a[4 * i + k] - b[4 * i + k]);
            sum += d;
            most = MAX(most, d);
        }
        far += most > 8;
    }
    return (Difference){sum / (3.0 * WIDTH * HEIGHT), far / (WIDTH * HEIGHT)};
}

static AdjUiGlview *layer_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "glview");
}

typedef GtkWidget *(*Make)(void);
static gboolean have_gl;

// The widget's picture with GL or without; [by_gl] says who drew it.
static guchar *picture_of(Make make, const char *gl, const char *name, gboolean *by_gl)
{
    g_setenv("ADJOINT_GL", gl, TRUE);
    GtkWidget *widget = make(), *window = shot_window(widget, WIDTH, HEIGHT);
    gboolean wanted = have_gl && strcmp(gl, "0");
    for (int i = 0; i < 100; i++) {
        shot_settle(50);
        gboolean there = adj_ui_glview_drawn(layer_of(widget));
        if (i > 6 && (there || !wanted || adj_ui_glview_refusal(layer_of(widget)))) break;
    }
    *by_gl = adj_ui_glview_drawn(layer_of(widget));
    const char *why = adj_ui_glview_refusal(layer_of(widget));
    if (why) note("no GL: %s", why);
    shot_take(window, name);
    guchar *pixels = NULL;
    for (int i = 0; i < 40 && !pixels; i++) {
        pixels = shot_pixels(window, WIDTH, HEIGHT);
        shot_settle(50);
    }
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
    return pixels;
}

// At most [mean] of 255 on average, and at most [share] of the pixels visibly different.
static void same(Make make, const char *name, double mean, double share)
{
    gboolean drawn, painted;
    g_autofree char *by_gl = g_strdup_printf("%s_gl", name);
    g_autofree char *by_cairo = g_strdup_printf("%s_cairo", name);
    g_autofree guchar *cairo = picture_of(make, "0", by_cairo, &painted);
    ok(!painted, "%s: with ADJOINT_GL=0 Cairo paints it", name);
    if (!have_gl) {
        skip(4, "%s: no GL here", name);
        return;
    }
    for (int es = 0; es < 2; es++) {
        g_autofree guchar *gl = picture_of(make, es ? "es" : "1", by_gl, &drawn);
        if (!ok(drawn && cairo && gl, "%s: shaders for %s draw it", name,
                es ? "ES" : "desktops"))
            continue;
        Difference d = compare(gl, cairo);
        ok(d.mean <= mean && d.share <= share,
           "%s: the pictures differ by %.3f of 255 and in %.3f %% of the pixels (at most %g, "
           "%g "
           "%%)",
           name, d.mean, d.share * 100, mean, share * 100);
    }
}

// -- a heat map ---------------------------------------------------------------------------

enum { ROWS = 900, COLUMNS = 1300 };
static AdjUiHeat *map;

static void make_map(void)
{
    float *values = malloc(sizeof *values * ROWS * COLUMNS);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        values[i] = (float)(sin(i / COLUMNS * 0.02) * cos(i % COLUMNS * 0.017));
    for (int i = 300; i < 420; i++)
        for (int k = 500; k < 800; k++) values[i * COLUMNS + k] = NAN;
    for (int i = 0; i < 200; i++) values[(100 + i) * COLUMNS + 200] = INFINITY;
    map = adj_ui_heat_new(values, ROWS, COLUMNS);
}

static AdjUiRect extent(gpointer self)
{
    (void)self;
    return adj_ui_rect(0, 0, COLUMNS, ROWS);
}

static void part(const AdjUiView *v, AdjUiRect *cells, AdjUiRect *into)
{
    double x0 = fmax(v->visible.x, 0), y0 = fmax(v->visible.y, 0);
    double x1 = fmin(v->visible.x + v->visible.w, COLUMNS);
    double y1 = fmin(v->visible.y + v->visible.h, ROWS);
    *cells = adj_ui_rect(x0, y0, x1 - x0, y1 - y0);
    *into = adj_ui_rect((x0 - v->visible.x) * v->zoom, (y0 - v->visible.y) * v->zoom,
                        (x1 - x0) * v->zoom, (y1 - y0) * v->zoom);
}

static gboolean shade(gpointer self, AdjUiShader *s, AdjUiFrame *frame, const AdjUiView *v)
{
    (void)self;
    AdjUiRect cells, into;
    part(v, &cells, &into);
    return adj_ui_shade_heat(s, frame, map, cells, into, -0.8, 0.8, "RdBu");
}

static void paint(gpointer self, cairo_t *cr, const AdjUiView *v)
{
    (void)self;
    AdjUiRect cells, into;
    if (v->shaded) return;
    part(v, &cells, &into);
    into.x += v->visible.x * v->zoom;
    into.y += v->visible.y * v->zoom;
    cairo_scale(cr, 1 / v->zoom, 1 / v->zoom);
    adj_ui_paint_heat(cr, v->theme, map, cells, into, -0.8, 0.8, "RdBu");
}

static const AdjUiCanvasOwner owner = {.extent = extent, .paint = paint, .shade = shade};

static GtkWidget *far_away(void)
{
    return adj_ui_canvas_new(&owner, NULL, "a heat map");
}

static gboolean come_close(gpointer canvas)
{
    adj_ui_canvas_zoom(canvas, 7.3);
    return G_SOURCE_REMOVE;
}

static GtkWidget *close_by(void)
{
    GtkWidget *canvas = far_away();
    g_timeout_add(100, come_close, canvas);
    return canvas;
}

// -- a landscape --------------------------------------------------------------------------

enum { SIDE = 33 };
static double lands[SIDE * SIDE], land_at[SIDE];
static GtkWidget *land_sheet;

static AdjUiSurface make_land(void)
{
    for (int i = 0; i < SIDE; i++) land_at[i] = -1 + 2.0 * i / (SIDE - 1);
    for (int i = 0; i < SIDE; i++)
        for (int k = 0; k < SIDE; k++)
            lands[i * SIDE + k] = i > 28 && k > 25
                                      ? NAN
                                      : 0.4 + 2 * pow(land_at[i] - 0.2, 2) +
                                            pow(land_at[k] + 0.1, 2) +
                                            0.25 * sin(5 * land_at[i]) * cos(4 * land_at[k]);
    return (AdjUiSurface){.rows = SIDE,
                          .columns = SIDE,
                          .values = lands,
                          .at_row = land_at,
                          .at_column = land_at,
                          .row_axis = "random, seed 0",
                          .column_axis = "gradient"};
}

static gboolean shade_land(gpointer self, AdjUiShader *s, AdjUiFrame *frame)
{
    (void)self;
    AdjUiSurface land = make_land();
    return adj_ui_shade_surface(s, frame, &land, 0.6, 0.5);
}

static void paint_land(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int w, int h)
{
    (void)self;
    AdjUiSurface land = make_land();
    if (adj_ui_sheet_shaded(land_sheet))
        adj_ui_paint_surface_marks(cr, theme, &land, 0.6, 0.5, w, h);
    else
        adj_ui_paint_surface(cr, theme, &land, 0.6, 0.5, w, h);
}

static const AdjUiSheetOwner land_owner = {.paint = paint_land, .shade = shade_land};

static GtkWidget *landscape(void)
{
    return land_sheet = adj_ui_sheet_new(&land_owner, NULL, "a landscape");
}

// -- a cloud of points --------------------------------------------------------------------

enum { POINTS = 3000 };
static float cloud_at[3 * POINTS];
static uint32_t cloud_inks[POINTS], cloud_order[POINTS];
static GtkWidget *cloud_sheet;

static AdjUiPoints make_cloud(double width, double height)
{
    for (int i = 0; i < POINTS; i++) {
        double t = i * 0.0105;
        cloud_at[3 * i] = (float)(0.45 * cos(t) * cos(i * 2.4));
        cloud_at[3 * i + 1] = (float)(0.45 * sin(t) * cos(i * 2.4));
        cloud_at[3 * i + 2] = i % 100 ? (float)(0.45 * sin(i * 2.4)) : NAN;
        if (i % 100 == 0) cloud_at[3 * i] = NAN;
        cloud_inks[i] = (i % 7 ? 0xffu : 0x50u) << 24 | (i * 40503u & 0xffffffu);
    }
    AdjUiPoints p = {.count = POINTS,
                     .at = cloud_at,
                     .inks = cloud_inks,
                     .radius = 4,
                     .eye = adj_ui_eye(0.5, 0.35, 400, width / 2, height / 2),
                     .at_stamp = 1,
                     .inks_stamp = 1};
    adj_ui_points_order(&p, cloud_order);
    return p;
}

static gboolean shade_cloud(gpointer self, AdjUiShader *s, AdjUiFrame *frame)
{
    (void)self;
    AdjUiPoints p = make_cloud(frame->width / frame->scale, frame->height / frame->scale);
    return adj_ui_shade_points(s, frame, &p, cloud_order);
}

static void paint_cloud(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int w, int h)
{
    (void)self;
    static const char *const names[] = {"first", "second", "third"};
    AdjUiPoints p = make_cloud(w, h);
    if (!adj_ui_sheet_shaded(cloud_sheet))
        adj_ui_paint_points(cr, theme, &p, cloud_order, w, h, 1, false);
    adj_ui_paint_points_axes(cr, theme, &p.eye, names, 3);
}

static const AdjUiSheetOwner cloud_owner = {.paint = paint_cloud, .shade = shade_cloud};

static GtkWidget *cloud(void)
{
    return cloud_sheet = adj_ui_sheet_new(&cloud_owner, NULL, "points");
}

// -- feature maps -------------------------------------------------------------------------

enum { MAPS = 37, MAP_SIDE = 28 };
static AdjUiHeat *features[MAPS];
static GtkWidget *atlas_sheet;

static void make_features(void)
{
    for (int n = 0; n < MAPS; n++) {
        float *values = malloc(sizeof *values * MAP_SIDE * MAP_SIDE);
        for (int i = 0; i < MAP_SIDE * MAP_SIDE; i++)
            values[i] = (float)(sin(i / MAP_SIDE * 0.1 * n) + cos(i % MAP_SIDE * 0.3));
        for (int i = 0; n == 5 && i < 80; i++) values[i] = NAN;
        if (n == 9)
            free(values);  // one has not come yet
        else
            features[n] = adj_ui_heat_new(values, MAP_SIDE, MAP_SIDE);
    }
}

static gboolean shade_atlas(gpointer self, AdjUiShader *s, AdjUiFrame *frame)
{
    (void)self;
    AdjUiAtlas a = adj_ui_atlas_fit(features, MAPS, frame->width / frame->scale,
                                    frame->height / frame->scale);
    return adj_ui_shade_atlas(s, frame, &a, "viridis");
}

static void paint_atlas(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int w, int h)
{
    (void)self;
    AdjUiAtlas a = adj_ui_atlas_fit(features, MAPS, w, h);
    if (!adj_ui_sheet_shaded(atlas_sheet)) adj_ui_paint_atlas(cr, theme, &a, "viridis");
    adj_ui_paint_atlas_marks(cr, theme, &a, "viridis", w, h);
}

static const AdjUiSheetOwner atlas_owner = {.paint = paint_atlas, .shade = shade_atlas};

static GtkWidget *atlas(void)
{
    return atlas_sheet = adj_ui_sheet_new(&atlas_owner, NULL, "feature maps");
}

// -- errors -------------------------------------------------------------------------------

static void explanations(void)
{
    const char *file = "one\nuniform float x\nthree;\n", *prelude = "p1\n  p2 = 1;\n";
    g_autofree char *mesa = adj_ui_shader_explain("0:2(9): error: syntax error, unexpected X",
                                                  "heat.frag", file, prelude);
    equal_str(mesa, "heat.frag, line 2: syntax error, unexpected X\n    uniform float x",
              "Mesa's complaint has the file's line");
    g_autofree char *nvidia =
        adj_ui_shader_explain("Vertex info\n-----\n0(3) : error C1503: undefined variable",
                              "heat.frag", file, prelude);
    equal_str(nvidia, "heat.frag, line 3: undefined variable\n    three;", "NVIDIA's too");
    g_autofree char *other = adj_ui_shader_explain("ERROR: 1:2: 'p2' : undeclared identifier",
                                                   "heat.frag", file, prelude);
    equal_str(other, "prelude.glsl, line 2: 'p2' : undeclared identifier\n    p2 = 1;",
              "a complaint about the prelude names the prelude");
    g_autofree char *none = adj_ui_shader_explain("out of luck", "heat.frag", file, prelude);
    equal_str(none, "heat.frag: out of luck", "and one without a line comes as it is");
}

static const char *note_of(GtkWidget *w)
{
    if (GTK_IS_LABEL(w) && gtk_widget_has_css_class(w, "shader-error"))
        return gtk_widget_get_visible(w) ? gtk_label_get_text(GTK_LABEL(w)) : NULL;
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c)) {
        const char *found = note_of(c);
        if (found) return found;
    }
    return NULL;
}

// A file that is not GLSL in its third line, then one that is.
static void broken_shader(void)
{
    static const char good[] = "out vec4 colour;\nvoid main()\n{ colour = vec4(1.0); }\n";
    g_autofree char *folder = g_dir_make_tmp("shaders-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "heat.frag", NULL);
    g_file_set_contents(path, "out vec4 colour;\nvoid main()\n{ colour = nothing; }\n", -1,
                        NULL);
    g_setenv("ADJOINT_SHADERS", folder, TRUE);
    g_setenv("ADJOINT_GL", "1", TRUE);
    GtkWidget *canvas = far_away(), *window = shot_window(canvas, WIDTH, HEIGHT);
    for (int i = 0; i < 100 && !note_of(canvas); i++) shot_settle(50);
    const char *text = note_of(canvas);
    ok(text && strstr(text, "heat.frag, line 3:"), "the note names file and line: %s",
       text ? text : "none");
    ok(text && strstr(text, "\n    { colour = nothing; }"), "and shows the line");
    ok(!adj_ui_glview_drawn(layer_of(canvas)), "Cairo paints meanwhile");
    shot_take(window, "shader_error");
    g_file_set_contents(path, good, -1, NULL);
    for (int i = 0; i < 100 && note_of(canvas); i++) {
        shot_settle(100);
        adj_ui_canvas_changed(canvas);
    }
    shot_settle(100);
    ok(!note_of(canvas) && adj_ui_glview_drawn(layer_of(canvas)),
       "a mended file is taken at once");
    gtk_window_destroy(GTK_WINDOW(window));
    g_unsetenv("ADJOINT_SHADERS");
    g_remove(path);
    g_rmdir(folder);
}

static void find_gl(void)
{
    gboolean drawn;
    have_gl = TRUE;  // worth waiting for
    g_free(picture_of(far_away, "1", "shader_first", &drawn));
    have_gl = drawn;
}

int main(void)
{
    if (!shot_init()) return skip_all("no display");
    explanations();
    make_map();
    find_gl();
    same(far_away, "heat_far", 0.3, 0.002);
    same(close_by, "heat_near", 0.3, 0.002);
    // Cairo gives each cell one colour and one light, the shader each pixel its own.
    same(landscape, "landscape", 2.5, 0.12);
    same(cloud, "cloud", 0.5, 0.01);
    make_features();
    same(atlas, "atlas", 0.3, 0.002);
    for (int i = 0; i < MAPS; i++) adj_ui_heat_free(features[i]);
    if (have_gl)
        broken_shader();
    else
        skip(4, "a broken shader: no GL here");
    adj_ui_heat_free(map);
    return done();
}
