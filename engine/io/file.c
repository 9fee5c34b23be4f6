// SPDX-License-Identifier: Apache-2.0
// file.c: see file.h.
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool adj_file_open(AdjFile *file, const char *path)
{
    *file = (AdjFile){path, (const unsigned char *)"", 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return adj_fail(ADJ_E_FILE, "cannot open '%s': %s", path, strerror(errno));
    struct stat st;
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    file->size = regular ? (size_t)st.st_size : 0;
    void *at = file->size ? mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    int e = errno;
    close(fd);
    if (!regular) return adj_fail(ADJ_E_FILE, "cannot open '%s': it is no file", path);
    if (at == MAP_FAILED) {
        file->size = 0;
        return adj_fail(ADJ_E_MEMORY, "cannot map '%s': %s", path, strerror(e));
    }
    if (at) file->at = at;
    return true;
}

void adj_file_close(AdjFile *file)
{
    if (file->size) munmap((void *)(uintptr_t)file->at, file->size);
    file->size = 0;
}

bool adj_file_create(AdjFileOut *out, const char *path)
{
    out->path = path;
    int n = snprintf(out->temporary, sizeof out->temporary, "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof out->temporary)
        return adj_fail(ADJ_E_FILE, "save: the path is too long");
    int fd = mkstemp(out->temporary);
    out->f = fd < 0 ? NULL : fdopen(fd, "wb");
    if (out->f) return true;
    if (fd >= 0) close(fd);
    return adj_fail(ADJ_E_FILE, "save: cannot write '%s': %s", path, strerror(errno));
}

// Makes the rename itself last through a power cut.
static void sync_folder(const char *path)
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

bool adj_file_finish(AdjFileOut *out, bool ok)
{
    int fd = fileno(out->f);
    mode_t mask = umask(0);
    umask(mask);
    ok = ok && fflush(out->f) == 0 && !ferror(out->f) && fsync(fd) == 0;
    ok = ok && fchmod(fd, 0666 & ~mask) == 0;
    int e = errno;
    ok = fclose(out->f) == 0 && ok && rename(out->temporary, out->path) == 0;
    if (ok) {
        sync_folder(out->path);
        return true;
    }
    unlink(out->temporary);
    return adj_fail(ADJ_E_FILE, "save: cannot write '%s': %s", out->path, strerror(e));
}

uint32_t adj_crc(uint32_t polynomial, const void *bytes, size_t n)
{
    static _Thread_local uint32_t table[256], made_for;
    if (made_for != polynomial) {
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t c = i;
            for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ polynomial : c >> 1;
            table[i] = c;
        }
        made_for = polynomial;
    }
    uint32_t c = ~UINT32_C(0);
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++) c = table[(c ^ p[i]) & 255] ^ c >> 8;
    return ~c;
}

void adj_swap_bytes(void *at, int64_t n, size_t size)
{
    char *p = at;
    for (int64_t i = 0; i < n && size > 1; i++, p += size) {
        for (size_t k = 0; k < size / 2; k++) {
            char c = p[k];
            p[k] = p[size - 1 - k];
            p[size - 1 - k] = c;
        }
    }
}
