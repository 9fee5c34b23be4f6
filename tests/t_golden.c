// SPDX-License-Identifier: Apache-2.0
// Replays the golden cases: every expression of tests/golden/*.cases is evaluated by the
// language and compared with what PyTorch computed: element types, shapes, values, first
// derivatives in the inputs' own type and in f64, second and third in f64 (golden/ref/ops.py
// says what is stored).
//
// Three invariants are points of their own: each row of the registry has at least three cases;
// no case leaves a tensor alive; a name that is missing is a failure unless the case is marked
// optional. Families may be named on the command line.
#include "golden/replay.h"

#include "check.h"

#include <stdlib.h>

enum { MAX_INPUTS = 8 };

static const char *const families[] = {"pointwise", "binary",   "types",   "reduce", "shape",
                                       "index",     "linalg",   "nn",      "third",  "engine",
                                       "random",    "variants", "norm",    "loss",   "conv",
                                       "sequence",  "pool",     "resample"};

// How far results of an element type may lie from PyTorch's: relative to the value, and to the
// largest value of the tensor (sums that cancel).
typedef struct Tolerance {
    double relative, absolute;
} Tolerance;

static const Tolerance value_tolerance[ADJ_DTYPES] = {
    [ADJ_F32] = {1e-5, 2e-6},
    [ADJ_F64] = {1e-9, 1e-11},
    [ADJ_F16] = {2e-3, 1e-3},
    [ADJ_BF16] = {1.6e-2, 8e-3},
};
static const Tolerance gradient_tolerance[2] = {{2e-4, 2e-5}, {1e-7, 1e-9}};

static bool elsewhere;  // on another device, whose functions round in their own way

// ---- comparison ----

static double largest(const AdjTensor *given)
{
    ADJ_SCOPE;
    const AdjTensor *t = adj_host(given);
    double most = 0;
    for (int64_t i = 0; i < adj_numel(t); i++)
        if (isfinite(element(t, i))) most = fmax(most, fabs(element(t, i)));
    return most;
}

static bool agree(double got, double want, Tolerance t, double scale)
{
    if (isnan(got) || isnan(want)) return isnan(got) && isnan(want);
    if (isinf(got) || isinf(want)) return got == want;
    return fabs(got - want) <= t.relative * fabs(want) + t.absolute * scale;
}

static bool same_form(const AdjTensor *got, const AdjTensor *want, const char *what, int index)
{
    ADJ_SCOPE;
    bool same = adj_dtype(got) == adj_dtype(want) && adj_ndim(got) == adj_ndim(want);
    for (int d = 0; same && d < adj_ndim(want); d++)
        same = adj_size(got, d) == adj_size(want, d);
    if (!same)
        note("%s %d: got %s, want %s", what, index, adj_describe(got), adj_describe(want));
    return same;
}

static bool same_tensor(const AdjTensor *got, const AdjTensor *want, Tolerance t,
                        const char *what, int index)
{
    ADJ_SCOPE;
    if (!same_form(got, want, what, index)) return false;
    got = adj_host(got);
    want = adj_host(want);
    if (!got || !want) return false;
    double scale = fmax(largest(want), 1e-3);  // what should cancel may leave a last bit
    for (int64_t i = 0; i < adj_numel(want); i++) {
        if (agree(element(got, i), element(want, i), t, scale)) continue;
        note("%s %d: element %lld is %.9g, want %.9g", what, index, (long long)i,
             element(got, i), element(want, i));
        return false;
    }
    return true;
}

// ---- coverage ----

// Which cases reach a row: those filed under its name or an alias, and those whose text has
// such a name after a dot. Rows that the language has no name for, such as the pieces of
// indexing, are reached through the tape of a result.
static int *counts;  // one for each row of adj_ops

static bool word_in(const char *words, const char *word, size_t n)
{
    for (const char *p = words; p && *p; p += strcspn(p, " ")) {
        p += strspn(p, " ");
        if (strcspn(p, " ") == n && !strncmp(p, word, n)) return true;
    }
    return false;
}

static void count_name(const char *name, size_t n)
{
    for (int i = 0; adj_ops[i]; i++)
        if (word_in(adj_ops[i]->name, name, n) || word_in(adj_ops[i]->aliases, name, n))
            counts[i]++;
}

// Both `exp_` and `exp`: the in-place form of a row, or a row of that name.
static void count_case(const GoldenCase *c)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    count_name(c->op, strlen(c->op));
    for (const char *p = c->text; (p = strchr(p, '.'));) {
        size_t n = strspn(++p, letters);
        if (n) count_name(p, n);
        if (n > 1 && p[n - 1] == '_') count_name(p, n - 1);
    }
}

enum { MAX_NODES = 64 };

