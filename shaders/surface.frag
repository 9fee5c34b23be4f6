// SPDX-License-Identifier: Apache-2.0
//
// Colour says height, light from one side says slope, contour lines lie where the height has
// the same value: what gui/paint/surface.c computes for each cell, here for each pixel.
uniform sampler2D heights;
uniform ivec2 grid;
uniform float contours[24];
uniform int contour_count;
in vec2 place;
out vec4 colour;

float height(ivec2 at)
{
    return texelFetch(heights, clamp(at, ivec2(0), grid - 1), 0).r;
}

// The slope at a point of the grid, over both neighbours; 0 beside what is not known.
vec2 slope(ivec2 at)
{
    ivec2 low = max(at - 1, ivec2(0)), high = min(at + 1, grid - 1);
    vec2 rise = vec2(height(ivec2(high.x, at.y)) - height(ivec2(low.x, at.y)),
                     height(ivec2(at.x, high.y)) - height(ivec2(at.x, low.y)));
    vec2 over = vec2(high - low);
    return vec2(is_nan(rise.x) ? 0.0 : rise.x / over.x, is_nan(rise.y) ? 0.0 : rise.y / over.y);
}

void main()
{
    ivec2 cell = clamp(ivec2(place), ivec2(0), grid - 2);
    vec2 part = place - vec2(cell);
    ivec2 right = cell + ivec2(1, 0), down = cell + ivec2(0, 1), both = cell + 1;
    float h = mix(mix(height(cell), height(right), part.x), mix(height(down), height(both), part.x),
                  part.y);
    vec2 rise = mix(mix(slope(cell), slope(right), part.x), mix(slope(down), slope(both), part.x),
                    part.y) * vec2(grid);
    float light = clamp(0.96 - 0.12 * (rise.x + rise.y), 0.74, 1.12);
    vec3 ink = min(map_colour(h) * light, vec3(1.0));
    float across = max(fwidth(h), 1e-6);
    float line = 0.0;
    for (int i = 0; i < contour_count; i++)
        line = max(line, clamp(0.5 * scale + 0.5 - abs(h - contours[i]) / across, 0.0, 1.0));
    colour = vec4(ink * (1.0 - 0.55 * line), 1.0);
}
