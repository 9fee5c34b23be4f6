// SPDX-License-Identifier: Apache-2.0
//
// The machine as embedders use it: running texts, errors as people read them, natives and their
// arguments, modules, hooks, spans, interrupts, limits, the cycle collector, and that
// everything is given back. What the language means is tried by tests/lang.
#include "lang/value.h"
#include "lib/lib.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- helpers ----

static char written[4096];

static void capture(AdjVM *vm, const char *text, size_t len)
{
    (void)vm;
    size_t at = strlen(written);
    if (at + len < sizeof written) memcpy(written + at, text, len);
}

static AdjVM *machine(void)
{
    AdjHooks hooks = {.write = capture, .write_error = capture};
    AdjVM *vm = adj_vm_new(&hooks);
    memset(written, 0, sizeof written);
    if (vm) adj_lib_add_builtins(vm);
    if (vm) adj_lib_add_modules(vm);
    return vm;
}

// What running [text] as a cell shows: the repr of its value, or the error's text. Static.
static const char *shown(AdjVM *vm, const char *text)
{
    static char out[8192];
    AdjVal v, r;
    if (adj_vm_run(vm, "cell 1", text, strlen(text), ADJ_RUN_CELL, &v)) {
        if (adj_val_repr(vm, v, &r)) {
            snprintf(out, sizeof out, "%s", adj_as_str(r)->data);
            adj_val_drop(r);
        }
        adj_val_drop(v);
        return out;
    }
    char *error = adj_vm_error_text(vm);
    snprintf(out, sizeof out, "%s", error ? error : "(no error)");
    free(error);
    return out;
}

// ---- running ----

static void test_running(void)
{
    AdjVM *vm = machine();
    equal_str(shown(vm, "1 + 2"), "3", "a cell's last expression is its value");
    equal_str(shown(vm, "x = 5"), "None", "a cell that ends in a statement has none");
    equal_str(shown(vm, "x * 2"), "10", "names survive between cells");
    equal_str(shown(vm, "def f(n):\n    return n + x\n\nf(1)"), "6",
              "functions see later cells");
    equal_str(shown(vm, "x = 7\nf(1)"), "8", "and what they assign");
    AdjVal v;
    ok(adj_vm_run(vm, "e", "x + 1", 5, ADJ_RUN_EVAL, &v) && v.i == 8, "one expression");
    ok(!adj_vm_run(vm, "e", "x = 1", 5, ADJ_RUN_EVAL, &v), "an assignment is none");
    ok(adj_vm_error_is(vm, ADJ_EXC_SyntaxError), "which is a SyntaxError");
    adj_vm_clear_error(vm);
    shown(vm, "print('a', 1)");
    equal_str(written, "a 1\n", "print goes to the write hook");
    adj_vm_reset_main(vm);
    ok(strstr(shown(vm, "x"), "NameError: name 'x' is not defined"), "reset forgets names");
    adj_vm_free(vm);
}

// ---- errors ----

static void test_errors(void)
{
    AdjVM *vm = machine();
    equal_str(shown(vm, "length = 2\nlenght * 3"),
              "NameError: name 'lenght' is not defined. Did you mean: 'length'?\n"
              "  cell 1, line 2\n"
              "      lenght * 3\n"
              "      ^^^^^^\n",
              "a misspelt name, with its caret and the nearest name");
    equal_str(shown(vm, "def f(n):\n    return 1 / n\n\nf(1) + f(0)"),
              "ZeroDivisionError: division by zero\n"
              "  cell 1, line 2, in f\n"
              "      return 1 / n\n"
              "             ^^^^^\n"
              "  called from cell 1, line 4\n"
              "      f(1) + f(0)\n"
              "             ^^^^\n",
              "every frame, the innermost first, each with its sub-expression");
    equal_str(shown(vm, "é = {'ü': 1}['x']"),
              "KeyError: 'x'\n"
              "  cell 1, line 1\n"
              "      é = {'ü': 1}['x']\n"
              "          ^^^^^^^^^^^^^\n",
              "carets count characters, not bytes");
    ok(strstr(shown(vm, "'a'.uper()"), "Did you mean: 'upper'?"), "attributes are suggested");
    ok(strstr(shown(vm, "def g(alpha): pass\ng(alhpa=1)"), "Did you mean: 'alpha'?"),
       "and keywords");
    ok(strstr(shown(vm, "try:\n    1/0\nexcept ZeroDivisionError:\n    [][1]"),
              "while handling:"),
       "the exception that was being handled is shown");
    ok(strstr(shown(vm,
                    "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise KeyError from e"),
              "caused by:"),
       "so is a cause");
    ok(strstr(shown(vm, "def r(n): return r(n + 1)\nr(0)"), "RecursionError"),
       "endless recursion is an error");
    ok(strstr(shown(vm, "class A:\n    def __repr__(self): return repr(self)\nrepr(A())"),
              "RecursionError"),
       "through natives as well");
    ok(strstr(shown(vm, "x = (1,"), "'(' was never closed"),
       "syntax errors say what and where");
    adj_vm_free(vm);
}

