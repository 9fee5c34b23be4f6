// SPDX-License-Identifier: Apache-2.0
//
// The forms of a result as front ends get them: the list itself, text/plain, and what classes
// say of themselves.
#include "session/bundle.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static AdjBundle bundle;  // of the last `shown`

// Runs [text] as a cell and collects the forms of its value.
static bool shown(AdjSession *s, const char *text)
{
    AdjVal v;
    adj_bundle_free(&bundle);
    if (!adj_vm_run(s->vm, "cell 1", text, strlen(text), ADJ_RUN_CELL, &v)) {
        char *error = adj_vm_error_text(s->vm);
        note("%s", error ? error : "no memory");
        return free(error), false;
    }
    bool ok = adj_rich_of(s, v, &bundle);
    adj_val_drop(v);
    if (!ok) adj_vm_clear_error(s->vm);
    return ok;
}

// The form of that type, "" when there is none.
static const char *form(const char *type)
{
    const AdjMime *m = adj_bundle_find(&bundle, type);
    return m ? m->data : "";
}

static void list(void)
{
    AdjBundle b = {0};
    ok(adj_bundle_add_text(&b, "text/plain", "one"), "a form is added");
    ok(adj_bundle_add(&b, "image/png", "\x89PNG\0x", 6, false), "bytes with a NUL are kept");
    ok(adj_bundle_add(&b, "text/plain", "three", 5, false), "a form of the same type replaces");
    equal_int(b.count, 2, "and the list is no longer for it");
    equal_str(adj_bundle_find(&b, "text/plain")->data, "three", "the newer one stands");
    equal_int((int64_t)adj_bundle_find(&b, "image/png")->length, 6, "the length is in bytes");
    ok(!adj_bundle_find(&b, "text/html"), "what is not there is not found");
    ok(adj_bundle_describe(&b, "{\"a\": 1}"), "metadata is set");
    equal_str(b.metadata, "{\"a\": 1}", "and read");
    adj_bundle_free(&b);
    equal_int(b.count, 0, "freeing leaves an empty list");
    ok(adj_mime_is_binary("image/png") && !adj_mime_is_binary("image/svg+xml"),
       "a PNG travels as base64, an SVG as text");
}

static void plain(AdjSession *s)
{
    shown(s, "1 + 1");
    equal_str(form("text/plain"), "2", "a number is its repr");
    equal_int(bundle.count, 1, "and has no other form");
    shown(s, "torch.zeros(2)");
    equal_str(form("text/plain"), "tensor([0., 0.])   (2,) f32", "a tensor says what it is");
}

static void methods(AdjSession *s)
{
    shown(s, "class A:\n"
             "    def __repr__(self): return 'A!'\n"
             "    def _repr_html_(self): return '<b>A</b>'\n"
             "    def _repr_svg_(self): raise ValueError('no')\n"
             "    def _repr_markdown_(self): return None\n"
             "    def _repr_json_(self): return {'a': [1, None]}\n"
             "A()\n");
    equal_str(form("text/plain"), "A!", "a class says its text");
    equal_str(bundle.at[0].type, "text/plain", "which comes first");
    equal_str(form("text/html"), "<b>A</b>", "and its HTML");
    equal_str(form("application/json"), "{\"a\": [1, null]}", "and its JSON");
    ok(adj_bundle_find(&bundle, "application/json")->is_json, "which is marked as such");
    equal_int(bundle.count, 3, "a method that fails, or says None, leaves its form out");
    ok(!adj_vm_failed(s->vm), "and no exception stands");
    shown(s, "class B:\n"
             "    def _repr_mimebundle_(self, include=None, exclude=None):\n"
             "        return {'text/plain': 'B', 'text/x-b': 'bb'}, {'text/x-b': {}}\n"
             "B()\n");
    equal_str(form("text/plain"), "B", "a bundle may replace the text");
    equal_str(form("text/x-b"), "bb", "and add forms of its own");
    shown(s, "A");
    equal_int(bundle.count, 1, "the class itself is no instance");
    ok(!shown(s, "class C:\n    def __repr__(self): return 1 / 0\nC()\n"),
       "a repr that fails is an error");
    equal_int(bundle.count, 0, "and leaves nothing behind");
}

static void kinds(AdjSession *s)
{
    shown(s, "torch.arange(12.).reshape(3, 4) - 5");
    ok(strstr(form("text/html"), "(3 \u00d7 4)") && strstr(form("text/html"), "<svg") &&
           strstr(form("text/html"), "data:image/bmp;base64,Qk"),
       "a tensor has its shape, a strip and a heat map");
    shown(s, "torch.full((2, 2), float('nan'))");
    ok(strstr(form("text/html"), "4 NaN"), "and says how many are no numbers");
    shown(s, "nn.Sequential(nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))");
    ok(strstr(form("text/html"), "50,890 parameters"), "a module adds up its parameters");
    shown(s, "ValueError('<script> & \\'x\\'')");
    ok(strstr(form("text/html"), "&lt;script&gt; &amp;") &&
           !strstr(form("text/html"), "<script"),
       "the text of an error is escaped");
    shown(s, "x, y = digits(3, seed=1)\nTensorDataset(x, y)");
    ok(strstr(form("text/html"), "3 items") && strstr(form("text/html"), "<img"),
       "a data set of pictures is a grid of them");
    shown(s, "list(range(100000))");
    ok(strlen(form("text/plain")) < 400 && strstr(form("text/plain"), "99960 more"),
       "a long list is previewed");
    shown(s, "list(range(999))");
    ok(!strstr(form("text/plain"), "more"), "a shorter one is whole");
}

int main(void)
{
    AdjSession *s = adj_session_new(0, NULL);
    list();
    plain(s);
    methods(s);
    kinds(s);
    adj_bundle_free(&bundle);
    adj_session_free(s);
    return done();
}
