// SPDX-License-Identifier: Apache-2.0
//
// One tile of a heat map: every pixel looks up the cell at its middle and that cell's colour.
uniform sampler2D cells;
uniform vec4 walk;   // cell = floor(walk.xy * pixel + walk.zw), counted from the tile's corner
uniform vec2 corner; // of the whole map in pixels: the hatch hangs on it
uniform ivec2 extent;  // columns and rows of this tile
out vec4 colour;

void main()
{
    vec2 pixel = vec2(gl_FragCoord.x, size.y - gl_FragCoord.y);
    ivec2 cell = ivec2(floor(walk.xy * pixel + walk.zw));
    if (any(lessThan(cell, ivec2(0))) || any(greaterThanEqual(cell, extent))) discard;
    float value = texelFetch(cells, cell, 0).r;
    colour = vec4(is_nan(value) ? hatch(pixel - corner) : map_colour(value), 1.0);
}
