// SPDX-License-Identifier: Apache-2.0
// rich.h: between the files that make the forms of values (rich*.c).
#pragma once
#include "bind/bind.h"
#include "session/bundle.h"

// Text for HTML: & < > and quotes are escaped. Everything that a program named goes through
// here.
bool adj_html_text(AdjVM *vm, AdjBuf *b, const char *text);
bool adj_html_text_n(AdjVM *vm, AdjBuf *b, const char *text, size_t length);
// An <img> of rows x columns colours 0xRRGGBB, shown [width] pixels wide with hard edges.
bool adj_html_image(AdjVM *vm, AdjBuf *b, const uint32_t *rgb, int rows, int columns, int width,
                    const char *title);

// Values of a tensor as doubles in the current scope; NULL: an error of the engine stands.
const double *adj_rich_values(AdjTensor *t);
// The picture of a matrix: at most [most] cells each way, each the mean of what falls into it.
bool adj_html_heat(AdjVM *vm, AdjBuf *b, const double *v, int64_t rows, int64_t columns,
                   int most, int width);

// One kind of value each: adds its form to [out]. False: it is no such value, or it failed (an
// exception or an error of the engine may stand).
bool adj_rich_tensor(AdjSession *s, AdjVal v, AdjBundle *out);
bool adj_rich_module(AdjSession *s, AdjVal v, AdjBundle *out);
bool adj_rich_tape(AdjSession *s, AdjVal v, AdjBundle *out);
bool adj_rich_data(AdjSession *s, AdjVal v, AdjBundle *out);
bool adj_rich_error(AdjSession *s, AdjVal v, AdjBundle *out);

// repr, but of long containers and texts only the ends: what is shown for a look is never a
// flood. False: an exception stands.
bool adj_rich_preview(AdjVM *vm, AdjVal v, AdjBuf *b);
