// SPDX-License-Identifier: Apache-2.0
// math.c: TeX formulas as MathML, which browsers set by themselves: letters and signs by name,
// indices and exponents, fractions, roots, accents, fences, matrices. A command that nobody
// knows is shown by its name, so nothing is lost.
//
// An atom is written to memory first, because an index that follows it makes it the child of
// another element.
#include "export/export.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *p, *end;
    int depth;
    bool fence;  // behind \\left or \\right
} Tex;

enum { DEEPEST = 64 };

typedef struct {
    const char *name, *text;
} Row;

static const Row letters[] =
    {
        {"alpha", "α"},    {"beta", "β"},   {"gamma", "γ"},      {"delta", "δ"},
        {"epsilon", "ϵ"},  {"zeta", "ζ"},   {"varepsilon", "ε"}, {"eta", "η"},
        {"theta", "θ"},    {"iota", "ι"},   {"kappa", "κ"},      {"lambda", "λ"},
        {"mu", "μ"},       {"nu", "ν"},     {"xi", "ξ"},         {"pi", "π"},
        {"rho", "ρ"},      {"sigma", "σ"},  {"tau", "τ"},        {"upsilon", "υ"},
        {"phi", "ϕ"},      {"varphi", "φ"}, {"chi", "χ"},        {"psi", "ψ"},
        {"omega", "ω"},    {"Gamma", "Γ"},  {"Delta", "Δ"},      {"Theta", "Θ"},
        {"Lambda", "Λ"},   {"Xi", "Ξ"},     {"Pi", "Π"},         {"Sigma", "Σ"},
        {"Phi", "Φ"},      {"Psi", "Ψ"},    {"Omega", "Ω"},      {"partial", "∂"},
        {"nabla", "∇"},    {"infty", "∞"},  {"ell", "ℓ"},        {"hbar", "ℏ"},
        {"emptyset", "∅"},
},
                 signs[] =
                     {
                         {"times", "×"},      {"cdot", "·"},       {"div", "÷"},
                         {"pm", "±"},         {"mp", "∓"},         {"leq", "≤"},
                         {"le", "≤"},         {"geq", "≥"},        {"ge", "≥"},
                         {"neq", "≠"},        {"ne", "≠"},         {"approx", "≈"},
                         {"sim", "∼"},        {"equiv", "≡"},      {"propto", "∝"},
                         {"sum", "∑"},        {"prod", "∏"},       {"int", "∫"},
                         {"in", "∈"},         {"notin", "∉"},      {"to", "→"},
                         {"rightarrow", "→"}, {"leftarrow", "←"},  {"gets", "←"},
                         {"mapsto", "↦"},     {"Rightarrow", "⇒"}, {"Leftrightarrow", "⇔"},
                         {"ldots", "…"},      {"dots", "…"},       {"cdots", "⋯"},
                         {"circ", "∘"},       {"odot", "⊙"},       {"oplus", "⊕"},
                         {"otimes", "⊗"},     {"star", "⋆"},       {"ast", "∗"},
                         {"top", "⊤"},        {"prime", "′"},      {"ll", "≪"},
                         {"gg", "≫"},         {"cup", "∪"},        {"cap", "∩"},
                         {"subset", "⊂"},     {"forall", "∀"},     {"exists", "∃"},
                         {"mid", "|"},        {"Vert", "‖"},       {"vert", "|"},
                         {"|", "‖"},          {"{", "{"},          {"}", "}"},
                         {"langle", "⟨"},     {"rangle", "⟩"},     {"%", "%"},
                         {"#", "#"},          {"_", "_"},          {"&", "&amp;"},
                         {"$", "$"},          {"colon", ":"},
},
                 words[] =
                     {
                         {"log", 0},    {"exp", 0},     {"sin", 0}, {"cos", 0}, {"tan", 0},
                         {"tanh", 0},   {"ln", 0},      {"lim", 0}, {"max", 0}, {"min", 0},
                         {"arg", 0},    {"det", 0},     {"deg", 0}, {"dim", 0}, {"argmax", 0},
                         {"argmin", 0}, {"softmax", 0},
},
                 spaces[] =
                     {
                         {"quad", "1em"}, {"qquad", "2em"}, {",", "0.17em"}, {";", "0.28em"},
                         {":", "0.22em"}, {"!", "-0.17em"}, {" ", "0.25em"},
},
                 styles[] =
                     {
                         {"mathrm", "normal"},       {"text", "normal"},
                         {"operatorname", "normal"}, {"textrm", "normal"},
                         {"mathbf", "bold"},         {"boldsymbol", "bold"},
                         {"textbf", "bold"},         {"mathit", "italic"},
                         {"mathbb", "double"},       {"mathcal", "script"},
                         {"mathtt", "mono"},
},
                 accents[] =
                     {
                         {"hat", "^"},      {"bar", "¯"},     {"tilde", "~"},
                         {"vec", "→"},      {"dot", "˙"},     {"ddot", "¨"},
                         {"overline", "‾"}, {"widehat", "^"}, {"widetilde", "~"},
},
                 ignored[] = {
                     {"left", 0},      {"right", 0},    {"big", 0},          {"Big", 0},
                     {"bigl", 0},      {"bigr", 0},     {"displaystyle", 0}, {"limits", 0},
                     {"textstyle", 0}, {"nolimits", 0},
};

