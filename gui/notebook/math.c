// SPDX-License-Identifier: Apache-2.0
// math.c: TeX formulas as Unicode in Pango markup. What a line of text can show is shown:
// letters, operators, indices, fractions as quotients, roots. A name nobody knows stays as it
// was written, so nothing is lost. No layout engine: the point is to read the notes, not to
// print them.
#include "notebook/markdown.h"

#include <string.h>

static const char *const symbols[][2] = {
    {"alpha", "α"},       {"beta", "β"},       {"gamma", "γ"},      {"delta", "δ"},
    {"epsilon", "ε"},     {"varepsilon", "ε"}, {"zeta", "ζ"},       {"eta", "η"},
    {"theta", "θ"},       {"iota", "ι"},       {"kappa", "κ"},      {"lambda", "λ"},
    {"mu", "μ"},          {"nu", "ν"},         {"xi", "ξ"},         {"pi", "π"},
    {"rho", "ρ"},         {"sigma", "σ"},      {"tau", "τ"},        {"upsilon", "υ"},
    {"phi", "φ"},         {"varphi", "φ"},     {"chi", "χ"},        {"psi", "ψ"},
    {"omega", "ω"},       {"Gamma", "Γ"},      {"Delta", "Δ"},      {"Theta", "Θ"},
    {"Lambda", "Λ"},      {"Xi", "Ξ"},         {"Pi", "Π"},         {"Sigma", "Σ"},
    {"Phi", "Φ"},         {"Psi", "Ψ"},        {"Omega", "Ω"},      {"partial", "∂"},
    {"nabla", "∇"},       {"infty", "∞"},      {"sum", "∑"},        {"prod", "∏"},
    {"int", "∫"},         {"cdot", "·"},       {"cdots", "⋯"},      {"dots", "…"},
    {"ldots", "…"},       {"times", "×"},      {"div", "÷"},        {"pm", "±"},
    {"mp", "∓"},          {"leq", "≤"},        {"le", "≤"},         {"geq", "≥"},
    {"ge", "≥"},          {"neq", "≠"},        {"ne", "≠"},         {"approx", "≈"},
    {"sim", "∼"},         {"equiv", "≡"},      {"propto", "∝"},     {"to", "→"},
    {"rightarrow", "→"},  {"leftarrow", "←"},  {"Rightarrow", "⇒"}, {"Leftrightarrow", "⇔"},
    {"mapsto", "↦"},      {"in", "∈"},         {"notin", "∉"},      {"subset", "⊂"},
    {"cup", "∪"},         {"cap", "∩"},        {"forall", "∀"},     {"exists", "∃"},
    {"mid", "|"},         {"Vert", "‖"},       {"lVert", "‖"},      {"rVert", "‖"},
    {"langle", "⟨"},      {"rangle", "⟩"},     {"odot", "⊙"},       {"otimes", "⊗"},
    {"oplus", "⊕"},       {"circ", "∘"},       {"star", "⋆"},       {"ast", "∗"},
    {"top", "⊤"},         {"perp", "⊥"},       {"ell", "ℓ"},        {"hbar", "ℏ"},
    {"Re", "ℜ"},          {"Im", "ℑ"},         {"quad", "  "},      {"qquad", "    "},
    {"left", ""},         {"right", ""},       {"big", ""},         {"Big", ""},
    {"displaystyle", ""}, {"limits", ""},      {"exp", "exp"},      {"log", "log"},
    {"ln", "ln"},         {"max", "max"},      {"min", "min"},      {"tanh", "tanh"},
    {"sin", "sin"},       {"cos", "cos"},      {"arg", "arg"},      {"softmax", "softmax"},
    {"mathbb{R}", "ℝ"},   {"prime", "′"},      {"colon", ":"},      {"gets", "←"},
    {"ll", "≪"},          {"gg", "≫"},
};

static void convert(GString *out, const char **s, gboolean until_brace);

// One argument: a braced group or a single thing.
static void argument(GString *out, const char **s)
{
    while (**s == ' ') (*s)++;
    if (**s == '{') {
        (*s)++;
        convert(out, s, TRUE);
        if (**s == '}') (*s)++;
        return;
    }
    if (**s == '\\') {
        const char *end = *s + 1;
        while (g_ascii_isalpha(*end)) end++;
        if (end == *s + 1 && *end) end++;
        g_autofree char *part = g_strndup(*s, (gsize)(end - *s));
        const char *p = part;
        convert(out, &p, FALSE);
        *s = end;
        return;
    }
    if (!**s) return;
    const char *next = g_utf8_next_char(*s);
    g_autofree char *safe = g_markup_escape_text(*s, next - *s);
    g_string_append(out, safe);
    *s = next;
}

