// SPDX-License-Identifier: Apache-2.0
// The history of cells and its file. One cell is one line of the file, newlines written as \n
// and backslashes as \\, so that a cell is appended by one write under a lock and two sessions
// cannot mix theirs. The file is only ever replaced whole (a temporary file, then rename), when
// it has grown to twice the limit. An entry that comes again moves to the end: no two are
// equal.
//
// What is read back is not trusted: lines may be of any length and hold any bytes; a NUL ends
// an entry, and overlong entries and surplus ones are passed over.
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *adj_history_default_path(void)
{
    AdjTermBuf path = {0};
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && *state == '/') {
        adj_tbuf_text(&path, state);
    } else if (home && *home) {
        adj_tbuf_text(&path, home);
        adj_tbuf_text(&path, "/.local/state");
    } else {
        return NULL;
    }
    adj_tbuf_text(&path, "/adjoint/history");
    return path.data;
}

void adj_history_encode(const char *text, size_t length, AdjTermBuf *line)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n')
            adj_tbuf_text(line, "\\n");
        else if (text[i] == '\r')
            adj_tbuf_text(line, "\\r");
        else if (text[i] == '\\')
            adj_tbuf_text(line, "\\\\");
        else
            adj_tbuf_add(line, text + i, 1);
    }
    adj_tbuf_text(line, "\n");
}

void adj_history_decode(const char *line, size_t length, AdjTermBuf *text)
{
    for (size_t i = 0; i < length && line[i] && line[i] != '\n'; i++) {
        char c = line[i];
        if (c == '\\' && i + 1 < length) {
            c = line[++i];
            c = c == 'n' ? '\n' : c == 'r' ? '\r' : c;
        }
        adj_tbuf_add(text, &c, 1);
    }
}

// -- entries ----------------------------------------------------------------------------------

static void remove_entry(AdjHistory *h, size_t index)
{
    free(h->entries[index]);
    memmove(h->entries + index, h->entries + index + 1,
            (h->count - index - 1) * sizeof *h->entries);
    h->count--;
}

// Takes [entry] over. With [unique], an equal older one goes.
static void push(AdjHistory *h, char *entry, bool unique)
{
    if (!entry) return;
    for (size_t i = unique ? h->count : 0; i-- > 0;) {
        if (strcmp(h->entries[i], entry) == 0) remove_entry(h, i);
    }
    if (h->count >= ADJ_HISTORY_LIMIT) remove_entry(h, 0);
    if (!adj_term_grow(&h->entries, &h->capacity, h->count + 1, sizeof *h->entries)) {
        free(entry);
        return;
    }
    h->entries[h->count++] = entry;
}

static uint64_t hash(const char *text)
{
    uint64_t h = 1469598103934665603u;  // FNV-1a
    for (; *text; text++) h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h;
}

// Keeps the newest of equal entries and the newest ADJ_HISTORY_LIMIT of all, in one pass from
// the end with a table of those seen.
static void thin(AdjHistory *h)
{
    size_t slots = 64;
    if (h->count == 0) return;
    while (slots < h->count * 2) slots *= 2;
    char **seen = calloc(slots, sizeof *seen);
    size_t kept = h->count, places = 0;
    for (size_t i = h->count; seen && i-- > 0;) {
        char *entry = h->entries[i];
        size_t slot = hash(entry) & (slots - 1);
        while (seen[slot] && strcmp(seen[slot], entry) != 0) slot = (slot + 1) & (slots - 1);
        if (seen[slot] || places == ADJ_HISTORY_LIMIT) {
            free(entry);
            continue;
        }
        seen[slot] = h->entries[--kept] = entry;
        places++;
    }
    if (seen) {
        memmove(h->entries, h->entries + kept, places * sizeof *h->entries);
        h->count = places;
    }
    free(seen);
}

// -- the file ---------------------------------------------------------------------------------

static void make_folders(const char *path)
{
    char *copy = adj_term_copy(path, strlen(path));
    for (char *slash = copy ? strchr(copy + 1, '/') : NULL; slash;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(copy, 0700);
        *slash = '/';
    }
    free(copy);
}

// Opens the file and locks it. Another session may replace the file between the two, so the
// lock counts only if the name still leads to what was opened.
static int open_locked(const char *path, int flags)
{
    for (int tries = 0; tries < 8; tries++) {
        int fd = open(path, flags | O_CLOEXEC, 0600);
        if (fd < 0) return -1;
        struct stat here, there;
        bool locked =
            flock(fd, LOCK_EX) == 0 && fstat(fd, &here) == 0 && stat(path, &there) == 0;
        if (locked && here.st_ino == there.st_ino && here.st_dev == there.st_dev) return fd;
        close(fd);
    }
    return -1;
}

