// SPDX-License-Identifier: Apache-2.0
// select.c: copying and comparing what is selected.
#include "session/select.h"

void adj_ui_selection_clear(AdjUiSelection *s)
{
    g_free(s->module);
    g_free(s->value);
    g_free(s->cell);
    *s = ADJ_UI_SELECTION_NONE;
}

void adj_ui_selection_copy(AdjUiSelection *to, const AdjUiSelection *from)
{
    AdjUiSelection copy = *from;
    copy.module = g_strdup(from->module);
    copy.value = g_strdup(from->value);
    copy.cell = g_strdup(from->cell);
    adj_ui_selection_clear(to);
    *to = copy;
}

gboolean adj_ui_selection_equal(const AdjUiSelection *a, const AdjUiSelection *b)
{
    return a->node == b->node && a->run == b->run && a->start == b->start && a->end == b->end &&
           a->step == b->step && a->element == b->element && !g_strcmp0(a->module, b->module) &&
           !g_strcmp0(a->value, b->value) && !g_strcmp0(a->cell, b->cell);
}
