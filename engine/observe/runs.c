// SPDX-License-Identifier: Apache-2.0
// runs.c: see runs.h. Space is allocated before it is mapped, so a full disk is an error when a
// run grows, never a signal when a point is stored.
#include "observe/runs.h"

#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    uint32_t kind;    // 0 the end, NAME: a name of [step] bytes follows, POINT
    uint32_t series;  // counts from 0 in the order of names
    int64_t step;
    double time, value;
} Record;
enum { NAME = 0x454d414e, POINT = 0x544e4950, CHUNK = 1 << 16, MAX_NAME = 512 };
_Static_assert(sizeof(Record) == 32, "records have 32 bytes");

struct AdjRun {
    char name[256], path[PATH_MAX];
    int file;
    char *map;  // of the chunk at [base]
    size_t base, used;
    int n_names, name_room;
    const char **names;  // interned, by number
    bool failed;         // the disk is full; said once
};

static bool next_chunk(AdjRun *r)
{
    if (r->map) munmap(r->map, CHUNK);
    r->map = NULL;
    r->base += r->used;
    r->used = 0;
    int error = posix_fallocate(r->file, (off_t)r->base, CHUNK);
    if (error) return adj_fail(ADJ_E_FILE, "%s: %s", r->path, strerror(error));
    void *map = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED, r->file, (off_t)r->base);
    if (map == MAP_FAILED) return adj_fail(ADJ_E_FILE, "%s: %s", r->path, strerror(errno));
    r->map = map;
    return true;
}

// [n] records in a row, which lie in one chunk: the first one's kind is stored last.
static bool put(AdjRun *r, const Record *records, size_t n)
{
    if (r->used + n * sizeof *records > CHUNK) {
        // The rest of a chunk that a long name did not fit into is filled by empty points.
        while (r->used < CHUNK) {
            Record *pad = (Record *)(r->map + r->used);
            pad->series = UINT32_MAX;
            __atomic_store_n(&pad->kind, POINT, __ATOMIC_RELEASE);
            r->used += sizeof *pad;
        }
    }
    if ((!r->map || r->used == CHUNK) && !next_chunk(r)) return false;
    Record *to = (Record *)(r->map + r->used);
    memcpy((char *)to + sizeof to->kind, (const char *)records + sizeof to->kind,
           n * sizeof *to - sizeof to->kind);
    __atomic_store_n(&to->kind, records->kind, __ATOMIC_RELEASE);
    r->used += n * sizeof *to;
    return true;
}

static bool put_name(AdjRun *r, const char *name)
{
    Record records[1 + MAX_NAME / sizeof(Record)] = {{0}};
    size_t n = strlen(name);
    if (n > MAX_NAME) n = MAX_NAME;
    records[0].kind = NAME;
    records[0].step = (int64_t)n;
    memcpy(&records[1], name, n);
    return put(r, records, 1 + (n + sizeof *records - 1) / sizeof *records);
}

static int number_of(AdjRun *r, const char *name)
{
    for (int i = 0; i < r->n_names; i++)
        if (r->names[i] == name) return i;
    if (r->n_names == r->name_room) {
        int room = r->name_room ? r->name_room * 2 : 16;
        const char **bigger = realloc(r->names, (size_t)room * sizeof *bigger);
        if (!bigger) return -1;
        r->names = bigger;
        r->name_room = room;
    }
    if (!put_name(r, name)) return -1;
    r->names[r->n_names] = name;
    return r->n_names++;
}

static void heard(void *data, const AdjSeries *series, AdjPoint p)
{
    AdjRun *r = data;
    int number = r->failed ? -1 : number_of(r, series->name);
    Record record = {POINT, (uint32_t)number, p.step, p.time, p.value};
    if (number < 0 || !put(r, &record, 1)) r->failed = true;
}

// ---------------------------------------------------------------- runs

static bool is_plain_name(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/') && strlen(name) < 200;
}

static bool write_config(const AdjRun *r, const char *config)
{
    char path[PATH_MAX + 16];
    AdjFileOut out;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    snprintf(path, sizeof path, "%s/run.json", r->path);
    if (!adj_file_create(&out, path)) return false;
    bool ok = fprintf(out.f, "{\"version\": 1, \"started\": %lld.%06ld, \"config\": %s}\n",
                      (long long)t.tv_sec, t.tv_nsec / 1000, config) > 0;
    return adj_file_finish(&out, ok);
}

static bool make_folder(const char *path)
{
    return !mkdir(path, 0777) || errno == EEXIST ||
           adj_fail(ADJ_E_FILE, "%s: %s", path, strerror(errno));
}

