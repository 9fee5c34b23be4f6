// SPDX-License-Identifier: Apache-2.0
// zip.c: see zip.h.
#include "io/zip.h"

#include "adj_config.h"

#include <stdlib.h>
#if ADJ_HAVE_ZLIB
#    include <zlib.h>
#endif

enum {
    LOCAL = 0x04034b50,
    CENTRAL = 0x02014b50,
    END = 0x06054b50,
    END64 = 0x06064b50,
    LOCATOR64 = 0x07064b50,
    VERSION64 = 45,          // the version that knows 64-bit fields
    FIRST_DAY = 1 << 5 | 1,  // 1980-01-01: the same content gives the same file
};

static void *bad(const AdjFile *file, const char *what)
{
    return adj_fail(ADJ_E_FILE, "'%s' is not a .npz archive: %s", file->path, what);
}

// ---------------------------------------------------------------- reading

typedef struct {
    uint64_t at, size, count;
} Directory;

static bool within(const AdjFile *file, uint64_t at, uint64_t n)
{
    return at <= file->size && n <= file->size - at;
}

// The record at the end of the file, before a comment of at most 65535 bytes.
static bool find_directory(const AdjFile *file, Directory *d)
{
    uint64_t lowest = file->size > 65557 ? file->size - 65557 : 0, at = file->size;
    if (at < 22) return bad(file, "it is too short");
    for (at -= 22; adj_read_le(file->at + at, 4) != END; at--)
        if (at == lowest) return bad(file, "it has no directory");
    const unsigned char *p = file->at + at;
    *d = (Directory){adj_read_le(p + 16, 4), adj_read_le(p + 12, 4), adj_read_le(p + 10, 2)};
    bool large = at >= 20 && adj_read_le(p - 20, 4) == LOCATOR64;
    if (!large) return true;
    uint64_t at64 = adj_read_le(p - 12, 8);
    if (!within(file, at64, 56) || adj_read_le(file->at + at64, 4) != END64)
        return bad(file, "its directory lies outside");
    p = file->at + at64;
    *d = (Directory){adj_read_le(p + 48, 8), adj_read_le(p + 40, 8), adj_read_le(p + 32, 8)};
    return true;
}

// Fields that do not fit 32 bits stand in an extra record, in this order, as far as needed.
static void read_large(const unsigned char *extra, size_t n, uint64_t *const *field)
{
    while (n >= 4) {
        size_t kind = adj_read_le(extra, 2), length = adj_read_le(extra + 2, 2);
        if (length > n - 4) return;
        const unsigned char *p = extra + 4, *end = p + length;
        for (int i = 0; kind == 1 && i < 3; i++) {
            if (*field[i] != UINT32_MAX || end - p < 8) continue;
            *field[i] = adj_read_le(p, 8);
            p += 8;
        }
        extra += 4 + length;
        n -= 4 + length;
    }
}

static bool find_bytes(const AdjFile *file, uint64_t local, AdjZipMember *m)
{
    if (!within(file, local, 30) || adj_read_le(file->at + local, 4) != LOCAL)
        return bad(file, "a member lies outside");
    uint64_t skip =
        30 + adj_read_le(file->at + local + 26, 2) + adj_read_le(file->at + local + 28, 2);
    if (!within(file, local, skip) || !within(file, local + skip, m->packed))
        return bad(file, "a member lies outside");
    m->at = file->at + local + skip;
    return true;
}

int adj_zip_next(const AdjFile *file, uint64_t *cursor, AdjZipMember *out)
{
    Directory d;
    if (!find_directory(file, &d)) return -1;
    if (!within(file, d.at, d.size)) return bad(file, "its directory lies outside"), -1;
    if (*cursor >= d.size) return 0;
    uint64_t at = d.at + *cursor, rest = d.size - *cursor;
    const unsigned char *p = file->at + at;
    if (rest < 46 || adj_read_le(p, 4) != CENTRAL)
        return bad(file, "its directory is damaged"), -1;
    size_t name = adj_read_le(p + 28, 2), extra = adj_read_le(p + 30, 2);
    size_t all = 46 + name + extra + adj_read_le(p + 32, 2);
    if (rest < all) return bad(file, "its directory is damaged"), -1;
    if (adj_read_le(p + 8, 2) & 1) return bad(file, "it is encrypted"), -1;
    uint64_t local = adj_read_le(p + 42, 4);
    *out = (AdjZipMember){.packed = adj_read_le(p + 20, 4),
                          .size = adj_read_le(p + 24, 4),
                          .crc = (uint32_t)adj_read_le(p + 16, 4),
                          .method = (int)adj_read_le(p + 10, 2)};
    read_large(p + 46 + name, extra, (uint64_t *const[]){&out->size, &out->packed, &local});
    char *text = adj_scope_memory(name + 1);
    if (!text || !find_bytes(file, local, out)) return -1;
    memcpy(text, p + 46, name);
    text[name] = 0;
    out->name = text;
    *cursor += all;
    return 1;
}

