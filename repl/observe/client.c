// SPDX-License-Identifier: Apache-2.0
// client.c: the target `adjoint` of comms: each open comm is a client with subscriptions of its
// own. Events are written as the engine sees things, and go out when a part of a step is over:
// what was seen between two such moments travels in one message.
#include "observe/plane/data.h"

#include "observe/observe.h"
#include "observe/past/past.h"
#include "observe/profile.h"
#include "session/front.h"

#include "adj_config.h"

#include <stdlib.h>
#include <unistd.h>

enum { VERSION = 1, MOST_TOPICS = 8 };
typedef enum Topic {
    SCALARS,
    STEPS,
    HEALTH,
    MODULES,
    RESOURCES,
    GRID,
    TIMELINE,
    PATH,
    TOPICS
} Topic;
static const char *const topic_names[] = {"scalars",   "steps", "health",   "modules",
                                          "resources", "grid",  "timeline", "path"};

typedef struct {
    int64_t id;  // 0: free
    Topic topic;
    double period;  // seconds
    double due;
    int64_t
        cursor;    // SCALARS: points told; STEPS: the step told; HEALTH, MODULES, GRID: a hash
    char *fields;  // GRID: owned; what its request has besides its name
} Feed;

typedef struct AdjClient {
    AdjSession *session;
    AdjComm *comm;
    int64_t *watches;
    int n_watches;
    Feed feeds[MOST_TOPICS];
    AdjAnswerText seen;  // the event that gathers
    struct AdjClient *next;
} AdjClient;
static _Thread_local AdjClient *clients;
// Numbers of feeds begin here, those of watches at 1.
enum { FIRST_FEED = 1000000 };
static _Thread_local int64_t last_feed = FIRST_FEED;

static double now(void)
{
    AdjResources r;
    adj_resources(&r);
    return r.time;
}

static void send(AdjClient *c, AdjAnswerText *o)
{
    if (!o->failed && o->b.len && c->comm)
        adj_comm_send(c->comm, &(AdjCommData){.json = o->b.data, .length = o->b.len});
    adj_buf_free(&o->b);
    o->failed = false;
}

// ---------------------------------------------------------------- observations

static void begin_items(AdjClient *c)
{
    if (c->seen.b.len) return;
    c->seen.vm = c->session->vm;
    adj_say_open(&c->seen, '{');
    adj_put_text(&c->seen, "event", "observation");
    adj_say_key(&c->seen, "items");
    adj_say_open(&c->seen, '[');
}

void adj_say_seen(AdjAnswerText *o, const AdjSeen *s)
{
    adj_say_open(o, '{');
    if (s->watch) adj_put_int(o, "subscription", s->watch);
    adj_put_text(o, "path", s->path);
    adj_put_text(o, "take", adj_take_names[s->take]);
    adj_put_int(o, "step", s->step);
    adj_put_number(o, "time", s->time);
    adj_put_shape(o, adj_shape(s->tensor));
    if (s->take == ADJ_TAKE_UPDATE) adj_put_number(o, "ratio", s->ratio);
    adj_put_statistics(o, "statistics", &s->statistics);
    if (s->form == ADJ_FORM_HISTOGRAM) adj_put_histogram(o, &s->histogram);
    if (s->form == ADJ_FORM_IMAGE) adj_put_image(o, &s->image);
    adj_say_close(o, '}');
}

static void see(void *data, const AdjSeen *s)
{
    AdjClient *c = data;
    begin_items(c);
    adj_say_seen(&c->seen, s);
}

static void flush(void *data)
{
    AdjClient *c = data;
    if (!c->seen.b.len) return;
    adj_say_close(&c->seen, ']');
    adj_say_close(&c->seen, '}');
    send(c, &c->seen);
}

static const struct {
    const char *name;
    AdjForm form;
} forms[] = {{"statistics", ADJ_FORM_STATISTICS},
             {"histogram", ADJ_FORM_HISTOGRAM},
             {"image", ADJ_FORM_IMAGE}};

