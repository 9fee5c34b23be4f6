// SPDX-License-Identifier: Apache-2.0
//
// The loader. The files are resources of the program; ADJOINT_SHADERS names a folder whose
// files are taken instead, and looked at again every half second, so that a shader can be
// written with the picture before one's eyes. What is compiled is a version line, the prelude
// and the file, each numbered from its own first line by #line, so a driver's complaint needs
// no arithmetic.

#include "shader.h"

#include <epoxy/gl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct Program {
    char *vertex, *fragment;
    guint name;          // of GL; 0: none
    char *error;         // NULL: it can be used
    gint64 looked;       // when the files were last looked at
    guint64 stamp;       // of the files as they were compiled
    GHashTable *places;  // uniform -> place + 2
} Program;

typedef struct Kept {
    gpointer what;
    GDestroyNotify drop;
} Kept;

struct AdjUiShader {
    GHashTable *programs;  // "quad.vert heat.frag" -> Program
    GHashTable *maps;      // name -> texture
    GHashTable *kept;      // name -> Kept
    Program *used;
    guint corners;  // a vertex array without arrays: core profiles draw nothing without one
};

// -- files --------------------------------------------------------------------------------

static char *override_of(const char *file)
{
    const char *folder = g_getenv("ADJOINT_SHADERS");
    if (!folder || !*folder) return NULL;
    char *path = g_build_filename(folder, file, NULL);
    if (g_file_test(path, G_FILE_TEST_IS_REGULAR)) return path;
    g_free(path);
    return NULL;
}

static char *source_of(const char *file)
{
    g_autofree char *path = override_of(file);
    char *text = NULL;
    if (path && g_file_get_contents(path, &text, NULL, NULL)) return text;
    g_autofree char *inside = g_strdup_printf("/org/adjoint/Workbench/shaders/%s", file);
    g_autoptr(GBytes) bytes = g_resources_lookup_data(inside, 0, NULL);
    if (!bytes) return g_strdup("#error this shader is not there\n");
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    return g_strndup(data, size);
}

// Changes when a file that is taken from the folder does; 0 of files of the program itself.
static guint64 stamp_of(const char *file)
{
    g_autofree char *path = override_of(file);
    struct stat s;
    if (!path || stat(path, &s)) return 0;
    return (guint64)s.st_mtim.tv_sec * 1000000007u + (guint64)s.st_mtim.tv_nsec +
           (guint64)s.st_size * 31;
}

static guint64 stamps_of(const Program *p)
{
    return stamp_of(p->vertex) * 3 + stamp_of(p->fragment) * 5 + stamp_of("prelude.glsl");
}

// -- errors -------------------------------------------------------------------------------

static char *line_of(const char *text, int number)
{
    for (; number > 1 && text; number--) text = (text = strchr(text, '\n')) ? text + 1 : NULL;
    if (!text) return g_strdup("");
    const char *end = strchr(text, '\n');
    return g_strstrip(end ? g_strndup(text, (gsize)(end - text)) : g_strdup(text));
}

// Mesa writes "0:12(5): error: what", NVIDIA "0(12) : error C1503: what", others
// "ERROR: 0:12: what".
char *adj_ui_shader_explain(const char *log, const char *file, const char *source,
                            const char *prelude)
{
    g_autoptr(GRegex) form =
        g_regex_new("^(?:ERROR:\\s*)?(\\d+)[:(](\\d+)\\)?(?:\\(\\d+\\))?\\s*:\\s*"
                    "(?:error[^:]*:\\s*)?(.*)$",
                    G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GMatchInfo) m = NULL;
    if (!g_regex_match(form, log, 0, &m)) return g_strdup_printf("%s: %s", file, log);
    g_autofree char *string = g_match_info_fetch(m, 1), *number = g_match_info_fetch(m, 2);
    g_autofree char *what = g_match_info_fetch(m, 3);
    gboolean ours = atoi(string) == 0;
    g_autofree char *line = line_of(ours ? source : prelude, atoi(number));
    return g_strdup_printf("%s, line %s: %s\n    %s", ours ? file : "prelude.glsl", number,
                           g_strstrip(what), line);
}

