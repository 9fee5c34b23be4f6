// SPDX-License-Identifier: Apache-2.0
//
// The lexer, the parser and the highlighter by themselves: trees of small texts, what is said
// about wrong ones and where, which cells the prompt must wait for, texts made to be deep or
// long, and the colours of a cell. What programs mean is tried by tests/lang.
#include "lang/syntax/ast.h"
#include "lang/syntax/highlight.h"
#include "lang/syntax/parse.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

// ---- trees ----

// The dump of [text]'s tree without spans and indentation: "MODULE EXPR BINARY + INT 1 ...", or
// the error. The caller frees it.
static char *tree_of(const char *text, bool cell)
{
    char *shown = NULL;
    size_t size = 0;
    AdjArena arena = {0};
    AdjParseError error;
    AdjParseOptions options = {.cell = cell};
    AdjAst *tree = adj_parse(&arena, text, strlen(text), &options, &error);
    FILE *out = open_memstream(&shown, &size);
    if (tree) {
        adj_ast_dump(tree, out);
    } else {
        fprintf(out, "%s: %s", adj_parse_error_name(error.kind), error.message);
    }
    fclose(out);
    adj_arena_free(&arena);
    return shown;
}

// Drops "field:" and the spans, joins the lines by blanks.
static void strip_dump(char *dump)
{
    char *out = dump;
    for (char *word = strtok(dump, " \n"); word; word = strtok(NULL, " \n")) {
        size_t length = strlen(word);
        bool field = word[length - 1] == ':';
        bool span = strspn(word, "0123456789-") == length && strchr(word + 1, '-');
        if (field || span) continue;
        if (out != dump) *out++ = ' ';
        memmove(out, word, length);
        out += length;
    }
    *out = '\0';
}

static void tree_is(const char *text, bool cell, const char *want)
{
    char *dump = tree_of(text, cell);
    if (strncmp(dump, "root:", 5) == 0) strip_dump(dump);
    equal_str(dump, want, "tree of %s", text);
    free(dump);
}

static void test_trees(void)
{
    tree_is("1+2*3", false,
            "MODULE EXPR BINARY + INT value=1 BINARY * INT value=2 INT value=3");
    tree_is("-2**-1", false, "MODULE EXPR UNARY - BINARY ** INT value=2 UNARY - INT value=1");
    tree_is("a<b<=c", false,
            "MODULE EXPR COMPARE < <= NAME id=\"a\" NAME id=\"b\" NAME id=\"c\"");
    tree_is("a |> b |> c or d if e else f", false,
            "MODULE EXPR CONDITIONAL PIPE NAME id=\"a\" NAME id=\"b\" OR NAME id=\"c\" NAME "
            "id=\"d\" "
            "NAME id=\"e\" NAME id=\"f\"");
    tree_is("-9223372036854775808", false, "MODULE EXPR INT value=-9223372036854775808");
    tree_is("x = 1;", false, "MODULE ASSIGN NAME id=\"x\" INT value=1");
    tree_is("x;", false, "MODULE EXPR silent NAME id=\"x\"");
    tree_is("f(a, *b, k=1, **c)", false,
            "MODULE EXPR CALL NAME id=\"f\" NAME id=\"a\" STARRED NAME id=\"b\" "
            "KEYWORD name=\"k\" INT value=1 KEYWORD NAME id=\"c\"");
    tree_is("{**a, 1: 2}", false, "MODULE EXPR DICT - INT value=1 NAME id=\"a\" INT value=2");
    tree_is("f'{x=}'", false,
            "MODULE EXPR FSTRING STR value=\"x=\" INTERPOLATION conversion=114 NAME id=\"x\"");
    tree_is(
        "def f(a, /, b, *, c=1): yield", false,
        "MODULE FUNCTION name=\"f\" has_yield PARAM kind=0 name=\"a\" PARAM kind=1 name=\"b\" "
        "PARAM kind=3 name=\"c\" INT value=1 EXPR YIELD");
}

