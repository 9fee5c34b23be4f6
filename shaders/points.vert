// SPDX-License-Identifier: Apache-2.0
//
// Points as discs; centres lie on quarters of a pixel, where gui/paint/points.c stamps them.
layout(location = 0) in vec3 at;
layout(location = 1) in vec4 ink;
uniform vec4 eye[3];   // x and y in pixels, nearness
uniform float radius;  // in pixels
flat out vec2 middle;
flat out vec4 tint;

void main()
{
    vec4 point = vec4(at, 1.0);
    vec2 pixel = vec2(dot(eye[0], point), dot(eye[1], point));
    float haze = clamp(0.22 - 0.4 * dot(eye[2], point), 0.0, 0.45);
    middle = (floor(pixel * 4.0) + 0.5) / 4.0;
    tint = vec4(mix(ink.rgb, ground, haze), ink.a);
    vec2 where = floor(middle) + 0.5;  // a square of whole pixels around it
    gl_Position = vec4(where.x / size.x * 2.0 - 1.0, 1.0 - where.y / size.y * 2.0, 0.0, 1.0);
    gl_PointSize = 2.0 * ceil(radius + 1.0) + 1.0;
    if (is_nan(at.x) || ink.a == 0.0) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}