#define FIND(list, name, n) find(list, sizeof list / sizeof *list, name, n)
static int find(const Row *at, size_t count, const char *name, size_t n)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(at[i].name) == n && !strncmp(at[i].name, name, n)) return (int)i;
    return -1;
}

static void row(FILE *to, Tex *t, const char *until);
static void atom(FILE *to, Tex *t);

static void skip_blanks(Tex *t)
{
    while (t->p < t->end && isspace((unsigned char)*t->p)) t->p++;
}

// Over one sign, however many bytes it has.
static void step(Tex *t)
{
    if (t->p < t->end) t->p++;
    while (t->p < t->end && ((unsigned char)*t->p & 0xc0) == 0x80) t->p++;
}

// The text between braces, as it is; [t] stands behind them.
static size_t raw_argument(Tex *t, const char **from)
{
    skip_blanks(t);
    if (t->p >= t->end || *t->p != '{') {
        *from = t->p;
        step(t);
        return (size_t)(t->p - *from);
    }
    int depth = 0;
    *from = ++t->p;
    for (; t->p < t->end; t->p++) {
        if (*t->p == '{') depth++;
        if (*t->p == '}' && depth-- == 0) break;
    }
    size_t n = (size_t)(t->p - *from);
    if (t->p < t->end) t->p++;
    return n;
}

static void argument(FILE *to, Tex *t)
{
    skip_blanks(t);
    if (t->p < t->end && *t->p == '{') {
        t->p++;
        fputs("<mrow>", to);
        row(to, t, "}");
        fputs("</mrow>", to);
        if (t->p < t->end) t->p++;
    } else {
        atom(to, t);
    }
}

static void element(FILE *to, const char *name, const char *text, size_t n)
{
    fprintf(to, "<%s>", name);
    adj_html_escape(to, text, n);
    fprintf(to, "</%s>", name);
}

static void styled(FILE *to, Tex *t, const char *style)
{
    const char *from;
    size_t n = raw_argument(t, &from);
    if (!strcmp(style, "double") && n == 1 && strchr("RNZQC", *from)) {
        static const char *const sets[] = {"ℝ", "ℕ", "ℤ", "ℚ", "ℂ"};
        fprintf(to, "<mi>%s</mi>", sets[strchr("RNZQC", *from) - "RNZQC"]);
        return;
    }
    if (!strcmp(style, "script") && n == 1 && strchr("LNDF", *from)) {
        static const char *const scripts[] = {"ℒ", "𝒩", "𝒟", "ℱ"};
        fprintf(to, "<mi>%s</mi>", scripts[strchr("LNDF", *from) - "LNDF"]);
        return;
    }
    if (memchr(from, '\\', n) && t->depth < DEEPEST) {
        Tex inner = {from, from + n, t->depth + 1, false};
        fputs("<mrow>", to);
        row(to, &inner, "");
        fputs("</mrow>", to);
        return;
    }
    if (strcmp(style, "bold") == 0)
        fputs("<mi mathvariant=\"normal\" style=\"font-weight:bold\">", to);
    else
        fputs(strcmp(style, "italic") ? "<mi mathvariant=\"normal\">" : "<mi>", to);
    adj_html_escape(to, from, n);
    fputs("</mi>", to);
}

