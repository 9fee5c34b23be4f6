// SPDX-License-Identifier: Apache-2.0
// request.c: a request comes in as text, finds its row, and goes out as text.
#include "observe/watching.h"

#include "observe/observe.h"

#include "core/random.h"

#include <stdlib.h>

static const struct {
    const char *name;
    bool (*serve)(AdjRequestCall *c);
} rows[] = {
#define REQUEST(name) {#name, adj_request_##name},
#include "observe/requests.def"
#undef REQUEST
};

// The state of the engine that a request must leave as it was.
typedef struct {
    AdjQuiet quiet;
    const char *module;
    AdjPlace span;
    AdjGenerator *generator;
    AdjTensor *random;  // kept
    AdjErrorKind error;
    int mute;
} Aside;

static void step_aside(Aside *a)
{
    AdjThread *t = &adj_thread;
    a->error = t->error;
    t->error = ADJ_E_NONE;
    a->quiet = adj_quiet_begin();
    a->module = t->module;
    a->span = t->span;
    t->module = NULL;
    a->generator = adj_generator_now();
    a->random = adj_keep(adj_generator_state(a->generator));
    if (t->observer) t->observer->recorder.mute++;
}

static void step_back(Aside *a, bool drew)
{
    AdjThread *t = &adj_thread;
    adj_error_clear();
    if (a->random && !drew) adj_generator_set_state(a->generator, a->random);
    adj_drop(&a->random);
    int watchers = t->watchers;  // what the request has switched on stays on
    adj_quiet_end(&a->quiet);
    t->watchers |= watchers;
    t->module = a->module;
    t->span = a->span;
    t->error = a->error;
    if (t->observer && t->observer->recorder.mute) t->observer->recorder.mute--;
    if (t->observer) adj_observe_arm(t->observer);
}

static void put_head(AdjRequestCall *c, const char *name)
{
    AdjJson j;
    adj_say_open(c->out, '{');
    adj_put_text(c->out, "reply", name);
    if (!adj_ask_find(&c->ask, "id", &j)) return;
    const char *first = j.at;
    if (!adj_json_skip(&j)) return;
    adj_say_key(c->out, "id");
    adj_say_raw(c->out, first, (size_t)(j.at - first));
}

static void put_error(AdjRequestCall *c)
{
    AdjVal e = adj_vm_take_error(c->vm), text;
    adj_say_key(c->out, "error");
    adj_say_open(c->out, '{');
    adj_put_text(c->out, "kind", adj_type_name(e));
    adj_say_key(c->out, "message");
    AdjTuple *args = ((AdjException *)e.o)->args;
    bool plain = args && args->len && adj_is_str(args->items[0]);  // a KeyError's has quotes
    if (plain)
        adj_say_text(c->out, adj_as_str(args->items[0])->data);
    else if (adj_val_str(c->vm, e, &text)) {
        adj_say_text(c->out, adj_as_str(text)->data);
        adj_val_drop(text);
    } else {
        adj_vm_clear_error(c->vm);
        adj_say_text(c->out, "");
    }
    adj_say_close(c->out, '}');
    adj_val_drop(e);
}

static bool serve(AdjRequestCall *c, const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].name, name)) return rows[i].serve(c);
    return adj_raise(c->vm, ADJ_EXC_ValueError, "no request named '%s'", name);
}

char *adj_observe_answer(AdjSession *s, struct AdjClient *client, const char *json,
                         size_t length)
{
    ADJ_SCOPE;
    Aside aside;
    AdjAnswerText out = {.vm = s->vm};
    bool drew;
    step_aside(&aside);
    {
        ADJ_SCOPE;
        AdjRequestCall c = {s, s->vm, client, {json, length}, &out, false};
        const char *name = adj_ask_string(&c.ask, "request", "");
        put_head(&c, name);
        size_t head = out.b.len;
        if (!serve(&c, name)) {
            out.b.len = head < out.b.len ? head : out.b.len;
            if (!adj_vm_failed(s->vm)) adj_bind_error(s->vm);
            put_error(&c);
        }
        adj_say_close(&out, '}');
        drew = c.draws;
    }
    step_back(&aside, drew);
    if (adj_vm_failed(s->vm)) adj_vm_clear_error(s->vm);
    return adj_said(&out);
}
