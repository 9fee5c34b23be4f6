// SPDX-License-Identifier: Apache-2.0
//
// The picture of a cloud: which ink each point has, and what lies over the points. Nothing of
// GTK; the panel and an exported page draw with the same functions.

#include "panels/points/points.h"

#include "paint/heat.h"

#include <glib/gi18n.h>
#include <math.h>

enum { LEGEND_MOST = 12 };

// -- colours ------------------------------------------------------------------------------

static uint32_t packed(AdjUiColour c)
{
    return (uint32_t)lround(c.r * 255) << 16 | (uint32_t)lround(c.g * 255) << 8 |
           (uint32_t)lround(c.b * 255);
}

// Beyond the theme's own colours they come again, nearer to the text's.
static uint32_t class_ink(const AdjUiTheme *theme, int k)
{
    return packed(
        adj_ui_mix(theme->series[k % ADJ_UI_SERIES], theme->text, 0.45 * (k / ADJ_UI_SERIES)));
}

// What the colours mean beyond classes: a range over the map. FALSE: they mean no number.
static gboolean colour_range(const PointsView *v, double *low, double *high)
{
    const AdjUiCloud *c = v->data->cloud;
    *low = v->by_row ? 0 : c->low;
    *high = v->by_row ? (double)adj_ui_cloud_row(c, c->count - 1) : c->high;
    return v->by_row || (c->numbers && !c->class_count);
}

static uint32_t ink_of(const PointsView *v, const AdjUiTheme *theme, const uint32_t *map, int i)
{
    const AdjUiCloud *c = v->data->cloud;
    double low, high;
    if (colour_range(v, &low, &high)) {
        double x = v->by_row ? (double)adj_ui_cloud_row(c, i) : (double)c->numbers[i];
        if (!isfinite(x)) return packed(theme->bad);
        return map[high > low ? (int)((x - low) / (high - low) * 255 + 0.5) : 0];
    }
    return c->class_count ? class_ink(theme, c->class_of[i]) : packed(theme->series[0]);
}

// The inks of all points; what the search does not find grows pale.
void adj_ui_points_ink(PointsView *v, const AdjUiTheme *theme)
{
    const AdjUiCloud *c = v->data->cloud;
    uint32_t map[ADJ_UI_MAP_COLOURS];
    if (v->inked == theme) return;
    adj_ui_map_colours("viridis", map);
    v->found = 0;
    for (int i = 0; i < c->count; i++) {
        gboolean match = !*v->search || adj_ui_cloud_matches(c, i, v->search);
        v->inks[i] = (ink_of(v, theme, map, i) & 0xffffffu) | (match ? 0xffu : 0x28u) << 24;
        v->found += match;
    }
    v->inked = theme;
    v->inks_stamp++;
}

// -- the scene ----------------------------------------------------------------------------

AdjUiPoints adj_ui_points_scene(const PointsView *v, double width, double height)
{
    const AdjUiCloud *c = v->data->cloud;
    double side = fmin(width, height) * 0.8 * v->zoom;
    return (AdjUiPoints){.count = c->count,
                         .at = c->at,
                         .inks = v->inks,
                         .radius = adj_ui_points_radius(c->count),
                         .eye = adj_ui_eye(v->flat ? 0 : v->yaw, v->flat ? 0 : v->pitch, side,
                                           width / 2 + v->left, height / 2 + v->top),
                         .at_stamp = v->at_stamp,
                         .inks_stamp = v->inks_stamp};
}

static void paint_axes(const PointsView *v, cairo_t *cr, const AdjUiTheme *theme,
                       const AdjUiEye *eye)
{
    const AdjUiCloud *c = v->data->cloud;
    char text[3][48];
    const char *names[3] = {text[0], text[1], text[2]};
    int count = MIN(c->share_count, v->flat ? 2 : 3);
    for (int i = 0; i < count; i++)
        g_snprintf(text[i], sizeof text[i], "%d: %.3g %%", i + 1, 100 * c->shares[i]);
    adj_ui_paint_points_axes(cr, theme, eye, names, count);
}

