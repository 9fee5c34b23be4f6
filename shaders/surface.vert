// SPDX-License-Identifier: Apache-2.0
//
// A landscape from a texture of heights: six vertices for each cell, numbered, none stored.
uniform sampler2D heights;
uniform ivec2 grid;  // columns and rows of heights
uniform vec4 eye[3];  // x and y in pixels, nearness
out vec2 place;       // in cells

float height(ivec2 at)
{
    return texelFetch(heights, at, 0).r;
}

void main()
{
    int cell = gl_VertexID / 6, turn = gl_VertexID % 6;
    int corner = turn < 3 ? turn : 6 - turn;
    ivec2 first = ivec2(cell % (grid.x - 1), cell / (grid.x - 1));
    ivec2 at = first + ivec2(corner & 1, corner >> 1);
    float all = height(first) + height(first + ivec2(1, 0)) + height(first + ivec2(0, 1)) +
                height(first + ivec2(1, 1));
    vec4 point = vec4(vec2(at) / vec2(grid - 1) - 0.5, 0.6 * height(at) - 0.3, 1.0);
    vec2 pixel = vec2(dot(eye[0], point), dot(eye[1], point)) / size;
    place = vec2(at);
    gl_Position = vec4(pixel.x * 2.0 - 1.0, 1.0 - pixel.y * 2.0, -0.5 * dot(eye[2], point), 1.0);
    if (is_nan(all)) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);  // the whole cell is outside
}
