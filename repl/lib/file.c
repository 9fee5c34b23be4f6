// SPDX-License-Identifier: Apache-2.0
// Files: open() and the object it gives, and the standard streams. Text is UTF-8; reading turns
// the line ends of other systems into "\n" unless newline='' asks for the file's own.
// Everything read is checked, since a program's strings are valid UTF-8. Invariant: stream is
// NULL exactly when the file is closed; the standard streams never are.
#include "lib.h"
#include "lang/types/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

typedef enum Role { ROLE_FILE, ROLE_INPUT, ROLE_OUTPUT, ROLE_ERROR } Role;

typedef struct File {
    AdjObj head;
    FILE *stream;
    Role role;
    bool reads, writes, binary, own_newlines;
    char last;     // 'r', 'w' or 0: C wants a seek between reading and writing
    AdjStr *name;  // kept
    AdjStr *mode;  // kept
} File;

static File *file_of(AdjVal v)
{
    return (File *)v.o;
}

static void file_drop(AdjObj *o)
{
    File *f = (File *)o;
    AdjStr *name = f->name, *mode = f->mode;
    if (f->stream && f->role == ROLE_FILE) fclose(f->stream);
    f->stream = NULL;
    f->name = f->mode = NULL;
    adj_obj_drop(name);
    adj_obj_drop(mode);
}

static bool failed(AdjVM *vm, const File *f)
{
    return adj_raise_os(vm, errno, f->name ? f->name->data : NULL);
}

static bool check_open(AdjVM *vm, const File *f)
{
    return f->stream || adj_raise(vm, ADJ_EXC_ValueError, "I/O operation on closed file.");
}

static bool ready_to(AdjVM *vm, File *f, char what)
{
    if (!check_open(vm, f)) return false;
    if (what == 'r' ? !f->reads : !f->writes) {
        return adj_raise(vm, ADJ_EXC_ValueError, what == 'r' ? "not readable" : "not writable");
    }
    if (f->last && f->last != what && f->role == ROLE_FILE) fseek(f->stream, 0, SEEK_CUR);
    f->last = what;
    return true;
}

// ---- opening ----

static bool parse_mode(AdjVM *vm, const AdjStr *mode, File *f, char c_mode[5])
{
    char kind = 0;
    int kinds = 0;
    bool plus = false, text = false, ok = true;
    for (int64_t i = 0; i < mode->len; i++) {
        char c = mode->data[i];
        bool twice = memchr(mode->data, c, (size_t)i);
        ok = ok && !twice;
        if (c == 'r' || c == 'w' || c == 'a' || c == 'x') {
            kinds++;
            kind = c;
        } else if (c == '+') plus = true;
        else if (c == 'b') f->binary = true;
        else if (c == 't') text = true;
        else ok = false;
    }
    if (!ok) return adj_raise(vm, ADJ_EXC_ValueError, "invalid mode: '%.50s'", mode->data);
    if (text && f->binary) {
        return adj_raise(vm, ADJ_EXC_ValueError, "can't have text and binary mode at once");
    }
    if (kinds > 1) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "must have exactly one of create/read/write/append mode");
    }
    if (!kind) {
        return adj_raise(
            vm, ADJ_EXC_ValueError,
            "Must have exactly one of create/read/write/append mode and at most one "
            "plus");
    }
    f->reads = kind == 'r' || plus;
    f->writes = kind != 'r' || plus;
    snprintf(c_mode, 5, "%c%s%s", kind == 'x' ? 'w' : kind, plus ? "+" : "",
             kind == 'x' ? "x" : "");
    return true;
}

static bool is_folder(FILE *stream)
{
    struct stat s;
    return fstat(fileno(stream), &s) == 0 && S_ISDIR(s.st_mode);
}

static bool check_encoding(AdjVM *vm, AdjVal encoding)
{
    if (adj_is_none(encoding)) return true;
    if (!adj_str_need(vm, encoding, "open() argument 'encoding' must be str or None"))
        return false;
    static const char *const known[] = {"utf-8", "utf8", "UTF-8", "UTF8", "ascii", "utf_8"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (adj_str_is(adj_as_str(encoding), known[i])) return true;
    }
    return adj_raise(vm, ADJ_EXC_LookupError, "unknown encoding: %.100s; files are UTF-8",
                     adj_as_str(encoding)->data);
}

