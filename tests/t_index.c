// SPDX-License-Identifier: Apache-2.0
// x[...] read and written through the C interface, and the derivatives, first and second, of
// everything that takes an index. Shapes and values of many more index forms against PyTorch
// are in golden/index.cases.
#include "check.h"

#include <string.h>

// ---------------------------------------------------------------- items

#define AT(number) ((AdjIndex){.kind = ADJ_INDEX_INT, .i = (number)})
#define RANGE(a, b, c) ((AdjIndex){.kind = ADJ_INDEX_SLICE, .start = a, .stop = b, .step = c})
#define ALL RANGE(ADJ_NO_INT, ADJ_NO_INT, ADJ_NO_INT)
#define NEW ((AdjIndex){.kind = ADJ_INDEX_NEW_AXIS})
#define DOTS ((AdjIndex){.kind = ADJ_INDEX_ELLIPSIS})
#define TRUTH(b) ((AdjIndex){.kind = ADJ_INDEX_BOOL, .i = (b)})
#define BY(tensor) ((AdjIndex){.kind = ADJ_INDEX_TENSOR, .t = (tensor)})
#define ITEMS(...) \
    (AdjIndex[]){__VA_ARGS__}, (int)(sizeof((AdjIndex[]){__VA_ARGS__}) / sizeof(AdjIndex))
#define GET(x, ...) adj_index_get(x, ITEMS(__VA_ARGS__))
#define SET(x, value, ...) adj_index_set(x, ITEMS(__VA_ARGS__), value)

#define VECTOR(...)                    \
    adj_from((int64_t[]){__VA_ARGS__}, \
             ADJ_SHAPE(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), ADJ_I64)
#define MASK(...) \
    adj_from((uint8_t[]){__VA_ARGS__}, ADJ_SHAPE(sizeof((uint8_t[]){__VA_ARGS__})), ADJ_BOOL)

static AdjTensor *counted(AdjShape shape)
{
    int64_t n = 1;
    for (int i = 0; i < shape.n; i++) n *= shape.at[i];
    return adj_reshape(adj_arange(ADJ_I(0), ADJ_I(n), ADJ_I(1), ADJ_F64), shape);
}

// "(2, 3): 0 4 8" for comparing shape and values at once.
static const char *shown(AdjTensor *t)
{
    static char text[512];
    if (!t) return adj_error_text();
    size_t n = (size_t)snprintf(text, sizeof text, "(");
    for (int d = 0; d < adj_ndim(t); d++)
        n +=
            (size_t)snprintf(text + n, sizeof text - n, d ? ", %d" : "%d", (int)adj_size(t, d));
    n += (size_t)snprintf(text + n, sizeof text - n, "):");
    for (int64_t i = 0; i < adj_numel(t) && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, " %g", element(t, i));
    return text;
}

// ---------------------------------------------------------------- reading

static void views(void)
{
    AdjTensor *x = counted(ADJ_SHAPE(2, 3, 4));
    equal_str(shown(GET(x, AT(1), AT(-1))), "(4): 20 21 22 23", "numbers");
    equal_str(shown(GET(x, AT(0), RANGE(1, ADJ_NO_INT, ADJ_NO_INT), AT(2))), "(2): 6 10",
              "a slice");
    equal_str(shown(GET(x, DOTS, RANGE(0, 4, 3), AT(0))), "(2, 1): 0 12", "dots");
    equal_str(shown(GET(x, AT(0), AT(0), NEW, RANGE(-2, ADJ_NO_INT, 1))), "(1, 2): 2 3",
              "a new axis");
    equal_str(shown(GET(x, RANGE(5, 9, 1), AT(0), AT(0))), "(0):", "a slice outside");
    ok(adj_data(GET(x, ALL, AT(0))) == adj_data(x), "a view shares");
    ok(GET(x, ALL, ALL) != x, "x[:, :] is another tensor");
    equal_str(shown(GET(x, BY(adj_from((int64_t[]){1}, (AdjShape){0}, ADJ_I64)), AT(0), AT(0))),
              "(): 12", "a tensor of one number is a number");
    fails_with(ADJ_E_INDEX, "index 3 is out of bounds for dimension 1 with size 3",
               GET(x, AT(0), AT(3)), "a number outside");
    fails_with(ADJ_E_INDEX, "too many indices for tensor of dimension 3",
               GET(x, AT(0), AT(0), AT(0), AT(0)), "too many");
    fails_with(ADJ_E_VALUE, "step must be greater than zero", GET(x, RANGE(0, 2, -1)), "step");
}

