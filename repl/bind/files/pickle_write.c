// SPDX-License-Identifier: Apache-2.0
// pickle_write.c: writes PyTorch's .pt files, for torch.load there and here: a pickle of
// protocol 2 and, beside it in the archive, the elements of each storage. Tensors that share
// storage share it in the file.
#include "bind/files/pickle.h"
#include "io/zip.h"

#include <stdlib.h>

typedef struct {
    AdjVM *vm;
    AdjBuf text;
    AdjTensor **storages;  // one tensor of each storage; of the scope
    int n, capacity, depth;
} Writer;

static bool raw(Writer *w, const char *bytes, size_t n)
{
    return adj_buf_add(w->vm, &w->text, bytes, n);
}

static bool put(Writer *w, const char *text)
{
    return raw(w, text, strlen(text));
}

static bool put_int(Writer *w, int64_t i)
{
    unsigned char b[10] = {'J'};
    if (i == (int32_t)i) {
        adj_write_le(b + 1, (uint64_t)i, 4);
        return raw(w, (char *)b, 5);
    }
    b[0] = 0x8a;
    b[1] = 8;
    adj_write_le(b + 2, (uint64_t)i, 8);
    return raw(w, (char *)b, 10);
}

static bool put_float(Writer *w, double f)
{
    unsigned char b[9] = {'G'};
    uint64_t bits;
    memcpy(&bits, &f, sizeof bits);
    for (int i = 8; i; i--, bits >>= 8) b[i] = (unsigned char)bits;
    return raw(w, (char *)b, 9);
}

static bool put_text(Writer *w, const char *text, size_t n)
{
    unsigned char b[5] = {'X'};
    adj_write_le(b + 1, n, 4);
    return raw(w, (char *)b, 5) && raw(w, text, n);
}

static bool put_bool(Writer *w, bool b)
{
    return put(w, b ? "\x88" : "\x89");
}

static int storage_number(Writer *w, AdjTensor *t)
{
    for (int i = 0; i < w->n; i++)
        if (w->storages[i]->storage == t->storage && w->storages[i]->dtype == t->dtype)
            return i;
    if (w->n == w->capacity) {
        int wanted = w->capacity ? w->capacity * 2 : 64;
        AdjTensor **bigger = adj_scope_memory((size_t)wanted * sizeof *bigger);
        if (!bigger) return adj_bind_error(w->vm) ? 0 : -1;
        if (w->n) memcpy(bigger, w->storages, (size_t)w->n * sizeof *bigger);
        w->storages = bigger;
        w->capacity = wanted;
    }
    w->storages[w->n] = t;
    return w->n++;
}

static int64_t elements(const AdjTensor *t)
{
    return (int64_t)(t->storage->bytes / adj_dtype_size((AdjDtype)t->dtype));
}

static bool put_longs(Writer *w, const int64_t *at, int n)
{
    bool ok = put(w, "(");
    for (int i = 0; ok && i < n; i++) ok = put_int(w, at[i]);
    return ok && put(w, "t");
}

static bool put_tensor(Writer *w, AdjTensor *t)
{
    char key[24], kind[48];
    bool parameter = t->is_parameter, grad = t->requires_grad;
    // Elements of a mapped file are part of something larger: a copy of their own.
    if (t->storage->foreign && !(t = adj_clone(adj_detach(t)))) return adj_bind_error(w->vm);
    int number = storage_number(w, t);
    if (number < 0) return false;
    snprintf(key, sizeof key, "%d", number);
    snprintf(kind, sizeof kind, "ctorch\n%s\n", adj_storage_names[t->dtype]);
    return (!parameter || put(w, "ctorch._utils\n_rebuild_parameter\n(")) &&
           put(w, "ctorch._utils\n_rebuild_tensor_v2\n((") && put_text(w, "storage", 7) &&
           put(w, kind) && put_text(w, key, strlen(key)) && put_text(w, "cpu", 3) &&
           put_int(w, elements(t)) && put(w, "tQ") && put_int(w, t->offset) &&
           put_longs(w, t->sizes, t->ndim) && put_longs(w, t->strides, t->ndim) &&
           put_bool(w, !parameter && grad && !t->node) &&
           put(w, "ccollections\nOrderedDict\n)RtR") &&
           (!parameter || (put_bool(w, grad) && put(w, "ccollections\nOrderedDict\n)RtR")));
}