static void test_cells(void)
{
    tree_is("%time f(x)", true, "MODULE MAGIC name=\"time\" text=\"f(x)\"");
    tree_is("%who", true, "MODULE MAGIC name=\"who\" text=\"\"");
    tree_is("%%timeit -n 1\nx\ny", true,
            "MODULE MAGIC name=\"%timeit\" text=\"-n 1\\x0ax\\x0ay\"");
    tree_is("net.fc1?", true, "MODULE HELP text=\"net.fc1\" level=1");
    tree_is("?? Linear", true, "MODULE HELP text=\"Linear\" level=2");
    tree_is("x = 7\n%time x\nx??", true,
            "MODULE ASSIGN NAME id=\"x\" INT value=7 MAGIC name=\"time\" text=\"x\" "
            "HELP text=\"x\" level=2");
    tree_is("if x:\n  %time y\n", true,
            "MODULE IF NAME id=\"x\" MAGIC name=\"time\" text=\"y\"");
    tree_is("a\n%b", false, "SyntaxError: invalid syntax");
    tree_is("7 \\\n%b", true, "MODULE EXPR BINARY % INT value=7 NAME id=\"b\"");
    tree_is("print('why?')", true, "MODULE EXPR CALL NAME id=\"print\" STR value=\"why?\"");
    tree_is("x?", false, "SyntaxError: invalid syntax");
}

// ---- errors ----

static void error_is(const char *text, AdjParseErrorKind kind, uint32_t start, uint32_t end,
                     const char *message)
{
    AdjArena arena = {0};
    AdjParseError error;
    AdjAst *tree = adj_parse(&arena, text, strlen(text), NULL, &error);
    ok(tree == NULL, "refused: %s", text);
    equal_str(error.message, message, "words for %s", text);
    equal_int(error.kind, kind, "kind for %s", text);
    bool place = error.span.start == start && error.span.end == end;
    ok(place, "place in %s", text);
    if (!place) note("got %u-%u, want %u-%u", error.span.start, error.span.end, start, end);
    adj_arena_free(&arena);
}

static void test_errors(void)
{
    AdjParseErrorKind syntax = ADJ_PARSE_SYNTAX, indent = ADJ_PARSE_INDENTATION;
    error_is("x = = 1", syntax, 4, 5, "invalid syntax");
    error_is("x = (1,\ny = 2", syntax, 4, 5, "'(' was never closed");
    error_is("a)", syntax, 1, 2, "unmatched ')'");
    error_is("(a]", syntax, 2, 3,
             "closing parenthesis ']' does not match opening parenthesis '('");
    error_is("f(a b)", syntax, 2, 5, "invalid syntax. Perhaps you forgot a comma?");
    error_is("if x\n  y", syntax, 4, 5, "expected ':'");
    error_is("if x:\ny", indent, 6, 7,
             "expected an indented block after 'if' statement on line 1");
    error_is("  x", indent, 0, 2, "unexpected indent");
    error_is("if x:\n    y\n  z", indent, 12, 14,
             "unindent does not match any outer indentation level");
    error_is("if x:\n\ty\n        z", ADJ_PARSE_TAB, 9, 17,
             "inconsistent use of tabs and spaces in indentation");
    error_is("x = 'abc", syntax, 4, 5, "unterminated string literal (detected at line 1)");
    error_is("f() = 1", syntax, 0, 3,
             "cannot assign to function call here. Maybe you meant '==' instead of '='?");
    error_is("print 'x'", syntax, 0, 9,
             "Missing parentheses in call to 'print'. Did you mean print(...)?");
    error_is("f'{a b}'", syntax, 3, 6, "f-string: invalid syntax. Perhaps you forgot a comma?");
    error_is("9223372036854775808", syntax, 0, 19, "integer literal does not fit in 64 bits");
    error_is("return 1", syntax, 0, 8, "'return' outside function");
    error_is("a\xff", syntax, 1, 2, "invalid UTF-8 in the source");
    error_is("2j", syntax, 0, 2, "complex numbers are not supported");
    error_is("b'a' 'b'", syntax, 5, 8, "cannot mix bytes and nonbytes literals");
}

// What CPython says about the texts of golden/syntax.txt, whose form golden/ref/syntax.py
// tells.
static void golden_case(const char *want, const char *text)
{
    AdjArena arena = {0};
    AdjParseError error;
    char got[300] = "fine";
    if (!adj_parse(&arena, text, strlen(text), NULL, &error)) {
        snprintf(got, sizeof got, "%s: %s", adj_parse_error_name(error.kind), error.message);
    }
    equal_str(got, want, "%s", text);
    adj_arena_free(&arena);
}