// Counts the rows of a few nodes of a tape, nearest to the result first.
static void count_tape(AdjNode *start)
{
    AdjNode *nodes[MAX_NODES] = {start};
    int n = start != NULL;
    for (int k = 0; k < n; k++) {
        const AdjOp *op = adj_node_op(nodes[k]);
        for (int i = 0; adj_ops[i]; i++) counts[i] += adj_ops[i] == op;
        for (int i = 0; i < adj_node_inputs(nodes[k]) && n < MAX_NODES; i++)
            if (adj_node_input(nodes[k], i)) nodes[n++] = adj_node_input(nodes[k], i);
    }
}

// Rows that PyTorch has nothing to compare with: data drawn or read by the program. They have
// tests of their own.
static const char own_rows[] = "blobs circles digits mnist moons read_idx regression rope "
                               "spiral";

static void check_coverage(void)
{
    for (int i = 0; adj_ops[i]; i++) {
        const char *name = adj_ops[i]->name;
        if (word_in(own_rows, name, strlen(name))) continue;
        ok(counts[i] >= 3, "row %s has %d golden cases", name, counts[i]);
    }
}

// ---- one case ----

typedef struct Case {
    AdjVM *vm;
    const GoldenSet *set;
    const GoldenCase *row;
    int number;
} Case;

static bool has_flag(const Case *c, char flag)
{
    return strchr(c->row->flags, flag) != NULL;
}

// Makes the inputs and names them x0, x1 ...; floating ones are leaves that require gradients.
static bool make_inputs(const Case *c, bool wide, AdjTensor **x, int *n)
{
    if (!replay_reset(c->vm)) return false;
    const GoldenTensor *t;
    for (*n = 0; *n < MAX_INPUTS && (t = golden_find(c->set, c->number, 'x', *n)); ++*n) {
        char name[4];
        snprintf(name, sizeof name, "x%d", *n);
        AdjTensor *leaf = golden_tensor(t, wide);
        if (adj_dtype_is_float(t->dtype) && !has_flag(c, 'i'))
            leaf = adj_require_grad(leaf, true);
        x[*n] = leaf;
        if (!replay_define(c->vm, name, leaf)) return false;
    }
    return true;
}

static bool check_values(const Case *c, const ReplayResult *y)
{
    int n = 0;
    for (const GoldenTensor *t; (t = golden_find(c->set, c->number, 'y', n)); n++) {
        if (n >= y->n) continue;
        AdjTensor *want = golden_tensor(t, false);
        Tolerance tolerance = value_tolerance[t->dtype];
        double factor = elsewhere ? fmax(c->row->tolerance, 4) : c->row->tolerance;
        tolerance.relative *= factor;
        tolerance.absolute *= factor;
        if (!same_tensor(y->at[n], want, tolerance, "output", n)) return false;
    }
    if (y->n != n) note("%d outputs, want %d", y->n, n);
    return y->n == n;
}

// The fixed cotangent of output [k]; eighths, so exact in every floating type.
static AdjTensor *cotangent(const AdjTensor *y, int k)
{
    int64_t n = adj_numel(y);
    double *values = adj_scope_memory((size_t)(n + 1) * sizeof *values);
    for (int64_t i = 0; values && i < n; i++)
        values[i] = (double)((37 * i + 7 * k + 11) % 29 - 14) / 8;
    AdjTensor *c = values ? adj_from(values, adj_shape(y), ADJ_F64) : NULL;
    return adj_to_copy(c, adj_dtype(y), adj_device(y));
}

static AdjTensor *total(AdjTensor *t)
{
    return adj_sum(t, ADJ_ALL, false, ADJ_SAME);
}

// sum_k sum(y_k cot(k)) over the floating outputs on the tape; NULL when there is none.
static AdjTensor *first_root(const ReplayResult *y)
{
    AdjTensor *root = NULL;
    for (int k = 0; k < y->n; k++) {
        if (!adj_requires_grad(y->at[k])) continue;
        AdjTensor *term = total(adj_mul(y->at[k], cotangent(y->at[k], k)));
        root = root ? adj_add(root, term, ADJ_I(1)) : term;
    }
    return root;
}

// The sum of the squares, the root of the next order.
static AdjTensor *next_root(AdjTensors g)
{
    AdjTensor *root = NULL;
    for (int i = 0; i < g.n; i++) {
        if (!g.at[i] || !adj_requires_grad(g.at[i])) continue;
        AdjTensor *term = total(adj_square(g.at[i]));
        root = root ? adj_add(root, term, ADJ_I(1)) : term;
    }
    return root;
}

static bool check_gradient(const Case *c, char letter, int input, AdjTensor *got, bool wide)
{
    const GoldenTensor *t = golden_find(c->set, c->number, letter, input);
    if (!t) return true;
    AdjTensor *want = golden_tensor(t, false);
    if (!wide) want = adj_to(want, golden_find(c->set, c->number, 'x', input)->dtype);
    if (!got && largest(want) == 0) return true;  // no path is a gradient of zero
    if (!got) {
        note("derivative %c by input %d: none, want up to %g", letter, input, largest(want));
        return false;
    }
    Tolerance tolerance = gradient_tolerance[adj_dtype(want) == ADJ_F64 && wide];
    if (c->row->tolerance > 1) {
        tolerance.relative *= c->row->tolerance;
        tolerance.absolute *= c->row->tolerance;
    }
    static char what[] = "derivative ? by input";
    what[11] = letter;
    return same_tensor(got, want, tolerance, what, input);
}

