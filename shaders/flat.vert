// SPDX-License-Identifier: Apache-2.0
//
// The ground of a landscape: a square at one height, its corners numbered along its border for
// a fan of triangles and for a line around it.
uniform vec4 eye[3];
uniform float level;

void main()
{
    vec2 corner = vec2(float(gl_VertexID == 1 || gl_VertexID == 2), float(gl_VertexID > 1));
    vec4 point = vec4(corner - 0.5, level, 1.0);
    vec2 pixel = vec2(dot(eye[0], point), dot(eye[1], point)) / size;
    gl_Position = vec4(pixel.x * 2.0 - 1.0, 1.0 - pixel.y * 2.0, -0.5 * dot(eye[2], point), 1.0);
}