AdjRun *adj_run_start(const char *folder, const char *name, const char *config)
{
    if (!is_plain_name(name))
        return adj_fail(ADJ_E_VALUE, "start_run: '%s' is no name for a folder", name);
    AdjRun *r = calloc(1, sizeof *r);
    if (!r) return adj_fail(ADJ_E_MEMORY, "start_run: no memory");
    r->file = -1;
    snprintf(r->name, sizeof r->name, "%s", name);
    char file[PATH_MAX + 16];
    snprintf(r->path, sizeof r->path, "%s/%s", folder, name);
    snprintf(file, sizeof file, "%s/scalars.bin", r->path);
    bool ok = make_folder(folder) && make_folder(r->path);
    if (ok) {
        r->file = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (r->file < 0)
            ok = adj_fail(ADJ_E_FILE, "start_run: %s: %s", file,
                          errno == EEXIST ? "there is a run of that name" : strerror(errno));
    }
    if (ok && write_config(r, config) && next_chunk(r) && adj_scalar_listen(heard, r)) return r;
    adj_run_end(r);
    return NULL;
}

void adj_run_end(AdjRun *r)
{
    if (!r) return;
    adj_scalar_unlisten(heard, r);
    if (r->map) munmap(r->map, CHUNK);
    if (r->file >= 0) {
        // What was never written goes back; failing that, it reads as the end.
        if (ftruncate(r->file, (off_t)(r->base + r->used))) r->failed = true;
        close(r->file);
    }
    free(r->names);
    free(r);
}

const char *adj_run_name(const AdjRun *r)
{
    return r->name;
}
const char *adj_run_path(const AdjRun *r)
{
    return r->path;
}

// ---------------------------------------------------------------- reading

static AdjSeries *series_of(AdjSeriesList *l, uint32_t number)
{
    return number < (uint32_t)l->n ? l->at[number] : NULL;
}

static bool add_series(AdjSeriesList *l, const char *name, size_t n)
{
    char text[MAX_NAME + 1];
    memcpy(text, name, n);
    text[n] = 0;
    AdjSeries **bigger = realloc(l->at, (size_t)(l->n + 1) * sizeof *bigger);
    if (!bigger) return false;
    l->at = bigger;
    AdjSeries *s = calloc(1, sizeof *s);
    if (!s) return false;
    *s = (AdjSeries){.name = adj_intern(text), .min = INFINITY, .max = -INFINITY};
    l->at[l->n++] = s;
    return true;
}

static bool add_point(AdjSeries *s, const Record *r)
{
    if (s->n == s->room) {
        int room = s->room ? s->room * 2 : 256;
        AdjPoint *bigger = realloc(s->at, (size_t)room * sizeof *bigger);
        if (!bigger) return false;
        s->at = bigger;
        s->room = room;
    }
    s->at[s->n++] = (AdjPoint){r->step, r->time, r->value, s->n};
    s->count++;
    if (r->value < s->min) s->min = r->value;
    if (r->value > s->max) s->max = r->value;
    return true;
}

// Everything in the file is checked against its size: it may have been cut or damaged.
static bool read_records(const AdjFile *f, AdjSeriesList *out)
{
    size_t at = 0;
    while (f->size - at >= sizeof(Record)) {
        Record r;
        memcpy(&r, f->at + at, sizeof r);
        at += sizeof r;
        if (r.kind == POINT) {
            AdjSeries *s = series_of(out, r.series);
            if (s && !add_point(s, &r)) return false;
        } else if (r.kind == NAME) {
            size_t n = (size_t)r.step, whole = (n + sizeof r - 1) / sizeof r * sizeof r;
            if (r.step < 0 || n > MAX_NAME || f->size - at < whole) break;
            if (!add_series(out, (const char *)f->at + at, n)) return false;
            at += whole;
        } else {
            break;
        }
    }
    return true;
}

bool adj_run_read(const char *folder, const char *name, AdjSeriesList *out)
{
    char path[PATH_MAX];
    AdjFile file;
    *out = (AdjSeriesList){0};
    snprintf(path, sizeof path, "%s/%s/scalars.bin", folder, name);
    if (!is_plain_name(name) || access(path, R_OK))
        return adj_fail(ADJ_E_FILE, "no run named '%s' in %s", name, folder);
    if (!adj_file_open(&file, path)) return false;
    bool ok = read_records(&file, out);
    adj_file_close(&file);
    if (ok) return true;
    adj_series_free(out);
    return adj_fail(ADJ_E_MEMORY, "%s: no memory", path);
}
