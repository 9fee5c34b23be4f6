// SPDX-License-Identifier: Apache-2.0
// Keys: what the terminal sends for them, and which command each calls. The decoder takes bytes
// and gives keys; it never guesses from timing itself, but is told by [final] that nothing
// followed. Three dialects are read, which do not contradict each other: the VT/xterm sequences
// every terminal sends, xterm's modifyOtherKeys (CSI 27;m;c~) and kitty's (CSI c;m u). A
// modifier parameter m is 1 + the sum of Shift 1, Alt 2, Ctrl 4. Anything else that has the
// form of a control sequence is taken whole and ignored, so that an unknown key never types
// rubbish.
#include "internal.h"

#include <stdlib.h>
#include <string.h>

// What follows `ESC [` (CSI) or `ESC O` (SS3) as its final byte.
static const struct {
    char final;
    AdjKey key;
} letters[] = {
    {'A', ADJ_KEY_UP},
    {'B', ADJ_KEY_DOWN},
    {'C', ADJ_KEY_RIGHT},
    {'D', ADJ_KEY_LEFT},
    {'H', ADJ_KEY_HOME},
    {'F', ADJ_KEY_END},
    {'P', ADJ_KEY_F1},
    {'Q', ADJ_KEY_F1 + 1},
    {'R', ADJ_KEY_F1 + 2},
    {'S', ADJ_KEY_F1 + 3},
    {'M', ADJ_KEY_ENTER},
    {'I', ADJ_KEY_TAB},
    {'Z', ADJ_KEY_TAB | ADJ_KEY_S},
};

// The number before the `~` of `ESC [ number ~`. 200 and 201 frame a paste.
static const struct {
    int number;
    AdjKey key;
} numbers[] = {
    {1, ADJ_KEY_HOME},        {2, ADJ_KEY_INSERT},   {3, ADJ_KEY_DELETE},
    {4, ADJ_KEY_END},         {5, ADJ_KEY_PAGE_UP},  {6, ADJ_KEY_PAGE_DOWN},
    {7, ADJ_KEY_HOME},        {8, ADJ_KEY_END},      {11, ADJ_KEY_F1},
    {12, ADJ_KEY_F1 + 1},     {13, ADJ_KEY_F1 + 2},  {14, ADJ_KEY_F1 + 3},
    {15, ADJ_KEY_F1 + 4},     {17, ADJ_KEY_F1 + 5},  {18, ADJ_KEY_F1 + 6},
    {19, ADJ_KEY_F1 + 7},     {20, ADJ_KEY_F1 + 8},  {21, ADJ_KEY_F1 + 9},
    {23, ADJ_KEY_F1 + 10},    {24, ADJ_KEY_F1 + 11}, {200, ADJ_KEY_PASTE},
    {201, ADJ_KEY_PASTE_END},
};

// Keys that have names; single characters name themselves.
static const struct {
    const char *name;
    AdjKey key;
} names[] = {
    {"Tab", ADJ_KEY_TAB},
    {"Enter", ADJ_KEY_ENTER},
    {"Esc", ADJ_KEY_ESC},
    {"Backspace", ADJ_KEY_BACKSPACE},
    {"Up", ADJ_KEY_UP},
    {"Down", ADJ_KEY_DOWN},
    {"Left", ADJ_KEY_LEFT},
    {"Right", ADJ_KEY_RIGHT},
    {"Home", ADJ_KEY_HOME},
    {"End", ADJ_KEY_END},
    {"Delete", ADJ_KEY_DELETE},
    {"PageUp", ADJ_KEY_PAGE_UP},
    {"PageDown", ADJ_KEY_PAGE_DOWN},
    {"F1", ADJ_KEY_F1},
    {"Space", ' '},
};

// One row for every key of a row of keys.def.
static const struct {
    const char *keys;  // NULL: a section, whose title is [help]
    AdjAct (*command)(AdjTerm *term);
    const char *help;
} rows[] = {
#define SECTION(title) {NULL, NULL, title},
#define KEY(names, command, help) {names, adj_cmd_##command, help},
#include "keys.def"
#undef KEY
#undef SECTION
};
enum { ROWS = sizeof rows / sizeof *rows, KEY_COLUMN = 24 };

// -- decoding ---------------------------------------------------------------------------------

