// SPDX-License-Identifier: Apache-2.0
// rule.c: the derivative of an operation in symbols, for people. Elementwise ones are the text
// of their column in pointwise.def, turned from calls into infix; of the others that a course
// meets, one line each.
#include "observe/record.h"

#include <ctype.h>

typedef struct {
    const char *op, *dx, *dz;
} Rule;

#define UNARY(name, lo, hi, f, dx, doc) {#name, #dx, NULL},
#define UNARY_INT(name, lo, hi, f, fi, dx, doc) {#name, #dx, NULL},
#define TEST(...)
#define ACTIVATION UNARY
#define ACTIVATION1(name, signature, lo, hi, f, dx, doc) {#name, #dx, NULL},
#define ACTIVATION2 ACTIVATION1
#define BINARY(name, lo, hi, f, dx, dz, doc) {#name, #dx, #dz},
#define BINARY_FLOAT BINARY
#define BINARY_INT(name, lo, hi, f, fi, dx, dz, doc) {#name, #dx, #dz},
#define INTEGER TEST
#define BITWISE TEST
#define COMPARE TEST
#define TERNARY(name, signature, lo, hi, f, dx, dz, dw, doc) {#name, #dx, #dz},
#define INNER1(name, f, dx) {#name, #dx, NULL},
#define INNER2(name, f, fi, dx, dz) {#name, #dx, #dz},
#define INNER3(name, f, fi, dx, dz, dw) {#name, #dx, #dz},
static const Rule elementwise[] = {
#include "ops/pointwise/pointwise.def"
};

static const struct {
    const char *op, *text;
} others[] = {
    {"matmul", "dA = dy B^T, dB = A^T dy"},
    {"mm", "dA = dy B^T, dB = A^T dy"},
    {"addmm_t", "dbias = sum of dy over the batch, dx = dy W, dW = dy^T x"},
    {"linear", "dx = dy W, dW = dy^T x, dbias = sum of dy over the batch"},
    {"sum", "dx = dy, spread over what was summed"},
    {"mean", "dx = dy / n, spread over what was averaged"},
    {"softmax", "dx = y * (dy - sum(dy * y))"},
    {"log_softmax", "dx = dy - exp(y) * sum(dy)"},
    {"cross_entropy", "dx = (softmax(x) - onehot(target)) * dy / n"},
    {"nll_loss", "dx = -dy / n at the target, 0 elsewhere"},
    {"mse_loss", "dx = 2 * (x - target) * dy / n"},
    {"reshape", "dx = dy in the shape of x"},
    {"view", "dx = dy in the shape of x"},
    {"transpose", "dx = dy transposed back"},
    {"expand", "dx = sum of dy over what was repeated"},
    {"conv2d", "dx = dy convolved with the flipped weight, dW = x correlated with dy"},
    {"dropout", "dx = dy * mask / (1 - p)"},
    {"clone", "dx = dy"},
};

typedef struct {
    const char *p;
    char *out;
    size_t n, room;
} Writer;

static void put(Writer *w, const char *text, size_t length)
{
    for (size_t i = 0; i < length && w->n + 1 < w->room; i++) w->out[w->n++] = text[i];
    w->out[w->n] = 0;
}

static const struct {
    const char *name, *sign;
    int level;  // how tightly it binds
} signs[] = {{"ADD", " + ", 1}, {"SUB", " - ", 1}, {"MUL", " * ", 2}, {"DIV", " / ", 2},
             {"POW", "^", 4},   {"LT", " < ", 0},  {"GT", " > ", 0},  {"EQ", " == ", 0},
             {"LE", " <= ", 0}, {"GE", " >= ", 0}, {"NE", " != ", 0}, {"AND", " and ", -1},
             {"OR", " or ", -1}};

static void skip(Writer *w, char c)
{
    while (*w->p == ' ') w->p++;
    if (*w->p == c) w->p++;
    while (*w->p == ' ') w->p++;
}

static void expression(Writer *w, int level);

static void infix(Writer *w, int level, int own, const char *sign)
{
    if (own < level) put(w, "(", 1);
    expression(w, own);
    skip(w, ',');
    put(w, sign, strlen(sign));
    expression(w, own + 1);
    skip(w, ')');
    if (own < level) put(w, ")", 1);
}

// Arguments up to the closing bracket, as a call in small letters.
static void call(Writer *w, const char *name, size_t n)
{
    for (size_t i = 0; i < n; i++) put(w, &(char){(char)tolower((unsigned char)name[i])}, 1);
    put(w, "(", 1);
    while (*w->p && *w->p != ')') {
        expression(w, -2);
        if (*w->p == ',') put(w, ", ", 2);
        skip(w, ',');
    }
    skip(w, ')');
    put(w, ")", 1);
}

static void expression(Writer *w, int level)
{
    while (*w->p == ' ') w->p++;
    const char *name = w->p;
    while (isalnum((unsigned char)*w->p) || strchr("_.+-/", *w->p)) {
        if (!*w->p) break;
        w->p++;
    }
    size_t n = (size_t)(w->p - name);
    if (*w->p != '(') {
        if (!n && *w->p && *w->p != ')' && *w->p != ',') n = 1, w->p++;
        put(w, name, n);
        return;
    }
    skip(w, '(');
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strlen(signs[i].name) == n && !strncmp(signs[i].name, name, n))
            return infix(w, level, signs[i].level, signs[i].sign);
    if (n == 1 && *name == 'K') {
        while (*w->p && *w->p != ')') put(w, w->p++, 1);
        skip(w, ')');
    } else if (n == 3 && !strncmp(name, "NEG", 3)) {
        if (level > 1) put(w, "(", 1);
        put(w, "-", 1);
        expression(w, 2);
        skip(w, ')');
        if (level > 1) put(w, ")", 1);
    } else {
        call(w, name, n);
    }
}

static void one(Writer *w, const char *name, const char *column)
{
    if (w->n) put(w, ", ", 2);
    put(w, name, strlen(name));
    put(w, " = ", 3);
    w->p = strcmp(column, "ZERO") ? column : "0";
    expression(w, -2);
}

const char *adj_op_rule(const AdjOp *op)
{
    static _Thread_local char text[600];
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strcmp(others[i].op, op->name)) return others[i].text;
    for (size_t i = 0; i < sizeof elementwise / sizeof *elementwise; i++) {
        if (strcmp(elementwise[i].op, op->name)) continue;
        Writer w = {.out = text, .room = sizeof text};
        one(&w, "dx", elementwise[i].dx);
        if (elementwise[i].dz) one(&w, "dz", elementwise[i].dz);
        return text;
    }
    return NULL;
}
