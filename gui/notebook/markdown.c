// SPDX-License-Identifier: Apache-2.0
// markdown.c: two passes as in CommonMark: lines are gathered into blocks, then the text of
// each block gets its emphasis. Every text is a label with Pango markup, so it can be selected,
// read aloud and scaled; markup that does not parse is shown as plain text.
#include "notebook/markdown.h"

#include <string.h>

// -- within a paragraph ---------------------------------------------------------------------

static const char *closing(const char *s, const char *mark)
{
    const char *end = strstr(s, mark);
    return end && end > s ? end : NULL;
}

static gboolean take_between(GString *out, const char **s, const char *mark, const char *tag,
                             char *(*inner)(const char *))
{
    gsize n = strlen(mark);
    if (!g_str_has_prefix(*s, mark)) return FALSE;
    const char *end = closing(*s + n, mark);
    if (!end || g_ascii_isspace((*s)[n])) return FALSE;
    g_autofree char *text = g_strndup(*s + n, (gsize)(end - *s - (gssize)n));
    g_autofree char *markup = inner(text);
    if (tag)
        g_string_append_printf(out, "<%s>%s</%s>", tag, markup, tag);
    else
        g_string_append(out, markup);
    *s = end + n;
    return TRUE;
}

static char *escape(const char *text)
{
    return g_markup_escape_text(text, -1);
}

static gboolean take_link(GString *out, const char **s)
{
    if (**s != '[') return FALSE;
    const char *middle = strstr(*s, "](");
    const char *end = middle ? strchr(middle, ')') : NULL;
    if (!end) return FALSE;
    g_autofree char *text = g_strndup(*s + 1, (gsize)(middle - *s - 1));
    g_autofree char *address = g_strndup(middle + 2, (gsize)(end - middle - 2));
    g_autofree char *words = adj_ui_markdown_inline(text);
    g_autofree char *safe = escape(address);
    g_string_append_printf(out, "<a href=\"%s\">%s</a>", safe, words);
    *s = end + 1;
    return TRUE;
}

// The tags of HTML that people write within a line, as Pango's.
static gboolean take_tag(GString *out, const char **s)
{
    static const struct {
        const char *begin, *end, *open, *close;
    } tags[] = {{"<kbd>", "</kbd>",
                 "<span font_family=\"monospace\" background=\"#808080\" "
                 "background_alpha=\"22%\">\302\240",
                 "\302\240</span>"},
                {"<code>", "</code>", "<tt>", "</tt>"},
                {"<sub>", "</sub>", "<sub>", "</sub>"},
                {"<sup>", "</sup>", "<sup>", "</sup>"},
                {"<b>", "</b>", "<b>", "</b>"},
                {"<i>", "</i>", "<i>", "</i>"}};
    if (g_str_has_prefix(*s, "<br>")) {
        g_string_append_c(out, '\n');
        *s += strlen("<br>");
        return TRUE;
    }
    for (gsize i = 0; **s == '<' && i < G_N_ELEMENTS(tags); i++) {
        const char *words = *s + strlen(tags[i].begin);
        const char *end =
            g_str_has_prefix(*s, tags[i].begin) ? strstr(words, tags[i].end) : NULL;
        if (!end) continue;
        g_autofree char *text = g_strndup(words, (gsize)(end - words));
        g_autofree char *inner = adj_ui_markdown_inline(text);
        g_string_append_printf(out, "%s%s%s", tags[i].open, inner, tags[i].close);
        *s = end + strlen(tags[i].end);
        return TRUE;
    }
    return FALSE;
}

// An underscore inside a word is a letter.
static gboolean at_word_edge(const char *start, const char *s)
{
    return s == start || !g_ascii_isalnum(s[-1]);
}

char *adj_ui_markdown_inline(const char *text)
{
    GString *out = g_string_new(NULL);
    for (const char *s = text; *s;) {
        if (*s == '\\' && g_ascii_ispunct(s[1])) {
            g_autofree char *safe = g_markup_escape_text(s + 1, 1);
            g_string_append(out, safe);
            s += 2;
        } else if (take_between(out, &s, "``", "tt", escape) ||
                   take_between(out, &s, "`", "tt", escape) ||
                   take_between(out, &s, "$$", NULL, adj_ui_math_markup) ||
                   take_between(out, &s, "$", NULL, adj_ui_math_markup) ||
                   take_between(out, &s, "**", "b", adj_ui_markdown_inline) ||
                   take_between(out, &s, "~~", "s", adj_ui_markdown_inline) ||
                   take_between(out, &s, "*", "i", adj_ui_markdown_inline) ||
                   (at_word_edge(text, s) &&
                    (take_between(out, &s, "__", "b", adj_ui_markdown_inline) ||
                     take_between(out, &s, "_", "i", adj_ui_markdown_inline))) ||
                   take_link(out, &s) || take_tag(out, &s)) {
            continue;
        } else {
            const char *next = g_utf8_next_char(s);
            g_autofree char *safe = g_markup_escape_text(s, next - s);
            g_string_append(out, safe);
            s = next;
        }
    }
    return g_string_free(out, FALSE);
}

