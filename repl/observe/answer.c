// SPDX-License-Identifier: Apache-2.0
// answer.c: see answer.h.
#include "observe/answer.h"

#include "lang/syntax/ast.h"

#include <math.h>
#include <stdlib.h>

// ---------------------------------------------------------------- requests

bool adj_ask_find(const AdjAsk *a, const char *key, AdjJson *at)
{
    AdjJson j = adj_json_make(a->text, a->length);
    if (!adj_json_take(&j, '{') || adj_json_take(&j, '}')) return false;
    do {
        const char *name = adj_json_string(&j);
        if (!name || !adj_json_expect(&j, ':')) return false;
        if (!strcmp(name, key)) {
            while (j.at < j.end && strchr(" \t\r\n", *j.at)) j.at++;
            *at = j;
            return j.at < j.end;
        }
        if (!adj_json_skip(&j)) return false;
    } while (adj_json_take(&j, ','));
    return false;
}

const char *adj_ask_string(const AdjAsk *a, const char *key, const char *otherwise)
{
    AdjJson j;
    if (!adj_ask_find(a, key, &j) || *j.at != '"') return otherwise;
    const char *text = adj_json_string(&j);
    return text ? text : otherwise;
}

// A number, or one of the words that stand for what JSON lacks.
static bool number_at(AdjJson *j, double *out)
{
    if (*j->at == '"') {
        const char *word = adj_json_string(j);
        bool known = word && (!strcmp(word, "NaN") || !strcmp(word, "Infinity") ||
                              !strcmp(word, "-Infinity"));
        if (known) *out = strtod(word, NULL);
        return known;
    }
    char digits[64];
    size_t n = 0;
    while (j->at + n < j->end && n < sizeof digits - 1 && j->at[n] &&
           strchr("+-.0123456789eE", j->at[n]))
        n++;
    memcpy(digits, j->at, n);
    digits[n] = 0;
    char *end;
    *out = strtod(digits, &end);
    j->at += n;
    return n && !*end;
}

double adj_ask_number(const AdjAsk *a, const char *key, double otherwise)
{
    AdjJson j;
    double x;
    return adj_ask_find(a, key, &j) && number_at(&j, &x) ? x : otherwise;
}

int64_t adj_ask_int(const AdjAsk *a, const char *key, int64_t otherwise)
{
    double x = adj_ask_number(a, key, (double)otherwise);
    return isfinite(x) && fabs(x) < 9e15 ? (int64_t)x : otherwise;
}

bool adj_ask_bool(const AdjAsk *a, const char *key, bool otherwise)
{
    AdjJson j;
    if (!adj_ask_find(a, key, &j)) return otherwise;
    return *j.at == 't' ? true : *j.at == 'f' ? false : otherwise;
}

static AdjAsk value_at(AdjJson *j)
{
    while (j->at < j->end && strchr(" \t\r\n", *j->at)) j->at++;
    const char *first = j->at;
    if (!adj_json_skip(j)) return (AdjAsk){NULL, 0};
    return (AdjAsk){first, (size_t)(j->at - first)};
}

bool adj_ask_object(const AdjAsk *a, const char *key, AdjAsk *out)
{
    AdjJson j;
    if (!adj_ask_find(a, key, &j) || *j.at != '{') return false;
    *out = value_at(&j);
    return out->text != NULL;
}

int64_t adj_ask_numbers(const AdjAsk *a, const char *key, double **out)
{
    AdjJson j;
    int64_t n = 0;
    *out = NULL;
    if (!adj_ask_find(a, key, &j) || !adj_json_take(&j, '[')) return -1;
    if (adj_json_take(&j, ']')) return 0;
    // A number takes two characters at least.
    *out = adj_scope_memory((size_t)((j.end - j.at) / 2 + 1) * sizeof **out);
    do {
        while (j.at < j.end && strchr(" \t\r\n", *j.at)) j.at++;
        if (!*out || j.at >= j.end || !number_at(&j, &(*out)[n])) return -1;
        n++;
    } while (adj_json_take(&j, ','));
    return adj_json_take(&j, ']') ? n : -1;
}

