// SPDX-License-Identifier: Apache-2.0
//
// A layer beneath a picture that shaders draw, where the machine has GL; where it has none the
// layer stays empty and the picture paints everything itself.
//
// GL is taken when the window itself is drawn by it on real hardware, GL ES where there is no
// other. ADJOINT_GL=0 never takes it; ADJOINT_GL=1 takes a software GL too, ADJOINT_GL=es one
// for embedded systems. A shader that does not compile is explained in a
// note over the picture, with its file and line, and Cairo paints until it does.
#pragma once

#include "shader.h"

#include <gtk/gtk.h>

typedef struct AdjUiGlview AdjUiGlview;

// Draws with a current context; FALSE: it could not, and the picture must.
typedef gboolean (*AdjUiRender)(gpointer self, AdjUiShader *s, AdjUiFrame *frame);

// Puts a layer beneath [picture], an area that becomes a child of [overlay] with it. The layer
// is a part of [overlay] and lives as long.
AdjUiGlview *adj_ui_glview_new(GtkOverlay *overlay, GtkWidget *picture, AdjUiRender render,
                               gpointer self);
// What it shows has changed.
void adj_ui_glview_changed(AdjUiGlview *v);  // NULL is nothing
// Whether the layer shows the picture of this frame, so that Cairo must not paint it.
gboolean adj_ui_glview_drawn(const AdjUiGlview *v);  // FALSE of NULL
// Why there is no GL ("ADJOINT_GL=0", "llvmpipe ..."), NULL: there is.
const char *adj_ui_glview_refusal(const AdjUiGlview *v);
