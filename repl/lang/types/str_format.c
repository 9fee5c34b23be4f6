// SPDX-License-Identifier: Apache-2.0
// str.format and format_map: a text whose {fields} are replaced by formatted values. A field is
// {name!conversion:specification}; the name may go on with .attribute and [index], and the
// specification may hold fields of its own, one level deep.
// Invariant: fields are numbered either all by hand or all automatically, nested ones included.
#include "lang/types/str.h"

#include <stdio.h>

typedef enum Numbering { NUMBERING_OPEN, NUMBERING_AUTO, NUMBERING_MANUAL } Numbering;

typedef struct Formatter {
    AdjVM *vm;
    AdjTuple *args;   // NULL for format_map
    AdjVal keywords;  // dict or any mapping
    Numbering numbering;
    int64_t next;
} Formatter;

typedef struct Span {
    const char *at, *end;
} Span;

typedef struct Field {
    Span name, spec;
    bool has_conversion, nested;
    uint32_t conversion;
} Field;

static bool build(Formatter *f, Span text, int depth, AdjText *result);

// ---- taking a field apart ----

static bool bad(Formatter *f, const char *text)
{
    return adj_raise(f->vm, ADJ_EXC_ValueError, "%s", text);
}

// [*at] stands behind '{'; leaves it behind the matching '}'.
static bool parse_field(Formatter *f, Span *text, Field *field)
{
    char c = 0;
    *field = (Field){.name = {text->at, text->at}};
    while (text->at < text->end) {
        c = *text->at++;
        if (c == '{') return bad(f, "unexpected '{' in field name");
        if (c == '[') while (text->at < text->end && *text->at != ']') text->at++;
        if (c == '}' || c == ':' || c == '!') break;
    }
    field->name.end = text->at - (c == '}' || c == ':' || c == '!');
    if (c == '!') {
        if (text->at >= text->end) {
            return bad(f, "end of string while looking for conversion specifier");
        }
        field->has_conversion = true;
        field->conversion = adj_utf8_take(&text->at);
        if (text->at < text->end) {
            c = *text->at++;
            if (c == '}') return true;
            if (c != ':') return bad(f, "expected ':' after conversion specifier");
        }
    } else if (c != ':') {
        return c == '}' || bad(f, "expected '}' before end of string");
    }
    field->spec.at = text->at;
    for (int open = 1; text->at < text->end;) {
        c = *text->at++;
        if (c == '{') {
            field->nested = true;
            open++;
        } else if (c == '}' && --open == 0) {
            field->spec.end = text->at - 1;
            return true;
        }
    }
    return bad(f, "unmatched '{' in format spec");
}

// ---- finding the value of a field ----

// A run of digits as an int; -1 if it is anything else, -2 with an error if it is too large.
static int64_t number_in(Formatter *f, Span s)
{
    int64_t n = 0;
    if (s.at == s.end) return -1;
    while (s.at < s.end) {
        int digit = adj_char_decimal(adj_utf8_take(&s.at));
        if (digit < 0) return -1;
        if (n > (INT64_MAX - digit) / 10) {
            return bad(f, "Too many decimal digits in format string"), -2;
        }
        n = n * 10 + digit;
    }
    return n;
}

static bool number_next(Formatter *f, Numbering wanted)
{
    if (f->numbering == NUMBERING_OPEN) f->numbering = wanted;
    if (f->numbering == wanted) return true;
    return bad(f, wanted == NUMBERING_AUTO ? "cannot switch from manual field specification to "
                                             "automatic field numbering"
                                           : "cannot switch from automatic field numbering to "
                                             "manual field specification");
}

static bool positional(Formatter *f, int64_t i, AdjVal *out)
{
    if (!f->args) return bad(f, "Format string contains positional fields");
    if (i < f->args->len) return adj_out_keep(out, f->args->items[i]);
    return adj_raise(f->vm, ADJ_EXC_IndexError,
                     "Replacement index %lld out of range for positional args tuple",
                     (long long)i);
}

static bool keyword(Formatter *f, Span name, AdjVal *out)
{
    AdjStr *key = adj_str_new(f->vm, name.at, (size_t)(name.end - name.at));
    if (!key) return false;
    bool ok = adj_val_getitem(f->vm, f->keywords, adj_obj_val(key), out);
    adj_obj_drop(key);
    return ok;
}

static bool first_value(Formatter *f, Span name, AdjVal *out)
{
    int64_t i = number_in(f, name);
    if (i == -2) return false;
    bool automatic = name.at == name.end;
    if (i < 0 && !automatic) return keyword(f, name, out);
    if (f->args && !number_next(f, automatic ? NUMBERING_AUTO : NUMBERING_MANUAL)) return false;
    return positional(f, automatic ? f->next++ : i, out);
}

// Replaces [*value] by one of its attributes.
static bool take_attribute(Formatter *f, Span name, AdjVal *value)
{
    AdjVal next;
    AdjStr *key = adj_str_intern(f->vm, name.at, (size_t)(name.end - name.at));
    bool ok = key && adj_val_getattr(f->vm, *value, key, &next);
    adj_obj_drop(key);
    if (ok) adj_val_set(value, next);
    return ok;
}