static size_t read_entries(AdjHistory *h, FILE *file)
{
    char *line = NULL;
    size_t room = 0, lines = 0;
    AdjTermBuf text = {0};
    for (ssize_t length; (length = getline(&line, &room, file)) > 0; lines++) {
        if (length > 2 * ADJ_HISTORY_ENTRY) continue;
        adj_tbuf_clear(&text);
        adj_history_decode(line, (size_t)length, &text);
        if (!text.length) continue;
        // Far more lines than are kept: an old half can go before equal entries are looked for.
        if (h->count >= 8 * (size_t)ADJ_HISTORY_LIMIT) thin(h);
        char *entry = adj_term_copy(text.data, text.length);
        if (!entry ||
            !adj_term_grow(&h->entries, &h->capacity, h->count + 1, sizeof *h->entries)) {
            free(entry);
            break;
        }
        h->entries[h->count++] = entry;
    }
    free(line);
    adj_tbuf_drop(&text);
    return lines;
}

static bool write_entries(const AdjHistory *h, int fd)
{
    AdjTermBuf all = {0};
    for (size_t i = 0; i < h->count; i++) {
        adj_history_encode(h->entries[i], strlen(h->entries[i]), &all);
    }
    size_t done = 0;
    while (done < all.length) {
        ssize_t n = write(fd, all.data + done, all.length - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        done += (size_t)n;
    }
    bool whole = done == all.length;
    adj_tbuf_drop(&all);
    return whole && fsync(fd) == 0;
}

// Called with the file locked.
static void rewrite(const AdjHistory *h)
{
    AdjTermBuf path = {0};
    adj_tbuf_text(&path, h->path);
    adj_tbuf_text(&path, ".XXXXXX");
    int fd = path.data ? mkstemp(path.data) : -1;
    if (fd >= 0) {
        bool written = write_entries(h, fd);
        close(fd);
        if (!written || rename(path.data, h->path) != 0) unlink(path.data);
    }
    adj_tbuf_drop(&path);
}

void adj_history_open(AdjHistory *h, const char *path)
{
    *h = (AdjHistory){0};
    if (!path || !*path) return;
    h->path = adj_term_copy(path, strlen(path));
    if (!h->path) return;
    make_folders(path);
    int fd = open_locked(path, O_RDWR | O_CREAT);
    if (fd < 0) fd = open(path, O_RDONLY | O_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file) {
        if (fd >= 0) close(fd);
        return;
    }
    size_t lines = read_entries(h, file);
    thin(h);
    if (lines > 2 * (size_t)ADJ_HISTORY_LIMIT) rewrite(h);
    fclose(file);
}

static void append(const AdjHistory *h, const char *text, size_t length)
{
    AdjTermBuf line = {0};
    adj_history_encode(text, length, &line);
    int fd = open_locked(h->path, O_WRONLY | O_APPEND | O_CREAT);
    if (fd >= 0) {
        // A full disk costs this entry, not the session.
        ssize_t ignored = line.data ? write(fd, line.data, line.length) : 0;
        (void)ignored;
        close(fd);
    }
    adj_tbuf_drop(&line);
}

void adj_history_add(AdjHistory *h, const char *text, size_t length)
{
    while (length && strchr(" \t\n", text[length - 1])) length--;
    if (length == 0 || memchr(text, 0, length)) return;
    bool again = h->count && strlen(h->entries[h->count - 1]) == length &&
                 memcmp(h->entries[h->count - 1], text, length) == 0;
    if (again) return;
    push(h, adj_term_copy(text, length), true);
    if (h->path && length <= ADJ_HISTORY_ENTRY) append(h, text, length);
}

size_t adj_history_find(const AdjHistory *h, size_t before, bool later, AdjHistoryTest matches,
                        const char *wanted, size_t length)
{
    if (later) {
        for (size_t i = before == SIZE_MAX ? 0 : before + 1; i < h->count; i++) {
            if (matches(h->entries[i], wanted, length)) return i;
        }
        return SIZE_MAX;
    }
    for (size_t i = before < h->count ? before : h->count; i-- > 0;) {
        if (matches(h->entries[i], wanted, length)) return i;
    }
    return SIZE_MAX;
}

void adj_history_close(AdjHistory *h)
{
    for (size_t i = 0; i < h->count; i++) free(h->entries[i]);
    free(h->entries);
    free(h->path);
    *h = (AdjHistory){0};
}