// -- blocks ---------------------------------------------------------------------------------

static GtkWidget *label(const char *text, const char *class)
{
    g_autofree char *markup = adj_ui_markdown_inline(text);
    GtkWidget *l = gtk_label_new(NULL);
    if (pango_parse_markup(markup, -1, 0, NULL, NULL, NULL, NULL))
        gtk_label_set_markup(GTK_LABEL(l), markup);
    else
        gtk_label_set_text(GTK_LABEL(l), text);
    gtk_label_set_wrap(GTK_LABEL(l), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(l), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign(GTK_LABEL(l), 0);
    gtk_label_set_selectable(GTK_LABEL(l), TRUE);
    if (class) gtk_widget_add_css_class(l, class);
    return l;
}

static void add(GtkWidget *box, GtkWidget *child)
{
    gtk_box_append(GTK_BOX(box), child);
}

static void end_paragraph(GtkWidget *box, GString *words)
{
    g_strchomp(words->str);
    if (*words->str) add(box, label(words->str, "md-text"));
    g_string_truncate(words, 0);
}

static void add_heading(GtkWidget *box, const char *line, int level)
{
    g_autofree char *class = g_strdup_printf("md-h%d", level);
    GtkWidget *l = label(line + strspn(line, "# "), class);
    add(box, l);
}

// A row of a list: its mark, and its text beside it.
static void add_item(GtkWidget *box, const char *mark, const char *text, int depth)
{
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    GtkWidget *m = gtk_label_new(mark), *l = label(text, "md-text");
    gtk_widget_set_valign(m, GTK_ALIGN_START);
    gtk_widget_add_css_class(m, "md-mark");
    gtk_widget_set_hexpand(l, TRUE);
    gtk_widget_set_margin_start(row, 8 + 24 * depth);
    gtk_widget_add_css_class(row, "md-item");
    add(row, m);
    add(row, l);
    add(box, row);
}

static gboolean list_item(GtkWidget *box, const char *line)
{
    int depth = (int)strspn(line, " ") / 2;
    const char *s = line + strspn(line, " ");
    if (strchr("-*+", *s) && *s && s[1] == ' ') {
        static const char *const marks[] = {"•", "◦", "▪"};
        const char *text = s + 2;
        const char *mark = marks[MIN(depth, 2)];
        if (g_str_has_prefix(text, "[ ] ")) mark = "☐", text += 4;
        if (g_str_has_prefix(text, "[x] ")) mark = "☑", text += 4;
        add_item(box, mark, text, depth);
        return TRUE;
    }
    gsize digits = strspn(s, "0123456789");
    if (!digits || digits > 3 || s[digits] != '.' || s[digits + 1] != ' ') return FALSE;
    g_autofree char *mark = g_strndup(s, digits + 1);
    add_item(box, mark, s + digits + 2, depth);
    return TRUE;
}

static GtkWidget *code_block(const char *text)
{
    GtkWidget *l = gtk_label_new(text);
    gtk_label_set_xalign(GTK_LABEL(l), 0);
    gtk_label_set_selectable(GTK_LABEL(l), TRUE);
    gtk_label_set_wrap(GTK_LABEL(l), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(l), PANGO_WRAP_CHAR);
    gtk_widget_add_css_class(l, "md-code");
    return l;
}

static GtkWidget *formula(const char *tex)
{
    g_autofree char *markup = adj_ui_math_markup(tex);
    GtkWidget *l = gtk_label_new(NULL);
    if (pango_parse_markup(markup, -1, 0, NULL, NULL, NULL, NULL))
        gtk_label_set_markup(GTK_LABEL(l), markup);
    else
        gtk_label_set_text(GTK_LABEL(l), tex);
    gtk_label_set_justify(GTK_LABEL(l), GTK_JUSTIFY_CENTER);
    gtk_label_set_wrap(GTK_LABEL(l), TRUE);
    gtk_label_set_selectable(GTK_LABEL(l), TRUE);
    gtk_widget_add_css_class(l, "md-formula");
    return l;
}

// -- tables ---------------------------------------------------------------------------------

static gboolean is_divider(const char *line)
{
    return line && strchr(line, '-') && strchr(line, '|') && !line[strspn(line, "|-: \t")];
}

static float column_align(const char *mark)
{
    gboolean left = *mark == ':', right = *mark && mark[strlen(mark) - 1] == ':';
    return left && right ? 0.5f : right ? 1.0f : 0.0f;
}

static GStrv cells_of(const char *line)
{
    g_autofree char *inner = g_strstrip(g_strdup(line));
    char *s = inner;
    if (*s == '|') s++;
    gsize n = strlen(s);
    if (n && s[n - 1] == '|') s[n - 1] = '\0';
    GStrv cells = g_strsplit(s, "|", -1);
    for (int i = 0; cells[i]; i++) g_strstrip(cells[i]);
    return cells;
}

static void add_table_row(GtkGrid *grid, const char *line, int row, GStrv marks)
{
    g_auto(GStrv) cells = cells_of(line);
    int columns = (int)g_strv_length(marks);
    for (int i = 0; cells[i] && i < columns; i++) {
        GtkWidget *l = label(cells[i], row ? "md-td" : "md-th");
        gtk_label_set_xalign(GTK_LABEL(l), column_align(marks[i]));
        gtk_label_set_wrap(GTK_LABEL(l), FALSE);
        gtk_grid_attach(grid, l, i, row, 1, 1);
    }
}

// Takes a table that begins at lines[at]; returns how many lines it has, 0 for none.
static int take_table(GtkWidget *box, GStrv lines, int at, GString *words)
{
    if (!strchr(lines[at], '|') || !lines[at + 1] || !is_divider(lines[at + 1])) return 0;
    end_paragraph(box, words);
    GtkWidget *grid = gtk_grid_new();
    gtk_widget_add_css_class(grid, "md-table");
    gtk_widget_set_halign(grid, GTK_ALIGN_START);
    g_auto(GStrv) marks = cells_of(lines[at + 1]);
    add_table_row(GTK_GRID(grid), lines[at], 0, marks);
    int n = 2;
    for (; lines[at + n] && strchr(lines[at + n], '|'); n++)
        add_table_row(GTK_GRID(grid), lines[at + n], n - 1, marks);
    GtkWidget *scroll = gtk_scrolled_window_new();  // a wide table makes no pane wide
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroll), GTK_POLICY_AUTOMATIC,
                                   GTK_POLICY_NEVER);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroll), grid);
    add(box, scroll);
    return n;
}

