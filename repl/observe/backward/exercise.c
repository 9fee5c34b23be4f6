// SPDX-License-Identifier: Apache-2.0
// exercise.c: a backward pass written by hand, held against the engine's and against
// differences. Rows of exercises.def say what is computed forward; inputs are drawn for the
// occasion and given to the rule as copies, in double precision, so nothing of the program
// takes part but the function itself. The engine's own gradient is checked by central
// differences of the same forward pass: whoever doubts it sees both.
#include "observe/backward/exercise.h"

#include "observe/observe.h"

#include "core/random.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

// One table, read twice: first its exercises, then its mutants.
const AdjExercise adj_exercises[] = {
#define EXERCISE(name, ...) {#name, __VA_ARGS__},
#define MUTANT(...)
#include "observe/backward/exercises.def"
#undef EXERCISE
#undef MUTANT
    {NULL},
};

const AdjMutant adj_mutants[] = {
#define EXERCISE(...)
#define MUTANT(name, ...) {#name, __VA_ARGS__},
#include "observe/backward/exercises.def"
#undef EXERCISE
#undef MUTANT
    {NULL},
};

enum { MOST_INPUTS = 4, SHOWN = 8 };

typedef struct {
    char name[16];
    AdjTensor *t;  // of the scope
    bool wants;    // has a gradient
} Input;

typedef struct {
    AdjVM *vm;
    const AdjExercise *row;
    Input in[MOST_INPUTS];
    int n, n_wants;
    AdjVal forward;                                                 // owned
    AdjTensor *y, *dy, *right[MOST_INPUTS], *numeric[MOST_INPUTS];  // of the scope
} Sheet;

static const AdjExercise *find(const char *name)
{
    const AdjExercise *e = adj_exercises;
    while (e->name && strcmp(e->name, name) != 0) e++;
    return e->name ? e : NULL;
}

// ---------------------------------------------------------------- a sheet to work on

// "X 4 3, t 4 < 3": names, sizes, and what whole numbers stay below.
static bool draw_inputs(Sheet *s)
{
    for (const char *p = s->row->inputs; *p && s->n < MOST_INPUTS;) {
        Input *in = &s->in[s->n++];
        size_t k = 0;
        AdjShape shape = {0};
        long below = 0;
        for (; *p && !isspace((unsigned char)*p) && k < sizeof in->name - 1; p++)
            in->name[k++] = *p;
        while (*p && *p != ',') {
            if (isspace((unsigned char)*p))
                p++;
            else if (*p == '<')
                below = strtol(p + 1, (char **)(uintptr_t)&p, 10);
            else
                shape.at[shape.n++] = strtol(p, (char **)(uintptr_t)&p, 10);
        }
        while (*p == ',' || isspace((unsigned char)*p)) p++;
        in->wants = below == 0;
        in->t = below ? adj_randint(0, (AdjShape){1, {below}}, shape, ADJ_I64)
                      : adj_randn(shape, ADJ_F64);
        if (!in->t) return adj_bind_error(s->vm);
        s->n_wants += in->wants;
    }
    return true;
}

static bool function_of(Sheet *s, const char *head, const char *body, AdjVal *out)
{
    char text[1024];
    size_t n = (size_t)snprintf(text, sizeof text, "lambda %s", head);
    for (int i = 0; i < s->n && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i || *head ? ", " : "",
                              s->in[i].name);
    if (n < sizeof text)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s: (%s)", *head ? ", Y" : "", body);
    return adj_vm_run(s->vm, "<observe>", text, strlen(text), ADJ_RUN_EVAL, out);
}

static bool run_forward(const Sheet *s, AdjTensor *const *in, AdjTensor **out)
{
    AdjVal args[MOST_INPUTS], result;
    int n = 0;
    bool ok = true;
    for (; ok && n < s->n; n++) ok = adj_bind_tensor(s->vm, in[n], &args[n]);
    if (!ok) n--;
    ok = ok && adj_vm_call(s->vm, s->forward, args, n, NULL, &result);
    for (int i = 0; i < n; i++) adj_val_drop(args[i]);
    if (!ok) return false;
    ok = adj_is_tensor(result);
    *out = ok ? adj_scoped(adj_keep(adj_tensor_of(result))) : NULL;
    adj_val_drop(result);
    return ok || adj_raise(s->vm, ADJ_EXC_TypeError, "exercise: forward gives no tensor");
}

