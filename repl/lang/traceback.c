// SPDX-License-Identifier: Apache-2.0
// Exceptions as people read them: what happened, where, frame by frame with the expression
// underlined, and what was probably meant.
//
//     NameError: name 'lenght' is not defined. Did you mean: 'length'?
//       cell 3, line 2, in area
//           return lenght * width
//                  ^^^^^^
//       called from cell 4, line 1
//           area(2)
//           ^^^^^^^
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/types/str_utf8.h"
#include "vm.h"

// ---- the nearest name ----

enum { MOVE_COST = 2, CASE_COST = 1, NAME_MAX_LEN = 40 };

static int letter_cost(char a, char b)
{
    if (a == b) return 0;
    if ((a & 31) != (b & 31)) return MOVE_COST;
    char la = a >= 'A' && a <= 'Z' ? (char)(a + 32) : a,
         lb = b >= 'A' && b <= 'Z' ? (char)(b + 32) : b;
    return la == lb ? CASE_COST : MOVE_COST;
}

// Levenshtein's distance with cheap changes of case, as in CPython's suggestions.
static int distance(const AdjStr *a, const AdjStr *b, int limit)
{
    int row[NAME_MAX_LEN + 1];
    int n = (int)a->len, m = (int)b->len;
    if (n > NAME_MAX_LEN || m > NAME_MAX_LEN) return limit + 1;
    for (int i = 0; i <= n; i++) row[i] = i * MOVE_COST;
    for (int j = 1; j <= m; j++) {
        int before = row[0], best = row[0] = j * MOVE_COST;
        for (int i = 1; i <= n; i++) {
            int change = before + letter_cost(a->data[i - 1], b->data[j - 1]);
            int other = (row[i] < row[i - 1] ? row[i] : row[i - 1]) + MOVE_COST;
            before = row[i];
            row[i] = change < other ? change : other;
            if (row[i] < best) best = row[i];
        }
        if (best > limit) return limit + 1;
    }
    return row[n];
}

typedef struct Nearest {
    AdjStr *wrong, *best;
    int distance;
} Nearest;

static void consider(Nearest *n, AdjStr *name)
{
    if (!name || name == n->wrong || adj_str_equal(name, n->wrong)) return;
    int limit = (int)(n->wrong->len + name->len + 3) * MOVE_COST / 6;
    if (limit > n->distance - 1) limit = n->distance - 1;
    int d = distance(n->wrong, name, limit);
    if (d > limit) return;
    n->best = name;
    n->distance = d;
}

static void consider_keys(Nearest *n, AdjDict *d)
{
    AdjEntry *e;
    for (int64_t i = 0; d && (e = adj_dict_next(d, &i));) {
        if (adj_is_str(e->key)) consider(n, adj_as_str(e->key));
    }
}

AdjStr *adj_nearest(AdjStr *wrong, AdjStr **names, int count)
{
    Nearest n = {wrong, NULL, 1 << 20};
    for (int i = 0; i < count; i++) consider(&n, names[i]);
    return n.best;
}

AdjStr *adj_nearest_name(AdjVM *vm, AdjStr *wrong)
{
    Nearest n = {wrong, NULL, 1 << 20};
    const AdjFrame *f = vm->frame;
    if (f->code) {
        for (uint32_t i = 0; i < f->code->nlocals; i++) {
            if (!adj_is_undef(f->base[i])) consider(&n, f->code->locals[i]);
        }
        for (uint32_t i = 0; i < f->code->nfree; i++) consider(&n, f->code->free[i]);
        consider_keys(&n, f->fn->globals);
    }
    consider_keys(&n, vm->prelude);
    return n.best;
}

// ---- text ----

static void add(AdjBuf *b, const char *text)
{
    adj_buf_add_c(NULL, b, text);
}

static void add_suggestion(AdjVM *vm, AdjBuf *b, AdjException *e)
{
    AdjStr *near = NULL;
    AdjVal names = ADJ_UNDEF;
    AdjType *t = e->head.type;
    if (adj_type_is(t, adj_exc_type(ADJ_EXC_NameError))) {
        near = adj_is_str(e->obj) ? adj_as_str(e->obj) : NULL;
    } else if (adj_type_is(t, adj_exc_type(ADJ_EXC_TypeError))) {
        near = adj_is_str(e->name) ? adj_as_str(e->name) : NULL;
    } else if (adj_is_str(e->name) && !adj_is_undef(e->obj)) {
        if (!adj_val_dir(vm, e->obj, &names)) {
            adj_vm_clear_error(vm);
            return;
        }
        Nearest n = {adj_as_str(e->name), NULL, 1 << 20};
        AdjList *l = adj_as_list(names);
        for (int64_t i = 0; i < l->len; i++) consider(&n, adj_as_str(l->items[i]));
        near = n.best;
    }
    if (near) adj_buf_printf(NULL, b, ". Did you mean: '%s'?", near->data);
    adj_val_drop(names);
}

