// SPDX-License-Identifier: Apache-2.0
// Tries the wrong: every row's golden cases are run again with one thing spoiled at a time: an
// input's element type, its shape, something that is no tensor in its place, or a number in the
// call replaced by one out of range or by a value of another kind.
//
// What then still has a result is fine. What fails must raise an exception of one line that
// names an operation or callable, and when the shapes are at fault must show one; no tensor
// stays alive, and the engine's error is gone. Each case, with its derivatives, also runs short
// of memory at every allocation in turn. A point is one row.
#include "golden/replay.h"

#include "check.h"

#include <ctype.h>
#include <stdlib.h>

enum { CASES_PER_ROW = 6, MAX_INPUTS = 8, ROOM = 2048, NOTES = 4 };

static const char *const families[] = {
    "pointwise", "binary", "types", "reduce", "shape", "index",    "linalg",   "nn",
    "variants",  "conv",   "pool",  "loss",   "norm",  "sequence", "resample", "random"};

// The row whose cases are being spoiled, and what has been seen of it.
typedef struct Row {
    const char *op;
    int cases, tried, refused, bad;
} Row;

typedef struct Try {
    AdjVM *vm;
    Row *row;
    const char *text;     // what is run
    const char *spoiled;  // what was changed, for the notes
    bool foreign;         // something that is no tensor: the language may refuse before the row
} Try;

// ---- what a refusal must look like ----

