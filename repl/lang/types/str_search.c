// SPDX-License-Identifier: Apache-2.0
// Methods of str that look for a text in a text. Positions are bytes inside and characters
// outside; for ASCII the two are the same number, and the conversion is skipped.
// Invariant: a match of valid UTF-8 in valid UTF-8 starts and ends at character boundaries, so
// bytes can be searched without decoding.
#include "lang/types/list.h"
#include "lang/types/str.h"

#include <string.h>

static AdjStr *str_of(AdjVal v)
{
    return (AdjStr *)v.o;
}

// ---- the search itself ----

int64_t adj_str_find(const AdjStr *s, const AdjStr *what, int64_t start, int64_t stop)
{
    if (stop - start < what->len) return -1;
    const char *from = s->data + start, *found;
    size_t room = (size_t)(stop - start);
    if (what->len == 1) found = memchr(from, what->data[0], room);
    else found = memmem(from, room, what->data, (size_t)what->len);
    return found ? found - s->data : -1;
}

int64_t adj_str_rfind(const AdjStr *s, const AdjStr *what, int64_t start, int64_t stop)
{
    if (what->len == 1 && stop > start) {
        const char *found = memrchr(s->data + start, what->data[0], (size_t)(stop - start));
        return found ? found - s->data : -1;
    }
    for (int64_t at = stop - what->len; at >= start; at--) {
        if (memcmp(s->data + at, what->data, (size_t)what->len) == 0) return at;
    }
    return -1;
}

static int64_t byte_of(AdjStr *s, int64_t chars, int64_t index)
{
    if (chars == s->len) return index;
    return (int64_t)adj_utf8_offset(s->data, (size_t)s->len, (size_t)index);
}

static int64_t char_of(AdjStr *s, int64_t byte)
{
    return adj_str_ascii(s) ? byte : (int64_t)adj_utf8_length(s->data, (size_t)byte);
}

bool adj_str_part(AdjVM *vm, AdjStr *s, AdjVal start, AdjVal stop, AdjStrPart *part)
{
    *part = (AdjStrPart){0, s->len, true};
    if (adj_is_unset(start) && adj_is_unset(stop)) return true;
    int64_t chars = adj_str_chars(s), first = 0, last = chars;
    if (!adj_is_unset(start)) {
        if (!adj_seq_bound(vm, start, chars, &first)) return false;
        part->valid = !(adj_is_int(start) && start.i > chars);
    }
    if (!adj_is_unset(stop) && !adj_seq_bound(vm, stop, chars, &last)) return false;
    if (first > last) part->valid = false;
    part->start = byte_of(s, chars, first);
    part->stop = byte_of(s, chars, last);
    return true;
}

// Where args[1] is in args[0] between args[2] and args[3], in characters; -1 absent, -2 failed.
static int64_t locate(AdjVM *vm, AdjVal *args, bool backwards)
{
    AdjStrPart part;
    AdjStr *s = str_of(args[0]);
    if (!adj_str_need(vm, args[1], "must be str")) return -2;
    if (!adj_str_part(vm, s, args[2], args[3], &part)) return -2;
    if (!part.valid) return -1;
    int64_t at = backwards ? adj_str_rfind(s, str_of(args[1]), part.start, part.stop)
                           : adj_str_find(s, str_of(args[1]), part.start, part.stop);
    return at > 0 ? char_of(s, at) : at;
}

bool adj_str_do_find(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t at = locate(vm, args, false);
    return at > -2 && adj_out_int(out, at);
}

bool adj_str_do_rfind(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t at = locate(vm, args, true);
    return at > -2 && adj_out_int(out, at);
}

static bool index_result(AdjVM *vm, int64_t at, AdjVal *out)
{
    if (at >= 0) return adj_out_int(out, at);
    return at == -1 && adj_raise(vm, ADJ_EXC_ValueError, "substring not found");
}

bool adj_str_do_index(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return index_result(vm, locate(vm, args, false), out);
}

bool adj_str_do_rindex(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return index_result(vm, locate(vm, args, true), out);
}

// Matches from left to right that do not overlap.
static int64_t count_matches(const AdjStr *s, const AdjStr *what, int64_t start, int64_t stop,
                             int64_t most)
{
    int64_t n = 0;
    for (int64_t at = start; n < most; n++, at += what->len) {
        at = adj_str_find(s, what, at, stop);
        if (at < 0) break;
    }
    return n;
}

bool adj_str_do_count(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjStrPart part;
    AdjStr *s = str_of(args[0]);
    if (!adj_str_need(vm, args[1], "must be str")) return false;
    if (!adj_str_part(vm, s, args[2], args[3], &part)) return false;
    if (!part.valid) return adj_out_int(out, 0);
    if (str_of(args[1])->len == 0) {
        // Nothing is found before, between and after all characters.
        size_t chars = adj_utf8_length(s->data + part.start, (size_t)(part.stop - part.start));
        return adj_out_int(out, (int64_t)chars + 1);
    }
    return adj_out_int(out,
                       count_matches(s, str_of(args[1]), part.start, part.stop, INT64_MAX));
}

// ---- at the ends ----

static bool ends_match(const AdjStr *s, const AdjStr *what, const AdjStrPart *part, bool tail)
{
    if (!part->valid || part->stop - part->start < what->len) return false;
    int64_t at = tail ? part->stop - what->len : part->start;
    return memcmp(s->data + at, what->data, (size_t)what->len) == 0;
}