int adj_ask_item_ints(const AdjAsk *item, int64_t *out, int most)
{
    AdjJson j = adj_json_make(item->text, item->length);
    int n = 0;
    if (!adj_json_take(&j, '[')) return -1;
    if (adj_json_take(&j, ']')) return 0;
    do {
        if (n >= most || !adj_json_int(&j, &out[n])) return -1;
        n++;
    } while (adj_json_take(&j, ','));
    return adj_json_take(&j, ']') ? n : -1;
}

int adj_ask_ints(const AdjAsk *a, const char *key, int64_t *out, int most)
{
    AdjJson j;
    if (!adj_ask_find(a, key, &j) || *j.at != '[') return -1;
    AdjAsk item = value_at(&j);
    return item.text ? adj_ask_item_ints(&item, out, most) : -1;
}

bool adj_ask_item_number(const AdjAsk *item, double *out)
{
    AdjJson j = adj_json_make(item->text, item->length);
    return number_at(&j, out);
}

int adj_ask_item_numbers(const AdjAsk *item, double *out, int most)
{
    AdjJson j = adj_json_make(item->text, item->length);
    int n = 0;
    if (!adj_json_take(&j, '[')) return -1;
    if (adj_json_take(&j, ']')) return 0;
    do {
        AdjAsk one = value_at(&j);
        if (n >= most || !one.text || !adj_ask_item_number(&one, &out[n])) return -1;
        n++;
    } while (adj_json_take(&j, ','));
    return adj_json_take(&j, ']') ? n : -1;
}

bool adj_ask_each(const AdjAsk *a, const char *key,
                  bool (*each)(void *data, const AdjAsk *item), void *data)
{
    AdjJson j;
    if (!adj_ask_find(a, key, &j) || !adj_json_take(&j, '[')) return false;
    if (adj_json_take(&j, ']')) return true;
    do {
        AdjAsk item = value_at(&j);
        if (!item.text || !each(data, &item)) return false;
    } while (adj_json_take(&j, ','));
    return adj_json_take(&j, ']');
}

// ---------------------------------------------------------------- answers

static void add(AdjAnswerText *o, const char *text, size_t length)
{
    if (!o->failed) o->failed = !adj_buf_add(o->vm, &o->b, text, length);
}

// A comma, unless this is the first in its bracket or belongs to a key.
static void separate(AdjAnswerText *o)
{
    char last = o->b.len ? o->b.data[o->b.len - 1] : '{';
    if (last != '{' && last != '[' && last != ':') add(o, ",", 1);
}

void adj_say_open(AdjAnswerText *o, char bracket)
{
    separate(o);
    add(o, &bracket, 1);
}

void adj_say_close(AdjAnswerText *o, char bracket)
{
    add(o, &bracket, 1);
}

void adj_say_raw(AdjAnswerText *o, const char *json, size_t length)
{
    separate(o);
    add(o, json, length);
}

void adj_say_text_n(AdjAnswerText *o, const char *text, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    separate(o);
    add(o, "\"", 1);
    for (size_t i = 0, from = 0; i <= length; i++) {
        unsigned char c = i < length ? (unsigned char)text[i] : 0;
        if (i < length && c >= 0x20 && c != '"' && c != '\\') continue;
        add(o, text + from, i - from);
        from = i + 1;
        if (i == length) break;
        char escape[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        if (c == '"' || c == '\\')
            add(o, (char[]){'\\', (char)c}, 2);
        else if (c == '\n')
            add(o, "\\n", 2);
        else
            add(o, escape, sizeof escape);
    }
    add(o, "\"", 1);
}

void adj_say_null(AdjAnswerText *o)
{
    adj_say_raw(o, "null", 4);
}

void adj_say_text(AdjAnswerText *o, const char *text)
{
    if (text)
        adj_say_text_n(o, text, strlen(text));
    else
        adj_say_null(o);
}

void adj_say_key(AdjAnswerText *o, const char *key)
{
    adj_say_text(o, key);
    add(o, ":", 1);
}

// As few digits as give the same double back.
void adj_say_number(AdjAnswerText *o, double x)
{
    char text[40];
    if (isnan(x)) return adj_say_text(o, "NaN");
    if (isinf(x)) return adj_say_text(o, x > 0 ? "Infinity" : "-Infinity");
    for (int digits = 6; digits <= 17; digits += digits == 6 ? 3 : 4) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x) break;
    }
    adj_say_raw(o, text, strlen(text));
}