static bool take_item(Formatter *f, Span index, AdjVal *value)
{
    AdjVal next, key;
    int64_t i = number_in(f, index);
    if (i == -2) return false;
    if (i >= 0) key = adj_int_val(i);
    else if (!adj_out(&key, adj_str_new(f->vm, index.at, (size_t)(index.end - index.at))))
        return false;
    bool ok = adj_val_getitem(f->vm, *value, key, &next);
    adj_val_drop(key);
    if (ok) adj_val_set(value, next);
    return ok;
}

// The rest of a name: .attribute and [index] in any number.
static bool follow(Formatter *f, Span rest, AdjVal *value)
{
    while (rest.at < rest.end) {
        char kind = *rest.at++;
        Span part = {rest.at, rest.at};
        if (kind != '.' && kind != '[') {
            return bad(f, "Only '.' or '[' may follow ']' in format field specifier");
        }
        if (kind == '.') {
            while (rest.at < rest.end && *rest.at != '.' && *rest.at != '[') rest.at++;
            part.end = rest.at;
        } else {
            while (rest.at < rest.end && *rest.at != ']') rest.at++;
            if (rest.at >= rest.end) return bad(f, "Missing ']' in format string");
            part.end = rest.at++;
        }
        if (part.at == part.end) return bad(f, "Empty attribute in format string");
        if (!(kind == '.' ? take_attribute : take_item)(f, part, value)) return false;
    }
    return true;
}

static bool field_value(Formatter *f, const Field *field, AdjVal *out)
{
    Span first = {field->name.at, field->name.at};
    while (first.end < field->name.end && *first.end != '.' && *first.end != '[') first.end++;
    if (!first_value(f, first, out)) return false;
    if (follow(f, (Span){first.end, field->name.end}, out)) return true;
    adj_val_drop(*out);
    return false;
}

static bool convert(Formatter *f, const Field *field, AdjVal *value)
{
    AdjVal text;
    bool ok;
    if (!field->has_conversion) return true;
    switch (field->conversion) {
    case 'r': ok = adj_val_repr(f->vm, *value, &text); break;
    case 's': ok = adj_val_str(f->vm, *value, &text); break;
    case 'a': ok = adj_val_ascii(f->vm, *value, &text); break;
    default: {
        char shown[8];
        uint32_t c = field->conversion;
        if (c > 32 && c < 127) {
            return adj_raise(f->vm, ADJ_EXC_ValueError, "Unknown conversion specifier %c",
                             (int)c);
        }
        snprintf(shown, sizeof shown, "%x", c);
        return adj_raise(f->vm, ADJ_EXC_ValueError, "Unknown conversion specifier \\x%s",
                         shown);
    }
    }
    if (ok) adj_val_set(value, text);
    return ok;
}

// ---- building the result ----

static bool put_field(Formatter *f, const Field *field, int depth, AdjText *result)
{
    AdjVal value, shown;
    if (!field_value(f, field, &value)) return false;
    bool ok = convert(f, field, &value);
    AdjText spec = {0};
    Span plain = field->spec;
    if (ok && field->nested) {
        ok = build(f, field->spec, depth - 1, &spec);
        plain = (Span){spec.data, spec.data + spec.size};
    }
    const char *at = plain.at ? plain.at : "";
    ok = ok && adj_val_format(f->vm, value, at, (size_t)(plain.end - plain.at), &shown);
    if (ok) {
        adj_text_add(result, ((AdjStr *)shown.o)->data, (size_t)((AdjStr *)shown.o)->len);
        adj_val_drop(shown);
    }
    adj_val_drop(value);
    adj_text_free(&spec);
    return ok;
}

static bool build(Formatter *f, Span text, int depth, AdjText *result)
{
    if (depth < 0) return bad(f, "Max string recursion exceeded");
    while (text.at < text.end) {
        const char *start = text.at;
        while (text.at < text.end && *text.at != '{' && *text.at != '}') text.at++;
        adj_text_add(result, start, (size_t)(text.at - start));
        if (text.at == text.end) break;
        char brace = *text.at++;
        bool doubled = text.at < text.end && *text.at == brace;
        if (doubled) {
            adj_text_byte(result, brace);
            text.at++;
            continue;
        }
        if (brace == '}') return bad(f, "Single '}' encountered in format string");
        if (text.at == text.end) return bad(f, "Single '{' encountered in format string");
        Field field;
        if (!parse_field(f, &text, &field) || !put_field(f, &field, depth, result))
            return false;
    }
    return true;
}

static bool format(AdjVM *vm, AdjVal self, AdjTuple *args, AdjVal keywords, AdjVal *out)
{
    AdjStr *s = (AdjStr *)self.o;
    Formatter f = {.vm = vm, .args = args, .keywords = keywords};
    AdjText result = {0};
    if (!build(&f, (Span){s->data, s->data + s->len}, 1, &result)) {
        adj_text_free(&result);
        return false;
    }
    return adj_str_from_text(vm, &result, out);
}

bool adj_str_do_format(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return format(vm, args[0], adj_as_tuple(args[1]), args[2], out);
}

bool adj_str_do_format_map(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return format(vm, args[0], NULL, args[1], out);
}