bool adj_read_form(AdjRequestCall *c, AdjWatchSpec *spec)
{
    const char *take = adj_ask_string(&c->ask, "take", "value");
    const char *form = adj_ask_string(&c->ask, "form", "statistics");
    int k = 0, f = 0;
    while (k < ADJ_TAKES && strcmp(adj_take_names[k], take)) k++;
    while (f < 3 && strcmp(forms[f].name, form)) f++;
    if (k == ADJ_TAKES) return adj_raise(c->vm, ADJ_EXC_ValueError, "cannot take '%s'", take);
    if (f == 3) return adj_raise(c->vm, ADJ_EXC_ValueError, "no form is called '%s'", form);
    int64_t size[2] = {64, 64};
    adj_ask_ints(&c->ask, "size", size, 2);
    spec->take = (AdjTake)k;
    spec->form = forms[f].form;
    spec->scale = strcmp(adj_ask_string(&c->ask, "scale", "linear"), "log") ? ADJ_BINS_LINEAR
                                                                            : ADJ_BINS_LOG;
    spec->rows = size[0] < 1 || size[0] > 1024 ? 64 : size[0];
    spec->columns = size[1] < 1 || size[1] > 1024 ? 64 : size[1];
    int n = adj_ask_ints(&c->ask, "at", spec->at, ADJ_MAX_DIMS);
    spec->n_at = n < 0 ? 0 : n;
    spec->rate = adj_ask_number(&c->ask, "rate", 10);
    if (!(spec->rate > 0 && spec->rate <= 60)) spec->rate = 60;
    return true;
}

// What a path means: all modules, a module, or a tensor.
static bool read_target(AdjRequestCall *c, AdjWatchSpec *spec)
{
    AdjVal v;
    spec->path = adj_ask_string(&c->ask, "path", "*");
    if (!strcmp(spec->path, "*")) return true;
    if (!adj_observe_value(c->vm, spec->path, &v)) return false;
    if (adj_is_module(v) && adj_module_of(v)->m)
        spec->module = adj_module_of(v)->m;
    else if (adj_is_tensor(v))
        spec->tensor = adj_scoped(adj_keep(adj_tensor_of(v)));
    bool ok =
        spec->module || spec->tensor ||
        adj_raise(c->vm, ADJ_EXC_TypeError, "%s is neither a module nor a tensor", spec->path);
    adj_val_drop(v);  // the variable keeps it, and the watch will
    return ok;
}

static bool subscribe_observation(AdjRequestCall *c)
{
    AdjClient *client = c->client;
    AdjWatchSpec spec = {.see = see, .flush = flush, .data = client};
    if (!adj_read_form(c, &spec) || !read_target(c, &spec)) return false;
    int64_t *more = realloc(client->watches, (size_t)(client->n_watches + 1) * sizeof *more);
    if (!more) return adj_raise(c->vm, ADJ_EXC_MemoryError, "subscribe: no memory");
    client->watches = more;
    int64_t id = adj_watch_add(&spec);
    if (!id) return adj_bind_error(c->vm);
    client->watches[client->n_watches++] = id;
    adj_put_int(c->out, "subscription", id);
    return true;
}

// ---------------------------------------------------------------- feeds

static uint64_t hash(uint64_t h, const char *text)
{
    for (; *text; text++) h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return h;
}

static int64_t state_of_modules(AdjVM *vm)
{
    ADJ_SCOPE;
    AdjModulesAt l;
    uint64_t h = 14695981039346656037u;
    if (!adj_module_list(vm, NULL, &l)) return 0;
    for (int i = 0; i < l.n; i++) {
        h = hash(hash(h, l.at[i].path), adj_module_class(l.at[i].module));
        h = (h ^ (uintptr_t)l.at[i].module) * UINT64_C(0x100000001b3);
    }
    return (int64_t)(h >> 1);
}

