// SPDX-License-Identifier: Apache-2.0
// Methods of str about what characters are: case, classes, width, tables.
// Case images may be longer than the character (the German sharp s becomes SS), so results are
// built in a growing text; ASCII, where bytes map to bytes, has its own loop.
#include "lang/types/str.h"

#include <string.h>

static AdjStr *str_of(AdjVal v)
{
    return (AdjStr *)v.o;
}

// ---- case ----

static void put_case(AdjText *text, uint32_t c, AdjCase which)
{
    char image[12];
    adj_text_add(text, image, adj_char_case(c, which, image));
}

// Characters that do not separate a letter from its word when it comes to final sigma.
static bool is_ignorable(uint32_t c)
{
    return c == '\'' || c == '.' || c == ':' || c == 0xad || c == 0xb7 || c == 0x2019;
}

// Sigma at the end of a word has a small form of its own: a cased letter before it, none after.
static bool is_final_sigma(const AdjStr *s, const char *sigma)
{
    const char *end = s->data + s->len, *at = sigma;
    uint32_t c = 0;
    while (at > s->data) {
        at = adj_utf8_back(at);
        const char *again = at;
        c = adj_utf8_take(&again);
        if (!is_ignorable(c)) break;
        c = 0;
    }
    if (!(adj_char_flags(c) & ADJ_CHAR_CASED)) return false;
    at = sigma + 2;
    while (at < end) {
        c = adj_utf8_take(&at);
        if (!is_ignorable(c)) return !(adj_char_flags(c) & ADJ_CHAR_CASED);
    }
    return true;
}

static void put_lower(AdjText *text, const AdjStr *s, const char *at, uint32_t c)
{
    const uint32_t sigma = 0x3a3, final_sigma = 0x3c2;
    if (c == sigma && is_final_sigma(s, at)) adj_text_fill(text, final_sigma, 1);
    else put_case(text, c, ADJ_CASE_LOWER);
}

static bool map_ascii(AdjVM *vm, const AdjStr *s, bool to_upper, AdjVal *out)
{
    AdjStr *r = adj_str_alloc(vm, (size_t)s->len);
    if (!r) return false;
    char first = to_upper ? 'a' : 'A';
    for (int64_t i = 0; i < s->len; i++) {
        r->data[i] = s->data[i] ^ (char)(((unsigned char)(s->data[i] - first) < 26) << 5);
    }
    r->chars = r->len;
    return adj_out(out, r);
}

static bool map_case(AdjVM *vm, AdjVal self, AdjCase which, AdjVal *out)
{
    AdjStr *s = str_of(self);
    if (adj_str_ascii(s)) return map_ascii(vm, s, which == ADJ_CASE_UPPER, out);
    AdjText text = {0};
    for (const char *at = s->data, *end = at + s->len; at < end;) {
        const char *start = at;
        uint32_t c = adj_utf8_take(&at);
        if (which == ADJ_CASE_LOWER) put_lower(&text, s, start, c);
        else put_case(&text, c, which);
    }
    return adj_str_from_text(vm, &text, out);
}

bool adj_str_do_upper(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return map_case(vm, args[0], ADJ_CASE_UPPER, out);
}

bool adj_str_do_lower(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return map_case(vm, args[0], ADJ_CASE_LOWER, out);
}

bool adj_str_do_casefold(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return map_case(vm, args[0], ADJ_CASE_FOLD, out);
}

bool adj_str_do_swapcase(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjStr *s = str_of(args[0]);
    AdjText text = {0};
    for (const char *at = s->data, *end = at + s->len; at < end;) {
        const char *start = at;
        uint32_t c = adj_utf8_take(&at);
        unsigned flags = adj_char_flags(c);
        if (flags & ADJ_CHAR_UPPER) put_lower(&text, s, start, c);
        else if (flags & ADJ_CHAR_LOWER) put_case(&text, c, ADJ_CASE_UPPER);
        else adj_text_add(&text, start, (size_t)(at - start));
    }
    return adj_str_from_text(vm, &text, out);
}

// Letters after a cased letter are small, others begin a word. [once]: only the first can.
static bool map_title(AdjVM *vm, AdjVal self, bool once, AdjVal *out)
{
    AdjStr *s = str_of(self);
    AdjText text = {0};
    bool inside = false;
    for (const char *at = s->data, *end = at + s->len; at < end;) {
        const char *start = at;
        uint32_t c = adj_utf8_take(&at);
        if (inside) put_lower(&text, s, start, c);
        else put_case(&text, c, ADJ_CASE_TITLE);
        inside = once || (adj_char_flags(c) & ADJ_CHAR_CASED);
    }
    return adj_str_from_text(vm, &text, out);
}

bool adj_str_do_title(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return map_title(vm, args[0], false, out);
}

bool adj_str_do_capitalize(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return map_title(vm, args[0], true, out);
}

// ---- classes ----

// Whether every character has one of the [wanted] flags.
static bool all_are(const AdjStr *s, unsigned wanted)
{
    for (const char *at = s->data, *end = at + s->len; at < end;) {
        if (!(adj_char_flags(adj_utf8_take(&at)) & wanted)) return false;
    }
    return true;
}