static void copies(void)
{
    AdjTensor *x = counted(ADJ_SHAPE(2, 3, 4)), *two = VECTOR(1, 0), *ends = VECTOR(0, -1);
    equal_str(shown(GET(x, BY(two), AT(0), AT(1))), "(2): 13 1", "one index tensor");
    equal_str(shown(GET(x, BY(two), BY(ends), AT(0))), "(2): 12 8", "two go together");
    equal_str(shown(GET(x, BY(adj_unsqueeze(two, 1)), BY(ends), AT(0))), "(2, 2): 12 20 0 8",
              "and broadcast");
    AdjTensor *y = counted(ADJ_SHAPE(2, 3, 2));
    equal_str(shown(GET(y, BY(two), ALL, BY(ends))), "(2, 3): 6 8 10 1 3 5",
              "a slice between them: their axis comes first");
    equal_str(shown(GET(y, AT(1), BY(ends))), "(2, 2): 6 7 10 11", "beside a number");
    equal_str(shown(GET(y, ALL, BY(VECTOR(2)), RANGE(1, 2, 1))), "(2, 1, 1): 5 11",
              "in the middle their axis stays");
    equal_str(shown(GET(counted(ADJ_SHAPE(4)), BY(MASK(1, 0, 0, 1)))), "(2): 0 3", "a mask");
    equal_str(shown(GET(y, AT(0), BY(adj_gt(adj_select(y, 0, 0), ADJ_NUM(3))))), "(2): 4 5",
              "a mask of two axes");
    equal_str(shown(GET(y, AT(0), BY(MASK(0, 1, 1)), BY(ends))), "(2): 2 5", "mask and index");
    equal_str(shown(GET(adj_number(ADJ_F(7)), TRUTH(true))), "(1): 7", "True adds an axis");
    equal_str(shown(GET(adj_number(ADJ_F(7)), TRUTH(false))), "(0):", "False empties it");
    equal_str(shown(GET(y, BY(adj_new(ADJ_SHAPE(0), ADJ_I64)), ALL, AT(0))),
              "(0, 3):", "an empty index");
    fails_with(ADJ_E_INDEX, "index 2 is out of bounds for dimension 0 with size 2",
               GET(y, BY(VECTOR(0, 2))), "a place outside");
    fails_with(ADJ_E_INDEX, "The shape of the mask [2] at index 0 does not match",
               GET(y, ALL, BY(MASK(1, 0))), "a mask that does not fit");
    fails_with(ADJ_E_INDEX, "could not be broadcast together with shapes [2], [3]",
               GET(y, BY(two), BY(VECTOR(0, 1, 2))), "shapes that do not fit");
    fails_with(ADJ_E_INDEX, "must be long, int, byte or bool", GET(y, BY(y)), "floats");
}

// ---------------------------------------------------------------- writing

static void writes(void)
{
    AdjTensor *x = adj_zeros(ADJ_SHAPE(2, 3), ADJ_F32), *two = VECTOR(0, 2);
    ok(SET(x, ADJ_NUM(1), AT(0)), "a row from a number");
    ok(SET(x, VECTOR(5, 6), AT(1), BY(two)), "places from integers, converted");
    equal_str(shown(x), "(2, 3): 1 1 1 5 0 6", "both arrived");
    ok(SET(x, ADJ_NUM(-1), BY(adj_gt(x, ADJ_NUM(4)))), "a mask");
    equal_str(shown(x), "(2, 3): 1 1 1 -1 0 -1", "where it holds");
    ok(SET(x, adj_index_get(x, ITEMS(ALL, RANGE(0, 2, 1))), ALL, RANGE(1, 3, 1)),
       "itself, moved");
    equal_str(shown(x), "(2, 3): 1 1 1 -1 -1 0", "reads before it writes");
    ok(SET(adj_t(x), ADJ_NUM(4), BY(two), AT(1)), "through a transpose");
    equal_str(shown(x), "(2, 3): 1 1 1 4 -1 4", "reaches the tensor");
    ok(adj_index_add_to(x, ITEMS(AT(0), BY(VECTOR(1, 1, 2))), ADJ_NUM(1)), "added up");
    equal_str(shown(x), "(2, 3): 1 3 2 4 -1 4", "twice at one place");
    uint32_t version = adj_version(x);
    fails_with(ADJ_E_INDEX, "out of bounds", SET(x, ADJ_NUM(0), BY(two), AT(0)),
               "a place outside");
    ok(adj_version(x) == version, "which changes nothing");
    SET(x, ADJ_NUM(0), AT(0), BY(two));
    ok(adj_version(x) > version, "a write raises the version");
    ok(SET(x, adj_ones(ADJ_SHAPE(1, 1, 3), ADJ_F32), AT(1)), "leading axes of 1 are dropped");
    fails_with(ADJ_E_SHAPE, "shape mismatch: value tensor of shape [2] cannot be broadcast",
               SET(x, adj_ones(ADJ_SHAPE(2), ADJ_F32), AT(1)), "a value that does not fit");
    fails_with(ADJ_E_SHAPE, "to indexing result of shape [2, 3]",
               SET(x, adj_ones(ADJ_SHAPE(2), ADJ_F32), BY(VECTOR(0, 1))), "nor here");
    AdjTensor *wide = adj_expand(adj_zeros(ADJ_SHAPE(1), ADJ_F32), ADJ_SHAPE(3));
    fails_with(ADJ_E_RUNTIME, "single memory location", SET(wide, ADJ_NUM(1), ALL),
               "an expanded tensor");
}

