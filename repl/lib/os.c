// SPDX-License-Identifier: Apache-2.0
// The modules os, os.path and string, as far as scripts that read and write files use them.
// Paths are texts with '/' between names; what the system refuses is raised with its own
// reason.
#include "lang/types/str.h"
#include "lib.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- arguments ----

static bool path_arg(AdjVM *vm, AdjVal v, const char **out)
{
    if (!adj_is_str(v)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "expected str, bytes or os.PathLike object, not %s", adj_type_name(v));
    }
    *out = adj_as_str(v)->data;
    if (!memchr(*out, 0, (size_t)adj_as_str(v)->len)) return true;
    return adj_raise(vm, ADJ_EXC_ValueError, "embedded null byte");
}

// What a call of the system answers: None, or its error.
static bool done(AdjVM *vm, int result, const char *path, AdjVal *out)
{
    return result == 0 ? adj_out_none(out) : adj_raise_os(vm, errno, path);
}

// ---- os ----

static bool os_getcwd(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)args, (void)nargs;
    char *path = getcwd(NULL, 0);
    if (!path) return adj_raise_os(vm, errno, NULL);
    bool ok = adj_out(out, adj_str_new_c(vm, path));
    free(path);
    return ok;
}

static bool os_chdir(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    return path_arg(vm, args[0], &path) && done(vm, chdir(path), path, out);
}

static bool os_listdir(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    if (!path_arg(vm, args[0], &path)) return false;
    DIR *dir = opendir(path);
    if (!dir) return adj_raise_os(vm, errno, path);
    AdjList *names = adj_list_new(vm, 0);
    struct dirent *entry;
    size_t bad;
    while (names && (entry = readdir(dir))) {
        size_t size = strlen(entry->d_name);
        bool own = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
        if (own || !adj_utf8_check(entry->d_name, size, &bad)) continue;
        AdjStr *name = adj_str_new(vm, entry->d_name, size);
        if (name && adj_list_append_take(vm, names, adj_obj_val(name))) continue;
        adj_obj_drop(names);
        names = NULL;
    }
    closedir(dir);
    return adj_out(out, names);
}

static bool os_mkdir(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    return path_arg(vm, args[0], &path) && done(vm, mkdir(path, 0777), path, out);
}

static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static bool os_makedirs(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    bool exist_ok;
    if (!path_arg(vm, args[0], &path) || !adj_val_truth(vm, args[1], &exist_ok)) return false;
    char *part = strdup(path);
    if (!part) return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
        *slash = 0;
        if (*part && !is_folder(part)) mkdir(part, 0777);
        *slash = '/';
    }
    free(part);
    if (exist_ok && is_folder(path)) return adj_out_none(out);
    return done(vm, mkdir(path, 0777), path, out);
}

static bool os_remove(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    return path_arg(vm, args[0], &path) && done(vm, unlink(path), path, out);
}

static bool os_rmdir(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    return path_arg(vm, args[0], &path) && done(vm, rmdir(path), path, out);
}

static bool os_rename(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *from, *to;
    return path_arg(vm, args[0], &from) && path_arg(vm, args[1], &to) &&
           done(vm, rename(from, to), from, out);
}

static bool os_getenv(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *name;
    if (!path_arg(vm, args[0], &name)) return false;
    const char *value = getenv(name);
    return value ? adj_out(out, adj_str_new_c(vm, value)) : adj_out_keep(out, args[1]);
}

// The environment that programs started from here, and libraries, see.
static bool os_putenv(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *name, *value;
    if (!path_arg(vm, args[0], &name) || !path_arg(vm, args[1], &value)) return false;
    return done(vm, setenv(name, value, 1), name, out);
}

static bool os_unsetenv(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *name;
    return path_arg(vm, args[0], &name) && done(vm, unsetenv(name), name, out);
}

static bool os_getpid(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)args, (void)nargs;
    return adj_out_int(out, getpid());
}

static bool os_cpu_count(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)args, (void)nargs;
    return adj_out_int(out, sysconf(_SC_NPROCESSORS_ONLN));
}

static const AdjNative os_functions[] = {
    {"getcwd", "()", os_getcwd, "The folder the program is in.", 0},
    {"chdir", "(path)", os_chdir, "Goes to a folder.", 0},
    {"listdir", "(path='.')", os_listdir, "The names in a folder, in no order.", 0},
    {"mkdir", "(path, mode=511)", os_mkdir, "Makes a folder.", 0},
    {"makedirs", "(name, exist_ok=False)", os_makedirs, "Makes a folder and those above.", 0},
    {"remove", "(path)", os_remove, "Removes a file.", 0},
    {"unlink", "(path)", os_remove, "Removes a file.", 0},
    {"rmdir", "(path)", os_rmdir, "Removes an empty folder.", 0},
    {"rename", "(src, dst)", os_rename, "Gives a file another path.", 0},
    {"getenv", "(key, default=None)", os_getenv, "A variable of the environment.", 0},
    {"putenv", "(key, value)", os_putenv, "Sets a variable of the environment.", 0},
    {"unsetenv", "(key)", os_unsetenv, "Takes a variable out of the environment.", 0},
    {"getpid", "()", os_getpid, "The number of the process.", 0},
    {"cpu_count", "()", os_cpu_count, "How many processors there are.", 0},
    {0},
};