void adj_say_int(AdjAnswerText *o, int64_t i)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)i);
    adj_say_raw(o, text, strlen(text));
}

void adj_say_bool(AdjAnswerText *o, bool b)
{
    adj_say_raw(o, b ? "true" : "false", b ? 4 : 5);
}

void adj_put_text(AdjAnswerText *o, const char *key, const char *text)
{
    adj_say_key(o, key);
    adj_say_text(o, text);
}
void adj_put_number(AdjAnswerText *o, const char *key, double x)
{
    adj_say_key(o, key);
    adj_say_number(o, x);
}
void adj_put_int(AdjAnswerText *o, const char *key, int64_t i)
{
    adj_say_key(o, key);
    adj_say_int(o, i);
}
void adj_put_bool(AdjAnswerText *o, const char *key, bool b)
{
    adj_say_key(o, key);
    adj_say_bool(o, b);
}
void adj_put_null(AdjAnswerText *o, const char *key)
{
    adj_say_key(o, key);
    adj_say_null(o);
}
void adj_put_numbers(AdjAnswerText *o, const char *key, const double *at, int n)
{
    adj_say_key(o, key);
    adj_say_open(o, '[');
    for (int i = 0; i < n; i++) adj_say_number(o, at[i]);
    adj_say_close(o, ']');
}

void adj_put_ints(AdjAnswerText *o, const char *key, const int64_t *at, int n)
{
    adj_say_key(o, key);
    adj_say_open(o, '[');
    for (int i = 0; i < n; i++) adj_say_int(o, at[i]);
    adj_say_close(o, ']');
}

// ---------------------------------------------------------------- what many messages hold

void adj_put_shape(AdjAnswerText *o, AdjShape s)
{
    adj_put_ints(o, "shape", s.at, s.n);
}

void adj_put_statistics(AdjAnswerText *o, const char *key, const AdjStatistics *s)
{
    adj_say_key(o, key);
    adj_say_open(o, '{');
    adj_put_int(o, "count", s->count);
    adj_put_number(o, "mean", s->mean);
    adj_put_number(o, "std", s->std);
    adj_put_number(o, "min", s->min);
    adj_put_number(o, "max", s->max);
    adj_put_number(o, "norm", s->norm);
    adj_put_number(o, "zeros", s->count ? (double)s->zeros / (double)s->count : 0);
    adj_put_int(o, "nan", s->nans);
    adj_put_int(o, "inf", s->infs);
    adj_say_close(o, '}');
}

void adj_put_histogram(AdjAnswerText *o, const AdjHistogram *h)
{
    bool log = h->scale == ADJ_BINS_LOG;
    adj_say_key(o, "histogram");
    adj_say_open(o, '{');
    adj_put_text(o, "scale", log ? "log" : "linear");
    adj_put_number(o, "low", h->low);
    adj_put_number(o, "high", h->high);
    if (log) adj_put_int(o, "zeros", h->zeros);
    if (log) adj_put_int(o, "negative", h->negative);
    adj_put_ints(o, "counts", h->counts, ADJ_BINS);
    adj_say_close(o, '}');
}

static void say_base64(AdjAnswerText *o, const unsigned char *p, size_t n)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    separate(o);
    add(o, "\"", 1);
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16;
        if (i + 1 < n) v |= (uint32_t)p[i + 1] << 8;
        if (i + 2 < n) v |= p[i + 2];
        char four[4] = {digits[v >> 18], digits[v >> 12 & 63], digits[v >> 6 & 63],
                        digits[v & 63]};
        if (i + 1 >= n) four[2] = '=';
        if (i + 2 >= n) four[3] = '=';
        add(o, four, 4);
    }
    add(o, "\"", 1);
}

void adj_put_floats(AdjAnswerText *o, const char *key, float *x, int64_t n)
{
    adj_say_key(o, key);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    adj_swap_bytes(x, n, sizeof *x);
#endif
    say_base64(o, (const unsigned char *)x, (size_t)n * sizeof *x);
}

