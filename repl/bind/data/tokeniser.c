// SPDX-License-Identifier: Apache-2.0
// tokeniser.c: the module tokenizers: CharTokenizer and BPETokenizer over the engine's
// tokeniser. Numbers go in and out as lists, or as tensors where one is asked for.
#include "bind/bind.h"

#include <stdlib.h>

typedef struct {
    AdjObj head;
    AdjTokeniser *t;  // owned
} Tokenizer;

static AdjType char_type, bpe_type;

static Tokenizer *tokenizer(AdjVal v)
{
    return (Tokenizer *)v.o;
}

static void tokenizer_drop(AdjObj *o)
{
    adj_tokeniser_free(((Tokenizer *)o)->t);
    ((Tokenizer *)o)->t = NULL;
}

static bool set(AdjVM *vm, AdjVal self, AdjTokeniser *t)
{
    if (!t) return adj_bind_error(vm);
    adj_tokeniser_free(tokenizer(self)->t);
    tokenizer(self)->t = t;
    return true;
}

static bool need_str(AdjVM *vm, AdjVal v, const char *what)
{
    return adj_is_str(v) ||
           adj_raise(vm, ADJ_EXC_TypeError, "%s must be a str, not %s", what, adj_type_name(v));
}

static AdjTokeniser *need(AdjVM *vm, AdjVal self)
{
    if (tokenizer(self)->t) return tokenizer(self)->t;
    return adj_raise_null(vm, ADJ_EXC_RuntimeError, "%s: has learned nothing yet",
                          adj_type_name(self));
}

static bool char_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjVal empty = adj_is_unset(a[1]) ? adj_obj_val(adj_str_new_c(vm, "")) : adj_val_keep(a[1]);
    bool ok = need_str(vm, empty, "CharTokenizer(): text") &&
              set(vm, a[0],
                  adj_tokeniser_of_characters(adj_as_str(empty)->data, adj_as_str(empty)->len));
    adj_val_drop(empty);
    return ok && adj_out_none(out);
}

static bool bpe_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return set(vm, a[0], adj_tokeniser_train("", 0, 256)) && adj_out_none(out);
}

static bool bpe_train(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t size;
    if (!need_str(vm, a[1], "train(): text") || !adj_get_int(vm, a[2], &size)) return false;
    AdjStr *s = adj_as_str(a[1]);
    return set(vm, a[0], adj_tokeniser_train(s->data, s->len, size)) && adj_out_keep(out, a[0]);
}

// ---------------------------------------------------------------- both ways

static bool m_encode(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    bool as_tensor;
    AdjTokeniser *t = need(vm, a[0]);
    if (!t || !need_str(vm, a[1], "encode(): text") || !adj_val_truth(vm, a[2], &as_tensor))
        return false;
    AdjTensor *ids = adj_tokeniser_encode(t, adj_as_str(a[1])->data, adj_as_str(a[1])->len);
    if (!ids) return adj_bind_error(vm);
    if (as_tensor) return adj_bind_tensor(vm, ids, out);
    AdjList *list = adj_list_new(vm, ids->numel);
    const int64_t *at = (const int64_t *)adj_ptr(ids);
    for (int64_t i = 0; list && i < ids->numel; i++)
        adj_list_append_take(vm, list, adj_int_val(at[i]));
    return adj_out(out, list);
}

// Bytes that are no UTF-8 (a token may end inside a character) show as U+FFFD, one each.
static bool repaired(AdjVM *vm, const char *s, size_t n, AdjVal *out)
{
    if (adj_utf8_valid(s, n)) return adj_out(out, adj_str_new(vm, s, n));
    AdjBuf b = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < n;) {
        unsigned char c = (unsigned char)s[i];
        size_t k = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
        bool whole = i + k <= n && adj_utf8_valid(s + i, k);
        ok = whole ? adj_buf_add(vm, &b, s + i, k) : adj_buf_add(vm, &b, "\xef\xbf\xbd", 3);
        i += whole ? k : 1;
    }
    return ok ? adj_buf_str(vm, &b, out) : (adj_buf_free(&b), false);
}