static int64_t state_of_health(void)
{
    AdjFinding f[64];
    int n = adj_health_findings(f, 64);
    uint64_t h = 14695981039346656037u;
    for (int i = 0; i < n; i++)
        h = (hash(h, f[i].path) ^ (uint64_t)f[i].kind) * UINT64_C(0x100000001b3);
    return (int64_t)(h >> 1) + 1;
}

static uint64_t state_below(uint64_t h, const AdjModule *m)
{
    for (int i = 0; i < m->params.n; i++) {
        const AdjTensor *t = m->params.at[i].tensor;
        if (t) h = (h ^ (uintptr_t)t ^ t->storage->version) * UINT64_C(0x100000001b3);
    }
    for (int i = 0; i < m->n_children; i++)
        if (m->children[i].module) h = state_below(h, m->children[i].module);
    return h;
}

// A grid is another when a parameter changed, or the points that it is drawn under.
static int64_t state_of_grid(AdjVM *vm, const Feed *f)
{
    ADJ_SCOPE;
    AdjAsk ask = {f->fields, strlen(f->fields)};
    uint64_t h = 14695981039346656037u;
    AdjModule *m;
    AdjTensor *points;
    const char *path = adj_ask_string(&ask, "module", NULL);
    const char *name = adj_ask_string(&ask, "points", NULL);
    if (!path) path = adj_guess_module(vm);
    if (path && adj_observe_module(vm, path, &m)) h = state_below(h, m);
    if (name && adj_observe_tensor(vm, name, &points))
        h = (h ^ points->storage->version ^ (uint64_t)points->numel << 32) *
            UINT64_C(0x100000001b3);
    if (adj_vm_failed(vm)) adj_vm_clear_error(vm);
    return (int64_t)(h >> 1);
}

// What the feed would tell has this state; equal to its cursor: nothing is new.
static int64_t state_of(AdjClient *c, const Feed *f)
{
    const AdjSeriesList *l = adj_series_all();
    switch (f->topic) {
    case SCALARS: return l ? l->serial : 0;
    case STEPS: {
        AdjRecord *r = adj_record_get(0);
        int64_t step = r ? r->step : 0;
        adj_record_drop(r);
        return step;
    }
    case HEALTH: return state_of_health();
    case MODULES: return state_of_modules(c->session->vm);
    case GRID: return state_of_grid(c->session->vm, f);
    case TIMELINE: return adj_past_state();
    case PATH: return adj_path() ? adj_path()->seen : 0;
    default: return f->cursor + 1;
    }
}

// The reply to a request, under another head.
static void tell_reply(AdjClient *c, const char *request, const char *head)
{
    char *reply = adj_observe_answer(c->session, c, request, strlen(request));
    const char *rest = reply ? strchr(reply, ',') : NULL;
    if (rest && !strstr(reply, "\"error\":{")) {
        AdjAnswerText o = {.vm = c->session->vm};
        o.failed = !adj_buf_add_c(o.vm, &o.b, head) || !adj_buf_add_c(o.vm, &o.b, rest);
        send(c, &o);
    }
    free(reply);
}

// Looking takes time from the program: what follows waits until this has passed ADJ_WATCH_SHARE
// times (watch.h).
static void tell_grid(AdjClient *c, Feed *f, bool live)
{
    char head[64];
    size_t n = strlen(f->fields) + 64;
    char *request = malloc(n);
    if (!request) return;
    uint64_t start = adj_ticks();
    snprintf(request, n, "{\"request\":\"grid\",\"live\":%s,%s", live ? "true" : "false",
             f->fields + 1);
    snprintf(head, sizeof head, "{\"event\":\"grid\",\"subscription\":%lld", (long long)f->id);
    tell_reply(c, request, head);
    free(request);
    double rest = (double)(adj_ticks() - start) / adj_ticks_per_us() * ADJ_WATCH_SHARE / 1e6;
    if (rest > f->period) f->due += rest - f->period;
}

