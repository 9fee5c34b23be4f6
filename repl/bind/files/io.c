// SPDX-License-Identifier: Apache-2.0
// io.c: torch.save and torch.load, and save and load in the prelude.
//
// A value is nested dicts, lists and tuples of tensors, numbers, strings and None; of a module,
// its state dict is saved. Under a name that ends in .pt or .pth it is written as PyTorch
// writes it (pickle_write.c). Under any other name it becomes a safetensors file: every tensor
// once, under its dotted path, so that PyTorch's safetensors reads a state dict as it is; what
// is not tensors stands in the file's metadata as one text. Loading looks at the bytes, not at
// the name, and builds nothing but such values. Nothing in either kind of file can run code.
#include "bind/files/pickle.h"
#include "io/json.h"
#include "io/zip.h"

#include <errno.h>
#include <stdlib.h>

static const char structure_key[] = "adjoint.structure";

typedef struct {
    AdjVM *vm;
    AdjArchive a;
    int capacity;
    AdjBuf text;  // the structure, in JSON: a leaf is a string whose first letter is its kind
} Gather;

static bool add(Gather *g, const char *name, AdjTensor *t)
{
    if (g->a.n == g->capacity) {
        int wanted = g->capacity ? g->capacity * 2 : 32;
        const char **names = adj_scope_memory((size_t)wanted * sizeof *names);
        AdjTensor **tensors = adj_scope_memory((size_t)wanted * sizeof *tensors);
        if (!names || !tensors) return adj_bind_error(g->vm);
        if (g->a.n) {
            memcpy(names, g->a.names, (size_t)g->a.n * sizeof *names);
            memcpy(tensors, g->a.tensors, (size_t)g->a.n * sizeof *tensors);
        }
        g->a.names = names;
        g->a.tensors = tensors;
        g->capacity = wanted;
    }
    char *copy = adj_scope_memory(strlen(name) + 1);
    if (!copy) return adj_bind_error(g->vm);
    g->a.names[g->a.n] = strcpy(copy, name);
    g->a.tensors[g->a.n++] = t;
    return true;
}

// ---------------------------------------------------------------- writing the structure

static bool put_escaped(Gather *g, const char *text, size_t n)
{
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            ok = adj_buf_printf(g->vm, &g->text, "\\%c", c);
        else if (c < 0x20)
            ok = adj_buf_printf(g->vm, &g->text, "\\u%04x", c);
        else
            ok = adj_buf_add_char(g->vm, &g->text, (char)c);
    }
    return ok;
}

static bool put_leaf(Gather *g, char kind, const char *text, size_t n)
{
    return adj_buf_printf(g->vm, &g->text, "\"%c", kind) && put_escaped(g, text, n) &&
           adj_buf_add_char(g->vm, &g->text, '"');
}

static bool has_name(const Gather *g, const char *name)
{
    for (int i = 0; i < g->a.n; i++)
        if (!strcmp(g->a.names[i], name)) return true;
    return false;
}

// One tensor of several names is written once.
static bool put_tensor(Gather *g, const char *path, AdjTensor *t)
{
    char name[600], text[32];
    int at = 0;
    while (at < g->a.n && g->a.tensors[at] != t) at++;
    snprintf(name, sizeof name, "%s", *path ? path : "tensor");
    for (int k = 2; at == g->a.n && has_name(g, name); k++)
        snprintf(name, sizeof name, "%s#%d", *path ? path : "tensor", k);
    if (at == g->a.n && !add(g, name, t)) return false;
    char kind = t->is_parameter ? 'p' : t->requires_grad && !t->node ? 'g' : 't';
    bool frozen = kind == 'p' && !t->requires_grad;
    snprintf(text, sizeof text, frozen ? "%d!" : "%d", at);
    return put_leaf(g, kind, text, strlen(text));
}

static bool put_value(Gather *g, const char *path, AdjVal v);

static bool put_item(Gather *g, const char *path, const char *key, AdjVal v)
{
    char name[512];
    snprintf(name, sizeof name, "%s%s%s", path, *path ? "." : "", key);
    return adj_buf_add_char(g->vm, &g->text, ',') && put_value(g, name, v);
}

static bool put_dict(Gather *g, const char *path, AdjDict *d)
{
    AdjEntry *e;
    bool ordered = !strcmp(d->head.type->name, "OrderedDict");
    bool ok = adj_buf_add_c(g->vm, &g->text, ordered ? "[\"o\"" : "[\"d\"");
    for (int64_t i = 0; ok && (e = adj_dict_next(d, &i));) {
        AdjVal key;
        if (!adj_val_str(g->vm, e->key, &key)) return false;
        ok = put_item(g, path, adj_as_str(key)->data, e->key) &&
             put_item(g, path, adj_as_str(key)->data, e->value);
        adj_val_drop(key);
    }
    return ok && adj_buf_add_char(g->vm, &g->text, ']');
}