static unsigned char *in_bytes(const AdjImage *m)
{
    size_t n = (size_t)(m->rows * m->columns);
    unsigned char *out = adj_scope_memory(n + 1);
    double scale = m->high > m->low ? 255 / (m->high - m->low) : 0;
    for (size_t i = 0; out && i < n; i++) {
        double x = (m->pixels[i] - m->low) * scale;
        out[i] = x >= 0 ? (unsigned char)(fmin(x, 255) + 0.5) : 0;  // NaN: 0
    }
    return out;
}

void adj_say_image(AdjAnswerText *o, const AdjImage *m, bool bytes)
{
    adj_say_open(o, '{');
    adj_put_int(o, "rows", m->rows);
    adj_put_int(o, "columns", m->columns);
    if (!bytes) {
        adj_put_ints(o, "of", m->of, 2);
        adj_put_ints(o, "at", m->at, m->n_at);
    }
    adj_put_number(o, "low", m->low);
    adj_put_number(o, "high", m->high);
    unsigned char *small = bytes ? in_bytes(m) : NULL;
    if (bytes) {
        adj_say_key(o, "bytes");
        say_base64(o, small, small ? (size_t)(m->rows * m->columns) : 0);
    } else {
        adj_put_floats(o, "data", m->pixels, m->rows * m->columns);
    }
    adj_say_close(o, '}');
}

void adj_put_image(AdjAnswerText *o, const AdjImage *m)
{
    adj_say_key(o, "image");
    adj_say_image(o, m, false);
}

static int64_t within(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

void adj_put_window(AdjAnswerText *o, AdjTensor *t, const AdjWindow *w)
{
    AdjImage where;
    AdjTensor *x = adj_slice_shown(t, w->at, w->n_at, &where);
    int64_t h = where.of[0], width = where.of[1];
    int64_t row = within(w->row, 0, h), column = within(w->column, 0, width);
    int64_t rows = within(w->rows, 0, h - row), columns = within(w->columns, 0, width - column);
    adj_say_key(o, "window");
    if (!x) return adj_say_null(o);
    adj_say_open(o, '{');
    adj_put_int(o, "row", row);
    adj_put_int(o, "column", column);
    adj_put_int(o, "rows", rows);
    adj_put_int(o, "columns", columns);
    adj_put_ints(o, "of", where.of, 2);
    adj_put_ints(o, "at", where.at, where.n_at);
    adj_say_key(o, "values");
    adj_say_open(o, '[');
    x = adj_host(x);
    const double *at = adj_data(x);
    bool single = t->dtype == ADJ_F32;
    for (int64_t i = row; i < row + rows; i++) {
        adj_say_open(o, '[');
        for (int64_t j = column; j < column + columns; j++) {
            double v = at[i * width + j];
            char text[32];
            snprintf(text, sizeof text, "%.9g", v);
            if (single && isfinite(v))
                adj_say_raw(o, text, strlen(text));
            else
                adj_say_number(o, v);
        }
        adj_say_close(o, ']');
    }
    adj_say_close(o, ']');
    adj_say_close(o, '}');
}

void adj_put_where(AdjAnswerText *o, AdjPlace place)
{
    const AdjSource *s = place.source ? adj_vm_source(o->vm, place.source) : NULL;
    adj_say_key(o, "where");
    if (!s || place.end > s->length || place.start > place.end) return adj_say_null(o);
    adj_say_open(o, '{');
    adj_put_text(o, "source", s->name);
    adj_put_int(o, "line", adj_source_position(s, place.start).line);
    adj_put_int(o, "start", place.start);
    adj_put_int(o, "end", place.end);
    adj_say_key(o, "text");
    adj_say_text_n(o, s->text + place.start, place.end - place.start);
    adj_say_close(o, '}');
}

char *adj_said(AdjAnswerText *o)
{
    size_t n = o->b.len;
    char *text = o->failed ? NULL : malloc(n + 1);
    if (text && n) memcpy(text, o->b.data, n);
    if (text) text[n] = 0;
    adj_buf_free(&o->b);
    return text;
}