// -- compiling ----------------------------------------------------------------------------

static const char *version_line(void)
{
    return epoxy_is_desktop_gl() ? "#version 330 core\n" : "#version 300 es\n";
}

// 0 and [error] when it does not compile.
static guint compile(guint kind, const char *file, char **error)
{
    g_autofree char *source = source_of(file), *prelude = source_of("prelude.glsl");
    const char *parts[] = {version_line(), "#line 1 1\n", prelude, "\n#line 1 0\n", source};
    char log[4000] = "";
    int good = 0;
    guint name = glCreateShader(kind);
    glShaderSource(name, G_N_ELEMENTS(parts), parts, NULL);
    glCompileShader(name);
    glGetShaderiv(name, GL_COMPILE_STATUS, &good);
    if (good) return name;
    glGetShaderInfoLog(name, sizeof log, NULL, log);
    *error = adj_ui_shader_explain(log, file, source, prelude);
    glDeleteShader(name);
    return 0;
}

static guint link_program(const Program *p, guint vertex, guint fragment, char **error)
{
    char log[4000] = "";
    int good = 0;
    guint name = glCreateProgram();
    glAttachShader(name, vertex);
    glAttachShader(name, fragment);
    glLinkProgram(name);
    glGetProgramiv(name, GL_LINK_STATUS, &good);
    if (good) return name;
    glGetProgramInfoLog(name, sizeof log, NULL, log);
    *error = g_strdup_printf("%s, %s: %s", p->vertex, p->fragment, g_strstrip(log));
    glDeleteProgram(name);
    return 0;
}

static void build(Program *p)
{
    g_clear_pointer(&p->error, g_free);
    if (p->name) glDeleteProgram(p->name);
    p->name = 0;
    p->stamp = stamps_of(p);
    g_hash_table_remove_all(p->places);
    guint vertex = compile(GL_VERTEX_SHADER, p->vertex, &p->error);
    guint fragment = vertex ? compile(GL_FRAGMENT_SHADER, p->fragment, &p->error) : 0;
    if (vertex && fragment) p->name = link_program(p, vertex, fragment, &p->error);
    glDeleteShader(vertex);
    glDeleteShader(fragment);
}

static void program_free(gpointer data)
{
    Program *p = data;
    if (p->name) glDeleteProgram(p->name);
    g_hash_table_unref(p->places);
    g_free(p->vertex);
    g_free(p->fragment);
    g_free(p->error);
    g_free(p);
}

static Program *program_of(AdjUiShader *s, const char *vertex, const char *fragment)
{
    g_autofree char *key = g_strdup_printf("%s %s", vertex, fragment);
    Program *p = g_hash_table_lookup(s->programs, key);
    gint64 now = g_get_monotonic_time();
    if (p) {
        if (now - p->looked < G_USEC_PER_SEC / 2) return p;
        p->looked = now;
        if (stamps_of(p) != p->stamp) build(p);
        return p;
    }
    p = g_new0(Program, 1);
    p->vertex = g_strdup(vertex);
    p->fragment = g_strdup(fragment);
    p->places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    p->looked = now;
    build(p);
    g_hash_table_insert(s->programs, g_steal_pointer(&key), p);
    return p;
}

// -- using --------------------------------------------------------------------------------

int adj_ui_shader_at(AdjUiShader *s, const char *name)
{
    gpointer known = g_hash_table_lookup(s->used->places, name);
    if (known) return GPOINTER_TO_INT(known) - 2;
    int place = glGetUniformLocation(s->used->name, name);
    g_hash_table_insert(s->used->places, g_strdup(name), GINT_TO_POINTER(place + 2));
    return place;
}