static bool m_decode(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTokeniser *t = need(vm, a[0]);
    AdjTensor *ids = t ? adj_bind_data(vm, a[1], ADJ_I64) : NULL;
    if (!ids) return adj_vm_failed(vm) ? false : adj_bind_error(vm);
    size_t length;
    ids = adj_on_host(adj_contiguous(ids));
    char *text = adj_tokeniser_decode(t, (const int64_t *)adj_ptr(ids), ids->numel, &length);
    if (!text) return adj_bind_error(vm);
    bool ok = repaired(vm, text, length, out);
    free(text);
    return ok;
}

static bool m_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    AdjTokeniser *t = need(vm, self);
    if (t) *out = adj_tokeniser_size(t);
    return t != NULL;
}

static bool get_size(AdjVM *vm, AdjVal self, AdjVal *out)
{
    int64_t n;
    return m_len(vm, self, &n) && adj_out_int(out, n);
}

static bool m_save(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjTokeniser *t = need(vm, a[0]);
    if (!t || !need_str(vm, a[1], "save(): path")) return false;
    return adj_tokeniser_save(t, adj_as_str(a[1])->data) ? adj_out_none(out)
                                                         : adj_bind_error(vm);
}

// BPETokenizer.load(path): of the type that the file says.
static bool m_load(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!need_str(vm, a[0], "load(): path")) return false;
    AdjTokeniser *t = adj_tokeniser_load(adj_as_str(a[0])->data);
    if (!t) return adj_bind_error(vm);
    Tokenizer *made = adj_obj_new(vm, adj_tokeniser_is_pairs(t) ? &bpe_type : &char_type);
    if (made) {
        made->t = t;
        return adj_out(out, made);
    }
    adj_tokeniser_free(t);
    return false;
}

static const AdjAttr attrs[] = {{"vocab_size", get_size, NULL, "How many tokens there are."},
                                {0}};

#define BOTH                                                                     \
    {"encode", "(self, text, as_tensor=False)", m_encode,                        \
     "The numbers of a text, a list or an int64 tensor.", 0},                    \
        {"decode", "(self, tokens)", m_decode, "The text of numbers.", 0},       \
        {"save", "(self, path)", m_save, "Writes what was learned as JSON.", 0}, \
        {"load", "(path)", m_load, "The tokenizer of a file.", ADJ_FN_STATIC},   \
    {                                                                            \
        0                                                                        \
    }

static const AdjNative char_methods[] = {
    {"__init__", "(self, text=<unset>)", char_init, "One number per character of [text].", 0},
    BOTH};
static const AdjNative bpe_methods[] = {
    {"__init__", "(self)", bpe_init, "The 256 bytes, nothing merged.", 0},
    {"train", "(self, text, vocab_size)", bpe_train,
     "Learns merges until there are vocab_size tokens or no pair occurs twice.", 0},
    BOTH};
#undef BOTH

static AdjType char_type = {.name = "CharTokenizer",
                            .flags = ADJ_TF_BASE | ADJ_TF_ATTRS,
                            .size = sizeof(Tokenizer),
                            .doc = "Characters as numbers, in the order of their code points.",
                            .methods = char_methods,
                            .attrs = attrs,
                            .drop = tokenizer_drop,
                            .len = m_len};
static AdjType bpe_type = {.name = "BPETokenizer",
                           .flags = ADJ_TF_BASE | ADJ_TF_ATTRS,
                           .size = sizeof(Tokenizer),
                           .doc = "Byte pairs: every text can be encoded, frequent parts in "
                                  "one number.",
                           .methods = bpe_methods,
                           .attrs = attrs,
                           .drop = tokenizer_drop,
                           .len = m_len};

static bool tokenizers_init(AdjVM *vm, AdjModuleObj *m)
{
    return adj_vm_add_type(vm, m->dict, &char_type) && adj_vm_add_type(vm, m->dict, &bpe_type);
}

bool adj_bind_install_tokenizers(AdjVM *vm)
{
    static const AdjModuleDef def = {"tokenizers", "Text as numbers.", NULL, tokenizers_init};
    return adj_vm_add_module(vm, &def) && adj_vm_add_type(vm, adj_vm_prelude(vm), &char_type) &&
           adj_vm_add_type(vm, adj_vm_prelude(vm), &bpe_type);
}