static gboolean is_simple(const char *markup)
{
    return g_utf8_strlen(markup, -1) <= 2 || (!strpbrk(markup, " +-=") && !strchr(markup, '<'));
}

static void in_parts(GString *out, GString *part)
{
    if (is_simple(part->str))
        g_string_append(out, part->str);
    else
        g_string_append_printf(out, "(%s)", part->str);
    g_string_free(part, TRUE);
}

static void fraction(GString *out, const char **s)
{
    GString *above = g_string_new(NULL), *below = g_string_new(NULL);
    argument(above, s);
    argument(below, s);
    in_parts(out, above);
    g_string_append(out, "⁄");
    in_parts(out, below);
}

static void wrapped(GString *out, const char **s, const char *before, const char *after)
{
    g_string_append(out, before);
    argument(out, s);
    g_string_append(out, after);
}

// Commands with arguments. TRUE if [name] was one.
static gboolean structure(GString *out, const char *name, const char **s)
{
    static const char *const forms[][3] = {
        {"text", "<span style=\"normal\">", "</span>"},
        {"mathrm", "<span style=\"normal\">", "</span>"},
        {"operatorname", "<span style=\"normal\">", "</span>"},
        {"mathbf", "<b>", "</b>"},
        {"boldsymbol", "<b>", "</b>"},
        {"mathcal", "", ""},
        {"sqrt", "√(", ")"},
        {"hat", "", "̂"},
        {"bar", "", "̄"},
        {"overline", "", "̄"},
        {"tilde", "", "̃"},
        {"dot", "", "̇"},
        {"vec", "", "⃗"},
    };
    if (g_str_equal(name, "frac") || g_str_equal(name, "tfrac") || g_str_equal(name, "dfrac")) {
        fraction(out, s);
        return TRUE;
    }
    if (g_str_equal(name, "mathbb") && g_str_has_prefix(*s, "{R}")) {
        g_string_append(out, "ℝ");
        *s += 3;
        return TRUE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (!g_str_equal(name, forms[i][0])) continue;
        wrapped(out, s, forms[i][1], forms[i][2]);
        return TRUE;
    }
    return FALSE;
}

static void command(GString *out, const char **s)
{
    const char *end = *s;
    while (g_ascii_isalpha(*end)) end++;
    if (end == *s) {  // \, \; \\ \{ \}
        if (**s == '\\')
            g_string_append_c(out, '\n');
        else if (**s == ',' || **s == ';' || **s == ' ' || **s == '!')
            g_string_append(out, " ");
        else if (**s)
            g_string_append_c(out, **s);
        if (**s) (*s)++;
        return;
    }
    g_autofree char *name = g_strndup(*s, (gsize)(end - *s));
    *s = end;
    if (structure(out, name, s)) return;
    for (gsize i = 0; i < G_N_ELEMENTS(symbols); i++) {
        if (!g_str_equal(name, symbols[i][0])) continue;
        g_string_append(out, symbols[i][1]);
        return;
    }
    g_string_append(out, name);
}

static void convert(GString *out, const char **s, gboolean until_brace)
{
    while (**s && !(until_brace && **s == '}')) {
        char c = *(*s)++;
        if (c == '\\') {
            command(out, s);
        } else if (c == '_' || c == '^') {
            gboolean down = c == '_';
            if (!down && **s == 'T' && !g_ascii_isalnum((*s)[1])) {
                g_string_append(out, "ᵀ");
                (*s)++;
                continue;
            }
            wrapped(out, s, down ? "<sub>" : "<sup>", down ? "</sub>" : "</sup>");
        } else if (c == '{') {
            convert(out, s, TRUE);
            if (**s == '}') (*s)++;
        } else if (c == '-') {
            g_string_append(out, "−");
        } else if (c == '&' || c == '}') {
            continue;  // alignment, or a brace without its fellow
        } else if (c == '<' || c == '>') {
            g_string_append(out, c == '<' ? "&lt;" : "&gt;");
        } else {
            g_string_append_c(out, c);
        }
    }
}

char *adj_ui_math_markup(const char *tex)
{
    GString *out = g_string_new("<span style=\"italic\" font_family=\"serif\">");
    while (*tex) convert(out, &tex, FALSE);
    g_string_append(out, "</span>");
    return g_string_free(out, FALSE);
}