bool adj_builtin_open(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    char c_mode[5];
    if (!adj_is_str(args[0])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "expected str, bytes or os.PathLike object, not %s",
                         adj_type_name(args[0]));
    }
    if (!adj_str_need(vm, args[1], "open() argument 'mode' must be str")) return false;
    if (!check_encoding(vm, args[3])) return false;
    AdjStr *name = adj_as_str(args[0]);
    if (memchr(name->data, 0, (size_t)name->len)) {
        return adj_raise(vm, ADJ_EXC_ValueError, "embedded null byte");
    }
    File *f = adj_obj_new(vm, &adj_type_file);
    if (!f) return false;
    f->own_newlines = adj_is_str(args[5]);
    bool ok = parse_mode(vm, adj_as_str(args[1]), f, c_mode);
    if (ok) {
        f->name = adj_obj_keep(name);
        f->mode = adj_obj_keep(adj_as_str(args[1]));
        f->stream = fopen(name->data, c_mode);
        if (f->stream && is_folder(f->stream)) {
            fclose(f->stream);
            f->stream = NULL;
            errno = EISDIR;
        }
        ok = f->stream || failed(vm, f);
    }
    if (!ok) return adj_obj_drop(f), false;
    return adj_out(out, f);
}

bool adj_file_standard(AdjVM *vm, int which, AdjVal *out)
{
    static const struct { const char *name, *mode; Role role;
    } rows[] = {{"<stdin>", "r", ROLE_INPUT},
                {"<stdout>", "w", ROLE_OUTPUT},
                {"<stderr>", "w", ROLE_ERROR}};
    if (!(adj_type_file.flags & ADJ_TF_READY) && !adj_type_ready(&adj_type_file)) {
        return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    }
    File *f = adj_obj_new(vm, &adj_type_file);
    if (!f) return false;
    f->role = rows[which].role;
    f->stream = which == 0 ? stdin : which == 1 ? stdout : stderr;
    f->reads = which == 0;
    f->writes = which != 0;
    f->name = adj_str_new_c(vm, rows[which].name);
    f->mode = f->name ? adj_str_new_c(vm, rows[which].mode) : NULL;
    if (!f->mode) return adj_obj_drop(f), false;
    return adj_out(out, f);
}

// ---- reading ----

// One line with its end, as bytes: size, 0 at the end of the file, -1 failed.
static ssize_t raw_line(AdjVM *vm, File *f, AdjText *line)
{
    int c;
    errno = 0;
    while ((c = getc(f->stream)) != EOF) {
        adj_text_byte(line, (char)c);
        if (c == '\n') break;
        if (c != '\r' || f->binary) continue;
        int next = getc(f->stream);
        if (next == '\n') adj_text_byte(line, '\n');
        else if (next != EOF) ungetc(next, f->stream);
        break;
    }
    if (ferror(f->stream)) return failed(vm, f), -1;
    if (line->failed) return adj_raise_int(vm, ADJ_EXC_MemoryError, "%s", "");
    return (ssize_t)line->size;
}

// "\r\n" and "\r" become "\n", in place.
static void plain_newlines(AdjText *text)
{
    size_t to = 0;
    if (!memchr(text->data ? text->data : "", '\r', text->size)) return;
    for (size_t i = 0; i < text->size; i++) {
        char c = text->data[i];
        if (c == '\r' && i + 1 < text->size && text->data[i + 1] == '\n') continue;
        text->data[to++] = c == '\r' ? '\n' : c;
    }
    text->size = to;
}

// What was read as a value; frees the text.
static bool out_read(AdjVM *vm, File *f, AdjText *text, AdjVal *out)
{
    size_t bad = 0;
    if (f->binary) {
        bool ok = adj_out(out, adj_bytes_new(vm, text->data ? text->data : "", text->size));
        adj_text_free(text);
        return ok;
    }
    if (!f->own_newlines) plain_newlines(text);
    if (text->data && !adj_utf8_check(text->data, text->size, &bad)) {
        adj_raise(vm, ADJ_EXC_UnicodeDecodeError,
                  "'utf-8' codec can't decode byte 0x%02x in position %zu: invalid start byte",
                  (unsigned char)text->data[bad], bad);
        adj_text_free(text);
        return false;
    }
    return adj_str_from_text(vm, text, out);
}

static bool read_all(AdjVM *vm, File *f, AdjText *text)
{
    enum { BLOCK = 65536 };
    errno = 0;
    for (;;) {
        if (!adj_text_reserve(text, BLOCK)) return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
        size_t got = fread(text->data + text->size, 1, BLOCK, f->stream);
        text->size += got;
        if (got < BLOCK) break;
    }
    return !ferror(f->stream) || failed(vm, f);
}