static bool put_list(Gather *g, const char *path, const char *kind, AdjVal *items, int64_t n)
{
    char key[32];
    bool ok = adj_buf_printf(g->vm, &g->text, "[\"%s\"", kind);
    for (int64_t i = 0; ok && i < n; i++) {
        snprintf(key, sizeof key, "%lld", (long long)i);
        ok = put_item(g, path, key, items[i]);
    }
    return ok && adj_buf_add_char(g->vm, &g->text, ']');
}

static bool put_object(Gather *g, const char *path, AdjVal v)
{
    if (adj_is_tensor(v)) return put_tensor(g, path, adj_tensor_of(v));
    if (adj_is_str(v)) return put_leaf(g, 's', adj_as_str(v)->data, (size_t)adj_as_str(v)->len);
    if (adj_is_dict(v)) return put_dict(g, path, adj_as_dict(v));
    if (adj_is_list(v))
        return put_list(g, path, "l", adj_as_list(v)->items, adj_as_list(v)->len);
    if (adj_is_tuple(v))
        return put_list(g, path, adj_is_exact(v, &adj_type_size) ? "z" : "u",
                        adj_as_tuple(v)->items, adj_as_tuple(v)->len);
    if (adj_is_exact(v, &adj_type_dtype)) {
        const char *name = adj_dtype_name(((AdjDtypeObj *)v.o)->dtype);
        return put_leaf(g, 'y', name, strlen(name));
    }
    return adj_raise(g->vm, ADJ_EXC_TypeError,
                     "save: '%s' is %s; only tensors, numbers, str, None, bool, and dicts, "
                     "lists and tuples of them can be saved",
                     *path ? path : "the value", adj_type_name(v));
}

static bool put_value(Gather *g, const char *path, AdjVal v)
{
    char text[48];
    switch (v.tag) {
    case ADJ_T_NONE: return adj_buf_add_c(g->vm, &g->text, "\"n\"");
    case ADJ_T_BOOL: return adj_buf_add_c(g->vm, &g->text, v.i ? "\"T\"" : "\"F\"");
    case ADJ_T_INT: snprintf(text, sizeof text, "%lld", (long long)v.i); break;
    case ADJ_T_FLOAT: snprintf(text, sizeof text, "%a", v.f); break;
    default:
        if (!adj_vm_enter(g->vm, " while saving")) return false;
        bool ok = v.tag == ADJ_T_OBJ && put_object(g, path, v);
        adj_vm_leave(g->vm);
        return ok;
    }
    return put_leaf(g, v.tag == ADJ_T_INT ? 'i' : 'f', text, strlen(text));
}

// ---------------------------------------------------------------- reading the structure

typedef struct {
    AdjVM *vm;
    AdjJson j;
    AdjArchive *a;
    int depth;
} Build;

static bool bad(Build *b)
{
    if (adj_vm_failed(b->vm)) return false;
    adj_error_clear();
    return adj_raise(b->vm, ADJ_EXC_RuntimeError, "load: the file's structure is damaged");
}

static bool build_tensor(Build *b, const char *text, AdjVal *out)
{
    char *end;
    long at = strtol(text + 1, &end, 10);
    if (end == text + 1 || at < 0 || at >= b->a->n) return bad(b);
    AdjTensor *t = b->a->tensors[at];
    if (*text != 't' && adj_is_float(t)) t->requires_grad = *end != '!';
    if (*text == 'p') t->is_parameter = true;
    return adj_bind_tensor(b->vm, t, out);
}

static bool build_leaf(Build *b, const char *text, AdjVal *out)
{
    char *end = NULL;
    switch (*text) {
    case 'n': return adj_out_none(out);
    case 'T': return adj_out_bool(out, true);
    case 'F': return adj_out_bool(out, false);
    case 'i': return adj_out_int(out, strtoll(text + 1, &end, 10)) && (*end == 0 || bad(b));
    case 'f': return adj_out_float(out, strtod(text + 1, &end)) && (*end == 0 || bad(b));
    case 's': return adj_out(out, adj_str_new_c(b->vm, text + 1));
    case 'y': {
        AdjDtype dtype = adj_dtype_find(text + 1);
        return dtype == ADJ_SAME ? bad(b) : adj_bind_dtype(b->vm, dtype, out);
    }
    case 't':
    case 'g':
    case 'p': return build_tensor(b, text, out);
    default: return bad(b);
    }
}

static bool build_value(Build *b, AdjVal *out);

static bool build_items(Build *b, AdjList *list)
{
    while (adj_json_take(&b->j, ',')) {
        AdjVal v;
        if (!build_value(b, &v)) return false;
        if (!adj_list_append_take(b->vm, list, v)) return false;
    }
    return adj_json_expect(&b->j, ']') || bad(b);
}