// ---------------------------------------------------------------- derivatives

#define FUNCTION(name, expression)                        \
    static AdjTensor *f_##name(AdjTensors in, void *data) \
    {                                                     \
        AdjTensor *x = in.at[0], *y = in.at[1];           \
        (void)data;                                       \
        (void)y;                                          \
        return expression;                                \
    }

static AdjTensor *written(AdjTensor *x, const AdjIndex *items, int n, AdjTensor *value,
                          bool add)
{
    AdjTensor *copy = adj_mul(x, ADJ_NUM(2));
    bool done =
        add ? adj_index_add_to(copy, items, n, value) : adj_index_set(copy, items, n, value);
    return done ? copy : NULL;
}

static AdjTensor *grid(void)
{
    return adj_reshape(VECTOR(0, 2, 2, 1, 1, 0), ADJ_SHAPE(2, 3));
}

static AdjTensor *corner(AdjTensor *y)
{
    return adj_index_get(y, ITEMS(RANGE(0, 2, 1), RANGE(0, 3, 1)));
}

#define MASK34 adj_gt(adj_detach(x), ADJ_NUM(0.5))

FUNCTION(get, GET(x, BY(VECTOR(2, 0, 2)), RANGE(1, 4, 2)))
FUNCTION(get_apart, GET(adj_unsqueeze(x, 1), BY(VECTOR(0, 2)), ALL, BY(VECTOR(-1, 0))))
FUNCTION(get_mask, GET(x, BY(MASK(1, 0, 1)), AT(2)))
FUNCTION(set_part, written(x, ITEMS(ALL, RANGE(0, 4, 2)), GET(y, AT(0), RANGE(0, 2, 1)), false))
FUNCTION(set_row, written(x, ITEMS(AT(1)), adj_select(y, 0, 0), false))
FUNCTION(set_all, written(x, ITEMS(DOTS), y, false))
FUNCTION(set_places, written(x, ITEMS(BY(VECTOR(0, 2)), BY(VECTOR(1, 3))),
                             GET(y, AT(0), RANGE(0, 2, 1)), false))
FUNCTION(set_rows,
         written(adj_t(x), ITEMS(BY(VECTOR(0, 2))), GET(y, AT(0), RANGE(0, 3, 1)), false))
FUNCTION(add_to, written(x, ITEMS(BY(VECTOR(0, 0, 1))), y, true))
FUNCTION(index_select, adj_index_select(x, 1, VECTOR(3, 3, 0)))
FUNCTION(index_add, adj_index_add(x, 0, VECTOR(1, 1, 0), y, ADJ_F(2)))
FUNCTION(index_copy, adj_index_copy(x, 0, VECTOR(2, 0, 1), y))
FUNCTION(index_fill, adj_index_fill(x, 1, VECTOR(0, 2), adj_select(adj_select(y, 0, 0), 0, 0)))
FUNCTION(gather, adj_gather(x, 0, grid()))
FUNCTION(scatter, adj_scatter(x, 1, adj_t(adj_reshape(VECTOR(0, 1, 2, 3), ADJ_SHAPE(2, 2))), y))
FUNCTION(scatter_add, adj_scatter_add(x, 0, grid(), y))
FUNCTION(scatter_sum, adj_scatter_reduce(x, 0, grid(), corner(y), "sum", false))
FUNCTION(scatter_mean, adj_scatter_reduce(x, 0, grid(), corner(y), "mean", true))
FUNCTION(scatter_prod, adj_scatter_reduce(x, 0, grid(), corner(y), "prod", true))
FUNCTION(scatter_max, adj_scatter_reduce(x, 0, grid(), corner(y), "amax", true))
FUNCTION(take, adj_take(x, adj_reshape(VECTOR(-1, 0, 0, 5), ADJ_SHAPE(2, 2))))
FUNCTION(take_along_dim, adj_take_along_dim(x, adj_reshape(VECTOR(2, 0), ADJ_SHAPE(2, 1)), 0))
FUNCTION(masked_fill, adj_masked_fill(x, MASK34, adj_select(adj_select(y, 0, 0), 0, 0)))
FUNCTION(masked_select, adj_masked_select(x, MASK34))
FUNCTION(masked_scatter, adj_masked_scatter(x, MASK34, y))
FUNCTION(embedding, adj_embedding(grid(), x, 1, NAN, 2, false, false))