static bool is_name_character(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

// Whether the message begins as those of operations and callables do: "name: " or "name(): ".
static bool names_callable(const char *message)
{
    const char *p = message;
    while (is_name_character(*p) || *p == '.') p++;
    if (p > message && !strncmp(p, "()", 2)) return true;
    return p > message && p[0] == ':' && p[1] == ' ';
}

// An index that does not fit is named by itself, in PyTorch's words.
static bool is_about_index(const Try *t, const char *message)
{
    return strchr(t->text, '[') && (strstr(message, "ind") || strstr(message, "step") ||
                                    strstr(message, "the part of shape"));
}

// Loaders and data sets speak PyTorch's sentences, which name the argument instead.
static bool is_about_data(const Try *t)
{
    return !strcmp(t->row->op, "loader");
}

static bool names_operation(const Try *t, const char *message)
{
    return names_callable(message) || is_about_data(t) || strstr(message, t->row->op) ||
           is_about_index(t, message) || strstr(message, "a case gave") ||
           strstr(message, "does not require grad");
}

static const char *fault_of(const Try *t, bool shape, const char *message)
{
    const char *text = strstr(message, ": ");
    if (!text || !text[2]) return "says nothing";
    if (strchr(message, '\n')) return "is more than one line";
    if (strlen(message) > 400) return "is longer than 400 characters";
    if (strstr(message, "gave no result")) return "does not say why";
    if (!t->foreign && !names_operation(t, text + 2)) return "names no operation";
    if (shape && !strpbrk(text, "0123456789") && !strstr(text, "()")) return "shows no shape";
    return NULL;
}

static void check_refusal(const Try *t)
{
    char message[1024];
    bool shape = replay_error_is(t->vm, "ShapeError", message, sizeof message);
    const char *fault = fault_of(t, shape, message);
    t->row->refused++;
    if (!fault) return;
    if (t->row->bad++ < NOTES)
        note("%s with %s: the error %s: %s", t->text, t->spoiled, fault, message);
}

static void attempt(const Try *t)
{
    ADJ_SCOPE;
    ReplayResult y;
    t->row->tried++;
    if (!replay_run(t->vm, t->text, &y)) check_refusal(t);
    if (!adj_error_kind()) return;
    if (t->row->bad++ < NOTES)
        note("%s with %s leaves an error: %s", t->text, t->spoiled, adj_error_text());
    adj_error_clear();
}

// ---- spoiled tensors ----

static AdjTensor *grown(AdjTensor *x)
{
    AdjShape s = adj_shape(x);
    if (!s.n) return adj_zeros(ADJ_SHAPE(2, 3), adj_dtype(x));
    s.at[s.n - 1] += 1;
    return adj_zeros(s, adj_dtype(x));
}

static AdjTensor *grown_first(AdjTensor *x)
{
    AdjShape s = adj_shape(x);
    if (s.n) s.at[0] += 5;
    return adj_zeros(s, adj_dtype(x));
}

static AdjTensor *more_axes(AdjTensor *x)
{
    AdjShape s = adj_shape(x);
    if (s.n == ADJ_MAX_DIMS) return adj_keep(x);
    s.at[s.n++] = 3;
    return adj_zeros(s, adj_dtype(x));
}

static AdjTensor *no_axes(AdjTensor *x)
{
    return adj_zeros(ADJ_SCALAR_SHAPE, adj_dtype(x));
}

static AdjTensor *emptied(AdjTensor *x)
{
    AdjShape s = adj_shape(x);
    if (!s.n) return adj_zeros(ADJ_SHAPE(0), adj_dtype(x));
    s.at[0] = 0;
    return adj_zeros(s, adj_dtype(x));
}

static AdjTensor *far_off(AdjTensor *x)
{
    return adj_dtype_is_float(adj_dtype(x)) ? adj_full(adj_shape(x), ADJ_F(1e30), adj_dtype(x))
                                            : adj_full(adj_shape(x), ADJ_I(100), adj_dtype(x));
}

static AdjTensor *as_bool(AdjTensor *x)
{
    return adj_to(x, ADJ_BOOL);
}
static AdjTensor *as_int(AdjTensor *x)
{
    return adj_to(x, ADJ_I64);
}
static AdjTensor *as_double(AdjTensor *x)
{
    return adj_to(x, adj_dtype(x) == ADJ_F64 ? ADJ_F32 : ADJ_F64);
}
static AdjTensor *as_half(AdjTensor *x)
{
    return adj_to(x, ADJ_F16);
}

static const struct {
    const char *name;
    AdjTensor *(*make)(AdjTensor *x);
} spoilers[] = {
    {"a longer last axis", grown},
    {"a longer first axis", grown_first},
    {"one axis more", more_axes},
    {"no axes", no_axes},
    {"no elements", emptied},
    {"numbers far off", far_off},
    {"dtype bool", as_bool},
    {"dtype int64", as_int},
    {"the other float type", as_double},
    {"dtype float16", as_half},
};

// Statements that put something that is no tensor in an input's place.
static const char *const impostors[] = {"None", "'text'", "[]", "{}", "object()", "torch"};

typedef struct Case {
    const GoldenSet *set;
    const GoldenCase *c;
    int number;
} Case;

// Names the inputs; the one at [at] is spoiled. False when a tensor cannot be made.
static bool define_inputs(AdjVM *vm, const Case *c, int at, AdjTensor *(*spoil)(AdjTensor *))
{
    const GoldenTensor *t;
    if (!replay_reset(vm)) return false;
    for (int n = 0; n < MAX_INPUTS && (t = golden_find(c->set, c->number, 'x', n)); n++) {
        char name[8];
        snprintf(name, sizeof name, "x%d", n);
        AdjTensor *x = golden_tensor(t, false);
        if (n == at) x = spoil(x);
        bool leaf = x && adj_dtype_is_float(adj_dtype(x)) && !strchr(c->c->flags, 'i');
        if (leaf) x = adj_require_grad(x, true);
        if (!x || !replay_define(vm, name, x)) return adj_error_clear(), false;
    }
    return true;
}

static void spoil_inputs(Try *t, const Case *c)
{
    for (int at = 0; golden_find(c->set, c->number, 'x', at); at++) {
        char spoiled[64], text[ROOM];
        t->spoiled = spoiled;
        for (size_t k = 0; k < sizeof spoilers / sizeof *spoilers; k++) {
            ADJ_SCOPE;
            snprintf(spoiled, sizeof spoiled, "x%d with %s", at, spoilers[k].name);
            t->text = c->c->text;
            if (define_inputs(t->vm, c, at, spoilers[k].make)) attempt(t);
        }
        for (size_t k = 0; k < sizeof impostors / sizeof *impostors; k++) {
            ADJ_SCOPE;
            snprintf(spoiled, sizeof spoiled, "x%d = %s", at, impostors[k]);
            snprintf(text, sizeof text, "x%d = %s\n%s", at, impostors[k], c->c->text);
            t->text = text;
            t->foreign = true;
            if (define_inputs(t->vm, c, -1, NULL)) attempt(t);
            t->foreign = false;
        }
    }
}

// ---- spoiled numbers ----

enum { FIRST_HUGE = 2, FIRST_FOREIGN = 5 };  // from the second on no integers
static const char *const numbers[] = {
    "(-1)",
    "0",
    "1000000000000000",
    "4611686018427387904",
    "(-9223372036854775807)",
    "2.5",
    "float('nan')",
    "'text'",
    "None",
    "[]",
    "(1, 2, 3, 4, 5, 6, 7, 8, 9)",
    "torch.zeros(2, 2)",
};

// The next number of the text at or after [p] that stands by itself; its length in [n].
static const char *number_from(const char *text, const char *p, size_t *n)
{
    for (; *p; p++) {
        bool exponent = p > text + 1 && p[-1] == '-' && p[-2] == 'e';
        bool inside = p > text && (is_name_character(p[-1]) || p[-1] == '.' || exponent);
        if (!isdigit((unsigned char)*p) || inside) continue;
        for (*n = 0; is_name_character(p[*n]) || p[*n] == '.';) ++*n;
        return p;
    }
    return NULL;
}

// An expanded view of any size is no error, and takes as long as it is large; so does a loop
// of the language.
static bool is_endless(const char *text)
{
    return strstr(text, "expand") || strstr(text, " for ");
}

static void spoil_numbers(Try *t, const Case *c)
{
    size_t n = 0;
    const char *whole = c->c->text;
    for (const char *p = whole; (p = number_from(whole, p, &n)); p += n) {
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            ADJ_SCOPE;
            char text[ROOM];
            snprintf(text, sizeof text, "%.*s%s%s", (int)(p - whole), whole, numbers[k], p + n);
            t->text = text;
            t->spoiled = "that number";
            t->foreign = k >= FIRST_FOREIGN;
            if (k >= FIRST_HUGE && k < FIRST_FOREIGN && is_endless(whole)) continue;
            if (define_inputs(t->vm, c, -1, NULL)) attempt(t);
        }
    }
}