static bool put_text(AdjVM *vm, AdjDict *d, const char *name, const char *text)
{
    AdjStr *s = adj_str_new_c(vm, text);
    bool ok = s && adj_dict_set_c(vm, d, name, adj_obj_val(s));
    adj_obj_drop(s);
    return ok;
}

// A copy of the environment as it was at the import; entries that are not UTF-8 are left out.
static bool put_environ(AdjVM *vm, AdjDict *d)
{
    AdjDict *variables = adj_dict_new(vm);
    bool ok = variables != NULL;
    size_t bad;
    for (char **at = environ; ok && at && *at; at++) {
        const char *mark = strchr(*at, '=');
        if (!mark || !adj_utf8_check(*at, strlen(*at), &bad)) continue;
        AdjStr *name = adj_str_new(vm, *at, (size_t)(mark - *at));
        AdjStr *value = name ? adj_str_new_c(vm, mark + 1) : NULL;
        ok = value && adj_dict_set_str(vm, variables, name, adj_obj_val(value));
        adj_obj_drop(name);
        adj_obj_drop(value);
    }
    ok = ok && adj_dict_set_c(vm, d, "_environ", adj_obj_val(variables));
    adj_obj_drop(variables);
    return ok;
}

static bool os_init(AdjVM *vm, AdjModuleObj *m)
{
    AdjVal path;
    if (!put_text(vm, m->dict, "sep", "/") || !put_text(vm, m->dict, "linesep", "\n") ||
        !put_text(vm, m->dict, "name", "posix") || !put_environ(vm, m->dict)) {
        return false;
    }
    if (!adj_vm_import(vm, "os.path", &path)) return false;
    bool ok = adj_dict_set_c(vm, m->dict, "path", path);
    adj_val_drop(path);
    return ok;
}

// ---- os.path ----

static bool path_exists(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    struct stat s;
    return path_arg(vm, args[0], &path) && adj_out_bool(out, stat(path, &s) == 0);
}

static bool path_isfile(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    struct stat s;
    return path_arg(vm, args[0], &path) &&
           adj_out_bool(out, stat(path, &s) == 0 && S_ISREG(s.st_mode));
}

static bool path_isdir(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    return path_arg(vm, args[0], &path) && adj_out_bool(out, is_folder(path));
}

static bool path_getsize(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    struct stat s;
    if (!path_arg(vm, args[0], &path)) return false;
    return stat(path, &s) == 0 ? adj_out_int(out, s.st_size) : adj_raise_os(vm, errno, path);
}

// Where the last name of a path begins.
static size_t name_start(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash + 1 - path) : 0;
}

// The part before the last name, without the slashes at its end unless it is all slashes.
static size_t folder_size(const char *path)
{
    size_t size = name_start(path), kept = size;
    while (kept > 0 && path[kept - 1] == '/') kept--;
    return kept > 0 ? kept : size;
}

static bool path_basename(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    return path_arg(vm, args[0], &path) &&
           adj_out(out, adj_str_new_c(vm, path + name_start(path)));
}

static bool path_dirname(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    return path_arg(vm, args[0], &path) &&
           adj_out(out, adj_str_new(vm, path, folder_size(path)));
}

static bool out_two(AdjVM *vm, const char *a, size_t size, const char *b, AdjVal *out)
{
    AdjStr *first = adj_str_new(vm, a, size), *second = first ? adj_str_new_c(vm, b) : NULL;
    bool ok = second && adj_out_pair(vm, adj_obj_val(first), adj_obj_val(second), out);
    adj_obj_drop(first);
    adj_obj_drop(second);
    return ok;
}

static bool path_split(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    return path_arg(vm, args[0], &path) &&
           out_two(vm, path, folder_size(path), path + name_start(path), out);
}

// The suffix begins at the last point of the name, unless only points are before it.
static bool path_splitext(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    if (!path_arg(vm, args[0], &path)) return false;
    const char *name = path + name_start(path), *dot = strrchr(name, '.');
    size_t points = strspn(name, ".");
    if (!dot || dot < name + points) dot = path + strlen(path);
    return out_two(vm, path, (size_t)(dot - path), dot, out);
}

