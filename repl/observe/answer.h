// SPDX-License-Identifier: Apache-2.0
// answer.h: the messages of docs/protocol.md as text: fields of a request by name, and an
// answer that is written front to back. Commas look after themselves.
#pragma once
#include "bind/bind.h"
#include "io/json.h"
#include "observe/statistics.h"

// ---- requests

typedef struct AdjAsk {
    const char *text;
    size_t length;
} AdjAsk;

// Each gives [otherwise] when the field is not there or of another kind. Strings belong to the
// scope.
bool adj_ask_find(const AdjAsk *a, const char *key, AdjJson *at);
const char *adj_ask_string(const AdjAsk *a, const char *key, const char *otherwise);
double adj_ask_number(const AdjAsk *a, const char *key, double otherwise);
int64_t adj_ask_int(const AdjAsk *a, const char *key, int64_t otherwise);
bool adj_ask_bool(const AdjAsk *a, const char *key, bool otherwise);
// The object in a field; false: there is none.
bool adj_ask_object(const AdjAsk *a, const char *key, AdjAsk *out);
// A list of integers, at most [most]; how many, -1: there is no such list.
int adj_ask_ints(const AdjAsk *a, const char *key, int64_t *out, int most);
// A list of numbers, of the scope; how many, -1: there is no such list.
int64_t adj_ask_numbers(const AdjAsk *a, const char *key, double **out);
// Calls [each] for every element of a list: false when there is none, or [each] gave it up.
bool adj_ask_each(const AdjAsk *a, const char *key,
                  bool (*each)(void *data, const AdjAsk *item), void *data);
// An item that is a list of integers, or a number.
int adj_ask_item_ints(const AdjAsk *item, int64_t *out, int most);
bool adj_ask_item_number(const AdjAsk *item, double *out);
// An item that is a list of at most [most] numbers; how many, -1: it is none.
int adj_ask_item_numbers(const AdjAsk *item, double *out, int most);

// ---- answers

typedef struct AdjAnswerText {
    AdjVM *vm;
    AdjBuf b;
    bool failed;  // memory ran out
} AdjAnswerText;

// What was said, as malloc'ed text, and the end of [o]; NULL when memory ran out.
char *adj_said(AdjAnswerText *o);

void adj_say_open(AdjAnswerText *o, char bracket);   // { or [
void adj_say_close(AdjAnswerText *o, char bracket);  // } or ]
void adj_say_key(AdjAnswerText *o, const char *key);
void adj_say_raw(AdjAnswerText *o, const char *json, size_t length);
void adj_say_text(AdjAnswerText *o, const char *text);  // NULL: null
void adj_say_text_n(AdjAnswerText *o, const char *text, size_t length);
void adj_say_number(AdjAnswerText *o, double x);
void adj_say_int(AdjAnswerText *o, int64_t i);
void adj_say_bool(AdjAnswerText *o, bool b);
void adj_say_null(AdjAnswerText *o);
// "key": value
void adj_put_text(AdjAnswerText *o, const char *key, const char *text);
void adj_put_number(AdjAnswerText *o, const char *key, double x);
void adj_put_int(AdjAnswerText *o, const char *key, int64_t i);
void adj_put_bool(AdjAnswerText *o, const char *key, bool b);
void adj_put_null(AdjAnswerText *o, const char *key);
void adj_put_numbers(AdjAnswerText *o, const char *key, const double *at, int n);
void adj_put_ints(AdjAnswerText *o, const char *key, const int64_t *at, int n);

// ---- what many messages hold

void adj_put_shape(AdjAnswerText *o, AdjShape s);  // "shape": [...]
void adj_put_statistics(AdjAnswerText *o, const char *key, const AdjStatistics *s);
void adj_put_histogram(AdjAnswerText *o, const AdjHistogram *h);
void adj_put_image(AdjAnswerText *o, const AdjImage *m);
// The image alone. [bytes]: in 256 steps from low to high, a quarter of the length.
void adj_say_image(AdjAnswerText *o, const AdjImage *m, bool bytes);
// Base64 of float32, little-endian; [x] may be changed.
void adj_put_floats(AdjAnswerText *o, const char *key, float *x, int64_t n);
// At most [rows] x [columns] numbers of the slice at [at], from [row], [column] on.
typedef struct AdjWindow {
    int64_t row, column, rows, columns;
    const int64_t *at;
    int n_at;
} AdjWindow;
void adj_put_window(AdjAnswerText *o, AdjTensor *t, const AdjWindow *w);
// "where": the span, or null.
void adj_put_where(AdjAnswerText *o, AdjPlace place);
