// SPDX-License-Identifier: Apache-2.0
//
// A rectangle of pixels, its corners numbered like the strokes of a Z; no vertex is stored.
uniform vec4 into;  // left, top, width, height in pixels

void main()
{
    vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
    vec2 at = (into.xy + corner * into.zw) / size;
    gl_Position = vec4(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
}