static void test_golden(void)
{
    FILE *in = fopen("golden/syntax.txt", "r");
    ok(in != NULL, "golden/syntax.txt is there");
    char line[512], want[512] = "", text[4096] = "";
    unsigned count = 0;
    while (in && fgets(line, sizeof line, in)) {
        if (strncmp(line, "| ", 2) == 0) {
            strncat(text, line + 2, sizeof text - strlen(text) - 1);
            continue;
        }
        if (*text) golden_case(want, text), count++;
        *text = '\0';
        line[strcspn(line, "\n")] = '\0';
        strcpy(want, line);
    }
    if (*text) golden_case(want, text), count++;
    ok(count > 400, "golden cases: %u", count);
    if (in) fclose(in);
}

static void test_nul_byte(void)
{
    AdjArena arena = {0};
    AdjParseError error;
    ok(!adj_parse(&arena, "a\0b", 3, NULL, &error), "a text with a NUL byte is refused");
    equal_str(error.message, "source code cannot contain null bytes", "and told why");
    ok(adj_parse(&arena, "", 0, NULL, &error) != NULL, "an empty text is a program");
    adj_arena_free(&arena);
}

// ---- sources and questions ----

static void test_source(void)
{
    AdjSource *source = adj_source_new("cell 1", "é = 1\r\ny\n", 10);
    AdjPosition place = adj_source_position(source, 8);
    equal_int(place.line, 2, "line of an offset");
    equal_int(place.column, 0, "column of an offset");
    equal_int(adj_source_position(source, 5).column, 4, "columns count characters");
    equal_int(adj_source_position(source, 99).line, 3, "an offset past the end is the end");
    equal_int(adj_source_line(source, 1).end, 6, "a line without its end");
    equal_int(adj_source_line(source, 9).start, 10, "a line that is not there");
    adj_source_drop(adj_source_keep(source));
    adj_source_drop(source);
}

static void test_questions(void)
{
    AdjArena arena = {0};
    AdjParseError error;
    const char *text = "'doc'\nx = 1\nfoo.bar(x)";
    AdjAst *tree = adj_parse(&arena, text, strlen(text), NULL, &error);
    equal_str(adj_ast_docstring(tree->as_module.body)->text, "doc", "the docstring");
    ok(adj_ast_cell_value(tree) == tree->as_module.body.items[2], "the value of a cell");
    AdjAst *node = adj_ast_at(tree, 20);
    ok(node && node->kind == ADJ_AST_NAME && node->span.start == 20, "the node at an offset");
    AdjAst *call = tree->as_module.body.items[2]->as_expr.value;
    ok(call->as_call.args.items[0]->as_name.id.text ==
           tree->as_module.body.items[1]->as_assign.targets.items[0]->as_name.id.text,
       "equal names are the same pointer");
    adj_arena_free(&arena);
}

// ---- does the prompt wait? ----

static void test_incomplete(void)
{
    static const char *const more[] = {"x = (1,",
                                       "x = [1,\n\n",
                                       "\"\"\"abc",
                                       "1 + \\",
                                       "if x:",
                                       "if x:\n",
                                       "@f",
                                       "@f\n",
                                       "def f(",
                                       "class C:\n",
                                       "try:\n  x\n",
                                       "{",
                                       "for a in b:\n  if a:\n",
                                       "f'''{a}",
                                       "if x:\n  # only a comment\n"};
    static const char *const whole[] = {"",          "x",    "x = ", "if x:\n  y", "f(a b",
                                        "'abc",      "a]",   "x?",   "%time x",    "return 1",
                                        "f'{(a'",    "1 +",  "# x",  "if x: y",    "(a))",
                                        "x = 1\n\n", "for :"};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        ok(adj_parse_incomplete(more[i], strlen(more[i])), "waits after %s", more[i]);
    }
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        ok(!adj_parse_incomplete(whole[i], strlen(whole[i])), "does not wait after %s",
           whole[i]);
    }
    ok(adj_parse_block_open("if x:\n  y\n", 10), "a block may go on");
    ok(!adj_parse_block_open("if x:\n  y\nz", 11), "a block that ended may not");
}

// ---- size ----