// ---- no memory ----

// Runs the case and its first derivatives while the [k]-th allocation fails. False: there were
// not that many.
static bool run_short_of_memory(const Try *t, const Case *c, int k)
{
    ADJ_SCOPE;
    ReplayResult y;
    if (!define_inputs(t->vm, c, -1, NULL)) return false;
    adj_thread.refuse_in = k;
    bool good = replay_run(t->vm, t->text, &y);
    if (good && y.n && adj_requires_grad(y.at[0])) {
        AdjTensor *root = adj_sum(y.at[0], ADJ_ALL, false, ADJ_SAME);
        good = root && adj_backward(root, NULL, true, true);
        if (!good) adj_raise(t->vm, ADJ_EXC_MemoryError, "%s", adj_error_text());
        adj_error_clear();
    }
    bool reached = !adj_thread.refuse_in;
    adj_thread.refuse_in = 0;
    if (good) return reached;
    t->row->refused++;
    char message[1024];
    if (!replay_error_is(t->vm, "MemoryError", message, sizeof message) &&
        t->row->bad++ < NOTES)
        note("%s without its allocation %d: %s", t->text, k, message);
    return reached;
}

enum { MOST_ALLOCATIONS = 60 };

static void refuse_memory(Try *t, const Case *c)
{
    t->text = c->c->text;
    for (int k = 1; k <= MOST_ALLOCATIONS && run_short_of_memory(t, c, k); k++) t->row->tried++;
}

// ---- the walk ----

static Row *row_of(Row *rows, const char *op)
{
    while (rows->op && strcmp(rows->op, op)) rows++;
    rows->op = op;
    return rows;
}

// Whether the case runs as it stands; a name that is marked optional may be missing.
static bool runs_unspoiled(AdjVM *vm, const Case *c)
{
    ADJ_SCOPE;
    ReplayResult y;
    bool runs = define_inputs(vm, c, -1, NULL) && replay_run(vm, c->c->text, &y);
    if (!runs) adj_vm_clear_error(vm);
    return runs;
}

static void spoil_case(AdjVM *vm, Row *row, const Case *c)
{
    adj_vm_reset_main(vm);
    adj_vm_collect(vm);
    int64_t before = adj_live_tensors();
    if (!runs_unspoiled(vm, c)) return;
    Try t = {.vm = vm, .row = row};
    spoil_inputs(&t, c);
    spoil_numbers(&t, c);
    refuse_memory(&t, c);
    adj_vm_reset_main(vm);
    adj_vm_collect(vm);
    if (adj_live_tensors() == before) return;
    row->bad++;
    note("%s: %lld tensors stay alive", c->c->text, (long long)(adj_live_tensors() - before));
}

static void walk_family(AdjVM *vm, const char *family)
{
    GoldenSet set;
    if (!golden_open(&set, "golden", family)) {
        fail("golden/%s can be read", family);
        return;
    }
    Row *rows = calloc((size_t)set.n_cases + 1, sizeof *rows);
    for (int i = 0; rows && i < set.n_cases; i++) {
        Row *row = row_of(rows, set.cases[i].op);
        bool again = i > 0 && !strcmp(set.cases[i].text, set.cases[i - 1].text);
        if (again || row->cases++ >= CASES_PER_ROW) continue;
        spoil_case(vm, row, &(Case){&set, &set.cases[i], i});
    }
    for (Row *r = rows; rows && r->op; r++)
        ok(!r->bad, "%s: %d of %d wrong calls refused, each in one sentence", r->op, r->refused,
           r->tried);
    free(rows);
    golden_close(&set);
}

int main(int argc, char **argv)
{
    AdjVM *vm = replay_new();
    if (!vm) return fail("the language starts"), done();
    for (int i = 1; i < argc; i++) walk_family(vm, argv[i]);
    for (size_t i = 0; argc == 1 && i < sizeof families / sizeof *families; i++)
        walk_family(vm, families[i]);
    adj_vm_free(vm);
    return done();
}