static bool always_shape(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)args, (void)nargs, (void)out;
    adj_raise(vm, ADJ_EXC_ShapeError, "linear: expected 784 features, got %d", 28);
    return adj_raise_note(vm, "input   (32, 28)");
}

static void test_notes(void)
{
    AdjVM *vm = machine();
    static const AdjNative rows[] = {{"linear", "(x, /)", always_shape, NULL, 0}, {0}};
    adj_vm_add_functions(vm, adj_vm_prelude(vm), rows, NULL);
    equal_str(shown(vm, "y = linear(3)"),
              "ShapeError: linear: expected 784 features, got 28\n"
              "  cell 1, line 1\n"
              "      y = linear(3)\n"
              "          ^^^^^^^^^\n"
              "  input   (32, 28)\n",
              "notes stand under the frames");
    equal_str(shown(vm, "try:\n    linear(3)\nexcept RuntimeError as e:\n    r = str(e)\nr"),
              "'linear: expected 784 features, got 28'", "a ShapeError is a RuntimeError");
    adj_vm_free(vm);
}

// ---- natives ----

static bool show_args(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    AdjBuf b = {0};
    for (int i = 0; i < nargs; i++) {
        if (i) adj_buf_add_c(vm, &b, " ");
        if (adj_is_undef(args[i]))
            adj_buf_add_c(vm, &b, "-");
        else
            adj_buf_add_repr(vm, &b, args[i]);
    }
    return adj_buf_str(vm, &b, out);
}

static void test_natives(void)
{
    AdjVM *vm = machine();
    static const AdjNative rows[] = {
        {"plain", "(a, b, /)", show_args, "Two values.", 0},
        {"split", "(text, sep: str = None, maxsplit: int = -1)", show_args, NULL, 0},
        {"many", "(*args, sep=' ', end: str = '\\n', **more)", show_args, NULL, 0},
        {"raw", "(...)", show_args, NULL, 0},
        {"torch", "(input, dim=0, *, keepdim: bool = False)", show_args, NULL, ADJ_FN_PYTHON},
        {"opt", "(a, b=<unset>, betas=(0.9, 0.999))", show_args, NULL, 0},
        {0},
    };
    adj_vm_add_functions(vm, adj_vm_prelude(vm), rows, "m");
    equal_str(shown(vm, "plain(1, 2)"), "'1 2'", "plain arguments pass through");
    equal_str(shown(vm, "split('x')"), "\"'x' None -1\"", "defaults are filled in");
    equal_str(shown(vm, "split('x', maxsplit=3)"), "\"'x' None 3\"", "keywords are placed");
    equal_str(shown(vm, "many(1, 2, end='', k=3)"), "\"(1, 2) ' ' '' {'k': 3}\"", "variadic");
    equal_str(shown(vm, "raw(1, 2, 3)"), "'1 2 3'", "raw signatures take what comes");
    equal_str(shown(vm, "opt(1)"), "'1 - (0.9, 0.999)'", "absent arguments and tuples");
    ok(strstr(shown(vm, "plain(1)"), "plain expected 2 arguments, got 1"), "too few");
    ok(strstr(shown(vm, "split('x', sp=1)"), "'sp' is an invalid keyword argument for split()"),
       "unknown keyword");
    ok(strstr(shown(vm, "torch(1, kepdim=1)"),
              "unexpected keyword argument 'kepdim'. Did you mean"),
       "unknown keyword in torch's words");
    ok(strstr(shown(vm, "torch()"), "torch() missing 1 required positional argument: 'input'"),
       "missing argument in torch's words");
    ok(strstr(shown(vm, "split('x', text=1)"), "given by name ('text') and position (1)"),
       "an argument given twice");
    adj_vm_free(vm);
}

