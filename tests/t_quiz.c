// SPDX-License-Identifier: Apache-2.0
//
// Marking predictions: every row of repl/export/quiz.def is the answer to something here.

#include "sight/quiz.h"
#include "tap.h"

#include <math.h>
#include <string.h>

static const double products[] = {0.5, -2, 4};

// s = tanh(p) with upstream -0.8 and local 0.6; another reader has sent 0.1 before.
static const AdjUiQuestion one = {
    .truth = -0.48, .upstream = -0.8, .local = 0.6, .before = 0.1};
static const AdjUiQuestion sum = {.truth = 2.5,
                                  .upstream = NAN,
                                  .local = NAN,
                                  .before = NAN,
                                  .products = products,
                                  .product_count = 3};
static const AdjUiQuestion nothing = {.truth = 0, .upstream = 0.3, .local = 0, .before = NAN};

static const struct {
    const AdjUiQuestion *q;
    const char *answer, *mark;
} rows[] = {
    {&one, "-0.48", "right"},       {&one, " \u22120,48 ", "right"},
    {&one, "-0.485", "right"},      {&one, "-0.50", "factor"},
    {&one, "0.48", "sign"},         {&one, "-0.8", "upstream"},
    {&one, "0.6", "local"},         {&one, "-1.3333", "divided"},
    {&one, "-0.38", "gathered"},    {&one, "-", "sign_right"},
    {&one, "\u2212", "sign_right"}, {&one, "+", "sign_wrong"},
    {&one, "", "no_number"},        {&one, "-0.48 or so", "no_number"},
    {&one, "7", "factor"},          {&sum, "2.5", "right"},
    {&sum, "4", "branch"},          {&sum, "0.5", "branch"},
    {&sum, "-2.5", "sign"},         {&sum, "3", "other"},
    {&nothing, "0", "right"},       {&nothing, "0.3", "upstream"},
};

int main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const AdjUiMark *m = adj_ui_quiz_mark(rows[i].q, rows[i].answer);
        equal_str(m->name, rows[i].mark, "\"%s\" is marked", rows[i].answer);
        ok(m->right == !strcmp(m->name, "right") && strlen(m->text) > 3, "with words");
    }
#define QUIZ_TOLERANCE(share)
#define MARK(name, condition, text)                             \
    {                                                           \
        int n = 0;                                              \
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) \
            n += !strcmp(rows[i].mark, #name);                  \
        ok(n > 0, "the reason %s has its answer", #name);       \
    }
#include "export/quiz.def"
    return done();
}
