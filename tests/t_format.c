// SPDX-License-Identifier: Apache-2.0
//
// Text of numbers and about characters, without the machine: golden/format.txt has the answers
// of CPython (golden/ref/format.py made it), the twister's words are those of its authors' test
// program, and the character tables are compared with the ASCII table that stands beside them.
#include "../engine/core/random_mt.h"
#include "lang/types/format_float.h"
#include "lang/types/format_spec.h"
#include "lang/types/str_utf8.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- golden lines ----

typedef struct Line {
    char kind;
    const char *spec, *value, *wanted;
} Line;

static bool take_apart(char *text, Line *line)
{
    char *rest = text, *parts[4];
    text[strcspn(text, "\n")] = 0;
    for (int i = 0; i < 4; i++) {
        parts[i] = strsep(&rest, "\t");
        if (!parts[i]) return false;
    }
    *line = (Line){*parts[0], parts[1], parts[2], parts[3]};
    return true;
}

static void add_error(AdjText *out, const char *error)
{
    adj_text_byte(out, '!');
    adj_text_puts(out, error);
}

static void add_repr(AdjText *out, double x)
{
    char shown[ADJ_FLOAT_REPR_SIZE];
    adj_text_add(out, shown, adj_float_repr(x, shown));
}

// What our side says of a line.
static void answer(const Line *l, AdjText *out)
{
    AdjFormatError error;
    size_t spec_size = strlen(l->spec), size = strlen(l->value);
    double x = 0;
    bool read = l->kind == 'i' || l->kind == 's' || adj_float_parse(l->value, size, &x),
         good = true;
    if (!read) {
        add_error(out, "could not convert string to float");
        return;
    }
    switch (l->kind) {
    case 'i': {
        int64_t i = strtoll(l->value, NULL, 10);
        good = adj_format_int(out, i, l->spec, spec_size, "int", &error);
        break;
    }
    case 'f': good = adj_format_float(out, x, l->spec, spec_size, "float", &error); break;
    case 's': good = adj_format_str(out, l->value, size, l->spec, spec_size, &error); break;
    case 'o':
        if (adj_float_round(x, atoi(l->spec), &x)) add_repr(out, x);
        else add_error(out, "rounded value too large to represent");
        break;
    default: add_repr(out, x);
    }
    if (!good) add_error(out, error.text);
}

static void golden(void)
{
    char text[4096];
    int count = 0, wrong = 0;
    FILE *file = fopen("golden/format.txt", "r");
    if (!ok(file != NULL, "golden/format.txt is there")) return;
    while (fgets(text, sizeof text, file)) {
        Line line;
        AdjText out = {0};
        if (!take_apart(text, &line)) continue;
        answer(&line, &out);
        adj_text_byte(&out, 0);
        bool same = strcmp(out.data, line.wanted) == 0;
        if (!same && ++wrong <= 10) {
            note("%c '%s' of %s: got %s, wanted %s", line.kind, line.spec, line.value, out.data,
                 line.wanted);
        }
        adj_text_free(&out);
        count++;
    }
    fclose(file);
    ok(count > 3000, "there are golden lines (%d)", count);
    equal_int(wrong, 0, "formats agree with CPython");
}

// ---- growing text ----

static void growing(void)
{
    AdjText text = {0};
    for (int i = 0; i < 1000; i++) adj_text_int(&text, i - 500);
    adj_text_fill(&text, 0x1f600, 3);
    adj_text_printf(&text, "%d%%", 7);
    equal_int((int64_t)text.size, 3296, "sizes add up");
    ok(!text.failed, "memory sufficed");
    adj_text_fill(&text, 'x', (size_t)PTRDIFF_MAX + 1);
    ok(text.failed, "an impossible size is refused");
    size_t size = text.size;
    adj_text_puts(&text, "more");
    equal_int((int64_t)text.size, (int64_t)size, "nothing is added after a failure");
    adj_text_free(&text);
}

// ---- characters ----

static void characters(void)
{
    int differ = 0;
    for (uint32_t c = 0; c < 128; c++) differ += adj_char_flags(c) != adj_char_flags_wide(c);
    equal_int(differ, 0, "the ASCII table is the head of the full one");
    char image[12];
    size_t size = adj_char_case(0xdf, ADJ_CASE_UPPER, image);
    ok(size == 2 && memcmp(image, "SS", 2) == 0, "sharp s becomes SS");
    size = adj_char_case(0x416, ADJ_CASE_LOWER, image);
    ok(size == 2 && memcmp(image, "\xd0\xb6", 2) == 0, "Cyrillic Zhe becomes small");
    equal_int(adj_char_decimal(0x663), 3, "Arabic-Indic three is a digit");
    equal_int(adj_char_decimal('x'), -1, "a letter is none");
}

static void utf8(void)
{
    const char *text = "aé日😀";
    size_t size = strlen(text), bad = 0;
    equal_int((int64_t)adj_utf8_length(text, size), 4, "characters are counted, not bytes");
    equal_int((int64_t)adj_utf8_offset(text, size, 2), 3, "the third starts at byte 3");
    equal_int((int64_t)adj_utf8_offset(text, size, 9), (int64_t)size,
              "beyond the end is the end");
    for (uint32_t c = 1; c < ADJ_CODE_POINTS; c += 97) {
        char bytes[4];
        const char *at = bytes;
        size_t n = adj_utf8_put(c, bytes);
        if (adj_utf8_take(&at) != c || at != bytes + n) fail("code point %x survives", c);
    }
    ok(adj_utf8_check(text, size, &bad), "valid text is valid");
    static const struct { const char *text; size_t bad;
    } broken[] = {{"\x80", 0},
                  {"a\xc3", 1},
                  {"ab\xc0\xaf", 2},
                  {"\xe0\x80\x80", 0},
                  {"\xf4\x90\x80\x80", 0},
                  {"\xf8\x88\x80\x80\x80", 0},
                  {"\xe6\x97", 0}};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        bool valid = adj_utf8_check(broken[i].text, strlen(broken[i].text), &bad);
        ok(!valid && bad == broken[i].bad, "broken text %zu is found at its place", i);
    }
}

// ---- the twister ----

static void twister(void)
{
    // mt19937ar.out: the first words for the array {0x123, 0x234, 0x345, 0x456}.
    static const uint32_t wanted[] = {1067595299, 955945823, 477289528, 4107218783, 4228976476};
    AdjMt mt;
    adj_mt_init_array(&mt, (uint32_t[]){0x123, 0x234, 0x345, 0x456}, 4);
    for (int i = 0; i < 5; i++) equal_int(adj_mt_next32(&mt), wanted[i], "word %d", i);
    adj_mt_init(&mt, 5489);
    for (int i = 0; i < 9999; i++) adj_mt_next32(&mt);
    equal_int(adj_mt_next32(&mt), 4123659995, "the 10000th word of the default seed");
    adj_mt_init_array(&mt, (uint32_t[]){42}, 1);
    near(adj_mt_double53(&mt), 0.6394267984578837, 0, "random.seed(42); random.random()");
}

int main(void)
{
    golden();
    growing();
    characters();
    utf8();
    twister();
    return done();
}