#if ADJ_HAVE_ZLIB
// zlib counts in unsigned: longer members go in pieces.
static bool unpack(const AdjZipMember *m, unsigned char *to)
{
    enum { PIECE = 1 << 30 };
    z_stream z = {0};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) return false;
    uint64_t in = m->packed, room = m->size;
    z.next_in = (unsigned char *)(uintptr_t)m->at;
    z.next_out = to;
    int state = Z_OK;
    while (state == Z_OK) {
        if (!z.avail_in) z.avail_in = in > PIECE ? PIECE : (unsigned)in, in -= z.avail_in;
        if (!z.avail_out)
            z.avail_out = room > PIECE ? PIECE : (unsigned)room, room -= z.avail_out;
        state = inflate(&z, in ? Z_NO_FLUSH : Z_FINISH);
        if (state == Z_BUF_ERROR && (in || room)) state = Z_OK;
    }
    bool whole = state == Z_STREAM_END && !room && !z.avail_out;
    inflateEnd(&z);
    return whole;
}
#else
static bool unpack(const AdjZipMember *m, unsigned char *to)
{
    (void)to;
    return adj_fail(ADJ_E_FILE,
                    "member '%s' is compressed, and this build has no zlib to unpack it",
                    m->name);
}
#endif

const unsigned char *adj_zip_bytes(const AdjFile *file, const AdjZipMember *m)
{
    enum { BEST = 1032 };  // no byte of a deflated member stands for more than this many
    bool stored = m->method == 0;
    if (!stored && m->method != 8) {
        return adj_fail(ADJ_E_FILE,
                        "'%s': member '%s' is packed by method %d; 0 and 8 can be "
                        "read",
                        file->path, m->name, m->method);
    }
    if (stored ? m->size != m->packed : m->size / BEST > m->packed)
        return bad(file, "a member claims a length that it cannot have");
    unsigned char *copy = stored ? NULL : adj_scope_memory(m->size + 1);
    if (!stored && (!copy || !unpack(m, copy)))
        return adj_error_kind() ? NULL : bad(file, "a member does not unpack");
    const unsigned char *bytes = stored ? m->at : copy;
    if (adj_crc(ADJ_CRC_ZIP, bytes, m->size) != m->crc)
        return bad(file, "a member's checksum is wrong");
    return bytes;
}

// ---------------------------------------------------------------- writing

bool adj_zip_begin(AdjZipOut *zip, FILE *f, bool deflated)
{
    *zip = (AdjZipOut){.f = f, .deflate = deflated};
    zip->directory_file = open_memstream(&zip->directory, &zip->directory_size);
    return zip->directory_file || adj_fail(ADJ_E_MEMORY, "save_npz: no memory");
}

static bool put(AdjZipOut *zip, const void *bytes, size_t n)
{
    zip->at += n;
    return !n || fwrite(bytes, 1, n, zip->f) == n;
}

#if ADJ_HAVE_ZLIB
// The packed bytes of [raw] (n bytes), from the scope; NULL when they cannot be had.
static unsigned char *pack(const unsigned char *raw, size_t n, size_t *packed)
{
    z_stream z = {0};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, 0) != Z_OK)
        return adj_fail(ADJ_E_MEMORY, "save_npz: no memory");
    size_t room = deflateBound(&z, n);
    unsigned char *to = n < UINT_MAX && room < UINT_MAX ? adj_scope_memory(room) : NULL;
    if (to) {
        z.next_in = (unsigned char *)(uintptr_t)raw;
        z.avail_in = (unsigned)n;
        z.next_out = to;
        z.avail_out = (unsigned)room;
        if (deflate(&z, Z_FINISH) != Z_STREAM_END) to = NULL;
        *packed = z.total_out;
    }
    deflateEnd(&z);
    return to ? to : adj_fail(ADJ_E_RUNTIME, "save_npz: a member cannot be compressed");
}
#else
static unsigned char *pack(const unsigned char *raw, size_t n, size_t *packed)
{
    (void)raw;
    (void)n;
    (void)packed;
    return adj_fail(ADJ_E_RUNTIME, "save_npz: this build has no zlib to compress with");
}
#endif