// clang-format off
#define CLASS_METHOD(name, wanted)                                              \
    bool adj_str_do_##name(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)     \
    {                                                                           \
        (void)vm, (void)nargs;                                                  \
        AdjStr *s = str_of(args[0]);                                            \
        return adj_out_bool(out, s->len > 0 && all_are(s, wanted));             \
    }
CLASS_METHOD(isalpha, ADJ_CHAR_ALPHA)
CLASS_METHOD(isalnum, ADJ_CHAR_ALNUM)
CLASS_METHOD(isdecimal, ADJ_CHAR_DECIMAL)
CLASS_METHOD(isdigit, ADJ_CHAR_DIGIT)
CLASS_METHOD(isnumeric, ADJ_CHAR_NUMERIC)
CLASS_METHOD(isspace, ADJ_CHAR_SPACE)
// clang-format on

bool adj_str_do_isprintable(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    return adj_out_bool(out, all_are(str_of(args[0]), ADJ_CHAR_PRINTABLE));
}

bool adj_str_do_isascii(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    return adj_out_bool(out, adj_str_ascii(str_of(args[0])));
}

bool adj_str_do_isidentifier(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    const AdjStr *s = str_of(args[0]);
    const char *at = s->data;
    bool starts = s->len > 0 && (adj_char_flags(adj_utf8_take(&at)) & ADJ_CHAR_NAME_START);
    return adj_out_bool(out, starts && all_are(s, ADJ_CHAR_NAME));
}

// Whether there is a character with [wanted] and none with [refused].
static bool some_are(const AdjStr *s, unsigned wanted, unsigned refused)
{
    bool seen = false;
    for (const char *at = s->data, *end = at + s->len; at < end;) {
        unsigned flags = adj_char_flags(adj_utf8_take(&at));
        if (flags & refused) return false;
        seen |= (flags & wanted) != 0;
    }
    return seen;
}

bool adj_str_do_islower(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    unsigned refused = ADJ_CHAR_UPPER | ADJ_CHAR_TITLE;
    return adj_out_bool(out, some_are(str_of(args[0]), ADJ_CHAR_LOWER, refused));
}

bool adj_str_do_isupper(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    unsigned refused = ADJ_CHAR_LOWER | ADJ_CHAR_TITLE;
    return adj_out_bool(out, some_are(str_of(args[0]), ADJ_CHAR_UPPER, refused));
}

bool adj_str_do_istitle(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    const AdjStr *s = str_of(args[0]);
    bool inside = false, seen = false;
    for (const char *at = s->data, *end = at + s->len; at < end;) {
        unsigned flags = adj_char_flags(adj_utf8_take(&at));
        bool capital = flags & (ADJ_CHAR_UPPER | ADJ_CHAR_TITLE),
             small = flags & ADJ_CHAR_LOWER;
        if ((capital && inside) || (small && !inside)) return adj_out_bool(out, false);
        inside = capital || small;
        seen |= inside;
    }
    return adj_out_bool(out, seen);
}

// ---- width ----

static bool fill_char(AdjVM *vm, AdjVal v, uint32_t *out)
{
    if (!adj_is_str(v)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "The fill character must be a unicode character, not %s",
                         adj_type_name(v));
    }
    if (adj_str_chars(str_of(v)) != 1) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "The fill character must be exactly one character long");
    }
    const char *at = str_of(v)->data;
    return *out = adj_utf8_take(&at), true;
}

typedef enum Side { SIDE_LEFT, SIDE_RIGHT, SIDE_BOTH } Side;

static bool pad(AdjVM *vm, AdjVal *args, Side filled, AdjVal *out)
{
    AdjStr *s = str_of(args[0]);
    int64_t width;
    uint32_t fill = 0;
    if (!adj_get_int(vm, args[1], &width) || !fill_char(vm, args[2], &fill)) return false;
    int64_t missing = width - adj_str_chars(s);
    if (missing <= 0) return adj_out_keep(out, args[0]);
    // Where the space does not halve, Python puts the odd place left if the width is odd too.
    int64_t left = missing / 2 + (missing & width & 1);
    if (filled == SIDE_LEFT) left = missing;
    if (filled == SIDE_RIGHT) left = 0;
    AdjText text = {0};
    adj_text_fill(&text, fill, (size_t)left);
    adj_text_add(&text, s->data, (size_t)s->len);
    adj_text_fill(&text, fill, (size_t)(missing - left));
    return adj_str_from_text(vm, &text, out);
}

bool adj_str_do_center(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return pad(vm, args, SIDE_BOTH, out);
}

bool adj_str_do_ljust(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return pad(vm, args, SIDE_RIGHT, out);
}

bool adj_str_do_rjust(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return pad(vm, args, SIDE_LEFT, out);
}

bool adj_str_do_zfill(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjStr *s = str_of(args[0]);
    int64_t width;
    if (!adj_get_int(vm, args[1], &width)) return false;
    int64_t missing = width - adj_str_chars(s);
    if (missing <= 0) return adj_out_keep(out, args[0]);
    size_t sign = s->len > 0 && (s->data[0] == '-' || s->data[0] == '+');
    AdjText text = {0};
    adj_text_add(&text, s->data, sign);
    adj_text_fill(&text, '0', (size_t)missing);
    adj_text_add(&text, s->data + sign, (size_t)s->len - sign);
    return adj_str_from_text(vm, &text, out);
}