static bool join_parts(AdjVM *vm, AdjTuple *parts, AdjText *text)
{
    for (int64_t i = 0; i < parts->len; i++) {
        const char *part;
        if (!path_arg(vm, parts->items[i], &part)) return false;
        if (*part == '/')
            text->size = 0;
        else if (text->size > 0 && text->data[text->size - 1] != '/')
            adj_text_byte(text, '/');
        adj_text_puts(text, part);
    }
    return true;
}

static bool path_join(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *first;
    AdjText text = {0};
    if (!path_arg(vm, args[0], &first)) return false;
    adj_text_puts(&text, first);
    if (join_parts(vm, adj_as_tuple(args[1]), &text)) return adj_str_from_text(vm, &text, out);
    adj_text_free(&text);
    return false;
}

// Without ".", ".." and double slashes, by the text alone.
static bool normal(AdjVM *vm, const char *path, AdjVal *out)
{
    AdjText text = {0};
    bool rooted = *path == '/';
    size_t fixed = 0;  // what ".." may not take away
    if (rooted) adj_text_byte(&text, '/'), fixed = 1;
    while (*path && !text.failed) {
        size_t size = strcspn(path, "/");
        bool up = size == 2 && path[0] == '.' && path[1] == '.';
        if (up && text.size > fixed) {
            while (text.size > fixed && text.data[text.size - 1] != '/') text.size--;
            if (text.size > fixed) text.size--;
        } else if (size > 0 && !(size == 1 && *path == '.') && !(up && rooted)) {
            if (text.size > rooted) adj_text_byte(&text, '/');
            adj_text_add(&text, path, size);
            if (up) fixed = text.size;
        }
        path += size + (path[size] == '/');
    }
    if (text.size == 0) adj_text_byte(&text, '.');
    return adj_str_from_text(vm, &text, out);
}

static bool path_normpath(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    return path_arg(vm, args[0], &path) && normal(vm, path, out);
}

static bool path_abspath(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path;
    AdjVal here;
    if (!path_arg(vm, args[0], &path)) return false;
    if (*path == '/') return normal(vm, path, out);
    if (!os_getcwd(vm, NULL, 0, &here)) return false;
    AdjStr *whole = adj_str_format(vm, "%s/%s", adj_as_str(here)->data, path);
    adj_val_drop(here);
    bool ok = whole && normal(vm, whole->data, out);
    adj_obj_drop(whole);
    return ok;
}

static bool path_expanduser(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    const char *path, *home = getenv("HOME");
    if (!path_arg(vm, args[0], &path)) return false;
    bool own = path[0] == '~' && (path[1] == '/' || path[1] == 0);
    if (!own || !home) return adj_out_keep(out, args[0]);
    return adj_out(out, adj_str_format(vm, "%s%s", home, path + 1));
}

static const AdjNative path_functions[] = {
    {"join", "(a, /, *p)", path_join, "The parts with '/' between them.", 0},
    {"exists", "(path)", path_exists, "Whether there is something at the path.", 0},
    {"isfile", "(path)", path_isfile, "Whether there is a file.", 0},
    {"isdir", "(path)", path_isdir, "Whether there is a folder.", 0},
    {"getsize", "(path)", path_getsize, "The size of a file in bytes.", 0},
    {"basename", "(path)", path_basename, "The last name of a path.", 0},
    {"dirname", "(path)", path_dirname, "What is before the last name.", 0},
    {"split", "(path)", path_split, "(dirname, basename).", 0},
    {"splitext", "(path)", path_splitext, "The path before its suffix, and the suffix.", 0},
    {"normpath", "(path)", path_normpath, "The path without detours.", 0},
    {"abspath", "(path)", path_abspath, "The path from the root.", 0},
    {"expanduser", "(path)", path_expanduser, "The path with ~ replaced.", 0},
    {0},
};

const AdjModuleDef adj_lib_os = {"os", "Files and surroundings.", os_functions, os_init};
const AdjModuleDef adj_lib_os_path = {"os.path", "Paths.", path_functions, NULL};

// ---- string ----

static bool string_init(AdjVM *vm, AdjModuleObj *m)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SIGNS "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
#define BLANKS " \t\n\r\v\f"
        {"ascii_lowercase", LOWER},
        {"ascii_uppercase", UPPER},
        {"ascii_letters", LOWER UPPER},
        {"digits", "0123456789"},
        {"hexdigits", "0123456789abcdefABCDEF"},
        {"octdigits", "01234567"},
        {"punctuation", SIGNS},
        {"whitespace", BLANKS},
        {"printable", "0123456789" LOWER UPPER SIGNS BLANKS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!put_text(vm, m->dict, rows[i].name, rows[i].text)) return false;
    }
    return true;
}

const AdjModuleDef adj_lib_string = {"string", "Kinds of characters.", NULL, string_init};
