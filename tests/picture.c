// SPDX-License-Identifier: Apache-2.0
//
// Stored pictures. A test finds them in the folder named by ADJ_STORED (the build sets it). To
// store a new one, look at what was painted and copy it there; nothing does that by itself.

#include "picture.h"

#include "tap.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { CELL = 8 };

cairo_t *picture_begin(int width, int height, double scale, double r, double g, double b)
{
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(width * scale),
                                                    (int)(height * scale));
    cairo_t *cr = cairo_create(s);
    cairo_surface_destroy(s);
    cairo_scale(cr, scale, scale);
    cairo_set_source_rgb(cr, r, g, b);
    cairo_paint(cr);
    return cr;
}

cairo_surface_t *picture_end(cairo_t *cr)
{
    cairo_surface_t *s = cairo_surface_reference(cairo_get_target(cr));
    cairo_destroy(cr);
    return s;
}

// The mean of one channel in one cell, 0 to 255.
static double cell_mean(cairo_surface_t *s, int cx, int cy, int channel)
{
    const unsigned char *data = cairo_image_surface_get_data(s);
    int stride = cairo_image_surface_get_stride(s), count = 0;
    int w = cairo_image_surface_get_width(s), h = cairo_image_surface_get_height(s);
    double sum = 0;
    for (int y = cy * CELL; y < (cy + 1) * CELL && y < h; y++) {
        for (int x = cx * CELL; x < (cx + 1) * CELL && x < w; x++, count++)
            sum += data[y * stride + x * 4 + channel];
    }
    return count ? sum / count : 0;
}

// How many cells differ; the worst goes into the note.
static int differing_cells(cairo_surface_t *a, cairo_surface_t *b)
{
    int w = cairo_image_surface_get_width(a), h = cairo_image_surface_get_height(a), bad = 0;
    double worst = 0;
    cairo_surface_flush(a);
    cairo_surface_flush(b);
    for (int cy = 0; cy * CELL < h; cy++) {
        for (int cx = 0; cx * CELL < w; cx++) {
            double off = 0;
            for (int channel = 0; channel < 3; channel++)
                off = fmax(off,
                           fabs(cell_mean(a, cx, cy, channel) - cell_mean(b, cx, cy, channel)));
            bad += off > 26;
            if (off > worst) worst = off;
        }
    }
    if (bad) note("%d cells differ, the worst by %.0f of 255", bad, worst);
    return bad;
}

static const char *painted_folder(void)
{
    const char *folder = getenv("ADJ_PICTURES");
    if (!folder) folder = "pictures";
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) note("cannot make the folder %s", folder);
    return folder;
}

bool picture_near(cairo_surface_t *surface, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.png", painted_folder(), name);
    ok(cairo_surface_write_to_png(surface, path) == CAIRO_STATUS_SUCCESS, "%s: painted", name);
    const char *folder = getenv("ADJ_STORED");
    snprintf(path, sizeof path, "%s/%s.png", folder ? folder : "tests/pictures", name);
    cairo_surface_t *stored = cairo_image_surface_create_from_png(path);
    bool same = false;
    if (cairo_surface_status(stored) != CAIRO_STATUS_SUCCESS)
        ok(false, "%s: no stored picture at %s", name, path);
    else if (cairo_image_surface_get_width(stored) != cairo_image_surface_get_width(surface) ||
             cairo_image_surface_get_height(stored) != cairo_image_surface_get_height(surface))
        ok(false, "%s: the stored picture has another size", name);
    else {
        // A few cells in a thousand for another version of the font.
        int cells = cairo_image_surface_get_width(stored) *
                    cairo_image_surface_get_height(stored) / (CELL * CELL);
        same = ok(differing_cells(surface, stored) <= cells / 400, "%s: as stored", name);
    }
    cairo_surface_destroy(stored);
    cairo_surface_destroy(surface);
    return same;
}
