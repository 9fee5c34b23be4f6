// SPDX-License-Identifier: Apache-2.0
// mathtext.c: the part of TeX's mathematics that labels of curves use, as Pango markup: Greek
// letters and signs by name, x^2 and x_{ij}, \frac, \sqrt, \hat and \bar, \mathbf, \mathcal;
// single letters are set in italics. A command it does not know is shown by its name, so that a
// label never fails.
#include "plot/paint/internal.h"

#include <string.h>

static const struct {
    const char *name, *text;
} signs[] = {
    {"alpha", "α"},     {"beta", "β"},       {"gamma", "γ"},       {"delta", "δ"},
    {"epsilon", "ϵ"},   {"varepsilon", "ε"}, {"zeta", "ζ"},        {"eta", "η"},
    {"theta", "θ"},     {"iota", "ι"},       {"kappa", "κ"},       {"lambda", "λ"},
    {"mu", "μ"},        {"nu", "ν"},         {"xi", "ξ"},          {"pi", "π"},
    {"rho", "ρ"},       {"sigma", "σ"},      {"tau", "τ"},         {"upsilon", "υ"},
    {"phi", "ϕ"},       {"varphi", "φ"},     {"chi", "χ"},         {"psi", "ψ"},
    {"omega", "ω"},     {"Gamma", "Γ"},      {"Delta", "Δ"},       {"Theta", "Θ"},
    {"Lambda", "Λ"},    {"Xi", "Ξ"},         {"Pi", "Π"},          {"Sigma", "Σ"},
    {"Phi", "Φ"},       {"Psi", "Ψ"},        {"Omega", "Ω"},       {"nabla", "∇"},
    {"partial", "∂"},   {"infty", "∞"},      {"times", "×"},       {"cdot", "·"},
    {"pm", "±"},        {"mp", "∓"},         {"leq", "≤"},         {"le", "≤"},
    {"geq", "≥"},       {"ge", "≥"},         {"neq", "≠"},         {"ne", "≠"},
    {"approx", "≈"},    {"sim", "∼"},        {"equiv", "≡"},       {"propto", "∝"},
    {"sum", "∑"},       {"prod", "∏"},       {"int", "∫"},         {"in", "∈"},
    {"to", "→"},        {"rightarrow", "→"}, {"leftarrow", "←"},   {"Rightarrow", "⇒"},
    {"ldots", "…"},     {"dots", "…"},       {"cdots", "⋯"},       {"prime", "′"},
    {"circ", "∘"},      {"odot", "⊙"},       {"oplus", "⊕"},       {"otimes", "⊗"},
    {"ell", "ℓ"},       {"mid", " | "},      {"lVert", "‖"},       {"rVert", "‖"},
    {"ell", "ℓ"},       {"Vert", "‖"},       {"vert", "|"},        {"|", "‖"},
    {"langle", "⟨"},    {"rangle", "⟩"},     {"degree", "°"},      {"forall", "∀"},
    {"exists", "∃"},    {"cup", "∪"},        {"cap", "∩"},         {"subset", "⊂"},
    {"quad", "\u2003"}, {",", "\u2009"},     {";", "\u2005"},      {" ", " "},
    {"!", ""},          {"{", "{"},          {"}", "}"},           {"%", "%"},
    {"$", "$"},         {"_", "_"},          {"&", "&amp;"},       {"#", "#"},
    {"left", ""},       {"right", ""},       {"displaystyle", ""}, {"ll", "≪"},
    {"gg", "≫"},        {"star", "⋆"},       {"ast", "∗"},         {"top", "⊤"},
    {"log", "log"},     {"exp", "exp"},      {"sin", "sin"},       {"cos", "cos"},
    {"tan", "tan"},     {"tanh", "tanh"},    {"min", "min"},       {"max", "max"},
    {"ln", "ln"},       {"lim", "lim"},      {"arg", "arg"},       {"det", "det"},
};

// Commands with an argument: what stands before and after it.
static const struct {
    const char *name, *before, *after;
} wraps[] = {
    {"mathrm", "", ""},         {"text", "", ""},           {"operatorname", "", ""},
    {"mathbf", "<b>", "</b>"},  {"mathit", "<i>", "</i>"},  {"boldsymbol", "<b>", "</b>"},
    {"textbf", "<b>", "</b>"},  {"mathcal", "<i>", "</i>"}, {"mathbb", "<b>", "</b>"},
    {"hat", "", "\u0302"},      {"bar", "", "\u0304"},      {"tilde", "", "\u0303"},
    {"vec", "", "\u20d7"},      {"dot", "", "\u0307"},      {"ddot", "", "\u0308"},
    {"overline", "", "\u0304"}, {"sqrt", "√(", ")"},        {"mathtt", "<tt>", "</tt>"},
};