// Derivatives up to [order], from the inputs as stored or widened to f64.
static bool check_derivatives(const Case *c, bool wide, int order)
{
    ADJ_SCOPE;
    AdjTensor *x[MAX_INPUTS], *leaves[MAX_INPUTS];
    int n, n_leaves = 0, index[MAX_INPUTS];
    ReplayResult y;
    if (!make_inputs(c, wide, x, &n) || !replay_run(c->vm, c->row->text, &y)) {
        replay_note_error(c->vm);
        return false;
    }
    for (int k = 0; k < y.n && !wide; k++) count_tape(adj_grad_fn(y.at[k]));
    for (int i = 0; i < n; i++)
        if (adj_requires_grad(x[i])) index[n_leaves] = i, leaves[n_leaves++] = x[i];
    AdjTensor *root = first_root(&y);
    for (int o = 0; o < order; o++) {
        bool more = o + 1 < order;
        AdjTensors g = {0, NULL};
        if (root && adj_requires_grad(root))
            g = adj_gradients((AdjTensors){1, &root}, (AdjTensors){0, NULL},
                              (AdjTensors){n_leaves, leaves}, true, more, true);
        if (adj_error_kind()) {
            note("derivative %c: %s", "ght"[o], adj_error_text());
            adj_error_clear();
            return false;
        }
        for (int i = 0; i < n_leaves; i++)
            if (!check_gradient(c, "ght"[o], index[i], g.n ? g.at[i] : NULL, wide))
                return false;
        root = more ? next_root(g) : NULL;
    }
    return true;
}

static bool name_is_missing(AdjVM *vm)
{
    return adj_vm_error_is(vm, ADJ_EXC_AttributeError) ||
           adj_vm_error_is(vm, ADJ_EXC_NameError);
}

typedef enum Outcome { FAILED, PASSED, MISSING } Outcome;

static Outcome check_case_values(const Case *c)
{
    ADJ_SCOPE;
    AdjTensor *x[MAX_INPUTS];
    int n;
    ReplayResult y;
    if (make_inputs(c, false, x, &n) && replay_run(c->vm, c->row->text, &y))
        return check_values(c, &y) ? PASSED : FAILED;
    if (has_flag(c, 'o') && name_is_missing(c->vm)) {
        adj_vm_clear_error(c->vm);
        return MISSING;
    }
    replay_note_error(c->vm);
    return FAILED;
}

static void check_one(const Case *c, const char *family)
{
    int64_t before = adj_live_tensors();
    Outcome outcome = check_case_values(c);
    bool good = outcome == PASSED;
    if (good && c->row->order > 0)
        good = check_derivatives(c, false, 1) && check_derivatives(c, true, c->row->order);
    adj_error_clear();
    adj_vm_reset_main(c->vm);
    adj_vm_collect(c->vm);
    if (good && adj_live_tensors() != before) {
        note("%lld tensors stay alive", (long long)(adj_live_tensors() - before));
        good = false;
    }
    if (outcome == MISSING)
        skip(1, "no such name: %s: %s", c->row->op, c->row->text);
    else
        ok(good, "%s %d %s: %s", family, c->number, c->row->op, c->row->text);
}

// ---- the program ----

static bool run_family(AdjVM *vm, const char *family)
{
    GoldenSet set;
    bool open = golden_open(&set, "golden", family);
    if (!open) fail("golden/%s.cases and .safetensors can be read", family);
    for (int i = 0; open && i < set.n_cases; i++) {
        check_one(&(Case){vm, &set, &set.cases[i], i}, family);
        count_case(&set.cases[i]);
    }
    golden_close(&set);
    return open;
}

// With `--device TITLE` first, every input is made on that device.
static bool use_device(int *argc, char ***argv)
{
    if (*argc < 3 || strcmp((*argv)[1], "--device")) return true;
    const char *title = (*argv)[2];
    *argc -= 2;
    *argv += 2;
    return elsewhere = replay_use_device(title);
}

int main(int argc, char **argv)
{
    bool whole = argc == 1, placed = use_device(&argc, &argv);
    if (!placed) return skip_all("%s", adj_error_text());
    AdjVM *vm = replay_new();
    if (!vm) return fail("the language starts"), done();
    int n = 0;
    while (adj_ops[n]) n++;
    counts = calloc((size_t)n + 1, sizeof *counts);
    if (!counts) return fail("memory"), done();
    for (int i = 1; i < argc; i++) run_family(vm, argv[i]);
    for (size_t i = 0; argc == 1 && i < sizeof families / sizeof *families; i++)
        run_family(vm, families[i]);
    if (whole) check_coverage();
    free(counts);
    adj_vm_free(vm);
    return done();
}