static bool engine_gradients(Sheet *s)
{
    AdjTensor *leaves[MOST_INPUTS], *wanted[MOST_INPUTS];
    int n = 0;
    for (int i = 0; i < s->n; i++) {
        leaves[i] = adj_clone(s->in[i].t);
        if (!leaves[i]) return adj_bind_error(s->vm);
        leaves[i]->requires_grad = s->in[i].wants;
        if (s->in[i].wants) wanted[n++] = leaves[i];
    }
    bool was = adj_set_grad_enabled(true);
    bool ok = run_forward(s, leaves, &s->y);
    AdjTensors g = {0, NULL};
    if (ok) s->dy = adj_randn(adj_shape(s->y), ADJ_F64);
    if (ok)
        g = adj_gradients(ADJ_TENSORS(s->y), ADJ_TENSORS(s->dy), (AdjTensors){n, wanted}, false,
                          false, true);
    adj_set_grad_enabled(was);
    if (!ok) return false;
    if (adj_error_kind() || g.n != n) return adj_bind_error(s->vm);
    for (int i = 0; i < n; i++)
        if (!g.at[i] || !(s->right[i] = adj_contiguous(g.at[i]))) return adj_bind_error(s->vm);
    s->y = adj_detach(s->y);
    return s->y || adj_bind_error(s->vm);
}

// sum of dY * Y, the number whose gradient the rule hands on.
static bool number_at(const Sheet *s, AdjTensor *const *in, double *out)
{
    ADJ_SCOPE;
    AdjTensor *y;
    if (!run_forward(s, in, &y)) return false;
    *out = adj_item(adj_sum(adj_mul(y, s->dy), ADJ_ALL, false, ADJ_SAME));
    return !adj_error_kind() || adj_bind_error(s->vm);
}

static bool differences(Sheet *s)
{
    AdjTensor *in[MOST_INPUTS];
    int k = 0;
    for (int i = 0; i < s->n; i++)
        if (!(in[i] = adj_clone(s->in[i].t))) return adj_bind_error(s->vm);
    for (int i = 0; i < s->n; i++) {
        if (!s->in[i].wants) continue;
        double *x = adj_data(in[i]);
        AdjTensor *g = adj_zeros_of(adj_shape(in[i]), ADJ_F64);
        double *to = g ? adj_data(g) : NULL;
        for (int64_t e = 0; to && e < in[i]->numel; e++) {
            const double h = 1e-5, old = x[e];
            double up, down;
            x[e] = old + h;
            bool ok = number_at(s, in, &up);
            x[e] = old - h;
            ok = ok && number_at(s, in, &down);
            x[e] = old;
            if (!ok) return false;
            to[e] = (up - down) / (2 * h);
        }
        if (!to) return adj_bind_error(s->vm);
        s->numeric[k++] = g;
    }
    return true;
}

static bool lay_out(Sheet *s, const AdjExercise *row, uint64_t seed)
{
    s->row = row;
    adj_generator_seed(adj_generator_now(), seed);
    return draw_inputs(s) && function_of(s, "", row->forward, &s->forward) &&
           engine_gradients(s) && differences(s);
}

// ---------------------------------------------------------------- the rule

// What a rule gives, as tensors of float64 of the scope; NULL where it gives something else.
static bool run_rule(const Sheet *s, AdjVal rule, AdjTensor **out)
{
    AdjVal args[MOST_INPUTS + 2], result;
    int n = 0;
    bool ok = true;
    for (; ok && n < s->n + 2; n++) {
        AdjTensor *t = n == 0 ? s->dy : n <= s->n ? s->in[n - 1].t : s->y;
        ok = adj_bind_tensor(s->vm, adj_clone(t), &args[n]);
    }
    if (!ok) n--;
    bool was = adj_set_grad_enabled(false);
    ok = ok && adj_vm_call(s->vm, rule, args, n, NULL, &result);
    adj_set_grad_enabled(was);
    for (int i = 0; i < n; i++) adj_val_drop(args[i]);
    if (!ok) return false;
    AdjTuple *many = adj_is_tuple(result) ? adj_as_tuple(result) : NULL;
    for (int i = 0; i < s->n_wants; i++) {
        AdjVal v = many ? (i < many->len ? many->items[i] : ADJ_NONE) : (i ? ADJ_NONE : result);
        AdjTensor *t = adj_is_tensor(v) ? adj_to(adj_detach(adj_tensor_of(v)), ADJ_F64) : NULL;
        out[i] = t ? adj_contiguous(t) : NULL;
    }
    adj_val_drop(result);
    return !adj_error_kind() || adj_bind_error(s->vm);
}

static bool run_text(Sheet *s, const char *text, AdjTensor **out)
{
    AdjVal rule;
    if (!function_of(s, "dY", text, &rule)) return false;
    bool ok = run_rule(s, rule, out);
    adj_val_drop(rule);
    return ok;
}

// The mistake of this exercise that gives exactly this, or NULL.
static const char *mistake_of(Sheet *s, int which, AdjTensor *given)
{
    for (const AdjMutant *m = adj_mutants; m->exercise; m++) {
        AdjTensor *made[MOST_INPUTS];
        if (strcmp(m->exercise, s->row->name) != 0 || !run_text(s, m->rule, made)) continue;
        if (!made[which] || adj_gradients_agree(s->right[which], made[which])) continue;
        if (adj_gradients_agree(made[which], given)) return m->mistake;
    }
    return NULL;
}