void adj_ui_points_ring(cairo_t *cr, const AdjUiPoints *s, int i, AdjUiColour ink, double width)
{
    double x, y;
    adj_ui_points_place(s, i, &x, &y);
    if (isnan(x)) return;
    cairo_new_sub_path(cr);
    cairo_arc(cr, x, y, s->radius + 3, 0, 2 * M_PI);
    adj_ui_ink(cr, ink, 1);
    cairo_set_line_width(cr, width);
    cairo_stroke(cr);
}

// A point's name on a card beside it, within the picture.
void adj_ui_points_tag(const PointsView *v, cairo_t *cr, const AdjUiTheme *theme,
                       const AdjUiPoints *s, int i, double width)
{
    double x, y;
    AdjUiType type = {.size = 12};
    g_autofree char *name = adj_ui_cloud_name(v->data->cloud, i);
    adj_ui_points_place(s, i, &x, &y);
    if (isnan(x)) return;
    double w = adj_ui_text_width(cr, name, type) + 16;
    AdjUiRect r = {x + 12, y - 28, w, 24};
    if (r.x + r.w > width - 4) r.x = x - 12 - w;
    if (r.y < 4) r.y = y + 12;
    adj_ui_card(cr, theme, r, theme->card, theme->line, 1);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, name, type, ADJ_UI_LEFT, r.x + 8, r.y + 16, 0);
}

static void paint_selected(const PointsView *v, cairo_t *cr, const AdjUiTheme *theme,
                           const AdjUiPoints *s, double width)
{
    const PointsData *d = v->data;
    double x, y, to_x, to_y;
    if (d->selected < 0) return;
    adj_ui_points_place(s, d->selected, &x, &y);
    for (int i = 0; i < d->near_count; i++) {
        adj_ui_points_place(s, d->near[i], &to_x, &to_y);
        if (isnan(to_x) || isnan(x)) continue;
        cairo_move_to(cr, x, y);
        cairo_line_to(cr, to_x, to_y);
        adj_ui_ink(cr, theme->accent, 0.55);
        cairo_set_line_width(cr, 1);
        cairo_stroke(cr);
        adj_ui_points_ring(cr, s, d->near[i], theme->accent, 1.25);
    }
    adj_ui_points_ring(cr, s, d->selected, theme->text, 2);
    adj_ui_points_tag(v, cr, theme, s, d->selected, width);
}

static void paint_legend(const PointsView *v, cairo_t *cr, const AdjUiTheme *theme,
                         double width, double height)
{
    const AdjUiCloud *c = v->data->cloud;
    double low, high;
    if (colour_range(v, &low, &high)) {
        adj_ui_paint_key(cr, theme, adj_ui_rect(width - 64, 16, 12, fmin(150, height * 0.4)),
                         low, high, "viridis");
        return;
    }
    for (int k = 0; k < MIN(c->class_count, LEGEND_MOST); k++) {
        uint32_t ink = class_ink(theme, k);
        cairo_new_sub_path(cr);
        cairo_arc(cr, 18, 20 + 18 * k, 5, 0, 2 * M_PI);
        cairo_set_source_rgb(cr, (ink >> 16 & 255) / 255.0, (ink >> 8 & 255) / 255.0,
                             (ink & 255) / 255.0);
        cairo_fill(cr);
        adj_ui_ink(cr, theme->text, 1);
        adj_ui_text(cr, c->classes[k], (AdjUiType){.size = 12}, ADJ_UI_LEFT, 30, 24 + 18 * k,
                    130);
    }
    if (c->class_count <= LEGEND_MOST) return;
    char more[32];
    g_snprintf(more, sizeof more, _("and %d more"), c->class_count - LEGEND_MOST);
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, more, (AdjUiType){.size = 11}, ADJ_UI_LEFT, 30, 24 + 18 * LEGEND_MOST, 0);
}

void adj_ui_points_marks(const PointsView *v, cairo_t *cr, const AdjUiTheme *theme,
                         const AdjUiPoints *scene, double width, double height)
{
    paint_axes(v, cr, theme, &scene->eye);
    paint_selected(v, cr, theme, scene, width);
    paint_legend(v, cr, theme, width, height);
}