static void set_colour(AdjUiShader *s, const char *name, AdjUiColour c)
{
    glUniform3f(adj_ui_shader_at(s, name), (float)c.r, (float)c.g, (float)c.b);
}

gboolean adj_ui_shader_use(AdjUiShader *s, const char *vertex, const char *fragment,
                           const AdjUiFrame *frame)
{
    s->used = program_of(s, vertex, fragment);
    if (s->used->error) return FALSE;
    glUseProgram(s->used->name);
    glBindVertexArray(s->corners);
    glUniform2f(adj_ui_shader_at(s, "size"), (float)frame->width, (float)frame->height);
    glUniform1f(adj_ui_shader_at(s, "scale"), (float)frame->scale);
    set_colour(s, "ground", frame->theme->ground);
    set_colour(s, "bad", frame->theme->bad);
    return TRUE;
}

const char *adj_ui_shader_error(const AdjUiShader *s)
{
    return s->used ? s->used->error : NULL;
}

static guint texture_of(const char *map)
{
    uint32_t colours[ADJ_UI_MAP_COLOURS];
    guchar bytes[ADJ_UI_MAP_COLOURS][4];
    guint name = 0;
    adj_ui_map_colours(map, colours);
    for (int i = 0; i < ADJ_UI_MAP_COLOURS; i++)
        for (int k = 0; k < 4; k++)
            bytes[i][k] = (guchar)(colours[i] >> (k < 3 ? 16 - 8 * k : 24));
    glGenTextures(1, &name);
    glBindTexture(GL_TEXTURE_2D, name);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, ADJ_UI_MAP_COLOURS, 1, 0, GL_RGBA,
                 GL_UNSIGNED_BYTE, bytes);
    return name;
}

enum { MAP_UNIT = 7 };  // far from the units that drawers count from 0

void adj_ui_shader_map(AdjUiShader *s, const char *map, double low, double high)
{
    gpointer known = g_hash_table_lookup(s->maps, map);
    glActiveTexture(GL_TEXTURE0 + MAP_UNIT);
    if (!known) {
        known = GUINT_TO_POINTER(texture_of(map));
        g_hash_table_insert(s->maps, g_strdup(map), known);
    }
    glBindTexture(GL_TEXTURE_2D, GPOINTER_TO_UINT(known));
    glActiveTexture(GL_TEXTURE0);
    glUniform1i(adj_ui_shader_at(s, "map"), MAP_UNIT);
    glUniform2f(adj_ui_shader_at(s, "range"), (float)low,
                high > low ? (float)(255 / (high - low)) : 0);
}

// -- a context's belongings ---------------------------------------------------------------

static void map_free(gpointer texture)
{
    guint name = GPOINTER_TO_UINT(texture);
    glDeleteTextures(1, &name);
}

static void kept_free(gpointer data)
{
    Kept *k = data;
    k->drop(k->what);
    g_free(k);
}

gpointer adj_ui_shader_keep(AdjUiShader *s, const char *name, gpointer (*make)(void),
                            GDestroyNotify drop)
{
    Kept *k = g_hash_table_lookup(s->kept, name);
    if (k) return k->what;
    k = g_new(Kept, 1);
    *k = (Kept){make(), drop};
    g_hash_table_insert(s->kept, g_strdup(name), k);
    return k->what;
}

AdjUiShader *adj_ui_shader_new(void)
{
    AdjUiShader *s = g_new0(AdjUiShader, 1);
    s->programs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, program_free);
    s->maps = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, map_free);
    s->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, kept_free);
    glGenVertexArrays(1, &s->corners);
    return s;
}

void adj_ui_shader_free(AdjUiShader *s)
{
    if (!s) return;
    glDeleteVertexArrays(1, &s->corners);
    g_hash_table_unref(s->kept);
    g_hash_table_unref(s->maps);
    g_hash_table_unref(s->programs);
    g_free(s);
}
