// SPDX-License-Identifier: Apache-2.0
// rich.c: the forms of a value. text/plain comes from repr and is what the prompt shows. The
// other forms may be missing: whatever goes wrong while one is made costs that form alone,
// because a result must be seen even when its picture cannot be drawn.
#include "session/bundle.h"

#include "plot/module.h"
#include "session/rich.h"

#include <string.h>

bool adj_plain_of(AdjSession *s, AdjVal v, bool noted, AdjBundle *out)
{
    char note[96];
    AdjBuf b = {0};
    bool short_float = s->digits > 0 && adj_is_float_val(v);  // %precision
    bool ok = short_float ? adj_buf_printf(s->vm, &b, "%.*f", s->digits - 1, v.f)
                          : adj_rich_preview(s->vm, v, &b);
    if (ok && noted && adj_bind_describe(v, note, sizeof note))
        ok = adj_buf_printf(s->vm, &b, "   %s", note);
    if (ok && !adj_bundle_add(out, "text/plain", b.data, b.len, false))
        ok = adj_raise(s->vm, ADJ_EXC_MemoryError, "no memory to show a result");
    adj_buf_free(&b);
    return ok;
}

// One form that a method of the value returned. Anything but text or bytes is JSON.
static bool add_value(AdjSession *s, AdjBundle *out, const char *type, AdjVal v)
{
    if (adj_is_none(v)) return true;
    if (adj_is_str(v))
        return adj_bundle_add(out, type, adj_as_str(v)->data, (size_t)adj_as_str(v)->len,
                              false);
    if (adj_is_kind(v, ADJ_TF_BYTES)) {
        AdjBytes *bytes = (AdjBytes *)v.o;
        return adj_bundle_add(out, type, bytes->data, (size_t)bytes->len, false);
    }
    AdjVal json, text;
    if (!adj_vm_import(s->vm, "json", &json)) return false;
    bool ok = adj_vm_call_method(s->vm, json, "dumps", &v, 1, &text);
    adj_val_drop(json);
    if (!ok) return false;
    ok = adj_is_str(text) &&
         adj_bundle_add(out, type, adj_as_str(text)->data, (size_t)adj_as_str(text)->len, true);
    adj_val_drop(text);
    return ok;
}

// Calls method [name] without arguments: 1 with its result, 0 when there is none or it failed.
static int call_method(AdjSession *s, AdjVal v, const char *name, AdjVal *out)
{
    AdjStr *word = adj_str_intern_c(name);
    AdjVal method;
    int found = word ? adj_val_find_attr(s->vm, v, word, &method) : -1;
    adj_obj_drop(word);
    if (found == 1) {
        bool ok = adj_vm_call(s->vm, method, NULL, 0, NULL, out);
        adj_val_drop(method);
        if (ok) return 1;
    }
    if (adj_vm_failed(s->vm)) adj_vm_clear_error(s->vm);
    return 0;
}

// _repr_mimebundle_ returns a dict of forms, or a pair of that and the metadata.
static void add_mimebundle(AdjSession *s, AdjVal v, AdjBundle *out)
{
    AdjVal result;
    AdjEntry *e;
    if (!call_method(s, v, "_repr_mimebundle_", &result)) return;
    bool pair = adj_is_tuple(result) && adj_as_tuple(result)->len == 2;
    AdjVal forms = pair ? adj_as_tuple(result)->items[0] : result;
    for (int64_t i = 0; adj_is_dict(forms) && (e = adj_dict_next(adj_as_dict(forms), &i));) {
        if (!adj_is_str(e->key)) continue;
        if (!add_value(s, out, adj_as_str(e->key)->data, e->value) && adj_vm_failed(s->vm))
            adj_vm_clear_error(s->vm);
    }
    adj_val_drop(result);
}

static void add_methods(AdjSession *s, AdjVal v, AdjBundle *out)
{
    static const struct {
        const char *method, *type;
    } rows[] = {
        {"_repr_html_", "text/html"},        {"_repr_markdown_", "text/markdown"},
        {"_repr_svg_", "image/svg+xml"},     {"_repr_png_", "image/png"},
        {"_repr_jpeg_", "image/jpeg"},       {"_repr_latex_", "text/latex"},
        {"_repr_json_", "application/json"},
    };
    AdjVal got;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!call_method(s, v, rows[i].method, &got)) continue;
        if (!add_value(s, out, rows[i].type, got) && adj_vm_failed(s->vm))
            adj_vm_clear_error(s->vm);
        adj_val_drop(got);
    }
    add_mimebundle(s, v, out);
}

// What the values that the program itself knows have to offer.
static void add_kinds(AdjSession *s, AdjVal v, AdjBundle *out)
{
    static bool (*const kinds[])(AdjSession *, AdjVal, AdjBundle *) = {
        adj_rich_tensor, adj_rich_tape, adj_rich_module, adj_rich_data, adj_rich_error};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        kinds[i](s, v, out);
        if (adj_vm_failed(s->vm)) adj_vm_clear_error(s->vm);
        adj_error_clear();
    }
}

bool adj_rich_of(AdjSession *s, AdjVal v, AdjBundle *out)
{
    if (!adj_plain_of(s, v, true, out)) return adj_bundle_free(out), false;
    if (!adj_is_obj(v) || adj_is_type(v)) return true;
    adj_plot_forms(s, v, out, NULL);
    add_kinds(s, v, out);
    add_methods(s, v, out);
    return true;
}