// clang-format off
#define CASE(name) {#name, f_##name}
static const struct {
    const char *name;
    AdjTestFunction function;
} functions[] = {
    CASE(get), CASE(get_apart), CASE(get_mask), CASE(set_part), CASE(set_row), CASE(set_all),
    CASE(set_places), CASE(set_rows), CASE(add_to), CASE(index_select), CASE(index_add),
    CASE(index_copy), CASE(index_fill), CASE(gather), CASE(scatter), CASE(scatter_add),
    CASE(scatter_sum), CASE(scatter_mean), CASE(scatter_prod), CASE(scatter_max), CASE(take),
    CASE(take_along_dim), CASE(masked_fill), CASE(masked_select), CASE(masked_scatter),
};
// clang-format on

// The gradients of sum(f^3), one behind the other, as a function: checking it checks the second
// derivative. Central differences are taken without recording; this needs it.
static AdjTensor *gradient_of(AdjTensors in, void *data)
{
    const AdjTestFunction *f = data;
    bool was = adj_set_grad_enabled(true);
    AdjTensor *v = (*f)(in, NULL);
    AdjTensor *root = adj_sum(adj_mul(adj_mul(v, v), v), ADJ_ALL, false, ADJ_SAME);
    AdjTensors g =
        adj_gradients((AdjTensors){1, &root}, (AdjTensors){0, NULL}, in, true, true, true);
    adj_set_grad_enabled(was);
    if (g.n < 2) return NULL;
    return g.at[1] ? adj_cat(g, 0) : g.at[0];
}

static AdjTensor *input(uint64_t seed)
{
    adj_seed(seed);
    return adj_require_grad(adj_rand(ADJ_SHAPE(3, 4), ADJ_F64), true);
}

static void derivatives(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        ADJ_SCOPE;
        AdjTensors in = ADJ_TENSORS(input(1), input(2));
        AdjGradcheck first = {0}, second = {0};
        AdjTestFunction f = functions[i].function;
        bool done = adj_gradcheck(f, NULL, in, 1e-6, 1e-7, 1e-6, &first);
        ok(done && first.passed, "gradient of %s (worst %g)", functions[i].name,
           first.worst_error);
        done = adj_gradcheck(gradient_of, &f, in, 1e-6, 1e-6, 1e-6, &second);
        ok(done && second.passed, "second derivative of %s (worst %g)", functions[i].name,
           second.worst_error);
        no_error("%s", functions[i].name);
    }
}

static void padding(void)
{
    AdjTensors in = ADJ_TENSORS(input(1), input(2));
    AdjTensor *e = f_embedding(in, NULL);
    ok(adj_backward(adj_sum(e, ADJ_ALL, false, ADJ_SAME), NULL, false, false), "embedding");
    equal_str(shown(adj_select(adj_grad(in.at[0]), 1, 0)), "(3): 2 0 2",
              "every use of a row counts, the padding row's do not");
}

// ---------------------------------------------------------------- positions

static void positions(void)
{
    AdjTensor *x = adj_from((float[]){0, 2, 0, -1}, ADJ_SHAPE(2, 2), ADJ_F32);
    equal_str(shown(adj_nonzero(x)), "(2, 2): 0 1 1 1", "nonzero");
    AdjTensors at = adj_nonzero_tuple(x);
    ok(at.n == 2 && element(at.at[1], 0) == 1, "nonzero by axes");
    equal_str(shown(GET(x, BY(at.at[0]), BY(at.at[1]))), "(2): 2 -1",
              "which index what they found");
    equal_str(shown(adj_nonzero(adj_number(ADJ_F(3)))), "(1, 0):", "of a number");
    equal_str(shown(adj_one_hot(VECTOR(1, 0), -1)), "(2, 2): 0 1 1 0", "one_hot");
    equal_int(adj_dtype(adj_one_hot(VECTOR(1), 4)), ADJ_I64, "its type");
    fails_with(ADJ_E_RUNTIME, "smaller than num_classes", adj_one_hot(VECTOR(3), 2), "one_hot");
    fails_with(ADJ_E_INDEX, "embedding: index 5 is out of bounds",
               adj_embedding(VECTOR(5), x, ADJ_NO_INT, NAN, 2, false, false), "embedding");
    fails_with(ADJ_E_RUNTIME, "gather: index 2 is out of bounds for dimension 0 with size 2",
               adj_gather(x, 0, adj_reshape(VECTOR(2, 0), ADJ_SHAPE(1, 2))), "gather");
}

int main(void)
{
    test_case(views);
    test_case(copies);
    test_case(writes);
    test_case(derivatives);
    test_case(padding);
    test_case(positions);
    return done();
}