// -- the column -----------------------------------------------------------------------------

// Takes lines up to a closing [fence]; returns how many, with both fences.
static int take_fenced(GtkWidget *box, GStrv lines, int at, const char *fence,
                       GtkWidget *(*make)(const char *))
{
    GString *text = g_string_new(NULL);
    int n = 1;
    for (; lines[at + n] && !g_str_has_prefix(lines[at + n], fence); n++)
        g_string_append_printf(text, "%s%s", n > 1 ? "\n" : "", lines[at + n]);
    add(box, make(text->str));
    g_string_free(text, TRUE);
    return lines[at + n] ? n + 1 : n;
}

static gboolean is_rule(const char *line)
{
    return strlen(line) >= 3 && strchr("-*_", *line) &&
           strspn(line, (char[]){*line, ' ', '\0'}) == strlen(line);
}

static GtkWidget *quote(const char *text)
{
    GtkWidget *l = label(text, "md-quote");
    return l;
}

// Blocks that take whole lines. Returns how many lines were taken.
static int take_block(GtkWidget *box, GStrv lines, int at, GString *words)
{
    const char *line = lines[at];
    gsize level = strspn(line, "#");
    gboolean heading = level >= 1 && level <= 6 && (line[level] == ' ' || !line[level]);
    gboolean fence = g_str_has_prefix(line, "```"), math = g_str_equal(line, "$$");
    gboolean block = heading || fence || math || is_rule(line) || *line == '>' || !*line;
    if (block) end_paragraph(box, words);
    if (heading) add_heading(box, line, (int)level);
    if (fence) return take_fenced(box, lines, at, "```", code_block);
    if (math) return take_fenced(box, lines, at, "$$", formula);
    if (is_rule(line)) add(box, gtk_separator_new(GTK_ORIENTATION_HORIZONTAL));
    if (*line == '>') add(box, quote(line + 1 + (line[1] == ' ')));
    return block;
}

static gboolean take_formula_line(GtkWidget *box, const char *line, GString *words)
{
    gsize n = strlen(line);
    if (n < 5 || !g_str_has_prefix(line, "$$") || !g_str_has_suffix(line, "$$")) return FALSE;
    end_paragraph(box, words);
    g_autofree char *tex = g_strndup(line + 2, n - 4);
    add(box, formula(tex));
    return TRUE;
}

GtkWidget *adj_ui_markdown_new(const char *text)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_widget_add_css_class(box, "markdown");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *words = g_string_new(NULL);
    for (int i = 0; lines[i];) {
        g_strchomp(lines[i]);
        int n = take_block(box, lines, i, words);
        if (!n) n = take_table(box, lines, i, words);
        if (!n && take_formula_line(box, lines[i], words)) n = 1;
        if (!n && !words->len && list_item(box, lines[i])) n = 1;
        if (!n && words->len && (lines[i][0] == '-' || lines[i][0] == '*') &&
            lines[i][1] == ' ') {
            end_paragraph(box, words);
            n = list_item(box, lines[i]);
        }
        if (!n) g_string_append_printf(words, "%s%s", words->len ? " " : "", lines[i]);
        i += MAX(n, 1);
    }
    end_paragraph(box, words);
    g_string_free(words, TRUE);
    return box;
}