static bool match_end(AdjVM *vm, AdjVal *args, bool tail, AdjVal *out)
{
    const char *name = tail ? "endswith" : "startswith";
    AdjStrPart part;
    AdjStr *s = str_of(args[0]);
    if (!adj_str_part(vm, s, args[2], args[3], &part)) return false;
    if (adj_is_str(args[1])) {
        return adj_out_bool(out, ends_match(s, str_of(args[1]), &part, tail));
    }
    if (!adj_is_tuple(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "%s first arg must be str or a tuple of str, not %s", name,
                         adj_type_name(args[1]));
    }
    AdjTuple *options = adj_as_tuple(args[1]);
    for (int64_t i = 0; i < options->len; i++) {
        if (!adj_is_str(options->items[i])) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "tuple for %s must only contain str, not %s", name,
                             adj_type_name(options->items[i]));
        }
        if (ends_match(s, str_of(options->items[i]), &part, tail))
            return adj_out_bool(out, true);
    }
    return adj_out_bool(out, false);
}

bool adj_str_do_startswith(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return match_end(vm, args, false, out);
}

bool adj_str_do_endswith(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return match_end(vm, args, true, out);
}

static bool remove_end(AdjVM *vm, AdjVal *args, const char *name, bool tail, AdjVal *out)
{
    AdjStr *s = str_of(args[0]);
    if (!adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s() argument must be str, not %s", name,
                         adj_is_none(args[1]) ? "None" : adj_type_name(args[1]));
    }
    AdjStr *what = str_of(args[1]);
    AdjStrPart whole = {0, s->len, true};
    if (!ends_match(s, what, &whole, tail)) what = NULL;
    int64_t cut = what ? what->len : 0;
    const char *start = s->data + (tail ? 0 : cut);
    return adj_out(out, adj_str_new(vm, start, (size_t)(s->len - cut)));
}

bool adj_str_do_removeprefix(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return remove_end(vm, args, "removeprefix", false, out);
}

bool adj_str_do_removesuffix(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return remove_end(vm, args, "removesuffix", true, out);
}

// ---- replacing ----

// [with] before each character and at the end, as if "" were found there.
static bool interleave(AdjVM *vm, AdjStr *s, AdjStr *with, int64_t most, AdjVal *out)
{
    AdjText text = {0};
    const char *at = s->data, *end = at + s->len;
    for (int64_t n = 0; n < most; n++) {
        adj_text_add(&text, with->data, (size_t)with->len);
        if (at == end) break;
        size_t step = adj_utf8_step((unsigned char)*at);
        adj_text_add(&text, at, step);
        at += step;
    }
    adj_text_add(&text, at, (size_t)(end - at));
    return adj_str_from_text(vm, &text, out);
}

bool adj_str_do_replace(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t most;
    AdjStr *s = str_of(args[0]);
    if (!adj_str_need(vm, args[1], "replace() argument 1 must be str")) return false;
    if (!adj_str_need(vm, args[2], "replace() argument 2 must be str")) return false;
    if (!adj_get_int(vm, args[3], &most)) return false;
    AdjStr *old = str_of(args[1]), *with = str_of(args[2]);
    if (most < 0) most = INT64_MAX;
    if (old->len == 0) return interleave(vm, s, with, most, out);
    int64_t n = count_matches(s, old, 0, s->len, most);
    if (n == 0) return adj_out_keep(out, args[0]);
    int64_t grown, size;
    if (__builtin_mul_overflow(n, with->len - old->len, &grown) ||
        __builtin_add_overflow(s->len, grown, &size)) {
        return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    }
    AdjStr *result = adj_str_alloc(vm, (size_t)size);
    if (!result) return false;
    char *to = result->data;
    int64_t from = 0;
    for (; n > 0; n--) {
        int64_t at = adj_str_find(s, old, from, s->len);
        memcpy(to, s->data + from, (size_t)(at - from));
        memcpy(to + (at - from), with->data, (size_t)with->len);
        to += at - from + with->len;
        from = at + old->len;
    }
    memcpy(to, s->data + from, (size_t)(s->len - from));
    return adj_out(out, result);
}

static bool three(AdjVM *vm, AdjStr *s, int64_t at, int64_t size, AdjVal sep, AdjVal *out)
{
    AdjTuple *t = adj_tuple_new(vm, 3);
    AdjStr *before = t ? adj_str_new(vm, s->data, (size_t)at) : NULL;
    AdjStr *after =
        before ? adj_str_new(vm, s->data + at + size, (size_t)(s->len - at - size)) : NULL;
    if (!after) {
        adj_obj_drop(before);
        adj_obj_drop(t);
        return false;
    }
    t->items[0] = adj_obj_val(before);
    t->items[1] = adj_val_keep(sep);
    t->items[2] = adj_obj_val(after);
    return adj_out(out, t);
}

static bool partition(AdjVM *vm, AdjVal *args, bool last, AdjVal *out)
{
    AdjStr *s = str_of(args[0]);
    if (!adj_str_need(vm, args[1], "must be str")) return false;
    AdjStr *sep = str_of(args[1]);
    if (sep->len == 0) return adj_raise(vm, ADJ_EXC_ValueError, "empty separator");
    int64_t at = last ? adj_str_rfind(s, sep, 0, s->len) : adj_str_find(s, sep, 0, s->len);
    if (at >= 0) return three(vm, s, at, sep->len, args[1], out);
    AdjStr *none = adj_str_new(vm, "", 0);
    if (!none) return false;
    AdjVal empty = adj_obj_val(none), items[] = {empty, empty, empty};
    items[last ? 2 : 0] = args[0];
    bool ok = adj_out(out, adj_tuple_from(vm, items, 3));
    adj_obj_drop(none);
    return ok;
}

bool adj_str_do_partition(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return partition(vm, args, false, out);
}

bool adj_str_do_rpartition(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return partition(vm, args, true, out);
}
