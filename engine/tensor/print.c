// SPDX-License-Identifier: Apache-2.0
// print.c: the text of a tensor, letter for letter what PyTorch prints.
//
// The rules are those of torch/_tensor_str.py. A first walk over the elements that will be
// shown decides how: whole floats are written "1." (int mode), a wide spread of magnitudes or
// very small or large values ask for scientific notation, and the longest nonzero finite value
// gives every element its width. A second walk writes. Both walks see the same elements: above
// the threshold only the first and last few of each axis.
//
// Invariant: nothing here records, allocates tensors or changes the thread's error.
#include "core/internal.h"

#include <limits.h>
#include <stdlib.h>

AdjPrintOptions *adj_print_options(void)
{
    static _Thread_local AdjPrintOptions options = {4, 1000, 3, 80, -1};
    return &options;
}

bool adj_set_print_profile(const char *name)
{
    static const struct {
        const char *name;
        AdjPrintOptions options;
    } profiles[] = {
        {"default", {4, 1000, 3, 80, -1}},
        {"short", {2, 1000, 2, 80, -1}},
        {"full", {4, INT_MAX, 3, 80, -1}},
    };
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        if (strcmp(name, profiles[i].name)) continue;
        *adj_print_options() = profiles[i].options;
        return true;
    }
    return adj_fail(ADJ_E_VALUE, "set_printoptions: no profile '%s': default, short or full",
                    name);
}

typedef struct {
    const AdjTensor *t;
    FILE *out;
    AdjPrintOptions options;
    bool summarise;
    bool is_float, int_mode, sci_mode;
    int width;
    double least, greatest;  // magnitudes of the nonzero finite elements
} Printer;

static double float_at(const char *p, AdjDtype dtype)
{
    switch (dtype) {
    case ADJ_F32: return (double)*(const float *)p;
    case ADJ_F64: return *(const double *)p;
    case ADJ_F16: return (double)adj_half_to_float(*(const uint16_t *)p);
    default: return (double)adj_bfloat_to_float(*(const uint16_t *)p);
    }
}

static int64_t int_at(const char *p, AdjDtype dtype)
{
    switch (dtype) {
    case ADJ_I64: return *(const int64_t *)p;
    case ADJ_I32: return *(const int32_t *)p;
    default: return *(const uint8_t *)p;
    }
}

// Writes a float without padding. Python knows no negative NaN, C's printf does. In int mode a
// point marks the number as a float; the measuring walk leaves it out and counts it itself.
static int float_text(const Printer *p, double x, char *text, size_t size)
{
    if (isnan(x)) return snprintf(text, size, "nan");
    if (p->sci_mode) return snprintf(text, size, "%.*e", p->options.precision, x);
    if (!p->int_mode) return snprintf(text, size, "%.*f", p->options.precision, x);
    return snprintf(text, size, isinf(x) ? "%.0f" : "%.0f.", x);
}

enum { ELEMENT_TEXT = 512 };  // the largest double has 309 digits before the point

static int element_text(const Printer *p, const char *at, char *text)
{
    AdjDtype dtype = (AdjDtype)p->t->dtype;
    if (p->is_float) return float_text(p, float_at(at, dtype), text, ELEMENT_TEXT);
    if (dtype == ADJ_BOOL)
        return snprintf(text, ELEMENT_TEXT, "%s", int_at(at, dtype) ? "True" : "False");
    return snprintf(text, ELEMENT_TEXT, "%lld", (long long)int_at(at, dtype));
}

// ---------------------------------------------------------------- the measuring walks

typedef void (*Visit)(Printer *p, const char *at);

static bool cut(const Printer *p, int dim)
{
    return p->summarise && p->t->sizes[dim] > 2 * (int64_t)p->options.edgeitems;
}

static void each_shown(Printer *p, const char *at, int dim, Visit visit)
{
    const AdjTensor *t = p->t;
    if (dim == t->ndim) {
        visit(p, at);
        return;
    }
    int64_t step = t->strides[dim] * (int64_t)adj_dtype_size((AdjDtype)t->dtype);
    int64_t n = t->sizes[dim], edge = p->options.edgeitems;
    for (int64_t i = 0; i < n; i++) {
        if (cut(p, dim) && i == edge) i = n - edge;
        if (i < n) each_shown(p, at + i * step, dim + 1, visit);
    }
}

static void visit_range(Printer *p, const char *at)
{
    double x = float_at(at, (AdjDtype)p->t->dtype);
    if (x == 0 || !isfinite(x)) return;
    if (x != ceil(x)) p->int_mode = false;
    if (fabs(x) < p->least) p->least = fabs(x);
    if (fabs(x) > p->greatest) p->greatest = fabs(x);
}

static void visit_width(Printer *p, const char *at)
{
    char text[ELEMENT_TEXT];
    if (p->is_float) {
        double x = float_at(at, (AdjDtype)p->t->dtype);
        if (x == 0 || !isfinite(x)) return;
    }
    int length = element_text(p, at, text);
    if (length > p->width) p->width = length;
}

static void measure(Printer *p)
{
    const char *first = adj_ptr(p->t);
    p->width = 1;
    p->int_mode = true;
    p->least = INFINITY;
    p->greatest = 0;
    if (p->is_float) {
        each_shown(p, first, 0, visit_range);
        if (p->greatest == 0) return;  // all zeros, infinities and NaN: nothing to align
        bool wide = p->greatest / p->least > 1000 || p->greatest > 1e8 || p->least < 1e-4;
        p->sci_mode = p->options.sci_mode < 0 ? wide : p->options.sci_mode > 0;
    }
    each_shown(p, first, 0, visit_width);
}

// ---------------------------------------------------------------- the writing walk

