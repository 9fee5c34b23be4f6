// SPDX-License-Identifier: Apache-2.0
// Methods of str that take texts apart and put them together. Invariant: each part is a run of
// whole characters of the original; joining the parts of a split at a separator by that
// separator gives the original back.
#include "lang/types/str.h"

#include <string.h>

static AdjStr *str_of(AdjVal v)
{
    return (AdjStr *)v.o;
}

static bool add_part(AdjVM *vm, AdjList *parts, const char *start, const char *end)
{
    AdjStr *part = adj_str_new(vm, start, (size_t)(end - start));
    return part && adj_list_append_take(vm, parts, adj_obj_val(part));
}

static bool out_parts(bool ok, AdjList *parts, AdjVal *out)
{
    if (!ok) return adj_obj_drop(parts), false;
    return adj_out(out, parts);
}

static void reverse(AdjList *l)
{
    for (int64_t i = 0, j = l->len - 1; i < j; i++, j--) {
        AdjVal v = l->items[i];
        l->items[i] = l->items[j];
        l->items[j] = v;
    }
}

// ---- split at blanks ----

static const char *skip(const char *at, const char *end, bool blanks)
{
    while (at < end) {
        const char *next = at;
        bool blank = adj_char_flags(adj_utf8_take(&next)) & ADJ_CHAR_SPACE;
        if (blank != blanks) break;
        at = next;
    }
    return at;
}

static const char *skip_back(const char *start, const char *at, bool blanks)
{
    while (at > start) {
        const char *last = adj_utf8_back(at), *again = last;
        bool blank = adj_char_flags(adj_utf8_take(&again)) & ADJ_CHAR_SPACE;
        if (blank != blanks) break;
        at = last;
    }
    return at;
}

static bool split_blanks(AdjVM *vm, AdjStr *s, int64_t most, AdjList *parts)
{
    const char *end = s->data + s->len, *at = skip(s->data, end, true);
    for (int64_t n = 0; at < end; n++) {
        const char *stop = n < most ? skip(at, end, false) : end;
        if (!add_part(vm, parts, at, stop)) return false;
        at = skip(stop, end, true);
    }
    return true;
}

static bool rsplit_blanks(AdjVM *vm, AdjStr *s, int64_t most, AdjList *parts)
{
    const char *at = skip_back(s->data, s->data + s->len, true);
    for (int64_t n = 0; at > s->data; n++) {
        const char *start = n < most ? skip_back(s->data, at, false) : s->data;
        if (!add_part(vm, parts, start, at)) return false;
        at = skip_back(s->data, start, true);
    }
    reverse(parts);
    return true;
}

// ---- split at a separator ----

static bool split_at(AdjVM *vm, AdjStr *s, AdjStr *sep, int64_t most, AdjList *parts)
{
    int64_t from = 0;
    for (int64_t n = 0; n < most; n++) {
        int64_t at = adj_str_find(s, sep, from, s->len);
        if (at < 0) break;
        if (!add_part(vm, parts, s->data + from, s->data + at)) return false;
        from = at + sep->len;
    }
    return add_part(vm, parts, s->data + from, s->data + s->len);
}

static bool rsplit_at(AdjVM *vm, AdjStr *s, AdjStr *sep, int64_t most, AdjList *parts)
{
    int64_t until = s->len;
    for (int64_t n = 0; n < most; n++) {
        int64_t at = adj_str_rfind(s, sep, 0, until);
        if (at < 0) break;
        if (!add_part(vm, parts, s->data + at + sep->len, s->data + until)) return false;
        until = at;
    }
    if (!add_part(vm, parts, s->data, s->data + until)) return false;
    reverse(parts);
    return true;
}

static bool split(AdjVM *vm, AdjVal *args, bool from_right, AdjVal *out)
{
    AdjStr *s = str_of(args[0]);
    int64_t most;
    if (!adj_is_none(args[1]) && !adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "must be str or None, not %s",
                         adj_type_name(args[1]));
    }
    if (!adj_get_int(vm, args[2], &most)) return false;
    if (most < 0) most = INT64_MAX;
    if (adj_is_str(args[1]) && str_of(args[1])->len == 0) {
        return adj_raise(vm, ADJ_EXC_ValueError, "empty separator");
    }
    AdjList *parts = adj_list_new(vm, 8);
    if (!parts) return false;
    bool ok;
    if (adj_is_none(args[1])) {
        ok = (from_right ? rsplit_blanks : split_blanks)(vm, s, most, parts);
    } else {
        ok = (from_right ? rsplit_at : split_at)(vm, s, str_of(args[1]), most, parts);
    }
    return out_parts(ok, parts, out);
}

bool adj_str_do_split(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return split(vm, args, false, out);
}