static bool new_ordered(AdjVM *vm, AdjVal *out)
{
    AdjVal collections, type;
    if (!adj_vm_import(vm, "collections", &collections)) return false;
    bool ok = adj_val_getattr_c(vm, collections, "OrderedDict", &type);
    adj_val_drop(collections);
    if (!ok) return false;
    ok = adj_vm_call(vm, type, NULL, 0, NULL, out);
    adj_val_drop(type);
    return ok;
}

static bool to_dict(Build *b, AdjList *items, bool ordered, AdjVal *out)
{
    if (items->len % 2) return bad(b);
    if (ordered ? !new_ordered(b->vm, out) : !adj_out(out, adj_dict_new(b->vm))) return false;
    for (int64_t i = 0; i < items->len; i += 2) {
        if (adj_val_setitem(b->vm, *out, items->items[i], items->items[i + 1])) continue;
        adj_val_drop(*out);
        return false;
    }
    return true;
}

static bool to_size(Build *b, AdjList *items, AdjVal *out)
{
    AdjShape s;
    AdjVal v = adj_obj_val(items);
    return adj_bind_shape(b->vm, v, &s) ? adj_bind_size(b->vm, s, out) : bad(b);
}

static bool build_list(Build *b, AdjVal *out)
{
    const char *kind = adj_json_string(&b->j);
    AdjList *items = kind ? adj_list_new(b->vm, 0) : NULL;
    if (!items) return bad(b);
    bool ok = build_items(b, items);
    if (ok) {
        switch (*kind) {
        case 'l': return adj_out(out, items);
        case 'u': ok = adj_out(out, adj_tuple_from(b->vm, items->items, items->len)); break;
        case 'd': ok = to_dict(b, items, false, out); break;
        case 'o': ok = to_dict(b, items, true, out); break;
        case 'z': ok = to_size(b, items, out); break;
        default: ok = bad(b);
        }
    }
    adj_obj_drop(items);
    return ok;
}

static bool build_value(Build *b, AdjVal *out)
{
    enum { DEEPEST = 200 };
    if (b->depth == DEEPEST) return bad(b);
    b->depth++;
    bool ok;
    if (adj_json_take(&b->j, '[')) {
        ok = build_list(b, out);
    } else {
        const char *text = adj_json_string(&b->j);
        ok = text ? build_leaf(b, text, out) : bad(b);
    }
    b->depth--;
    return ok;
}

static const char *structure_of(const AdjArchive *a)
{
    for (int i = 0; i < a->n_meta; i++)
        if (!strcmp(a->meta[2 * i], structure_key)) return a->meta[2 * i + 1];
    return NULL;
}

// ---------------------------------------------------------------- torch.save, torch.load

static const char *path_of(AdjVM *vm, const char *function, AdjVal v)
{
    if (adj_is_str(v)) return adj_as_str(v)->data;
    return adj_raise_null(vm, ADJ_EXC_TypeError, "%s(): the path must be a str, not %s",
                          function, adj_type_name(v));
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && !strcmp(text + n - m, end);
}

static bool save_plain(AdjVM *vm, const char *path, AdjVal value)
{
    Gather g = {.vm = vm};
    bool ok = put_value(&g, "", value) && adj_buf_add_char(vm, &g.text, '\0');
    const char *meta[] = {structure_key, g.text.data};
    g.a.n_meta = 1;
    g.a.meta = meta;
    if (ok) ok = adj_save_safetensors(path, g.a) || adj_bind_error(vm);
    adj_buf_free(&g.text);
    return ok;
}

static bool f_save(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = path_of(vm, "save", a[1]);
    if (!path) return false;
    AdjVal value = adj_val_keep(a[0]);
    if (adj_is_module(a[0])) {
        AdjVal own;
        bool ok = adj_vm_call_method(vm, a[0], "state_dict", NULL, 0, &own);
        adj_val_drop(value);
        if (!ok) return false;
        value = own;
    }
    bool torch = ends_with(path, ".pt") || ends_with(path, ".pth");
    bool ok = torch ? adj_pickle_save(vm, path, value) : save_plain(vm, path, value);
    adj_val_drop(value);
    return ok && adj_out_none(out);
}

// What the first bytes say; an exception when the file cannot be opened.
static bool is_zip(AdjVM *vm, const char *path, bool *zip)
{
    unsigned char magic[4] = {0};
    FILE *f = fopen(path, "rbe");
    if (!f) return adj_raise_os(vm, errno, path);
    *zip = fread(magic, 1, 4, f) == 4 && !memcmp(magic, "PK\3\4", 4);
    fclose(f);
    return true;
}