// ---- calls from C ----

static void test_calls(void)
{
    AdjVM *vm = machine();
    AdjVal f, r;
    shown(vm, "def f(a, b=10, *c, d=1): return (a, b, c, d)");
    ok(adj_val_getattr_c(vm, adj_obj_val(adj_vm_main(vm)), "f", &f), "a function from main");
    AdjVal args[4] = {adj_int_val(1), adj_int_val(2), adj_int_val(3), adj_int_val(4)};
    ok(adj_vm_call(vm, f, args, 3, NULL, &r), "a call with positional arguments");
    AdjVal text;
    ok(adj_val_repr(vm, r, &text) && adj_str_is(adj_as_str(text), "(1, 2, (3,), 1)"),
       "its result");
    adj_val_drop(text);
    adj_val_drop(r);
    AdjTuple *names = adj_tuple_new(vm, 1);
    names->items[0] = adj_obj_val(adj_str_intern_c("d"));
    ok(adj_vm_call(vm, f, args, 3, names, &r), "the last value by keyword needs a fourth");
    adj_val_repr(vm, r, &text);
    equal_str(adj_as_str(text)->data, "(1, 2, (3,), 4)", "it arrives by name");
    adj_val_drop(text);
    adj_val_drop(r);
    ok(!adj_vm_call(vm, f, args, 0, NULL, &r) && adj_vm_error_is(vm, ADJ_EXC_TypeError),
       "a missing argument is a TypeError");
    adj_vm_clear_error(vm);
    adj_obj_drop(names);
    adj_val_drop(f);
    adj_vm_free(vm);
}

// ---- modules and hooks ----

static bool fill_module(AdjVM *vm, AdjModuleObj *m)
{
    return adj_dict_set_c(vm, m->dict, "answer", adj_int_val(42));
}

static void test_modules(void)
{
    AdjVM *vm = machine();
    static const AdjNative rows[] = {{"f", "(x, /)", show_args, NULL, 0}, {0}};
    static const AdjModuleDef top = {"top", "A module.", rows, fill_module};
    static const AdjModuleDef inner = {"top.inner", NULL, NULL, fill_module};
    adj_vm_add_module(vm, &top);
    adj_vm_add_module(vm, &inner);
    equal_str(shown(vm, "import top\ntop.f(top.answer)"), "'42'", "a native module");
    equal_str(shown(vm, "import top.inner as i\ni.answer"), "42", "a dotted one");
    equal_str(shown(vm, "from top import inner, answer as a\n(inner.answer, a)"), "(42, 42)",
              "names from it");
    ok(strstr(shown(vm, "from top import anser"), "Did you mean: 'answer'?"),
       "the nearest name");
    ok(strstr(shown(vm, "import nowhere"), "No module named 'nowhere'"), "no such module");
    adj_vm_free(vm);
}

static bool is_number(AdjVM *vm, AdjVal v)
{
    (void)vm;
    return adj_is_int(v);
}

static bool join_numbers(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, a.i * 100 + b.i);
}

static void test_pipe(void)
{
    AdjVM *vm = machine();
    equal_str(shown(vm, "'ab' |> len"), "2", "a value is passed on");
    equal_str(shown(vm, "'a-b' |> str.split('-')"), "['a', 'b']", "as the first argument");
    equal_str(shown(vm, "(abs |> str)(-7)"), "'7'", "callables make a chain");
    adj_vm_hooks(vm)->is_composable = is_number;
    adj_vm_hooks(vm)->compose = join_numbers;
    equal_str(shown(vm, "1 |> 2"), "102", "the embedder's stages go through its hook");
    equal_str(shown(vm, "1 |> abs(-3)"), "103", "a call then makes the stage");
    adj_vm_free(vm);
}

// ---- spans, interrupts, limits ----

static AdjSpanAt seen;

static bool look(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)args, (void)nargs;
    seen = adj_vm_current_span(vm);
    return adj_out_none(out);
}