static const char *math(GString *out, const char *p, int depth, bool upright);

// One argument: {...} or a single sign.
static const char *argument(GString *out, const char *p, int depth, bool upright)
{
    while (*p == ' ') p++;
    if (*p == '{') return math(out, p + 1, depth + 1, upright);
    if (!*p || *p == '$') return p;
    char one[16];
    size_t n = *p == '\\' ? 1 + strcspn(p + 1, "\\{}^_$ 0123456789+-=()/") : 1;
    if (*p != '\\')
        while ((p[n] & 0xc0) == 0x80) n++;
    if (n >= sizeof one) n = sizeof one - 1;
    memcpy(one, p, n);
    one[n] = 0;
    math(out, one, depth + 1, upright);
    return p + n;
}

static const char *command(GString *out, const char *p, int depth)
{
    char name[24];
    size_t n = 0;
    while (n < sizeof name - 1 && g_ascii_isalpha(p[n])) name[n] = p[n], n++;
    if (!n && *p) name[n] = p[n], n++;
    name[n] = 0;
    p += n;
    if (!strcmp(name, "frac")) {
        p = argument(out, p, depth, false);
        g_string_append(out, "/");
        return argument(out, p, depth, false);
    }
    for (size_t i = 0; i < sizeof wraps / sizeof *wraps; i++) {
        if (strcmp(name, wraps[i].name)) continue;
        bool upright = i < 3 || i == 3 || i == 6 || i == 8;
        g_string_append(out, wraps[i].before);
        p = argument(out, p, depth, upright);
        g_string_append(out, wraps[i].after);
        return p;
    }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (!strcmp(name, signs[i].name)) return g_string_append(out, signs[i].text), p;
    g_string_append(out, name);
    return p;
}

static void sign(GString *out, const char *p, size_t n, bool upright)
{
    bool letter = g_ascii_isalpha(*p) && !upright;
    char *safe = g_markup_escape_text(p, (gssize)n);
    if (*p == '-')
        g_string_append(out, "−");
    else if (*p == '=')
        g_string_append(out, "\u2009=\u2009");
    else
        g_string_append_printf(out, letter ? "<i>%s</i>" : "%s", safe);
    g_free(safe);
}

// Reads up to the closing brace or dollar and answers what follows it.
static const char *math(GString *out, const char *p, int depth, bool upright)
{
    while (*p && *p != '$') {
        if (*p == '}') return p + 1;
        if (*p == '\\') {
            p = command(out, p + 1, depth);
        } else if ((*p == '^' || *p == '_') && depth < 8) {
            // Pango's own <sub> shifts without making smaller.
            const char *rise = *p == '^' ? "3400" : "-2000";
            g_string_append_printf(out, "<span size=\"72%%\" rise=\"%s\">", rise);
            p = argument(out, p + 1, depth, upright);
            g_string_append(out, "</span>");
        } else if (*p == '{' && depth < 8) {
            p = math(out, p + 1, depth + 1, upright);
        } else {
            size_t n = 1;
            while ((p[n] & 0xc0) == 0x80) n++;
            if (*p != ' ' || upright) sign(out, p, n, upright);
            p += n;
        }
    }
    return p;
}

// As matplotlib does: a text with an even number of unescaped dollars has mathematics in it.
static bool has_math(const char *text)
{
    int dollars = 0;
    for (const char *p = text; *p; p++) {
        if (*p == '\\' && p[1] == '$')
            p++;
        else if (*p == '$')
            dollars++;
    }
    return dollars && dollars % 2 == 0;
}

char *adj_markup_of(const char *text)
{
    GString *out = g_string_new(NULL);
    bool mathematics = has_math(text);
    while (*text) {
        if (*text == '$' && mathematics) {
            text = math(out, text + 1, 0, false);
            while (*text && *text != '$') text = math(out, text, 0, false);
            if (*text == '$') text++;
            continue;
        }
        if (*text == '\\' && text[1] == '$') text++;
        size_t n = 1 + (mathematics ? strcspn(text + 1, "$\\") : strcspn(text + 1, "\\"));
        char *safe = g_markup_escape_text(text, (gssize)n);
        g_string_append(out, safe);
        g_free(safe);
        text += n;
    }
    return g_string_free(out, FALSE);
}