// What the control characters and the like stand for. Ctrl with a letter is the letter's low
// five bits, so Tab is C-i and Enter is C-m; C-j stays a key of its own.
static AdjKey plain_key(uint32_t c)
{
    switch (c) {
    case '\t': return ADJ_KEY_TAB;
    case '\r': return ADJ_KEY_ENTER;
    case 0x1b: return ADJ_KEY_ESC;
    case 0x7f: return ADJ_KEY_BACKSPACE;
    case 0: return ADJ_KEY_C | ' ';
    }
    if (c < 0x1b) return ADJ_KEY_C | (c + 'a' - 1);
    return c < 0x20 ? ADJ_KEY_C | (c + '@') : c;
}

static AdjKey modified(AdjKey key, int parameter)
{
    int bits = parameter > 0 ? parameter - 1 : 0;
    if (bits & 1) key |= ADJ_KEY_S;
    if (bits & 2) key |= ADJ_KEY_M;
    if (bits & 4) key |= ADJ_KEY_C;
    return key;
}

// A key given by its code point and modifiers, as the newer dialects do. Shift is already in
// the character; with Ctrl a capital counts as the letter.
static AdjKey coded_key(int code, int parameter)
{
    if (code < 0 || code > 0x10ffff) return ADJ_KEY_NONE;
    bool named = code < 0x20 || code == 0x7f;
    AdjKey key = modified(code == 8 ? ADJ_KEY_BACKSPACE
                          : named   ? plain_key((uint32_t)code)
                                    : (AdjKey)code,
                          parameter);
    if (!named) key &= ~(AdjKey)ADJ_KEY_S;
    if ((key & ADJ_KEY_C) && code >= 'A' && code <= 'Z') key |= 32;
    return key;
}

typedef struct Sequence {
    int parameters[3], count;
    char final, private;
    size_t length;  // 0: not complete
    bool broken;    // a byte that cannot be in a sequence: taken up to before it
} Sequence;

// Reads parameters and final byte of a control sequence: after `ESC [`, parameter bytes
// 0-9:;<=>?, intermediates blank to /, one final byte @ to ~ (ECMA-48 5.4).
static Sequence read_sequence(const char *bytes, size_t length, size_t at)
{
    Sequence s = {0};
    for (; at < length; at++) {
        unsigned char c = (unsigned char)bytes[at];
        if (c >= '0' && c <= '9') {
            int *p = &s.parameters[s.count < 2 ? s.count : 2];
            if (*p < 1000000) *p = *p * 10 + (c - '0');
        } else if (c == ';' || c == ':') {
            s.count++;
        } else if (c >= 0x40 && c < 0x7f) {
            s.final = (char)c;
            s.length = at + 1;
            return s;
        } else if (c < 0x20 || c >= 0x7f) {
            s.broken = true;
            s.length = at;
            return s;
        } else {
            s.private = (char)c;
        }
    }
    return s;
}

static AdjKey sequence_key(const Sequence *s)
{
    int first = s->parameters[0], second = s->parameters[1];
    if (s->broken || s->private) return ADJ_KEY_NONE;
    if (s->final == 'u') return coded_key(first, second);
    if (s->final == '~' && first == 27) return coded_key(s->parameters[2], second);
    if (s->final == '~') {
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            if (numbers[i].number == first) return modified(numbers[i].key, second);
        }
        return ADJ_KEY_NONE;
    }
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        if (letters[i].final == s->final) return modified(letters[i].key, second);
    }
    return ADJ_KEY_NONE;
}

// After ESC: a sequence, or a key with Alt held.
static size_t decode_escape(const char *bytes, size_t length, bool final, AdjKey *key)
{
    *key = ADJ_KEY_ESC;
    if (length == 1) return final ? 1 : 0;
    if (bytes[1] == '[' || bytes[1] == 'O') {
        bool alone = length == 2;
        if (alone && final) {
            *key = ADJ_KEY_M | (AdjKey)bytes[1];
            return 2;
        }
        // The Linux console sends `ESC [ [ A` for F1 and so on to E.
        if (length > 2 && bytes[1] == '[' && bytes[2] == '[') {
            *key = length > 3 && bytes[3] >= 'A' && bytes[3] <= 'E'
                       ? ADJ_KEY_F1 + (AdjKey)(bytes[3] - 'A')
                       : ADJ_KEY_NONE;
            return length > 3 ? 4 : final ? 3 : 0;
        }
        Sequence s = read_sequence(bytes, length, 2);
        *key = s.length ? sequence_key(&s) : ADJ_KEY_NONE;
        return s.length ? s.length : final || length > 64 ? length : 0;
    }
    size_t taken = adj_key_decode(bytes + 1, length - 1, final, key);
    if (taken && *key != ADJ_KEY_NONE) *key |= ADJ_KEY_M;
    return taken ? taken + 1 : 0;
}