static void test_spans(void)
{
    AdjVM *vm = machine();
    static const AdjNative rows[] = {{"look", "(...)", look, NULL, 0}, {0}};
    adj_vm_add_functions(vm, adj_vm_prelude(vm), rows, NULL);
    equal_int(adj_vm_current_span(vm).source, 0, "nothing runs");
    shown(vm, "x = 1\ny = [x, look(x)]");
    equal_int(seen.start, 14, "the span starts at the call");
    equal_int(seen.end, 21, "and ends with it");
    ok(adj_vm_source(vm, seen.source) != NULL, "its source is kept");
    adj_vm_free(vm);
}

static bool press_ctrl_c(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)args, (void)nargs;
    adj_vm_interrupt(vm);
    return adj_out_none(out);
}

static void test_limits(void)
{
    AdjVM *vm = machine();
    static const AdjNative rows[] = {{"ctrl_c", "()", press_ctrl_c, NULL, 0}, {0}};
    adj_vm_add_functions(vm, adj_vm_prelude(vm), rows, NULL);
    ok(strstr(shown(vm, "ctrl_c()\nwhile True: pass"), "KeyboardInterrupt"), "loops stop");
    ok(strstr(shown(vm, "def f(): return f\nctrl_c()\nf()"), "KeyboardInterrupt"),
       "calls stop");
    ok(strstr(shown(vm, "ctrl_c()\nsum(iter(int, 1))"), "KeyboardInterrupt"), "natives stop");
    equal_str(shown(vm, "1"), "1", "and the next cell runs");
    adj_vm_set_budget(vm, 1000);
    ok(strstr(shown(vm, "for i in range(10**9): pass"), "KeyboardInterrupt"), "a budget ends");
    adj_vm_set_budget(vm, -1);
    adj_vm_set_memory_limit(vm, adj_lang_live_bytes() + (1 << 20));
    ok(strstr(shown(vm, "x = [0] * 10**8"), "MemoryError"), "memory is limited");
    ok(strstr(shown(vm, "s = 'a'\nwhile True: s += s"), "MemoryError"), "for strings too");
    adj_vm_set_memory_limit(vm, 0);
    adj_vm_set_recursion_limit(vm, 50);
    equal_str(shown(vm,
                    "def d(n):\n    try: return d(n + 1)\n    except RecursionError: return n\n"
                    "d(0) < 60"),
              "True", "recursion is limited by a counter");
    adj_vm_free(vm);
}

// ---- memory ----

static const char *const programs[] = {
    "class Node:\n    def __init__(self): self.me = self\nfor i in range(100): Node()",
    "def f():\n    def g(): return g\n    return g\nfor i in range(100): f()",
    "xs = []\nxs.append(xs)\nd = {1: xs}\nd[2] = d",
    ("def gen():\n    try:\n        yield 1\n        yield 2\n    finally: pass\ng = "
     "gen()\nnext(g)"),
    "try:\n    raise ValueError([1])\nexcept ValueError as e:\n    keep = e",
    "class A:\n    def m(self): return super().__repr__()\na = A()\nb = a.m",
    "head = None\nfor i in range(200000): head = (head,)\ndel head",
    "f = lambda *a, **k: (a, k)\nf(*[1, 2], **{'x': [3]})",
    "x = 1\nx.y",
    "def f(n): return f(n + 1)\nf(0)",
    "(a, b), *c = [(1, 2), 3, 4]",
    "import math\nmath.sqrt(2)",
};

static void test_memory(void)
{
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        int64_t objects = 0, bytes = 0;
        // The first run may leave names interned and method objects made for good.
        for (int round = 0; round < 2; round++) {
            objects = adj_lang_live_objects();
            bytes = adj_lang_live_bytes();
            AdjVM *vm = machine();
            shown(vm, programs[i]);
            adj_vm_free(vm);
        }
        equal_int(adj_lang_live_objects(), objects, "program %zu: all objects are gone", i);
        equal_int(adj_lang_live_bytes(), bytes, "program %zu: all bytes are back", i);
    }
    AdjVM *vm = machine();
    shown(vm, "class Node: pass\n"
              "def pair():\n    a, b = Node(), Node()\n    a.b, b.a = b, a\n"
              "for i in range(50000): pair()");
    ok(adj_lang_live_objects() < 60000, "the collector runs by itself when cycles pile up");
    adj_vm_free(vm);
}

int main(void)
{
    test_running();
    test_errors();
    test_notes();
    test_natives();
    test_calls();
    test_modules();
    test_pipe();
    test_spans();
    test_limits();
    test_memory();
    return done();
}
