// SPDX-License-Identifier: Apache-2.0
//
// A finer image of that part of a large tensor which is in view. The session reduces a tensor
// to an image of bounded size; whoever comes closer than that image is sharp gets another one,
// of what is in view alone, once the view has been still for a moment.
#pragma once

#include "paint/heat.h"
#include "panels/parts/canvas.h"
#include "session/model.h"

typedef struct AdjUiDetail AdjUiDetail;

// [fields] makes the fields of a `peek` without its forms. Both are borrowed.
AdjUiDetail *adj_ui_detail_new(AdjUiModel *model, GtkWidget *canvas,
                               JsonObject *(*fields)(gconstpointer self), gconstpointer self);
void adj_ui_detail_free(AdjUiDetail *d);    // NULL is nothing
void adj_ui_detail_forget(AdjUiDetail *d);  // the values are others now

// The view of a matrix of [rows] x [columns], of which an image with [shown_rows] x
// [shown_columns] pixels is there: asks for a better one if it is too coarse.
void adj_ui_detail_look(AdjUiDetail *d, const AdjUiView *v, int64_t rows, int64_t columns,
                        int64_t shown_rows, int64_t shown_columns);

// What is there of the finer image in this view: its cells, and where they lie, in pixels of
// the picture. NULL: nothing.
const AdjUiHeat *adj_ui_detail_part(const AdjUiDetail *d, const AdjUiView *v, AdjUiRect *cells,
                                    AdjUiRect *into);
