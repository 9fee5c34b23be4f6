// SPDX-License-Identifier: Apache-2.0
// history.c: see history.h. The file is read when somebody first asks: most sessions never do.
#include "session/history.h"

#include "term/internal.h"

#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int session, line;
    char *input, *output;
} Cell;

typedef struct {
    Cell *at;
    size_t count, capacity;
} Cells;

struct AdjPast {
    pthread_mutex_t lock;
    Cells before, here;
    bool read;        // the file
    AdjHistory file;  // open for appending once a lasting cell came
    bool file_is_open;
};

AdjPast *adj_past_new(void)
{
    AdjPast *p = calloc(1, sizeof *p);
    if (p) pthread_mutex_init(&p->lock, NULL);
    return p;
}

static void free_cells(Cells *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->at[i].input);
        free(c->at[i].output);
    }
    free(c->at);
}

void adj_past_free(AdjPast *p)
{
    if (!p) return;
    free_cells(&p->before);
    free_cells(&p->here);
    if (p->file_is_open) adj_history_close(&p->file);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

// A cell that there is no memory for is not remembered.
static void add(Cells *c, int session, int line, const char *text, size_t length)
{
    if (c->count == c->capacity) {
        size_t more = c->capacity ? 2 * c->capacity : 32;
        Cell *at = realloc(c->at, more * sizeof *at);
        if (!at) return;
        c->at = at;
        c->capacity = more;
    }
    char *copy = adj_term_copy(text, length);
    if (copy) c->at[c->count++] = (Cell){.session = session, .line = line, .input = copy};
}

static bool open_file(AdjPast *p)
{
    if (p->file_is_open) return true;
    char *path = adj_history_default_path();
    if (!path) return false;
    adj_history_open(&p->file, path);
    free(path);
    return p->file_is_open = true;
}

static void read_file(AdjPast *p)
{
    if (p->read || !open_file(p)) return;
    p->read = true;
    // What this session appended stands at the end and is known already.
    size_t count = p->file.count;
    for (size_t i = 0; i < count; i++)
        add(&p->before, ADJ_PAST_FILE, (int)i + 1, p->file.entries[i],
            strlen(p->file.entries[i]));
}

void adj_past_add(AdjPast *p, int number, const char *text, size_t length, bool lasting)
{
    pthread_mutex_lock(&p->lock);
    if (lasting) read_file(p);
    add(&p->here, ADJ_PAST_HERE, number, text, length);
    if (lasting && open_file(p)) adj_history_add(&p->file, text, length);
    pthread_mutex_unlock(&p->lock);
}

void adj_past_set_output(AdjPast *p, int number, const char *text, size_t length)
{
    pthread_mutex_lock(&p->lock);
    for (size_t i = p->here.count; i-- > 0;) {
        Cell *c = &p->here.at[i];
        if (c->line != number) continue;
        free(c->output);
        c->output = adj_term_copy(text, length);
        break;
    }
    pthread_mutex_unlock(&p->lock);
}

// ---------------------------------------------------------------- asking

static size_t total(const AdjPast *p)
{
    return p->before.count + p->here.count;
}

static const Cell *cell_at(const AdjPast *p, size_t i)
{
    return i < p->before.count ? &p->before.at[i] : &p->here.at[i - p->before.count];
}

static void tell(const Cell *c, AdjPastEach each, void *self)
{
    each(self, &(AdjPastCell){c->session, c->line, c->input, c->output});
}

void adj_past_tail(AdjPast *p, int n, AdjPastEach each, void *self)
{
    pthread_mutex_lock(&p->lock);
    read_file(p);
    size_t all = total(p), wanted = n < 0 ? 0 : (size_t)n;
    for (size_t i = wanted < all ? all - wanted : 0; i < all; i++)
        tell(cell_at(p, i), each, self);
    pthread_mutex_unlock(&p->lock);
}

void adj_past_range(AdjPast *p, int session, int start, int stop, AdjPastEach each, void *self)
{
    pthread_mutex_lock(&p->lock);
    read_file(p);
    if (session <= 0) session += ADJ_PAST_HERE;
    for (size_t i = 0; i < total(p); i++) {
        const Cell *c = cell_at(p, i);
        if (c->session == session && c->line >= start && (stop < 0 || c->line < stop))
            tell(c, each, self);
    }
    pthread_mutex_unlock(&p->lock);
}

static bool seen_later(const AdjPast *p, const size_t *found, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(cell_at(p, found[i])->input, text)) return true;
    return false;
}

void adj_past_search(AdjPast *p, const char *pattern, int n, bool unique, AdjPastEach each,
                     void *self)
{
    pthread_mutex_lock(&p->lock);
    read_file(p);
    size_t limit = n < 0 ? SIZE_MAX : (size_t)n, count = 0;
    size_t *found = malloc((total(p) + 1) * sizeof *found);
    for (size_t i = total(p); found && i-- > 0 && count < limit;) {
        const char *text = cell_at(p, i)->input;
        if (fnmatch(pattern, text, FNM_NOESCAPE)) continue;
        if (!unique || !seen_later(p, found, count, text)) found[count++] = i;
    }
    while (found && count > 0) tell(cell_at(p, found[--count]), each, self);
    free(found);
    pthread_mutex_unlock(&p->lock);
}