static void add_header(AdjVM *vm, AdjBuf *b, AdjException *e)
{
    AdjVal text;
    AdjType *t = e->head.type;
    const char *module = t->module_name ? ((AdjStr *)t->module_name)->data : "__main__";
    if (strcmp(module, "__main__")) adj_buf_printf(NULL, b, "%s.", module);
    add(b, t->name);
    // The place of a syntax error is shown below; its str would repeat it.
    bool syntax = e->trace && e->trace->count && !e->trace->entries[0].name;
    AdjVal shown = syntax && e->args && e->args->len ? e->args->items[0] : adj_obj_val(e);
    if (!adj_val_str(vm, shown, &text)) {
        adj_vm_clear_error(vm);
        add(b, ": <exception str() failed>");
        return;
    }
    if (adj_as_str(text)->len) {
        add(b, ": ");
        adj_buf_add_str(NULL, b, text);
    }
    adj_val_drop(text);
    add_suggestion(vm, b, e);
}

// The line of the place, without its indentation, and carets under the span.
static void add_line(AdjBuf *b, const AdjSource *s, AdjSpan span)
{
    AdjPosition from = adj_source_position(s, span.start);
    AdjSpan line = adj_source_line(s, from.line);
    uint32_t start = line.start;
    while (start < line.end && (s->text[start] == ' ' || s->text[start] == '\t')) start++;
    uint32_t end = line.end;
    while (end > start && (s->text[end - 1] == '\r' || s->text[end - 1] == ' ')) end--;
    if (start >= end) return;
    add(b, "      ");
    adj_buf_add(NULL, b, s->text + start, end - start);
    uint32_t a = span.start < start ? start : span.start, z = span.end > end ? end : span.end;
    add(b, "\n      ");
    size_t before = adj_utf8_length(s->text + start, a - start);
    size_t under = z > a ? adj_utf8_length(s->text + a, z - a) : 1;
    for (size_t i = 0; i < before; i++) adj_buf_add_char(NULL, b, ' ');
    for (size_t i = 0; i < under; i++) adj_buf_add_char(NULL, b, '^');
    add(b, "\n");
}

static bool same_place(const AdjTraceEntry *a, const AdjTraceEntry *b)
{
    return a->source == b->source && a->span.start == b->span.start &&
           a->span.end == b->span.end;
}

static void add_frame(AdjBuf *b, const AdjTraceEntry *t, bool first)
{
    AdjPosition p = adj_source_position(t->source, t->span.start);
    adj_buf_printf(NULL, b, "  %s%s, line %u", first ? "" : "called from ", t->source->name,
                   p.line);
    bool named = t->name && strcmp(t->name->data, "<module>");
    if (named) adj_buf_printf(NULL, b, ", in %s", t->name->data);
    add(b, "\n");
    add_line(b, t->source, t->span);
}

static void add_frames(AdjBuf *b, const AdjTrace *t)
{
    for (uint32_t i = 0; t && i < t->count; i++) {
        uint64_t same = 0;
        while (i + 1 + same < t->count && same_place(&t->entries[i], &t->entries[i + 1 + same]))
            same++;
        bool left_out = t->left_out && i + same + 2 == t->count;
        add_frame(b, &t->entries[i], i == 0);
        if (left_out) same += t->left_out;
        if (same) {
            adj_buf_printf(NULL, b, "  [the same %llu more time%s]\n", (unsigned long long)same,
                           same == 1 ? "" : "s");
        }
        if (left_out) same -= t->left_out;
        i += (uint32_t)same;
    }
}

static void add_notes(AdjBuf *b, AdjException *e)
{
    AdjList *l = (AdjList *)e->notes;
    for (int64_t i = 0; l && i < l->len; i++) {
        if (!adj_is_str(l->items[i])) continue;
        add(b, "  ");
        adj_buf_add_str(NULL, b, l->items[i]);
        add(b, "\n");
    }
}

static void add_exception(AdjVM *vm, AdjBuf *b, AdjException *e)
{
    add_header(vm, b, e);
    add(b, "\n");
    add_frames(b, e->trace);
    add_notes(b, e);
}

enum { CHAIN_MAX = 10 };

char *adj_exc_text(AdjVM *vm, AdjVal exception)
{
    AdjBuf b = {0};
    AdjException *e = (AdjException *)exception.o;
    for (int i = 0; e && i < CHAIN_MAX; i++) {
        add_exception(vm, &b, e);
        AdjVal next = adj_is_exc(e->cause) ? e->cause
                      : e->suppress_context ? ADJ_UNDEF
                                            : e->context;
        if (!adj_is_exc(next)) break;
        add(&b, adj_is_exc(e->cause) ? "caused by:\n" : "while handling:\n");
        e = (AdjException *)next.o;
    }
    char *text = malloc(b.len + 1);
    if (text) {
        if (b.len) memcpy(text, b.data, b.len);
        text[b.len] = 0;
    }
    adj_buf_free(&b);
    return text;
}

char *adj_vm_error_text(AdjVM *vm)
{
    AdjVal e = adj_vm_take_error(vm);
    char *text = adj_is_exc(e) ? adj_exc_text(vm, e) : NULL;
    adj_val_drop(e);
    return text;
}
