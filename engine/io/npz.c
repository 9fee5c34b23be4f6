// SPDX-License-Identifier: Apache-2.0
// npz.c: numpy's archive of named arrays: a zip file whose members are .npy files.
#include "io/npy.h"
#include "io/zip.h"

#include <stdlib.h>

static const char ending[] = ".npy";

// Member "weights.npy" is the array "weights", as numpy.load names it.
static const char *array_name(const char *member)
{
    size_t n = strlen(member), tail = sizeof ending - 1;
    if (n < tail || strcmp(member + n - tail, ending)) return member;
    char *name = adj_scope_memory(n - tail + 1);
    if (name) memcpy(name, member, n - tail), name[n - tail] = 0;
    return name;
}

static bool grow(AdjArchive *a, int *capacity)
{
    if (a->n < *capacity) return true;
    int wanted = *capacity ? *capacity * 2 : 16;
    const char **names = adj_scope_memory((size_t)wanted * sizeof *names);
    AdjTensor **tensors = adj_scope_memory((size_t)wanted * sizeof *tensors);
    if (!names || !tensors) return false;
    if (a->n) {
        memcpy(names, a->names, (size_t)a->n * sizeof *names);
        memcpy(tensors, a->tensors, (size_t)a->n * sizeof *tensors);
    }
    a->names = names;
    a->tensors = tensors;
    *capacity = wanted;
    return true;
}

// The unpacked bytes of a member go as soon as its tensor is made.
static AdjTensor *read_member(const AdjFile *file, const AdjZipMember *m)
{
    ADJ_SCOPE;
    const unsigned char *bytes = adj_zip_bytes(file, m);
    return bytes ? adj_give(adj_npy_parse(m->name, bytes, m->size)) : NULL;
}

static bool read_archive(const AdjFile *file, AdjArchive *a)
{
    AdjZipMember m;
    int capacity = 0, more;
    uint64_t packed = 0;
    for (uint64_t cursor = 0; (more = adj_zip_next(file, &cursor, &m)) > 0;) {
        packed += m.packed;
        if (packed > file->size) {  // many names for the same bytes: small file, much memory
            return adj_fail(ADJ_E_FILE, "'%s' is not a .npz archive: its members overlap",
                            file->path);
        }
        AdjTensor *t = read_member(file, &m);
        const char *name = t ? array_name(m.name) : NULL;
        if (!name || !grow(a, &capacity)) return false;
        a->names[a->n] = name;
        a->tensors[a->n++] = t;
    }
    return more == 0;
}

AdjArchive adj_load_npz(const char *path)
{
    AdjArchive none = {0, NULL, NULL}, a = none;
    AdjFile file;
    if (adj_error_kind() || !adj_file_open(&file, path)) return none;
    bool ok = read_archive(&file, &a);
    adj_file_close(&file);
    return ok ? a : none;
}

static bool write_member(AdjZipOut *zip, const char *name, AdjTensor *t)
{
    ADJ_SCOPE;
    unsigned char header[ADJ_NPY_HEADER];
    size_t length = adj_npy_header(t, header), room = strlen(name) + sizeof ending;
    char *member = length ? adj_scope_memory(room) : NULL;
    t = member ? adj_contiguous(adj_detach(t)) : NULL;
    if (!t) return false;
    snprintf(member, room, "%s%s", name, ending);
    if (room > UINT16_MAX) return adj_fail(ADJ_E_VALUE, "save_npz: a name is too long");
    size_t bytes = (size_t)t->numel * adj_dtype_size((AdjDtype)t->dtype);
    return adj_zip_add(zip, member, header, length, adj_data(t), bytes);
}

bool adj_save_npz(const char *path, AdjArchive a, bool compressed)
{
    AdjFileOut out;
    AdjZipOut zip;
    if (adj_error_kind() || !adj_file_create(&out, path)) return false;
    bool begun = adj_zip_begin(&zip, out.f, compressed), ok = begun;
    for (int i = 0; ok && i < a.n; i++) ok = write_member(&zip, a.names[i], a.tensors[i]);
    if (begun) ok = adj_zip_end(&zip, ok);
    return adj_file_finish(&out, ok);
}