static bool read_some(AdjVM *vm, File *f, int64_t n, AdjText *text)
{
    errno = 0;
    for (int c; n > 0 && (c = getc(f->stream)) != EOF; n--) {
        adj_text_byte(text, (char)c);
        if (f->binary) continue;
        for (size_t more = adj_utf8_step((unsigned char)c); more > 1; more--) {
            int rest = getc(f->stream);
            if (rest != EOF) adj_text_byte(text, (char)rest);
        }
        if (c != '\r' || f->own_newlines) continue;
        int next = getc(f->stream);
        if (next == '\n') adj_text_byte(text, '\n');
        else if (next != EOF) ungetc(next, f->stream);
    }
    return !ferror(f->stream) || failed(vm, f);
}

static bool file_read(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    File *f = file_of(args[0]);
    int64_t n;
    AdjText text = {0};
    if (!adj_get_int_or(vm, args[1], -1, &n) || !ready_to(vm, f, 'r')) return false;
    if (n < 0 ? read_all(vm, f, &text) : read_some(vm, f, n, &text)) {
        return out_read(vm, f, &text, out);
    }
    adj_text_free(&text);
    return false;
}

// 1: a line, 0: the end, -1: failed.
static int next_line(AdjVM *vm, File *f, AdjVal *out)
{
    AdjText line = {0};
    if (!ready_to(vm, f, 'r')) return -1;
    ssize_t size = raw_line(vm, f, &line);
    if (size <= 0) {
        adj_text_free(&line);
        return (int)size;
    }
    return out_read(vm, f, &line, out) ? 1 : -1;
}

static bool file_readline(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    File *f = file_of(args[0]);
    AdjText none = {0};
    int more = next_line(vm, f, out);
    return more == 0 ? out_read(vm, f, &none, out) : more > 0;
}

static bool file_readlines(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjList *lines = adj_list_new(vm, 0);
    AdjVal line;
    int more = lines ? 1 : -1;
    while (more == 1 && (more = next_line(vm, file_of(args[0]), &line)) == 1) {
        if (!adj_list_append_take(vm, lines, line)) more = -1;
    }
    if (more < 0) return adj_obj_drop(lines), false;
    return adj_out(out, lines);
}

static int file_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return next_line(vm, file_of(self), out);
}

// ---- writing ----

static bool put_bytes(AdjVM *vm, File *f, const char *data, size_t size)
{
    AdjHooks *hooks = adj_vm_hooks(vm);
    errno = 0;
    if (f->role == ROLE_OUTPUT) return adj_vm_write(vm, data, size), true;
    if (f->role == ROLE_ERROR && hooks->write_error)
        return hooks->write_error(vm, data, size), true;
    return fwrite(data, 1, size, f->stream) == size || failed(vm, f);
}

static bool file_write(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    File *f = file_of(args[0]);
    if (!ready_to(vm, f, 'w')) return false;
    if (f->binary) {
        if (!adj_is_exact(args[1], &adj_type_bytes)) {
            return adj_raise(vm, ADJ_EXC_TypeError, "a bytes-like object is required, not '%s'",
                             adj_type_name(args[1]));
        }
        AdjBytes *b = (AdjBytes *)args[1].o;
        return put_bytes(vm, f, (const char *)b->data, (size_t)b->len) &&
               adj_out_int(out, b->len);
    }
    if (!adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "write() argument must be str, not %s",
                         adj_type_name(args[1]));
    }
    AdjStr *s = adj_as_str(args[1]);
    return put_bytes(vm, f, s->data, (size_t)s->len) && adj_out_int(out, adj_str_chars(s));
}

static bool file_writelines(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal it, pair[2] = {args[0]}, written;
    if (!adj_val_iter(vm, args[1], &it)) return false;
    int more;
    while ((more = adj_val_next(vm, it, &pair[1])) == 1) {
        bool ok = file_write(vm, pair, 2, &written);
        adj_val_drop(pair[1]);
        if (!ok) break;
    }
    adj_val_drop(it);
    return more == 0 && adj_out_none(out);
}

static bool file_flush(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    File *f = file_of(args[0]);
    if (!check_open(vm, f)) return false;
    if (f->role == ROLE_OUTPUT && adj_vm_hooks(vm)->flush) adj_vm_hooks(vm)->flush(vm);
    else if (f->writes && fflush(f->stream) != 0) return failed(vm, f);
    return adj_out_none(out);
}