// ---------------------------------------------------------------- telling

// Two axes of numbers; one is a row, none is one number.
static void put_rows(AdjAnswerText *o, const char *key, const AdjTensor *t)
{
    const double *x = adj_data((AdjTensor *)(uintptr_t)t);
    int64_t columns = t->ndim ? t->sizes[t->ndim - 1] : 1,
            rows = columns ? t->numel / columns : 0;
    adj_say_key(o, key);
    adj_say_open(o, '[');
    for (int64_t i = 0; i < rows && i < SHOWN; i++) {
        adj_say_open(o, '[');
        for (int64_t k = 0; k < columns && k < SHOWN; k++)
            adj_say_number(o, x[i * columns + k]);
        adj_say_close(o, ']');
    }
    adj_say_close(o, ']');
}

// The largest difference, how many there are, and the first, when shapes agree.
static void put_difference(AdjAnswerText *o, const AdjTensor *right, AdjTensor *given,
                           const AdjTensor *numeric)
{
    const double *a = adj_data((AdjTensor *)(uintptr_t)right), *b = adj_data(given);
    const double *n = adj_data((AdjTensor *)(uintptr_t)numeric);
    int64_t wrong = 0, first = -1, at[ADJ_MAX_DIMS];
    double most = 0;
    for (int64_t i = 0; i < right->numel; i++) {
        double d = fabs(a[i] - b[i]);
        if (!(d <= most)) most = d;
        if (d <= 1e-6 * (1 + fabs(a[i]))) continue;
        if (wrong++ == 0) first = i;
    }
    adj_put_number(o, "difference", most);
    adj_put_int(o, "wrong", wrong);
    if (first < 0) return adj_put_null(o, "first");
    for (int i = right->ndim, flat = (int)first; i--; flat /= (int)right->sizes[i])
        at[i] = flat % right->sizes[i];
    adj_say_key(o, "first");
    adj_say_open(o, '{');
    adj_put_ints(o, "at", at, right->ndim);
    adj_put_number(o, "yours", b[first]);
    adj_put_number(o, "right", a[first]);
    adj_put_number(o, "numeric", n[first]);
    adj_say_close(o, '}');
}

static double numeric_error(const AdjTensor *right, const AdjTensor *numeric)
{
    const double *a = adj_data((AdjTensor *)(uintptr_t)right);
    const double *n = adj_data((AdjTensor *)(uintptr_t)numeric);
    double most = 0;
    for (int64_t i = 0; i < right->numel; i++) most = fmax(most, fabs(a[i] - n[i]));
    return most;
}

static bool put_tensor(AdjRequestCall *c, Sheet *s, int input, int which, AdjTensor *given)
{
    AdjAnswerText *o = c->out;
    AdjTensor *right = s->right[which];
    AdjDiagnosis d = {"missing", -1, "It is no tensor."};
    char name[24];
    snprintf(name, sizeof name, "d%s", s->in[input].name);
    int64_t rows = s->y->ndim ? s->y->sizes[0] : s->in[0].t->sizes[0];
    if (given) adj_diagnose(right, given, rows, &d);
    bool is_right = !strcmp(d.kind, "right");
    bool same = given && adj_shape_equal(adj_shape(right), adj_shape(given));
    adj_say_open(o, '{');
    adj_put_text(o, "name", name);
    adj_put_shape(o, adj_shape(right));
    adj_say_key(o, "given");
    if (given) {
        AdjShape shape = adj_shape(given);
        adj_say_open(o, '[');
        for (int i = 0; i < shape.n; i++) adj_say_int(o, shape.at[i]);
        adj_say_close(o, ']');
    } else {
        adj_say_null(o);
    }
    adj_put_bool(o, "right", is_right);
    adj_put_text(o, "kind", d.kind);
    adj_put_int(o, "axis", d.axis);
    adj_put_text(o, "diagnosis", d.text);
    adj_put_text(o, "mistake", given && !is_right ? mistake_of(s, which, given) : NULL);
    if (same) put_difference(o, right, given, s->numeric[which]);
    adj_put_number(o, "numeric_error", numeric_error(right, s->numeric[which]));
    put_rows(o, "right_values", right);
    if (given) put_rows(o, "values", given);
    adj_say_close(o, '}');
    return is_right;
}

static void put_tensors(AdjRequestCall *c, Sheet *s, AdjTensor **given)
{
    int which = 0;
    bool all = true;
    adj_say_key(c->out, "tensors");
    adj_say_open(c->out, '[');
    for (int i = 0; i < s->n; i++) {
        if (!s->in[i].wants) continue;
        all &= put_tensor(c, s, i, which, given[which]);
        which++;
    }
    adj_say_close(c->out, ']');
    adj_put_bool(c->out, "right", all);
}

