// SPDX-License-Identifier: Apache-2.0
//
// Scenes drawn by shaders: each function here has a twin among the painters (gui/paint) that
// takes the same scene, and both give the same picture. Coordinates are units of the screen
// from the top left. FALSE: the shader does not compile (adj_ui_shader_error says why), or
// there is nothing to draw; the twin takes over.
#pragma once

#include "paint/atlas.h"
#include "paint/points.h"
#include "paint/surface.h"
#include "shader.h"

// As adj_ui_paint_heat. Tiles are uploaded as they come into view; where many are missing at
// once, a coarser level stands in for them and the frame says `again`.
gboolean adj_ui_shade_heat(AdjUiShader *s, AdjUiFrame *frame, const AdjUiHeat *heat,
                           AdjUiRect cells, AdjUiRect into, double low, double high,
                           const char *map);

// As adj_ui_paint_atlas.
gboolean adj_ui_shade_atlas(AdjUiShader *s, const AdjUiFrame *frame, const AdjUiAtlas *a,
                            const char *map);

// As adj_ui_paint_surface without adj_ui_paint_surface_marks.
gboolean adj_ui_shade_surface(AdjUiShader *s, const AdjUiFrame *frame,
                              const AdjUiSurface *scene, double yaw, double pitch);

// As adj_ui_paint_points.
gboolean adj_ui_shade_points(AdjUiShader *s, const AdjUiFrame *frame, const AdjUiPoints *p,
                             const uint32_t *order);

// Between the two, edges of triangles are smooth: what is drawn goes to a buffer with several
// samples a pixel, and from there into the picture.
void adj_ui_shade_smooth(AdjUiShader *s, const AdjUiFrame *frame);
void adj_ui_shade_resolve(AdjUiShader *s, const AdjUiFrame *frame);

// Sets uniform `eye` of the program in use; [frame]'s scale turns units into pixels.
void adj_ui_shade_eye(AdjUiShader *s, const AdjUiFrame *frame, const AdjUiEye *eye);