static bool put_value(Writer *w, AdjVal v);

static bool put_dict(Writer *w, AdjDict *d)
{
    AdjEntry *e;
    bool ordered = !strcmp(d->head.type->name, "OrderedDict");
    bool ok = put(w, ordered ? "ccollections\nOrderedDict\n)R(" : "}(");
    for (int64_t i = 0; ok && (e = adj_dict_next(d, &i));)
        ok = put_value(w, e->key) && put_value(w, e->value);
    return ok && put(w, "u");
}

static bool put_items(Writer *w, const char *open, AdjVal *items, int64_t n, const char *close)
{
    bool ok = put(w, open);
    for (int64_t i = 0; ok && i < n; i++) ok = put_value(w, items[i]);
    return ok && put(w, close);
}

static bool put_object(Writer *w, AdjVal v)
{
    if (adj_is_tensor(v)) return put_tensor(w, adj_tensor_of(v));
    if (adj_is_str(v)) return put_text(w, adj_as_str(v)->data, (size_t)adj_as_str(v)->len);
    if (adj_is_dict(v)) return put_dict(w, adj_as_dict(v));
    if (adj_is_list(v))
        return put_items(w, "](", adj_as_list(v)->items, adj_as_list(v)->len, "e");
    bool size = adj_is_exact(v, &adj_type_size);
    if (adj_is_tuple(v))
        return put_items(w, size ? "ctorch\nSize\n((" : "(", adj_as_tuple(v)->items,
                         adj_as_tuple(v)->len, size ? "ttR" : "t");
    if (adj_is_exact(v, &adj_type_dtype)) {
        char name[48];
        snprintf(name, sizeof name, "ctorch\n%s\n",
                 adj_dtype_name(((AdjDtypeObj *)v.o)->dtype));
        return put(w, name);
    }
    return adj_raise(w->vm, ADJ_EXC_TypeError,
                     "save: a value is %s; only tensors, numbers, str, None, bool, list, tuple "
                     "and dict can be saved",
                     adj_type_name(v));
}

static bool put_value(Writer *w, AdjVal v)
{
    switch (v.tag) {
    case ADJ_T_NONE: return put(w, "N");
    case ADJ_T_BOOL: return put_bool(w, v.i);
    case ADJ_T_INT: return put_int(w, v.i);
    case ADJ_T_FLOAT: return put_float(w, v.f);
    case ADJ_T_OBJ: break;
    default:
        return adj_raise(w->vm, ADJ_EXC_TypeError, "save: a value is %s", adj_type_name(v));
    }
    if (!adj_vm_enter(w->vm, " while saving")) return false;
    bool ok = put_object(w, v);
    adj_vm_leave(w->vm);
    return ok;
}

static bool add_storages(Writer *w, AdjZipOut *zip)
{
    char name[48];
    for (int i = 0; i < w->n; i++) {
        snprintf(name, sizeof name, "archive/data/%d", i);
        AdjStorage *s = w->storages[i]->storage;
        if (!adj_zip_add(zip, name, "", 0, s->data, s->bytes)) return false;
    }
    return true;
}

bool adj_pickle_save(AdjVM *vm, const char *path, AdjVal value)
{
    ADJ_SCOPE;
    Writer w = {.vm = vm};
    AdjFileOut out;
    AdjZipOut zip;
    if (!put(&w, "\x80\x02") || !put_value(&w, value) || !put(&w, ".")) {
        adj_buf_free(&w.text);
        return false;
    }
    bool ok = adj_file_create(&out, path);
    if (ok) {
        bool begun = adj_zip_begin(&zip, out.f, false);
        ok = begun && adj_zip_add(&zip, "archive/data.pkl", "", 0, w.text.data, w.text.len) &&
             adj_zip_add(&zip, "archive/byteorder", "", 0, "little", 6) &&
             add_storages(&w, &zip) && adj_zip_add(&zip, "archive/version", "", 0, "3\n", 2);
        if (begun) ok = adj_zip_end(&zip, ok);
        ok = adj_file_finish(&out, ok);
    }
    adj_buf_free(&w.text);
    return ok || adj_bind_error(vm);
}
