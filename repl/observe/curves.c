// SPDX-License-Identifier: Apache-2.0
// curves.c: points of this session, and of the runs on disk.
#include "observe/watching.h"

#include "observe/observe.h"
#include "observe/runs.h"

#include <dirent.h>
#include <stdlib.h>

static bool wanted(void *data, const AdjAsk *item)
{
    const char *name = *(const char **)data;
    AdjJson j = adj_json_make(item->text, item->length);
    const char *word = adj_json_string(&j);
    return !word || strcmp(word, name);  // stops where it is found
}

static bool is_wanted(const AdjAsk *ask, const char *name)
{
    AdjJson j;
    return !adj_ask_find(ask, "series", &j) || !adj_ask_each(ask, "series", wanted, &name);
}

enum { COLUMN_STEP, COLUMN_TIME, COLUMN_VALUE };

static void put_column(AdjAnswerText *o, const char *key, const AdjPoint *at, int n, int which)
{
    adj_say_key(o, key);
    adj_say_open(o, '[');
    for (int i = 0; i < n; i++) {
        if (which == COLUMN_STEP)
            adj_say_int(o, at[i].step);
        else
            adj_say_number(o, which == COLUMN_TIME ? at[i].time : at[i].value);
    }
    adj_say_close(o, ']');
}

// Points [from, n) of a series, at most [most] of them.
static bool say_series(AdjAnswerText *o, const AdjSeries *s, int from, int64_t most)
{
    int n = s->n - from;
    const AdjPoint *at = s->at + from;
    if (most > 0 && n > most) {
        AdjPoint *few = adj_scope_memory((size_t)(most + 1) * sizeof *few);
        if (!few) return false;
        n = adj_points_reduce(at, n, few, (int)most);
        at = few;
    }
    adj_say_open(o, '{');
    adj_put_text(o, "name", s->name);
    adj_put_int(o, "count", s->count);
    put_column(o, "steps", at, n, COLUMN_STEP);
    put_column(o, "times", at, n, COLUMN_TIME);
    put_column(o, "values", at, n, COLUMN_VALUE);
    adj_say_close(o, '}');
    return true;
}

// The cursor is the number of points of all series so far. Of a series that has grown since,
// the new points are its last ones: at most as many as all series together have gained.
static int first_since(const AdjSeriesList *l, const AdjSeries *s, int64_t since)
{
    if (since <= 0) return 0;
    if (s->serial <= since) return s->n;
    int64_t gained = l->serial - since;
    int from = gained >= s->n ? 0 : s->n - (int)gained;
    while (from < s->n && s->at[from].serial <= since) from++;
    return from;
}

bool adj_request_scalars(AdjRequestCall *c)
{
    const AdjSeriesList *l = adj_series_all();
    int64_t since = adj_ask_int(&c->ask, "since", 0), most = adj_ask_int(&c->ask, "points", 0);
    adj_put_int(c->out, "cursor", l ? l->serial : 0);
    adj_say_key(c->out, "series");
    adj_say_open(c->out, '[');
    for (int i = 0; l && i < l->n; i++) {
        int from = first_since(l, l->at[i], since);
        if (!is_wanted(&c->ask, l->at[i]->name) || (since > 0 && from == l->at[i]->n)) continue;
        if (!say_series(c->out, l->at[i], from, most)) return false;
    }
    adj_say_close(c->out, ']');
    return true;
}

// ---------------------------------------------------------------- runs

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// The settings of a run: run.json as it stands there, checked to be one object.
static void put_settings(AdjAnswerText *o, const char *folder, const char *name)
{
    char path[1024], text[8192];
    snprintf(path, sizeof path, "%s/%s/run.json", folder, name);
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) fclose(f);
    text[n] = 0;
    AdjAsk all = {text, n}, config;
    AdjJson j = adj_json_make(text, n);
    bool whole = n && *text == '{' && adj_json_skip(&j) && adj_json_at_end(&j);
    adj_put_number(o, "started", whole ? adj_ask_number(&all, "started", 0) : 0);
    adj_say_key(o, "config");
    if (whole && adj_ask_object(&all, "config", &config))
        adj_say_raw(o, config.text, config.length);
    else
        adj_say_raw(o, "{}", 2);
}

static void say_run(AdjAnswerText *o, const char *folder, const char *name)
{
    AdjSeriesList l;
    int64_t steps = 0;
    if (!adj_run_read(folder, name, &l)) return adj_error_clear();
    adj_say_open(o, '{');
    adj_put_text(o, "name", name);
    put_settings(o, folder, name);
    adj_say_key(o, "series");
    adj_say_open(o, '[');
    for (int i = 0; i < l.n; i++) {
        const AdjSeries *s = l.at[i];
        if (!s->n) continue;
        if (s->at[s->n - 1].step > steps) steps = s->at[s->n - 1].step;
        adj_say_open(o, '{');
        adj_put_text(o, "name", s->name);
        adj_put_int(o, "count", s->count);
        adj_put_number(o, "first", s->at[0].value);
        adj_put_number(o, "last", s->at[s->n - 1].value);
        adj_put_number(o, "min", s->min);
        adj_put_number(o, "max", s->max);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
    adj_put_int(o, "steps", steps);
    adj_say_close(o, '}');
    adj_series_free(&l);
}

bool adj_request_runs(AdjRequestCall *c)
{
    const char *folder = adj_ask_string(&c->ask, "folder", "runs");
    const char *current = adj_observe_run();
    char **names = NULL;
    size_t n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (*e->d_name == '.') continue;
        char **more = realloc(names, (n + 1) * sizeof *names), *copy = strdup(e->d_name);
        if (more) names = more;
        if (more && copy)
            names[n++] = copy;
        else
            free(copy);
    }
    if (d) closedir(d);
    if (n) qsort(names, n, sizeof *names, by_name);
    adj_put_text(c->out, "folder", folder);
    adj_put_text(c->out, "current", current);
    adj_say_key(c->out, "runs");
    adj_say_open(c->out, '[');
    for (size_t i = 0; i < n; i++) {
        say_run(c->out, folder, names[i]);
        free(names[i]);
    }
    adj_say_close(c->out, ']');
    free(names);
    return true;
}

bool adj_request_curves(AdjRequestCall *c)
{
    const char *folder = adj_ask_string(&c->ask, "folder", "runs");
    const char *run = adj_ask_string(&c->ask, "run", "");
    AdjSeriesList l;
    if (!adj_run_read(folder, run, &l)) return adj_bind_error(c->vm);
    int64_t most = adj_ask_int(&c->ask, "points", 0);
    bool ok = true;
    adj_put_text(c->out, "run", run);
    adj_say_key(c->out, "series");
    adj_say_open(c->out, '[');
    for (int i = 0; ok && i < l.n; i++)
        if (is_wanted(&c->ask, l.at[i]->name)) ok = say_series(c->out, l.at[i], 0, most);
    adj_say_close(c->out, ']');
    adj_series_free(&l);
    return ok || adj_bind_error(c->vm);
}
