// SPDX-License-Identifier: Apache-2.0
//
// The points of check.h. Elements are read here through strides, byte for byte, and not through
// the engine's own conversions, so that a fault in those cannot hide itself.
#include "check.h"

#include <string.h>

static double half_value(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double sign = bits >> 15 ? -1 : 1;
    if (exponent == 31) return fraction ? NAN : sign * INFINITY;
    return sign * (exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24));
}

static double brain_value(uint16_t bits)
{
    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

static double value_at(const void *at, AdjDtype dtype)
{
    switch (dtype) {
    case ADJ_F32: return *(const float *)at;
    case ADJ_F64: return *(const double *)at;
    case ADJ_F16: return half_value(*(const uint16_t *)at);
    case ADJ_BF16: return brain_value(*(const uint16_t *)at);
    case ADJ_I64: return (double)*(const int64_t *)at;
    case ADJ_I32: return *(const int32_t *)at;
    case ADJ_U8:
    case ADJ_BOOL: return *(const uint8_t *)at;
    default: return NAN;
    }
}

double element(const AdjTensor *t, int64_t i)
{
    int64_t offset = 0;
    for (int d = adj_ndim(t) - 1; d >= 0; d--) {
        offset += i % adj_size(t, d) * adj_stride(t, d);
        i /= adj_size(t, d);
    }
    const char *data = adj_data(t);
    return value_at(data + offset * (int64_t)adj_dtype_size(adj_dtype(t)), adj_dtype(t));
}

static bool same_shape(const AdjTensor *a, const AdjTensor *b)
{
    if (adj_ndim(a) != adj_ndim(b)) return false;
    for (int d = 0; d < adj_ndim(a); d++)
        if (adj_size(a, d) != adj_size(b, d)) return false;
    return true;
}

static bool near_values(double got, double want, double tolerance)
{
    if (isnan(got) || isnan(want)) return isnan(got) && isnan(want);
    if (isinf(got) || isinf(want)) return got == want;
    return fabs(got - want) <= tolerance * fmax(1, fabs(want));
}

// The first element that differs, or -1.
static int64_t first_difference(const AdjTensor *got, const AdjTensor *want, double tolerance)
{
    int64_t n = adj_numel(want);
    for (int64_t i = 0; i < n; i++)
        if (!near_values(element(got, i), element(want, i), tolerance)) return i;
    return -1;
}

static bool explain_tensors(AdjTensor *got, AdjTensor *want, double tolerance)
{
    if (!got || !want) {
        note("%s is NULL: %s", got ? "want" : "got", adj_error_text());
        return false;
    }
    if (!same_shape(got, want)) {
        note(" got %s\nwant %s", adj_describe(got), adj_describe(want));
        return false;
    }
    int64_t i = first_difference(got, want, tolerance);
    if (i < 0) return true;
    note("%s, element %lld in row-major order:", adj_describe(want), (long long)i);
    note(" got %.17g\nwant %.17g within %g", element(got, i), element(want, i), tolerance);
    return false;
}

// The point itself, named by a finished text.
static bool point(const char *file, int line, bool held, const char *name, va_list args)
{
    char text[512];
    vsnprintf(text, sizeof text, name, args);
    return tap_ok(file, line, held, "fail", "%s", text);
}

bool check_tensors(const char *file, int line, AdjTensor *got, AdjTensor *want,
                   double tolerance, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    bool held = point(file, line, explain_tensors(got, want, tolerance), name, args);
    va_end(args);
    return held;
}

bool check_failure(const char *file, int line, AdjErrorKind kind, const char *text,
                   const char *name, ...)
{
    bool held = adj_error_kind() == kind && strstr(adj_error_text(), text);
    if (!held) {
        note(" got %s: %s", adj_error_exception(adj_error_kind()), adj_error_text());
        note("want %s: ... %s ...", adj_error_exception(kind), text);
    }
    adj_error_clear();
    va_list args;
    va_start(args, name);
    point(file, line, held, name, args);
    va_end(args);
    return held;
}

bool check_no_error(const char *file, int line, const char *name, ...)
{
    bool held = adj_error_kind() == ADJ_E_NONE;
    if (!held) note("%s: %s", adj_error_exception(adj_error_kind()), adj_error_text());
    adj_error_clear();
    va_list args;
    va_start(args, name);
    point(file, line, held, name, args);
    va_end(args);
    return held;
}

void check_case(const char *file, int line, const char *name, void (*body)(void))
{
    int64_t tensors = adj_live_tensors(), bytes = adj_live_bytes();
    AdjScope scope;
    adj_scope_open(&scope);
    body();
    bool clean = adj_error_kind() == ADJ_E_NONE;
    if (!clean) note("pending %s: %s", adj_error_exception(adj_error_kind()), adj_error_text());
    adj_error_clear();
    adj_scope_close(&scope);
    tensors = adj_live_tensors() - tensors;
    bytes = adj_live_bytes() - bytes;
    if (tensors || bytes)
        note("%+lld tensors, %+lld bytes", (long long)tensors, (long long)bytes);
    tap_ok(file, line, clean && !tensors && !bytes, "fail", "%s leaves nothing behind", name);
}