static bool f_load(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = path_of(vm, "load", a[0]);
    if (!path) return false;
    bool zip = false;
    if (!is_zip(vm, path, &zip)) return false;
    if (zip) return adj_pickle_load(vm, path, out);
    AdjArchive all = adj_load_safetensors(path);
    if (adj_error_kind()) return adj_bind_error(vm);
    const char *text = structure_of(&all);
    if (!text) return adj_bind_archive(vm, all, out);
    Build b = {vm, adj_json_make(text, strlen(text)), &all, 0};
    if (!build_value(&b, out)) return false;
    if (adj_json_at_end(&b.j)) return true;
    adj_val_drop(*out);
    return bad(&b);
}

// ---------------------------------------------------------------- safetensors.torch

// _read(path): the tensors and the texts of a file.
static bool f_read(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = path_of(vm, "load_file", a[0]);
    if (!path) return false;
    AdjArchive all = adj_load_safetensors(path);
    AdjTuple *pair = adj_tuple_new(vm, 2);
    AdjDict *meta = adj_dict_new(vm);
    bool ok = pair && meta && adj_bind_archive(vm, all, &pair->items[0]);
    for (int i = 0; ok && i < all.n_meta; i++) {
        AdjStr *text = adj_str_new_c(vm, all.meta[2 * i + 1]);
        ok = text && adj_dict_set_c(vm, meta, all.meta[2 * i], adj_obj_val(text));
        adj_obj_drop(text);
    }
    if (ok) {
        pair->items[1] = adj_obj_val(meta);
        return adj_out(out, pair);
    }
    adj_obj_drop(meta);
    adj_obj_drop(pair);
    return false;
}

static bool add_texts(AdjVM *vm, AdjDict *d, AdjArchive *a)
{
    AdjEntry *e;
    a->meta = adj_scope_memory((size_t)(d->count + 1) * 2 * sizeof *a->meta);
    if (!a->meta) return adj_bind_error(vm);
    for (int64_t i = 0; (e = adj_dict_next(d, &i));) {
        if (!adj_is_str(e->key) || !adj_is_str(e->value))
            return adj_raise(vm, ADJ_EXC_TypeError, "save_file: metadata must be str to str");
        a->meta[2 * a->n_meta] = adj_as_str(e->key)->data;
        a->meta[2 * a->n_meta++ + 1] = adj_as_str(e->value)->data;
    }
    return true;
}

// _write(tensors, path, metadata)
static bool f_write(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = path_of(vm, "save_file", a[1]);
    if (!path) return false;
    if (!adj_is_dict(a[0]) || !(adj_is_none(a[2]) || adj_is_dict(a[2])))
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "save_file: tensors must be a dict of tensors "
                         "and metadata a dict of str");
    Gather g = {.vm = vm};
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(adj_as_dict(a[0]), &i));) {
        if (!adj_is_str(e->key) || !adj_is_tensor(e->value))
            return adj_raise(vm, ADJ_EXC_ValueError,
                             "save_file: expected a dict of tensors by name, but %s is %s",
                             adj_is_str(e->key) ? adj_as_str(e->key)->data : "a key",
                             adj_type_name(adj_is_str(e->key) ? e->value : e->key));
        if (!add(&g, adj_as_str(e->key)->data, adj_tensor_of(e->value))) return false;
    }
    if (adj_is_dict(a[2]) && !add_texts(vm, adj_as_dict(a[2]), &g.a)) return false;
    if (!adj_save_safetensors(path, g.a)) return adj_bind_error(vm);
    return adj_out_none(out);
}

static const AdjNative functions[] = {
    {"save", "(obj, f, pickle_module=None, pickle_protocol=2)", f_save,
     "Writes nested dicts, lists and tuples of tensors, numbers, str and None: as PyTorch's "
     "own "
     "file when the name ends in .pt or .pth, else as a safetensors file.",
     0},
    {"load", "(f, map_location=None, pickle_module=None, *, weights_only=True, mmap=None)",
     f_load, "What save wrote, what PyTorch wrote, or the tensors of a safetensors file.", 0},
    {0},
};
static const AdjNative safetensors_functions[] = {
    {"_read", "(path)", f_read, "The tensors and the texts of a file.", 0},
    {"_write", "(tensors, path, metadata)", f_write, "Writes tensors and texts.", 0},
    {0},
};

bool adj_bind_install_io(AdjVM *vm, AdjBindNames *n)
{
    AdjVal m;
    if (!adj_vm_import(vm, "safetensors", &m)) return false;
    bool ok = adj_vm_add_functions(vm, ((AdjModuleObj *)m.o)->dict, safetensors_functions,
                                   "safetensors");
    adj_val_drop(m);
    return ok && adj_vm_add_functions(vm, n->torch, functions, "torch");
}
