// SPDX-License-Identifier: Apache-2.0
// inline.h: what stands within a paragraph of Markdown (inline.c).
#pragma once
#include "export/export.h"

// Code, emphasis, links, pictures and formulas. Pictures are read from [folder].
void adj_html_inline(FILE *to, const char *text, size_t length, const char *folder);