bool adj_str_do_expandtabs(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjStr *s = str_of(args[0]);
    int64_t size, column = 0;
    if (!adj_get_int(vm, args[1], &size)) return false;
    AdjText text = {0};
    for (const char *at = s->data, *end = at + s->len; at < end;) {
        const char *start = at;
        uint32_t c = adj_utf8_take(&at);
        if (c == '\t') {
            int64_t blanks = size > 0 ? size - column % size : 0;
            adj_text_fill(&text, ' ', (size_t)blanks);
            column += blanks;
            continue;
        }
        adj_text_add(&text, start, (size_t)(at - start));
        column = c == '\n' || c == '\r' ? 0 : column + 1;
    }
    return adj_str_from_text(vm, &text, out);
}

// ---- tables ----

// What [table] has for one character: adds it to the text.
static bool translate_char(AdjVM *vm, AdjVal table, uint32_t c, AdjText *text)
{
    AdjVal image;
    if (!adj_val_getitem(vm, table, adj_int_val(c), &image)) {
        if (!adj_vm_error_is(vm, ADJ_EXC_LookupError)) return false;
        adj_vm_clear_error(vm);
        adj_text_fill(text, c, 1);
        return true;
    }
    bool ok = true;
    if (adj_is_str(image)) {
        adj_text_add(text, str_of(image)->data, (size_t)str_of(image)->len);
    } else if (adj_is_int(image)) {
        ok = image.i >= 0 && image.i < ADJ_CODE_POINTS;
        if (ok) adj_text_fill(text, (uint32_t)image.i, 1);
        else adj_raise(vm, ADJ_EXC_ValueError, "character mapping must be in range(0x110000)");
    } else if (!adj_is_none(image)) {
        ok = adj_raise(vm, ADJ_EXC_TypeError,
                       "character mapping must return integer, None or str");
    }
    adj_val_drop(image);
    return ok;
}

bool adj_str_do_translate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjStr *s = str_of(args[0]);
    AdjText text = {0};
    for (const char *at = s->data, *end = at + s->len; at < end;) {
        if (!translate_char(vm, args[1], adj_utf8_take(&at), &text)) {
            adj_text_free(&text);
            return false;
        }
    }
    return adj_str_from_text(vm, &text, out);
}

static bool maketrans_dict(AdjVM *vm, AdjDict *from, AdjDict *table)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(from, &i));) {
        AdjVal key = e->key;
        if (adj_is_str(key)) {
            if (adj_str_chars(str_of(key)) != 1) {
                return adj_raise(vm, ADJ_EXC_ValueError,
                                 "string keys in translate table must be of length 1");
            }
            const char *at = str_of(key)->data;
            key = adj_int_val(adj_utf8_take(&at));
        } else if (!adj_is_int(key)) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "keys in translate table must be strings or integers");
        }
        if (!adj_dict_set(vm, table, key, e->value)) return false;
    }
    return true;
}

static bool maketrans_pairs(AdjVM *vm, AdjVal *args, AdjDict *table)
{
    static const char *const wrong[] = {
        "first maketrans argument must be a string if there is a second argument",
        "maketrans() argument 2 must be str", "maketrans() argument 3 must be str"};
    if (!adj_is_str(args[0])) return adj_raise(vm, ADJ_EXC_TypeError, "%s", wrong[0]);
    if (!adj_str_need(vm, args[1], wrong[1])) return false;
    if (!adj_is_undef(args[2]) && !adj_str_need(vm, args[2], wrong[2])) return false;
    AdjStr *x = str_of(args[0]), *y = str_of(args[1]);
    if (adj_str_chars(x) != adj_str_chars(y)) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "the first two maketrans arguments must have equal length");
    }
    const char *to = y->data;
    for (const char *at = x->data, *end = at + x->len; at < end;) {
        AdjVal key = adj_int_val(adj_utf8_take(&at));
        if (!adj_dict_set(vm, table, key, adj_int_val(adj_utf8_take(&to)))) return false;
    }
    if (adj_is_undef(args[2])) return true;
    for (const char *at = str_of(args[2])->data, *end = at + str_of(args[2])->len; at < end;) {
        if (!adj_dict_set(vm, table, adj_int_val(adj_utf8_take(&at)), ADJ_NONE)) return false;
    }
    return true;
}

bool adj_str_do_maketrans(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjDict *table = adj_dict_new(vm);
    bool ok = table != NULL;
    if (ok && !adj_is_undef(args[1])) ok = maketrans_pairs(vm, args, table);
    else if (ok && adj_is_dict(args[0])) ok = maketrans_dict(vm, adj_as_dict(args[0]), table);
    else if (ok) {
        ok = adj_raise(vm, ADJ_EXC_TypeError,
                       "if you give only one argument to maketrans it must be a dict");
    }
    if (!ok) return adj_obj_drop(table), false;
    return adj_out(out, table);
}
