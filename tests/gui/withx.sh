#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs a command on a private virtual display and takes the display away again. Without Xvfb it
# prints a TAP plan that skips everything.
command -v Xvfb >/dev/null 2>&1 || { echo "1..0 # SKIP no Xvfb"; exit 0; }
d=$(mktemp -d) || exit 99
mkfifo "$d/fd"
Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp -noreset -dpi 96 \
    3>"$d/fd" >"$d/log" 2>&1 &
x=$!
trap 'kill $x 2>/dev/null; wait $x 2>/dev/null; rm -rf "$d"' EXIT INT TERM
read -r n <"$d/fd" || { cat "$d/log" >&2; exit 99; }
DISPLAY=:$n GDK_BACKEND=x11 GTK_A11Y=test GSK_RENDERER=cairo GSETTINGS_BACKEND=memory \
    LC_ALL=C.UTF-8 "$@"