size_t adj_key_decode(const char *bytes, size_t length, bool final, AdjKey *key)
{
    *key = ADJ_KEY_NONE;
    if (length == 0) return 0;
    if (bytes[0] == 0x1b && length > 1 && bytes[1] == 0x1b) {
        // ESC ESC: the first is a key of its own unless a sequence follows (Alt with an arrow).
        if (length == 2 && !final) return 0;
        bool sequence = length > 2 && (bytes[2] == '[' || bytes[2] == 'O');
        if (!sequence) {
            *key = ADJ_KEY_ESC;
            return 1;
        }
    }
    if (bytes[0] == 0x1b) return decode_escape(bytes, length, final, key);
    unsigned char lead = (unsigned char)bytes[0];
    size_t wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1, taken;
    uint32_t c = adj_glyph_decode(bytes, length, &taken);
    if (c == ADJ_GLYPH_BAD && taken == 1 && length < wanted && !final) return 0;
    *key = plain_key(c);
    return taken;
}

AdjKey adj_key_parse(const char *name, size_t length)
{
    AdjKey modifiers = 0;
    while (length > 2 && name[1] == '-') {
        modifiers |= name[0] == 'C' ? ADJ_KEY_C : name[0] == 'M' ? ADJ_KEY_M : ADJ_KEY_S;
        name += 2;
        length -= 2;
    }
    if (length == 1) return modifiers | (AdjKey)(unsigned char)*name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i].name) == length && memcmp(names[i].name, name, length) == 0) {
            return modifiers | names[i].key;
        }
    }
    return ADJ_KEY_NONE;
}

// -- commands ---------------------------------------------------------------------------------

// Whether one of the keys that a row names is [prefix] [key]. With [prefix] ADJ_KEY_NONE and
// [opens], whether [key] is the first half of one.
static bool row_has(const char *keys, AdjKey prefix, AdjKey key, bool opens)
{
    while (*keys) {
        const char *end = strstr(keys, "  ");
        size_t length = end ? (size_t)(end - keys) : strlen(keys);
        const char *blank = memchr(keys, ' ', length);
        size_t first = blank ? (size_t)(blank - keys) : 0;
        AdjKey before = blank ? adj_key_parse(keys, first) : ADJ_KEY_NONE;
        const char *last = blank ? blank + 1 : keys;
        if (opens && blank && before == key) return true;
        if (!opens && before == prefix &&
            adj_key_parse(last, length - (size_t)(last - keys)) == key) {
            return true;
        }
        keys += length;
        while (*keys == ' ') keys++;
    }
    return false;
}

AdjAct adj_keys_run(AdjTerm *term, AdjKey key)
{
    AdjKey prefix = term->prefix;
    term->prefix = ADJ_KEY_NONE;
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].keys && row_has(rows[i].keys, prefix, key, false))
            return rows[i].command(term);
    }
    for (size_t i = 0; i < ROWS && prefix == ADJ_KEY_NONE; i++) {
        if (!rows[i].keys || !row_has(rows[i].keys, prefix, key, true)) continue;
        term->prefix = key;
        return ADJ_ACT_NONE;
    }
    bool letter = (key & ~(AdjKey)ADJ_KEY_CODE) == 0 && key >= ' ' && key < ADJ_KEY_NONE;
    return letter && prefix == ADJ_KEY_NONE ? adj_cmd_insert(term) : ADJ_ACT_NONE;
}

char *adj_keys_describe(void)
{
    AdjTermBuf text = {0};
    for (size_t i = 0; i < ROWS; i++) {
        if (!rows[i].keys) {
            adj_tbuf_text(&text, i ? "\n" : "");
            adj_tbuf_text(&text, adj_ink_on(ADJ_INK_KEYWORD));
            adj_tbuf_text(&text, rows[i].help);
            adj_tbuf_text(&text, adj_ink_off());
        } else {
            size_t width = strlen(rows[i].keys);
            adj_tbuf_text(&text, "  ");
            adj_tbuf_text(&text, rows[i].keys);
            adj_tbuf_fill(&text, ' ', width < KEY_COLUMN ? KEY_COLUMN - width : 1);
            adj_tbuf_text(&text, "  ");
            adj_tbuf_text(&text, rows[i].help);
        }
        adj_tbuf_text(&text, "\n");
    }
    return text.data;
}