// ---------------------------------------------------------------- requests

static const AdjMutant *mutant_of(const AdjExercise *e, int64_t number)
{
    for (const AdjMutant *m = adj_mutants; m->exercise; m++)
        if (!strcmp(m->exercise, e->name) && number-- == 0) return m;
    return NULL;
}

static bool run_given(AdjRequestCall *c, Sheet *s, AdjTensor **given)
{
    int64_t number = adj_ask_int(&c->ask, "mutant", -1);
    const AdjMutant *m = number < 0 ? NULL : mutant_of(s->row, number);
    char name[64];
    AdjVal rule;
    if (number >= 0 && !m)
        return adj_raise(c->vm, ADJ_EXC_IndexError, "exercise: %s has no mutant %lld",
                         s->row->name, (long long)number);
    if (m) return run_text(s, m->rule, given);
    if (adj_ask_bool(&c->ask, "solution", false)) return run_text(s, s->row->rule, given);
    snprintf(name, sizeof name, "%s_backward", s->row->name);
    const char *text = adj_ask_string(&c->ask, "rule", name);
    if (!adj_observe_value(c->vm, text, &rule)) return false;
    bool ok = run_rule(s, rule, given);
    adj_val_drop(rule);
    return ok;
}

bool adj_request_exercise(AdjRequestCall *c)
{
    const char *name = adj_ask_string(&c->ask, "name", "");
    const AdjExercise *e = find(name);
    AdjTensor *given[MOST_INPUTS] = {NULL};
    if (!e) return adj_raise(c->vm, ADJ_EXC_KeyError, "no exercise is called '%s'", name);
    Sheet s = {.vm = c->vm, .forward = ADJ_NONE};
    bool ok =
        lay_out(&s, e, (uint64_t)adj_ask_int(&c->ask, "seed", 0)) && run_given(c, &s, given);
    adj_put_text(c->out, "name", name);
    if (ok) put_tensors(c, &s, given);
    adj_val_drop(s.forward);
    return ok;
}

// The cell that a student begins with.
static void put_stub(AdjAnswerText *o, const AdjExercise *e)
{
    char names[64] = "", wanted[96] = "", text[640];
    size_t n = 0, w = 0, t = 0;
    for (const char *p = e->inputs; *p;) {
        size_t length = strcspn(p, " "), part = strcspn(p, ",");
        n += (size_t)snprintf(names + n, sizeof names - n, ", %.*s", (int)length, p);
        if (!memchr(p, '<', part))
            w += (size_t)snprintf(wanted + w, sizeof wanted - w, "%sd%.*s", w ? ", " : "",
                                  (int)length, p);
        p += part;
        p += strspn(p, ", ");
    }
    t = (size_t)snprintf(text, sizeof text,
                         "# %s\n# dY is the gradient of some number by Y.\n"
                         "def %s_backward(dY%s, Y):\n",
                         e->formula, e->name, names);
    for (const char *p = wanted; *p;) {
        size_t length = strcspn(p, ",");
        t += (size_t)snprintf(text + t, sizeof text - t, "    %.*s = None\n", (int)length, p);
        p += length;
        p += strspn(p, ", ");
    }
    snprintf(text + t, sizeof text - t, "    return %s\n", wanted);
    adj_put_text(o, "stub", text);
}

static void put_hints(AdjAnswerText *o, const char *hints)
{
    adj_say_key(o, "hints");
    adj_say_open(o, '[');
    for (const char *p = hints; *p;) {
        size_t length = strcspn(p, "\n");
        adj_say_text_n(o, p, length);
        p += length + (p[length] == '\n');
    }
    adj_say_close(o, ']');
}

bool adj_request_exercises(AdjRequestCall *c)
{
    AdjAnswerText *o = c->out;
    const char *only = adj_ask_string(&c->ask, "name", NULL);
    adj_say_key(o, "exercises");
    adj_say_open(o, '[');
    for (const AdjExercise *e = adj_exercises; e->name; e++) {
        if (only && strcmp(only, e->name) != 0) continue;
        adj_say_open(o, '{');
        adj_put_text(o, "name", e->name);
        adj_put_text(o, "title", e->title);
        adj_put_text(o, "formula", e->formula);
        put_stub(o, e);
        put_hints(o, e->hints);
        adj_say_key(o, "mutants");
        adj_say_open(o, '[');
        for (const AdjMutant *m = adj_mutants; m->exercise; m++)
            if (!strcmp(m->exercise, e->name)) adj_say_text(o, m->mistake);
        adj_say_close(o, ']');
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
    return true;
}