// The fields that local header and directory share, from the version on: 26 bytes.
static void write_common(unsigned char *p, const AdjZipMember *m)
{
    adj_write_le(p, VERSION64, 2);
    adj_write_le(p + 2, 0x800, 2);  // the name is UTF-8
    adj_write_le(p + 4, (unsigned)m->method, 2);
    adj_write_le(p + 6, 0, 2);
    adj_write_le(p + 8, FIRST_DAY, 2);
    adj_write_le(p + 10, m->crc, 4);
    adj_write_le(p + 14, UINT32_MAX, 4);
    adj_write_le(p + 18, UINT32_MAX, 4);
    adj_write_le(p + 22, strlen(m->name), 2);
}

static bool write_local(AdjZipOut *zip, const AdjZipMember *m)
{
    unsigned char head[30], extra[20];
    adj_write_le(head, LOCAL, 4);
    write_common(head + 4, m);
    adj_write_le(head + 28, sizeof extra, 2);
    adj_write_le(extra, 1, 2);
    adj_write_le(extra + 2, 16, 2);
    adj_write_le(extra + 4, m->size, 8);
    adj_write_le(extra + 12, m->packed, 8);
    return put(zip, head, sizeof head) && put(zip, m->name, strlen(m->name)) &&
           put(zip, extra, sizeof extra);
}

static bool write_central(AdjZipOut *zip, const AdjZipMember *m, uint64_t local)
{
    unsigned char head[46] = {0}, extra[28];
    adj_write_le(head, CENTRAL, 4);
    adj_write_le(head + 4, VERSION64, 2);
    write_common(head + 6, m);
    adj_write_le(head + 30, sizeof extra, 2);
    adj_write_le(head + 42, UINT32_MAX, 4);
    adj_write_le(extra, 1, 2);
    adj_write_le(extra + 2, 24, 2);
    adj_write_le(extra + 4, m->size, 8);
    adj_write_le(extra + 12, m->packed, 8);
    adj_write_le(extra + 20, local, 8);
    FILE *f = zip->directory_file;
    return fwrite(head, 1, sizeof head, f) == sizeof head && fputs(m->name, f) >= 0 &&
           fwrite(extra, 1, sizeof extra, f) == sizeof extra;
}

bool adj_zip_add(AdjZipOut *zip, const char *name, const void *head, size_t n_head,
                 const void *body, size_t n_body)
{
    ADJ_SCOPE;
    size_t n = n_head + n_body, packed = n;
    unsigned char *whole = adj_scope_memory(n + 1), *bytes = whole;
    if (!whole) return false;
    memcpy(whole, head, n_head);
    if (n_body) memcpy(whole + n_head, body, n_body);
    if (zip->deflate && !(bytes = pack(whole, n, &packed))) return false;
    AdjZipMember m = {.name = name,
                      .packed = packed,
                      .size = n,
                      .crc = adj_crc(ADJ_CRC_ZIP, whole, n),
                      .method = zip->deflate ? 8 : 0};
    uint64_t local = zip->at;
    zip->n++;
    return write_local(zip, &m) && put(zip, bytes, packed) && write_central(zip, &m, local);
}

bool adj_zip_end(AdjZipOut *zip, bool ok)
{
    ok = fclose(zip->directory_file) == 0 && ok;
    uint64_t at = zip->at, size = zip->directory_size, count = (uint64_t)zip->n;
    unsigned char tail[56 + 20 + 22] = {0}, *end64 = tail, *locator = tail + 56;
    unsigned char *end = locator + 20;
    adj_write_le(end64, END64, 4);
    adj_write_le(end64 + 4, 56 - 12, 8);
    adj_write_le(end64 + 12, VERSION64, 2);
    adj_write_le(end64 + 14, VERSION64, 2);
    adj_write_le(end64 + 24, count, 8);
    adj_write_le(end64 + 32, count, 8);
    adj_write_le(end64 + 40, size, 8);
    adj_write_le(end64 + 48, at, 8);
    adj_write_le(locator, LOCATOR64, 4);
    adj_write_le(locator + 8, at + size, 8);
    adj_write_le(locator + 16, 1, 4);
    adj_write_le(end, END, 4);
    adj_write_le(end + 8, UINT16_MAX, 2);
    adj_write_le(end + 10, UINT16_MAX, 2);
    adj_write_le(end + 12, UINT32_MAX, 4);
    adj_write_le(end + 16, UINT32_MAX, 4);
    ok = ok && put(zip, zip->directory, zip->directory_size) && put(zip, tail, sizeof tail);
    free(zip->directory);
    return ok;
}