// \begin{pmatrix} a & b \\ c & d \end{pmatrix}
static void matrix(FILE *to, Tex *t)
{
    const char *from;
    size_t n = raw_argument(t, &from);
    char kind = n ? *from : 0;
    static const char *const fences[][2] = {
        ['p'] = {"(", ")"}, ['b'] = {"[", "]"}, ['v'] = {"|", "|"}, ['c'] = {"{", ""}};
    bool fenced = kind == 'p' || kind == 'b' || kind == 'v' || kind == 'c';
    fputs("<mrow>", to);
    if (fenced) fprintf(to, "<mo>%s</mo>", fences[(int)kind][0]);
    fputs("<mtable><mtr><mtd>", to);
    for (;;) {
        row(to, t, "&\\");
        if (t->p >= t->end) break;
        if (*t->p == '&') {
            t->p++;
            fputs("</mtd><mtd>", to);
        } else if (t->p + 1 < t->end && t->p[1] == '\\') {
            t->p += 2;
            fputs("</mtd></mtr><mtr><mtd>", to);
        } else {
            t->p += 4;  // \end
            raw_argument(t, &from);
            break;
        }
    }
    fputs("</mtd></mtr></mtable>", to);
    if (fenced) fprintf(to, "<mo>%s</mo>", fences[(int)kind][1]);
    fputs("</mrow>", to);
}

static bool command_with_arguments(FILE *to, Tex *t, const char *name, size_t n)
{
    int i;
    if ((n == 4 && (!strncmp(name, "frac", 4))) ||
        (n == 5 && (!strncmp(name, "dfrac", 5) || !strncmp(name, "tfrac", 5)))) {
        fputs("<mfrac>", to);
        argument(to, t);
        argument(to, t);
        fputs("</mfrac>", to);
    } else if (n == 4 && !strncmp(name, "sqrt", 4)) {
        fputs("<msqrt>", to);
        argument(to, t);
        fputs("</msqrt>", to);
    } else if (n == 5 && !strncmp(name, "begin", 5)) {
        matrix(to, t);
    } else if ((i = FIND(accents, name, n)) >= 0) {
        fputs("<mover accent=\"true\">", to);
        argument(to, t);
        fprintf(to, "<mo>%s</mo></mover>", accents[i].text);
    } else if ((i = FIND(styles, name, n)) >= 0) {
        styled(to, t, styles[i].text);
    } else {
        return false;
    }
    return true;
}

// What stands behind \left grows with what it holds; "\left." is no fence.
static void fence(FILE *to, Tex *t, const char *name, size_t n)
{
    bool side = (n == 4 && !strncmp(name, "left", 4)) || (n == 5 && !strncmp(name, "right", 5));
    if (!side || t->p >= t->end) return;
    if (*t->p == '.') {
        t->p++;
        return;
    }
    t->fence = true;
    atom(to, t);
    t->fence = false;
}

static void command(FILE *to, Tex *t)
{
    const char *name = ++t->p;
    int i;
    while (t->p < t->end && isalpha((unsigned char)*t->p)) t->p++;
    if (t->p == name) step(t);
    size_t n = (size_t)(t->p - name);
    if (command_with_arguments(to, t, name, n)) return;
    if ((i = FIND(letters, name, n)) >= 0)
        fprintf(to, "<mi>%s</mi>", letters[i].text);
    else if ((i = FIND(signs, name, n)) >= 0)
        fprintf(to, "<mo>%s</mo>", signs[i].text);
    else if ((i = FIND(spaces, name, n)) >= 0)
        fprintf(to, "<mspace width=\"%s\"></mspace>", spaces[i].text);
    else if ((i = FIND(words, name, n)) >= 0)
        fprintf(to, "<mi>%s</mi><mo>\u2061</mo>", words[i].name);
    else if (FIND(ignored, name, n) < 0)
        element(to, "mtext", name, n);
    else
        fence(to, t, name, n);
}