// The event of a feed is the reply of the request of its name.
static void tell(AdjClient *c, const Feed *f, int64_t state)
{
    char request[160];
    if (f->topic == MODULES) {
        AdjAnswerText o = {.vm = c->session->vm};
        adj_say_open(&o, '{');
        adj_put_text(&o, "event", "modules");
        adj_say_close(&o, '}');
        return send(c, &o);
    }
    const char *what = f->topic == STEPS ? "trace" : topic_names[f->topic];
    snprintf(request, sizeof request, "{\"request\": \"%s\", \"since\": %lld, \"count\": 0}",
             what, (long long)(f->topic == SCALARS ? f->cursor : state));
    char head[64];
    snprintf(head, sizeof head, "{\"event\":\"%s\"",
             f->topic == STEPS ? "step" : topic_names[f->topic]);
    tell_reply(c, request, head);
}

static void pump(AdjClient *c, double time, bool ended)
{
    for (int i = 0; i < MOST_TOPICS; i++) {
        Feed *f = &c->feeds[i];
        if (!f->id || (time < f->due && !ended)) continue;
        f->due = time + f->period;
        int64_t state = state_of(c, f);
        if (state == f->cursor) continue;
        if (f->topic == GRID)
            tell_grid(c, f, !ended);
        else
            tell(c, f, state);
        f->cursor = state;
    }
}

// [ended]: nothing more will come for a while, so what there is goes out.
void adj_observe_pump(AdjSession *s, bool ended)
{
    if (!clients || adj_vm_failed(s->vm)) return;
    if (ended) adj_edits_finish(s);
    double time = now();
    for (AdjClient *c = clients; c; c = c->next) {
        flush(c);
        pump(c, time, ended);
    }
}

// Parameters are followed while somebody hears of it.
static void rest_path(void)
{
    bool heard = false;
    for (const AdjClient *c = clients; c; c = c->next)
        for (int i = 0; i < MOST_TOPICS; i++)
            heard |= c->feeds[i].id && c->feeds[i].topic == PATH;
    if (!heard) adj_path_stop();
    if (!clients) adj_path_forget();
}

static bool subscribe_feed(AdjRequestCall *c, Topic topic)
{
    if (topic == PATH && !adj_observe_follow(c)) return false;
    for (int i = 0; i < MOST_TOPICS; i++) {
        Feed *f = &c->client->feeds[i];
        if (f->id) continue;
        double rate = adj_ask_number(&c->ask, "rate", topic == RESOURCES ? 1 : 10);
        if (!(rate > 0 && rate <= 60)) rate = 60;
        if (topic == TIMELINE && !adj_past_want(c->session, true)) return adj_bind_error(c->vm);
        if (adj_ask_bool(&c->ask, "every", false)) adj_past_keep_every();
        *f = (Feed){.id = ++last_feed, .topic = topic, .period = 1 / rate};
        if (topic == GRID && !(f->fields = strndup(c->ask.text, c->ask.length))) {
            f->id = 0;
            return adj_raise(c->vm, ADJ_EXC_MemoryError, "subscribe: no memory");
        }
        if (topic == MODULES) f->cursor = state_of_modules(c->vm);
        if (topic == HEALTH && !adj_health_watched()) adj_health_watch("*", rate);
        adj_put_int(c->out, "subscription", f->id);
        return true;
    }
    return adj_raise(c->vm, ADJ_EXC_RuntimeError, "subscribe: at most %d topics",
                     (int)MOST_TOPICS);
}

static void end_feed(AdjClient *c, int i)
{
    if (c->feeds[i].id && c->feeds[i].topic == TIMELINE) adj_past_want(c->session, false);
    c->feeds[i].id = 0;
    free(c->feeds[i].fields);
    c->feeds[i].fields = NULL;
}

bool adj_request_subscribe(AdjRequestCall *c)
{
    const char *topic = adj_ask_string(&c->ask, "topic", "observation");
    if (!c->client)
        return adj_raise(c->vm, ADJ_EXC_RuntimeError, "subscribe: over a comm only");
    if (!strcmp(topic, "observation")) return subscribe_observation(c);
    for (int k = 0; k < TOPICS; k++)
        if (!strcmp(topic_names[k], topic)) return subscribe_feed(c, (Topic)k);
    return adj_raise(c->vm, ADJ_EXC_ValueError, "no topic is called '%s'", topic);
}

