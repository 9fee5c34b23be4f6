// SPDX-License-Identifier: Apache-2.0
//
// The facts of the question (sight/quiz.h) come from the walk and, for tensors, from the terms
// that the edge card asks the session for. Enter checks; a right answer is left on the screen
// for a moment before the edge is opened. + and - alone are answers too: the sign of the edge.

#include "panels/tape/tape_quiz.h"

#include "panels/parts/answers.h"
#include "settings.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { TERM_MOST = 12, PAUSE_MS = 700 };

typedef struct Quiz {
    AdjUiModel *model;
    const AdjUiTapeQuizOwner *owner;
    gpointer self;
    GtkWidget *box, *words, *entry, *mark, *hint;
    AdjUiQuestion question;
    double products[TERM_MOST];
    char *where;  // "loss, step 2, y to s at [0, 1]"
    guint pause;
} Quiz;

static Quiz *quiz_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "tape-quiz");
}

// -- marking ------------------------------------------------------------------------------

static void show_mark(Quiz *q, const char *text, gboolean right)
{
    gtk_label_set_text(GTK_LABEL(q->mark), text);
    gtk_widget_remove_css_class(q->mark, right ? "error" : "success");
    gtk_widget_add_css_class(q->mark, right ? "success" : "error");
    gtk_accessible_update_property(GTK_ACCESSIBLE(q->entry),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void finish(Quiz *q)
{
    g_clear_handle_id(&q->pause, g_source_remove);
    q->owner->answered(q->self);
}

static gboolean paused(gpointer self)
{
    Quiz *q = self;
    q->pause = 0;
    q->owner->answered(q->self);
    return G_SOURCE_REMOVE;
}

static void note(Quiz *q, const char *answer, const char *mark)
{
    const char *lesson = g_object_get_data(G_OBJECT(q->model), "lesson");
    if (!adj_ui_setting(ADJ_UI_SET_keep_answers)) return;
    if (!adj_ui_answers_add(lesson, q->where, answer, mark, q->question.truth))
        gtk_widget_set_tooltip_text(q->mark, _("The answer could not be written down"));
}

static void check(GtkWidget *w, gpointer self)
{
    (void)w;
    Quiz *q = self;
    if (q->pause) return;
    const char *answer = gtk_editable_get_text(GTK_EDITABLE(q->entry));
    const AdjUiMark *m = adj_ui_quiz_mark(&q->question, answer);
    gboolean sign = g_str_equal(m->name, "sign_right");
    g_autofree char *text = g_strdup_printf("%s  %s",
                                            m->right ? "✓"
                                            : sign   ? "±"
                                                     : "✗",
                                            _(m->text));
    show_mark(q, text, m->right);
    note(q, answer, m->name);
    if (m->right)
        q->pause = g_timeout_add(PAUSE_MS, paused, q);
    else
        gtk_editable_select_region(GTK_EDITABLE(q->entry), 0, -1);
}

static void hint(GtkButton *b, gpointer self)
{
    (void)b;
    Quiz *q = self;
    gtk_widget_set_sensitive(q->hint, FALSE);
    q->owner->hint(q->self);
    gtk_widget_grab_focus(q->entry);
}

static void give_up(GtkButton *b, gpointer self)
{
    (void)b;
    Quiz *q = self;
    note(q, "", "shown");
    finish(q);
}

// -- asking -------------------------------------------------------------------------------

static double only_number(const AdjUiFlow *f)
{
    return f->has_numbers && f->numbers.rows * f->numbers.columns == 1 ? f->numbers.value[0]
                                                                       : NAN;
}

void adj_ui_tape_quiz_ask(GtkWidget *w, const AdjUiWalk *walk, int outgoing, int row,
                          int column)
{
    Quiz *q = quiz_of(w);
    const AdjUiFlow *f = &walk->outgoing[outgoing];
    char at[64] = "";
    if (f->has_numbers && f->numbers.rank == 1)
        g_snprintf(at, sizeof at, _(" at [%d]"), column);
    else if (f->has_numbers && f->numbers.rank > 1)
        g_snprintf(at, sizeof at, _(" at [%d, %d]"), row, column);
    const char *name = walk->name ? walk->name : "";
    g_free(q->where);
    q->where = g_strdup_printf(_("%s, step %d, %s to %s%s"), walk->root ? walk->root : "",
                               walk->at + 1, name, f->to, at);
    q->question = (AdjUiQuestion){
        .truth = f->has_numbers ? f->numbers.value[row * f->numbers.columns + column] : f->norm,
        .upstream = NAN,
        .local = NAN,
        .before = NAN,
        .products = q->products};
    double truth = only_number(f), upstream = only_number(&walk->incoming);
    if (!isnan(truth) && !isnan(upstream)) {
        q->question.upstream = upstream;
        q->question.local = upstream != 0 ? truth / upstream : NAN;
    }
    g_autofree char *text =
        g_strdup_printf(f->has_numbers ? _("What does %s send to %s%s?")
                                       : _("How long (norm) is what %s sends to %s%s?"),
                        name, f->to, at);
    gtk_label_set_text(GTK_LABEL(q->words), text);
    gtk_editable_set_text(GTK_EDITABLE(q->entry), "");
    gtk_label_set_text(GTK_LABEL(q->mark), "");
    gtk_widget_set_sensitive(q->hint, TRUE);
    g_clear_handle_id(&q->pause, g_source_remove);
}

void adj_ui_tape_quiz_terms(GtkWidget *w, const AdjUiTerm *terms, int count, int of)
{
    Quiz *q = quiz_of(w);
    q->question.product_count = of > 1 ? MIN(count, TERM_MOST) : 0;
    for (int i = 0; i < q->question.product_count; i++) q->products[i] = terms[i].product;
    q->question.upstream = of == 1 && count == 1 ? terms[0].upstream : NAN;
    q->question.local = of == 1 && count == 1 ? terms[0].local : NAN;
}

void adj_ui_tape_quiz_focus(GtkWidget *w)
{
    // From the question on: the viewport would show the entry alone.
    GtkWidget *scroll = gtk_widget_get_ancestor(w, GTK_TYPE_SCROLLED_WINDOW);
    if (scroll)
        gtk_adjustment_set_value(
            gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(scroll)), 0);
    gtk_widget_grab_focus(quiz_of(w)->entry);
}

// -- the strip ----------------------------------------------------------------------------

static GtkWidget *button(const char *text, GCallback clicked, Quiz *q)
{
    GtkWidget *b = gtk_button_new_with_mnemonic(text);
    g_signal_connect(b, "clicked", clicked, q);
    return b;
}

static void quiz_free(gpointer self)
{
    Quiz *q = self;
    g_clear_handle_id(&q->pause, g_source_remove);
    g_free(q->where);
    g_free(q);
}

static GtkWidget *label(void)
{
    GtkWidget *l = gtk_label_new("");
    gtk_label_set_wrap(GTK_LABEL(l), TRUE);
    gtk_label_set_xalign(GTK_LABEL(l), 0);
    return l;
}

GtkWidget *adj_ui_tape_quiz_new(AdjUiModel *model, const AdjUiTapeQuizOwner *owner,
                                gpointer self)
{
    Quiz *q = g_new0(Quiz, 1);
    q->model = model;
    q->owner = owner;
    q->self = self;
    q->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    g_object_set_data_full(G_OBJECT(q->box), "tape-quiz", q, quiz_free);
    gtk_widget_add_css_class(q->box, "quiz");
    q->words = label();
    gtk_widget_add_css_class(q->words, "heading");
    q->mark = label();
    q->entry = gtk_entry_new();
    gtk_widget_set_hexpand(q->entry, TRUE);
    gtk_entry_set_placeholder_text(GTK_ENTRY(q->entry), _("a number, or + or −"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(q->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Your prediction"), -1);
    g_signal_connect(q->entry, "activate", G_CALLBACK(check), q);
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    gtk_box_append(GTK_BOX(row), q->entry);
    gtk_box_append(GTK_BOX(row), button(_("_Check"), G_CALLBACK(check), q));
    q->hint = button(_("_Hint"), G_CALLBACK(hint), q);
    gtk_box_append(GTK_BOX(row), q->hint);
    gtk_box_append(GTK_BOX(row), button(_("_Show"), G_CALLBACK(give_up), q));
    gtk_box_append(GTK_BOX(q->box), q->words);
    gtk_box_append(GTK_BOX(q->box), row);
    gtk_box_append(GTK_BOX(q->box), q->mark);
    return q->box;
}