static bool close_file(AdjVM *vm, File *f)
{
    FILE *stream = f->stream;
    if (!stream || f->role != ROLE_FILE) return true;
    f->stream = NULL;
    return fclose(stream) == 0 || failed(vm, f);
}

static bool file_close(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return close_file(vm, file_of(args[0])) && adj_out_none(out);
}

// ---- place ----

static bool file_seek(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    File *f = file_of(args[0]);
    int64_t at, whence;
    if (!check_open(vm, f) || !adj_get_int(vm, args[1], &at)) return false;
    if (!adj_get_int(vm, args[2], &whence)) return false;
    if (whence < 0 || whence > 2) {
        return adj_raise(vm, ADJ_EXC_ValueError, "invalid whence (%lld, should be 0, 1 or 2)",
                         (long long)whence);
    }
    if (fseek(f->stream, (long)at, (int[]){SEEK_SET, SEEK_CUR, SEEK_END}[whence]) != 0) {
        return failed(vm, f);
    }
    f->last = 0;
    return adj_out_int(out, ftell(f->stream));
}

static bool file_tell(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    File *f = file_of(args[0]);
    if (!check_open(vm, f)) return false;
    long at = ftell(f->stream);
    return at < 0 ? failed(vm, f) : adj_out_int(out, at);
}

static bool file_readable(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return check_open(vm, file_of(args[0])) && adj_out_bool(out, file_of(args[0])->reads);
}

static bool file_writable(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return check_open(vm, file_of(args[0])) && adj_out_bool(out, file_of(args[0])->writes);
}

static bool file_isatty(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)args, (void)nargs;
    return adj_out_bool(out, false);
}

// ---- the type ----

static bool file_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return check_open(vm, file_of(self)) && adj_out_keep(out, self);
}

static bool file_enter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return check_open(vm, file_of(self)) && adj_out_keep(out, self);
}

static bool file_leave(AdjVM *vm, AdjVal self, AdjVal exc, bool *swallow)
{
    (void)exc;
    *swallow = false;
    return close_file(vm, file_of(self));
}

static bool file_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    File *f = file_of(self);
    AdjVal name;
    if (!adj_val_repr(vm, adj_obj_val(f->name), &name)) return false;
    bool ok = adj_out(
        out, adj_str_format(vm, "<_io.TextIOWrapper name=%s mode='%s' encoding='UTF-8'>",
                            adj_as_str(name)->data, f->mode->data));
    adj_val_drop(name);
    return ok;
}

static bool file_name(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(file_of(self)->name));
}

static bool file_mode(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_obj_val(file_of(self)->mode));
}

static bool file_closed(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_bool(out, !file_of(self)->stream);
}

static bool file_encoding(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)self;
    return adj_out(out, adj_str_new_c(vm, "UTF-8"));
}

static const AdjNative file_methods[] = {
    {"read", "(self, size=-1, /)", file_read, "The rest of the file, or at most [size] of it.",
     0},
    {"readline", "(self, size=-1, /)", file_readline, "The next line, or '' at the end.", 0},
    {"readlines", "(self, hint=-1, /)", file_readlines, "The lines that are left.", 0},
    {"write", "(self, text, /)", file_write, "Writes a text; the number of characters.", 0},
    {"writelines", "(self, lines, /)", file_writelines, "Writes texts one after the other.", 0},
    {"flush", "(self, /)", file_flush, "Hands on what was written.", 0},
    {"close", "(self, /)", file_close, "Closes the file.", 0},
    {"seek", "(self, offset, whence=0, /)", file_seek, "Moves to a place in the file.", 0},
    {"tell", "(self, /)", file_tell, "The place in the file.", 0},
    {"readable", "(self, /)", file_readable, "Whether it was opened for reading.", 0},
    {"writable", "(self, /)", file_writable, "Whether it was opened for writing.", 0},
    {"isatty", "(self, /)", file_isatty, "Whether it is a terminal: no.", 0},
    {0},
};

static const AdjAttr file_attrs[] = {
    {"name", file_name, NULL, "The path it was opened with."},
    {"mode", file_mode, NULL, "The mode it was opened with."},
    {"closed", file_closed, NULL, "Whether it is closed."},
    {"encoding", file_encoding, NULL, "How text is written."},
    {0},
};

AdjType adj_type_file = {
    .name = "TextIOWrapper",
    .size = sizeof(File),
    .doc = "An open file.",
    .methods = file_methods,
    .attrs = file_attrs,
    .drop = file_drop,
    .repr = file_repr,
    .iter = file_iter,
    .next = file_next,
    .enter = file_enter,
    .leave = file_leave,
};
