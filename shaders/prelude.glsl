// SPDX-License-Identifier: Apache-2.0
//
// What stands before every shader, after the version line that the loader writes: desktop GL
// 3.3 and GL ES 3.0 read the same text. Colours come from one texture of 256 entries, made of
// the table that the Cairo painters use, and are looked up by the same rule as theirs.
#ifdef GL_ES
precision highp float;
precision highp int;
precision highp sampler2D;
#endif

uniform vec2 size;        // of the picture in pixels
uniform sampler2D map;    // 256 x 1 colours
uniform vec2 range;       // least value, 255 / (greatest - least)
uniform vec3 ground;      // behind everything
uniform vec3 bad;         // what is no number is hatched in it
uniform float scale;      // pixels of a unit of the screen

// A comparison with NaN may be optimised away; its bits may not.
bool is_nan(float v)
{
    return (floatBitsToUint(v) & 0x7fffffffu) > 0x7f800000u;
}

vec3 map_colour(float value)
{
    float t = clamp((value - range.x) * range.y, 0.0, 255.0);
    return texelFetch(map, ivec2(int(t + 0.5), 0), 0).rgb;
}

// Oblique lines six units apart, as adj_ui_paint_heat draws them; [at] is from the corner.
vec3 hatch(vec2 at)
{
    float across = mod(at.x + at.y, 6.0 * scale);
    float away = min(across, 6.0 * scale - across) * 0.70710678;
    float ink = clamp(0.75 * scale + 0.5 - away, 0.0, 1.0);
    return mix(ground, bad, 0.65 * ink);
}