static void atom(FILE *to, Tex *t)
{
    skip_blanks(t);
    if (t->p >= t->end || t->depth >= DEEPEST) {
        fputs("<mrow></mrow>", to);
        t->p = t->p < t->end ? t->end : t->p;
        return;
    }
    t->depth++;
    const char *p = t->p;
    unsigned char c = (unsigned char)*p;
    if (c == '{') {
        argument(to, t);
    } else if (c == '\\') {
        command(to, t);
    } else if (isdigit(c) || (c == '.' && p + 1 < t->end && isdigit((unsigned char)p[1]))) {
        while (t->p < t->end && (isdigit((unsigned char)*t->p) || *t->p == '.')) t->p++;
        element(to, "mn", p, (size_t)(t->p - p));
    } else {
        step(t);
        bool is_letter = isalpha(c) || c >= 0x80;
        const char *text = c == '-' ? "−" : c == '*' ? "∗" : NULL;
        if (text)
            element(to, "mo", text, strlen(text));
        else if (strchr("()[]|", c) && !t->fence)
            fprintf(to, "<mo stretchy=\"false\">%c</mo>", c);
        else
            element(to, is_letter ? "mi" : "mo", p, (size_t)(t->p - p));
    }
    t->depth--;
}

// The atom at [t] with what hangs on it.
static void scripted(FILE *to, Tex *t)
{
    char *base = NULL, *sub = NULL, *sup = NULL;
    size_t size;
    bool big =
        t->end - t->p > 4 && (!strncmp(t->p, "\\sum", 4) || !strncmp(t->p, "\\prod", 5) ||
                              !strncmp(t->p, "\\max", 4) || !strncmp(t->p, "\\min", 4));
    FILE *f = open_memstream(&base, &size);
    if (!f) return;
    atom(f, t);
    fclose(f);
    for (;;) {
        skip_blanks(t);
        char c = t->p < t->end ? *t->p : 0;
        char **where = c == '_' ? &sub : c == '^' || c == '\'' ? &sup : NULL;
        if (!where || *where || !(f = open_memstream(where, &size))) break;
        t->p++;
        if (c == '\'')
            fputs("<mo>′</mo>", f);
        else
            argument(f, t);
        fclose(f);
    }
    const char *tag = sub && sup ? (big ? "munderover" : "msubsup")
                      : sub      ? (big ? "munder" : "msub")
                      : sup      ? (big ? "mover" : "msup")
                                 : NULL;
    if (tag)
        fprintf(to, "<%s><mrow>%s</mrow>%s%s</%s>", tag, base, sub ? sub : "", sup ? sup : "",
                tag);
    else
        fputs(base ? base : "", to);
    free(base);
    free(sub);
    free(sup);
}

// Up to one of the signs [until], which stays; "\\" there means "\\\\" and "\\end" alone.
static void row(FILE *to, Tex *t, const char *until)
{
    for (skip_blanks(t); t->p < t->end; skip_blanks(t)) {
        bool ends_row = *t->p == '\\' && t->end - t->p > 1 &&
                        (t->p[1] == '\\' || !strncmp(t->p, "\\end", 4));
        if (*t->p == '\\' ? ends_row && strchr(until, '\\') : strchr(until, *t->p) != NULL)
            return;
        if (ends_row || *t->p == '&') {
            t->p++;
            continue;
        }
        const char *before = t->p;
        if (*t->p == '}')
            t->p++;
        else
            scripted(to, t);
        if (t->p == before) t->p++;
    }
}

void adj_html_math(FILE *to, const char *tex, size_t length, bool block)
{
    Tex t = {tex, tex + length, 0, false};
    fprintf(to, "<math%s><mrow>", block ? " display=\"block\"" : "");
    row(to, &t, "");
    fputs("</mrow></math>", to);
}