bool adj_request_unsubscribe(AdjRequestCall *c)
{
    int64_t id = adj_ask_int(&c->ask, "subscription", 0);
    bool found = false;
    for (int i = 0; c->client && i < c->client->n_watches; i++) {
        if (c->client->watches[i] != id) continue;
        c->client->watches[i] = c->client->watches[--c->client->n_watches];
        found = adj_watch_remove(id);
        break;
    }
    for (int i = 0; c->client && i < MOST_TOPICS; i++) {
        if (c->client->feeds[i].id != id) continue;
        end_feed(c->client, i);
        found = true;
    }
    rest_path();
    adj_put_int(c->out, "subscription", id);
    return found || adj_raise(c->vm, ADJ_EXC_KeyError, "no subscription %lld", (long long)id);
}

// ---------------------------------------------------------------- comms

static char *hello(AdjSession *s)
{
    static const char *const names[] = {
#define REQUEST(name) #name,
#include "observe/requests.def"
#undef REQUEST
    };
    AdjAnswerText o = {.vm = s->vm};
    AdjRecord *r = adj_record_get(0);
    adj_say_open(&o, '{');
    adj_put_text(&o, "event", "hello");
    adj_put_int(&o, "version", VERSION);
    adj_put_text(&o, "program", "adjoint " ADJ_VERSION);
    adj_put_int(&o, "pid", getpid());
    adj_put_int(&o, "step", r ? r->step : 0);
    adj_say_key(&o, "requests");
    adj_say_open(&o, '[');
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) adj_say_text(&o, names[i]);
    adj_say_close(&o, ']');
    adj_say_close(&o, '}');
    adj_record_drop(r);
    return adj_said(&o);
}

static void shut(AdjComm *comm, const AdjCommData *data)
{
    (void)data;
    AdjClient *c = comm->user;
    if (!c) return;
    comm->user = NULL;
    for (AdjClient **p = &clients; *p; p = &(*p)->next)
        if (*p == c) {
            *p = c->next;
            break;
        }
    if (!clients) adj_observe_listen(c->session, false);
    rest_path();
    for (int i = 0; i < c->n_watches; i++) adj_watch_remove(c->watches[i]);
    for (int i = 0; i < MOST_TOPICS; i++) end_feed(c, i);
    adj_buf_free(&c->seen.b);
    free(c->watches);
    free(c);
}

// Whoever opens a comm wants to see: steps are recorded and curves kept from now on.
static char *opened(AdjComm *comm, const AdjCommData *data)
{
    ADJ_SCOPE;
    AdjAsk ask = {data->json ? data->json : "{}", 0};
    ask.length = data->length ? data->length : strlen(ask.text);
    if (adj_ask_int(&ask, "version", VERSION) < 1) {
        static const char refusal[] = "{\"event\": \"error\", \"error\": {\"kind\": "
                                      "\"ValueError\", \"message\": \"no such version\"}}";
        return strdup(refusal);
    }
    AdjClient *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    *c = (AdjClient){.session = comm->session, .comm = comm, .next = clients};
    c->seen.vm = comm->session->vm;
    comm->user = c;
    clients = c;
    adj_observe_start(comm->session);
    adj_observe_listen(comm->session, true);
    return hello(comm->session);
}

static char *message(AdjComm *comm, const AdjCommData *data)
{
    const char *json = data->json ? data->json : "{}";
    char *reply = adj_observe_answer(comm->session, comm->user, json,
                                     data->length ? data->length : strlen(json));
    return reply;
}

static const AdjCommTarget target = {
    .name = "adjoint", .open = opened, .message = message, .close = shut};

void adj_observe_install_comm(AdjSession *s)
{
    adj_comm_register(s, &target);
}
