// SPDX-License-Identifier: Apache-2.0
//
// A disc with a soft edge and a rim in the ground's colour.
uniform float radius;
flat in vec2 middle;
flat in vec4 tint;
out vec4 colour;

void main()
{
    vec2 pixel = vec2(gl_FragCoord.x, size.y - gl_FragCoord.y);
    float away = distance(pixel, middle);
    float alpha = clamp(radius + 0.5 - away, 0.0, 1.0) * tint.a;
    float rim = radius < 2.5 ? 0.0 : 0.55 * clamp(away - radius + 1.0, 0.0, 1.0);
    colour = vec4(mix(tint.rgb, ground, rim) * alpha, alpha);
}