static void write_element(const Printer *p, const char *at)
{
    char text[ELEMENT_TEXT];
    element_text(p, at, text);
    fprintf(p->out, "%*s", p->width, text);
}

static void write_vector(const Printer *p, const char *at, int dim, int indent)
{
    const AdjTensor *t = p->t;
    int64_t step = t->strides[dim] * (int64_t)adj_dtype_size((AdjDtype)t->dtype);
    int64_t n = t->sizes[dim], edge = p->options.edgeitems;
    int64_t per_line = (p->options.linewidth - indent) / (p->width + 2), on_line = 0;
    if (per_line < 1) per_line = 1;
    fputc('[', p->out);
    for (int64_t i = 0; i < n; i++, on_line++) {
        if (i && on_line % per_line == 0)
            fprintf(p->out, ",\n%*s", indent + 1, "");
        else if (i)
            fputs(", ", p->out);
        if (cut(p, dim) && i == edge) {
            fputs(edge ? " ..." : "...", p->out);
            i = n - edge - 1;
        } else {
            write_element(p, at + i * step);
        }
    }
    fputc(']', p->out);
}

static void write_slices(const Printer *p, const char *at, int dim, int indent)
{
    const AdjTensor *t = p->t;
    int left = t->ndim - dim;
    if (left == 0) {
        write_element(p, at);
        return;
    }
    if (left == 1) {
        write_vector(p, at, dim, indent);
        return;
    }
    int64_t step = t->strides[dim] * (int64_t)adj_dtype_size((AdjDtype)t->dtype);
    int64_t n = t->sizes[dim], edge = p->options.edgeitems;
    fputc('[', p->out);
    for (int64_t i = 0; i < n; i++) {
        if (i) {
            fputc(',', p->out);
            for (int k = 1; k < left; k++) fputc('\n', p->out);
            fprintf(p->out, "%*s", indent + 1, "");
        }
        if (cut(p, dim) && i == edge) {
            fputs("...", p->out);
            i = n - edge - 1;
        } else {
            write_slices(p, at + i * step, dim + 1, indent + 1);
        }
    }
    fputc(']', p->out);
}

// ---------------------------------------------------------------- what follows the elements

// A suffix goes on the same line while the line stays within the width; PyTorch counts one
// column more than there is, and so must we.
typedef struct {
    FILE *out;
    int indent, linewidth;
    size_t line;
} Suffixes;

static void add_suffix(Suffixes *s, const char *text)
{
    size_t length = strlen(text);
    if (s->line + length + 2 > (size_t)s->linewidth) {
        fprintf(s->out, ",\n%*s%s", s->indent, "", text);
        s->line = (size_t)s->indent + length;
    } else {
        fprintf(s->out, ", %s", text);
        s->line += length + 2;
    }
}

static void size_suffix(Suffixes *s, const AdjTensor *t)
{
    char text[ADJ_MAX_DIMS * 22 + 16], *p = text;
    p += sprintf(p, "size=(");
    for (int i = 0; i < t->ndim; i++)
        p += sprintf(p, i ? ", %lld" : "%lld", (long long)t->sizes[i]);
    strcpy(p, t->ndim == 1 ? ",)" : ")");
    add_suffix(s, text);
}

static void add_suffixes(Suffixes *s, const AdjTensor *t, int edgeitems)
{
    char text[128];
    AdjDtype dtype = (AdjDtype)t->dtype;
    if (t->storage->device != &adj_cpu) {
        snprintf(text, sizeof text, "device='%s'", adj_device_of(t)->title);
        add_suffix(s, text);
    }
    if (t->numel == 0 ? t->ndim != 1 : edgeitems == 0) size_suffix(s, t);
    // An empty list shows nothing to tell the type by, so there even int64 and bool are named.
    bool plain =
        dtype == adj_default_dtype() || (t->numel && (dtype == ADJ_I64 || dtype == ADJ_BOOL));
    if (!plain) {
        snprintf(text, sizeof text, "dtype=torch.%s", adj_dtype_name(dtype));
        add_suffix(s, text);
    }
    AdjNode *node = adj_grad_fn(t);
    if (node) {
        snprintf(text, sizeof text, "grad_fn=<%s>", adj_node_name(node));
        add_suffix(s, text);
    } else if (t->requires_grad) {
        add_suffix(s, "requires_grad=True");
    }
}

char *adj_to_text(AdjTensor *t)
{
    static const char opening[] = "tensor(";
    const int indent = sizeof opening - 1;
    char *text = NULL;
    size_t size = 0;
    ADJ_SCOPE;
    FILE *out = open_memstream(&text, &size);
    if (!out) return adj_fail(ADJ_E_MEMORY, "print: no memory for the text of a tensor");
    AdjTensor *host = adj_on_host(t);
    if (!host) {
        fclose(out);
        free(text);
        return NULL;
    }
    Printer p = {.t = host, .out = out, .options = *adj_print_options()};
    p.is_float = adj_is_float(t);
    p.summarise = p.options.threshold != INT_MAX && t->numel > p.options.threshold;
    if (t->is_parameter) fputs("Parameter containing:\n", out);
    fputs(opening, out);
    if (t->numel) {
        measure(&p);
        write_slices(&p, adj_ptr(host), 0, indent);
    } else {
        fputs("[]", out);
    }
    fflush(out);
    const char *newline = strrchr(text, '\n');
    size_t last_line = newline ? strlen(newline + 1) : size;
    Suffixes s = {out, indent, p.options.linewidth, last_line + 2};
    add_suffixes(&s, t, p.options.edgeitems);
    fputc(')', out);
    if (fclose(out)) {
        free(text);
        return adj_fail(ADJ_E_MEMORY, "print: no memory for the text of a tensor");
    }
    return text;
}