bool adj_str_do_rsplit(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return split(vm, args, true, out);
}

static bool ends_line(uint32_t c)
{
    return (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}

bool adj_str_do_splitlines(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjStr *s = str_of(args[0]);
    bool keep, ok = true;
    if (!adj_val_truth(vm, args[1], &keep)) return false;
    AdjList *lines = adj_list_new(vm, 8);
    if (!lines) return false;
    const char *at = s->data, *end = at + s->len;
    while (ok && at < end) {
        const char *start = at, *stop = end;
        while (at < end) {
            const char *mark = at;
            uint32_t c = adj_utf8_take(&at);
            if (!ends_line(c)) continue;
            if (c == '\r' && at < end && *at == '\n') at++;
            stop = keep ? at : mark;
            break;
        }
        ok = add_part(vm, lines, start, stop);
    }
    return out_parts(ok, lines, out);
}

// ---- join ----

static AdjStr *join_items(AdjVM *vm, AdjStr *sep, const AdjVal *items, int64_t n)
{
    int64_t size = 0, chars = 0;
    bool counted = sep->chars >= 0;
    for (int64_t i = 0; i < n; i++) {
        if (!adj_is_str(items[i])) {
            return adj_raise_null(vm, ADJ_EXC_TypeError,
                                  "sequence item %lld: expected str instance, %s found",
                                  (long long)i, adj_type_name(items[i]));
        }
        const AdjStr *s = str_of(items[i]);
        size += s->len + (i > 0 ? sep->len : 0);
        chars += s->chars + (i > 0 ? sep->chars : 0);
        counted = counted && s->chars >= 0;
    }
    AdjStr *result = adj_str_alloc(vm, (size_t)size);
    if (!result) return NULL;
    if (counted) result->chars = chars;
    char *to = result->data;
    for (int64_t i = 0; i < n; i++) {
        if (i > 0) {
            memcpy(to, sep->data, (size_t)sep->len);
            to += sep->len;
        }
        memcpy(to, str_of(items[i])->data, (size_t)str_of(items[i])->len);
        to += str_of(items[i])->len;
    }
    return result;
}

bool adj_str_do_join(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjStr *sep = str_of(args[0]);
    if (adj_is_tuple(args[1])) {
        AdjTuple *t = adj_as_tuple(args[1]);
        return adj_out(out, join_items(vm, sep, t->items, t->len));
    }
    if (adj_is_list(args[1])) {
        AdjList *l = adj_as_list(args[1]);
        return adj_out(out, join_items(vm, sep, l->items, l->len));
    }
    AdjVal it;
    if (!adj_val_iter(vm, args[1], &it)) {
        if (!adj_vm_error_is(vm, ADJ_EXC_TypeError)) return false;
        adj_vm_clear_error(vm);
        return adj_raise(vm, ADJ_EXC_TypeError, "can only join an iterable");
    }
    AdjList *items = adj_list_of(vm, it);
    adj_val_drop(it);
    if (!items) return false;
    bool ok = adj_out(out, join_items(vm, sep, items->items, items->len));
    adj_obj_drop(items);
    return ok;
}

// ---- strip ----

static bool is_in(const AdjStr *set, const char *at, size_t size)
{
    if (size == 1) return memchr(set->data, *at, (size_t)set->len);
    return memmem(set->data, (size_t)set->len, at, size);
}

static bool is_stripped(const AdjStr *set, const char *at, const char *next)
{
    if (set) return is_in(set, at, (size_t)(next - at));
    const char *again = at;
    return adj_char_flags(adj_utf8_take(&again)) & ADJ_CHAR_SPACE;
}

static bool strip(AdjVM *vm, AdjVal *args, const char *name, bool left, bool right, AdjVal *out)
{
    AdjStr *s = str_of(args[0]), *set = NULL;
    if (adj_is_str(args[1])) set = str_of(args[1]);
    else if (!adj_is_none(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s arg must be None or str", name);
    }
    const char *at = s->data, *end = at + s->len;
    while (left && at < end) {
        const char *next = at + adj_utf8_step((unsigned char)*at);
        if (!is_stripped(set, at, next)) break;
        at = next;
    }
    while (right && end > at) {
        const char *last = adj_utf8_back(end);
        if (!is_stripped(set, last, end)) break;
        end = last;
    }
    if (end - at == s->len && s->head.type == &adj_type_str) return adj_out_keep(out, args[0]);
    return adj_out(out, adj_str_new(vm, at, (size_t)(end - at)));
}

bool adj_str_do_strip(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return strip(vm, args, "strip", true, true, out);
}

bool adj_str_do_lstrip(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return strip(vm, args, "lstrip", true, false, out);
}

bool adj_str_do_rstrip(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return strip(vm, args, "rstrip", false, true, out);
}