// [unit] repeated [count] times between [before] and [after].
static char *repeat(const char *before, const char *unit, size_t count, const char *after)
{
    size_t n = strlen(unit), head = strlen(before);
    char *text = malloc(head + n * count + strlen(after) + 1);
    memcpy(text, before, head);
    for (size_t i = 0; i < count; i++) memcpy(text + head + n * i, unit, n);
    strcpy(text + head + n * count, after);
    return text;
}

static void sized(const char *before, const char *unit, size_t count, const char *after,
                  const char *message)
{
    char *text = repeat(before, unit, count, after);
    AdjArena arena = {0};
    AdjParseError error;
    AdjAst *tree = adj_parse(&arena, text, strlen(text), NULL, &error);
    equal_str(tree ? "" : error.message, message, "%zu times %s", count, unit);
    free(text);
    adj_arena_free(&arena);
}

static void test_size(void)
{
    sized("", "(", 150, "1", "'(' was never closed");
    sized("", "(", 100000, "", "too many nested parentheses");
    sized("", "[", 100000, "", "too many nested parentheses");
    sized("", "not ", 100000, "x", "nested too deeply");
    sized("", "-", 100000, "x", "nested too deeply");
    sized("", "lambda: ", 100000, "x", "nested too deeply");
    sized("", "x if y else ", 100000, "z", "nested too deeply");
    sized("", "2 ** ", 100000, "2", "nested too deeply");
    sized("x", ".a", 100000, "", "nested too deeply");
    sized("x", "()", 100000, "", "nested too deeply");
    sized("x", " + 1", 100000, "", "nested too deeply");
    sized("if x: y\n", "elif x: y\n", 100000, "", "nested too deeply");
    sized("x", " + 1", 900, "", "");
    sized("x", " and y", 100000, "", "");
    sized("x", ", y", 100000, "", "");
    sized("x = ", "x = ", 100000, "1", "");
    sized("", "x = 1\n", 100000, "", "");
    sized("f(", "a, ", 20000, ")", "");
    sized("f(", "a=1, ", 20000, ")", "keyword argument repeated: a");
    sized("f(", "*a, ", 20000, ")", "");
    sized("", "'a' ", 100000, "", "");
    sized("f'", "{x}", 20000, "'", "");
    sized("a < b", " < c", 20000, "", "");
    sized("\"", "\\n", 100000, "\"", "");
    char *blocks = repeat("", "if x:\n", 1, "");
    ok(adj_parse_incomplete(blocks, strlen(blocks)), "an open block waits");
    free(blocks);
}

// ---- colours ----

typedef struct Colours {
    char shown[256];
} Colours;

// One letter per class over the text, a later span on top.
static void colour(void *self, size_t start, size_t end, AdjHighlight class)
{
    static const char letters[] = ".kcnseh#oppPfCbaAwdmE";
    Colours *colours = self;
    for (size_t i = start; i < end; i++) colours->shown[i] = letters[class];
}

static AdjHighlight known(void *self, const char *name, size_t length)
{
    (void)self;
    return length == 3 && memcmp(name, "len", 3) == 0 ? ADJ_HIGHLIGHT_BUILTIN
                                                      : ADJ_HIGHLIGHT_NAME;
}

static void colours_are(const char *text, const char *want)
{
    Colours colours = {{0}};
    memset(colours.shown, ' ', strlen(text));
    adj_highlight(text, strlen(text), &(AdjHighlighter){&colours, colour, known});
    equal_str(colours.shown, want, "colours of %s", text);
}

static void test_highlight(void)
{
    colours_are("def f(x): return len(x)", "kkk fp.pP kkkkkk bbbp.p");
    colours_are("class C(B): x = 1  # why", "kkkkk Cp.pP . o n  #####");
    colours_are("a.b.c(k=None)", ".PAPapwoccccp");
    colours_are("x |> net", ". pp ...");
    colours_are("f'a{x!r}\\n'", "sssh.hhhees");
    colours_are("'abc", "ssss");
    colours_are("f'{a +", "ssh..o");
    colours_are("@dec\ndef", "dddd kkk");
    colours_are("%time x", "mmmmm  ");
    colours_are("x?", " m");
    colours_are("a $ b", ". E .");
}

int main(void)
{
    test_trees();
    test_cells();
    test_errors();
    test_golden();
    test_nul_byte();
    test_source();
    test_questions();
    test_incomplete();
    test_size();
    test_highlight();
    return done();
}
