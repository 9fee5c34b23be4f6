// SPDX-License-Identifier: Apache-2.0
//
// All feature maps of a layer in one draw: their cells lie side by side in one texture, and
// every pixel finds its map, its cell there, and the cell's colour.
uniform sampler2D cells;
uniform vec2 first;     // corner of the first map in pixels
uniform vec2 pitch;     // from one map to the next in pixels
uniform float side;     // of a map in pixels
uniform int columns;    // of maps
uniform int count;      // of maps
uniform vec2 span;      // columns and rows of a map, as fractions of the level's cells
uniform ivec2 extent;   // columns and rows of a map in the texture
uniform uvec2 there;    // a bit for each map that has come
out vec4 colour;

void main()
{
    vec2 pixel = vec2(gl_FragCoord.x, size.y - gl_FragCoord.y);
    ivec2 tile = ivec2(floor((pixel - first) / pitch));
    int number = tile.y * columns + tile.x;
    if (tile.x < 0 || tile.y < 0 || tile.x >= columns || number >= count) discard;
    uint bits = number < 32 ? there.x : there.y;
    if (((bits >> uint(number & 31)) & 1u) == 0u) discard;
    vec2 corner = floor(first + vec2(tile) * pitch + 0.5);
    vec2 at = (pixel - corner) / side;
    if (any(lessThan(at, vec2(0.0))) || any(greaterThanEqual(at, vec2(1.0)))) discard;
    ivec2 cell = min(ivec2(floor(at * span)), extent - 1);
    float value = texelFetch(cells, tile * extent + cell, 0).r;
    colour = vec4(is_nan(value) ? hatch(pixel - corner) : map_colour(value), 1.0);
}
