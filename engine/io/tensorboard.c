// SPDX-License-Identifier: Apache-2.0
// tensorboard.c: TensorBoard's event files, a sequence of records: length, masked checksum of
// the length, an Event message, masked checksum of the message (TensorFlow's TFRecord form).
//
// Events are appended whole with one write, so that a reader sees them at once and a crash
// loses at most the last.
#include "io/tensorboard.h"
#include "io/protobuf.h"

#include "tensorboard.pb-c.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

typedef Tensorboard__Event Event;
typedef Tensorboard__Summary__Value Value;

// Checksums of bytes that hold checksums would be weak; so they are turned and shifted.
static uint32_t masked(const void *bytes, size_t n)
{
    uint32_t c = adj_crc(ADJ_CRC_RECORD, bytes, n);
    return ((c >> 15) | (c << 17)) + 0xa282ead8u;
}

// ---------------------------------------------------------------- records

static bool append_record(const char *path, const Event *e)
{
    ADJ_SCOPE;
    size_t n = tensorboard__event__get_packed_size(e);
    unsigned char *record = adj_scope_memory(n + 16);
    if (!record) return false;
    adj_write_le(record, n, 8);
    adj_write_le(record + 8, masked(record, 8), 4);
    tensorboard__event__pack(e, record + 12);
    adj_write_le(record + 12 + n, masked(record + 12, n), 4);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    bool ok = fd >= 0 && write(fd, record, n + 16) == (ssize_t)(n + 16);
    int error = errno;
    if (fd >= 0) close(fd);
    return ok ||
           adj_fail(ADJ_E_FILE, "SummaryWriter: cannot write '%s': %s", path, strerror(error));
}

// ---------------------------------------------------------------- pictures

static void put_be(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++) p[i] = (unsigned char)(v >> (24 - 8 * i));
}

static unsigned char *put_chunk(unsigned char *p, const char *kind, const void *data, size_t n)
{
    put_be(p, (uint32_t)n);
    memcpy(p + 4, kind, 4);
    if (n) memcpy(p + 8, data, n);
    put_be(p + 8 + n, adj_crc(ADJ_CRC_ZIP, p + 4, n + 4));
    return p + 12 + n;
}

// Rows of a picture in zlib's form without compression, which needs no library: blocks of at
// most 65535 bytes, then Adler's checksum. [to] has room for n + 5 per block + 6.
static size_t put_stored(unsigned char *to, const unsigned char *rows, size_t n)
{
    unsigned char *p = to;
    uint32_t a = 1, b = 0;
    *p++ = 0x78;
    *p++ = 0x01;
    for (size_t at = 0; at < n || at == 0;) {
        size_t part = n - at < 65535 ? n - at : 65535;
        *p++ = at + part == n;
        adj_write_le(p, part, 2);
        adj_write_le(p + 2, ~part & 0xffff, 2);
        memcpy(p + 4, rows + at, part);
        p += 4 + part;
        at += part;
        if (part == 0) break;
    }
    for (size_t i = 0; i < n; i++) {
        a = (a + rows[i]) % 65521;
        b = (b + a) % 65521;
    }
    put_be(p, b << 16 | a);
    return (size_t)(p + 4 - to);
}

// The pixels (C, H, W) of bytes as a PNG; C is 1, 3 or 4.
static unsigned char *make_png(AdjTensor *x, size_t *size)
{
    static const unsigned char colour[] = {0, 0, 4, 2, 6};
    int64_t C = x->sizes[0], H = x->sizes[1], W = x->sizes[2];
    size_t n = (size_t)(H * (1 + W * C)), packed = n + 5 * (n / 65535 + 1) + 6;
    unsigned char *rows = adj_scope_memory(n + 1), *data = adj_scope_memory(packed);
    unsigned char *png = adj_scope_memory(packed + 64), head[13] = {0}, *p = rows;
    if (!rows || !data || !png) return NULL;
    const unsigned char *from = adj_data(x);
    for (int64_t h = 0; h < H; h++) {
        *p++ = 0;  // the row as it is
        for (int64_t w = 0; w < W; w++)
            for (int64_t c = 0; c < C; c++) *p++ = from[(c * H + h) * W + w];
    }
    put_be(head, (uint32_t)W);
    put_be(head + 4, (uint32_t)H);
    head[8] = 8;
    head[9] = colour[C];
    packed = put_stored(data, rows, n);
    memcpy(png, "\x89PNG\r\n\x1a\n", 8);
    p = put_chunk(png + 8, "IHDR", head, sizeof head);
    p = put_chunk(p, "IDAT", data, packed);
    p = put_chunk(p, "IEND", NULL, 0);
    *size = (size_t)(p - png);
    return png;
}

// ---------------------------------------------------------------- writing

static bool write_value(const char *path, const AdjEvent *e, Value *v)
{
    Event event = TENSORBOARD__EVENT__INIT;
    Tensorboard__Summary summary = TENSORBOARD__SUMMARY__INIT;
    event.has_wall_time = event.has_step = true;
    event.wall_time = e->wall;
    event.step = e->step;
    event.summary = &summary;
    v->tag = (char *)(uintptr_t)e->tag;
    summary.n_value = 1;
    summary.value = &v;
    return append_record(path, &event);
}

static bool write_scalar(const char *path, const AdjEvent *e)
{
    Value v = TENSORBOARD__SUMMARY__VALUE__INIT;
    v.has_simple_value = true;
    v.simple_value = (float)e->scalar;
    return write_value(path, e, &v);
}

static bool write_image(const char *path, const AdjEvent *e)
{
    Value v = TENSORBOARD__SUMMARY__VALUE__INIT;
    Tensorboard__Summary__Image image = TENSORBOARD__SUMMARY__IMAGE__INIT;
    AdjTensor *x = adj_contiguous(e->values);
    bool fits = x && x->ndim == 3 && x->dtype == ADJ_U8 && x->numel < INT32_MAX &&
                (x->sizes[0] == 1 || x->sizes[0] == 3 || x->sizes[0] == 4);
    if (!fits) {
        return adj_fail(ADJ_E_SHAPE,
                        "add_image: expected uint8 pixels (C, H, W) with 1, 3 or 4 channels");
    }
    image.encoded_image_string.data = make_png(x, &image.encoded_image_string.len);
    if (!image.encoded_image_string.data) return false;
    image.has_height = image.has_width = image.has_colorspace = true;
    image.has_encoded_image_string = true;
    image.colorspace = (int32_t)x->sizes[0];
    image.height = (int32_t)x->sizes[1];
    image.width = (int32_t)x->sizes[2];
    v.image = &image;
    return write_value(path, e, &v);
}

static bool write_text(const char *path, const AdjEvent *e)
{
    Value v = TENSORBOARD__SUMMARY__VALUE__INIT;
    Tensorboard__Tensor tensor = TENSORBOARD__TENSOR__INIT;
    Tensorboard__Tensor__Shape shape = TENSORBOARD__TENSOR__SHAPE__INIT;
    Tensorboard__Tensor__Shape__Dim dim = TENSORBOARD__TENSOR__SHAPE__DIM__INIT, *dims = &dim;
    Tensorboard__Metadata metadata = TENSORBOARD__METADATA__INIT;
    Tensorboard__Metadata__PluginData plugin = TENSORBOARD__METADATA__PLUGIN_DATA__INIT;
    ProtobufCBinaryData text = {strlen(e->text), (uint8_t *)(uintptr_t)e->text};
    char name[] = "text";
    dim.has_size = tensor.has_dtype = true;
    dim.size = 1;
    shape.n_dim = 1;
    shape.dim = &dims;
    tensor.dtype = 7;
    tensor.tensor_shape = &shape;
    tensor.n_string_val = 1;
    tensor.string_val = &text;
    plugin.plugin_name = name;
    metadata.plugin_data = &plugin;
    v.tensor = &tensor;
    v.metadata = &metadata;
    return write_value(path, e, &v);
}

// Limits that grow by a tenth from 1e-12 to 1e20, both signs around 0: TensorFlow's own.
enum { SIDE = 774, LIMITS = 2 * SIDE + 1 };
static void make_limits(double *at)
{
    double v = 1e-12;
    at[SIDE] = 0;
    for (int i = 0; i < SIDE; i++, v *= 1.1) {
        at[SIDE + 1 + i] = v;
        at[SIDE - 1 - i] = -v;
    }
    at[LIMITS - 1] = 1.7976931348623157e308;
}

// The first limit that is not below [x].
static int bucket_of(const double *limit, double x)
{
    int low = 0, high = LIMITS - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (limit[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool write_histogram(const char *path, const AdjEvent *e)
{
    Value v = TENSORBOARD__SUMMARY__VALUE__INIT;
    Tensorboard__Histogram h = TENSORBOARD__HISTOGRAM__INIT;
    AdjTensor *x = adj_contiguous(adj_to(adj_detach(e->values), ADJ_F64));
    double *limit = adj_scope_memory(LIMITS * sizeof *limit);
    double *count = adj_scope_memory(LIMITS * sizeof *count);
    if (!x || !limit || !count) return false;
    if (x->numel == 0) return adj_fail(ADJ_E_VALUE, "add_histogram: The input has no element");
    make_limits(limit);
    memset(count, 0, LIMITS * sizeof *count);
    const double *at = adj_data(x);
    h.min = INFINITY;
    h.max = -INFINITY;
    for (int64_t i = 0; i < x->numel; i++) {
        if (isnan(at[i])) continue;  // in no bucket
        h.min = fmin(h.min, at[i]);
        h.max = fmax(h.max, at[i]);
        h.num++;
        h.sum += at[i];
        h.sum_squares += at[i] * at[i];
        count[bucket_of(limit, at[i])]++;
    }
    int first = 0, last = LIMITS - 1;
    while (first < last && !count[first]) first++;
    while (last > first && !count[last]) last--;
    if (first) first--;  // an empty one says where the first begins
    h.has_min = h.has_max = h.has_num = h.has_sum = h.has_sum_squares = true;
    h.n_bucket = h.n_bucket_limit = (size_t)(last - first + 1);
    h.bucket = count + first;
    h.bucket_limit = limit + first;
    v.histo = &h;
    return write_value(path, e, &v);
}

// ---------------------------------------------------------------- graphs

// The name of the step that made [t], "" for what no step made.
static const char *maker(const AdjTrace *t, int before, char *const *name, const AdjTensor *x)
{
    for (int k = before; k--;)
        for (int i = 0; i < t->at[k].n_out; i++)
            if (t->at[k].out[i] == x) return name[k];
    return NULL;
}

static bool fill_node(const AdjTrace *t, int k, char **name, Tensorboard__GraphDef__Node *n)
{
    const AdjStep *step = &t->at[k];
    char text[512];
    snprintf(text, sizeof text, "%s%s%s_%d", step->module ? step->module : "",
             step->module && *step->module ? "/" : "", step->op ? step->op->name : "assign", k);
    for (char *p = text; *p; p++)
        if (*p == '.') *p = '/';  // modules are folders of the picture
    name[k] = adj_scope_memory(strlen(text) + 1);
    n->input = adj_scope_memory((size_t)(step->n_in + 1) * sizeof *n->input);
    if (!name[k] || !n->input) return false;
    n->name = strcpy(name[k], text);
    n->op = (char *)(uintptr_t)(step->op ? step->op->name : "assign");
    for (int i = 0; i < step->n_in; i++) {
        const char *from = step->in[i] ? maker(t, k, name, step->in[i]) : NULL;
        if (from) n->input[n->n_input++] = (char *)(uintptr_t)from;
    }
    return true;
}

static bool write_graph(const char *path, const AdjEvent *e)
{
    const AdjTrace *t = e->trace;
    Tensorboard__GraphDef graph = TENSORBOARD__GRAPH_DEF__INIT;
    Tensorboard__GraphDef__Versions versions = TENSORBOARD__GRAPH_DEF__VERSIONS__INIT;
    char **name = adj_scope_memory(((size_t)t->n + 1) * sizeof *name);
    graph.node = adj_scope_memory(((size_t)t->n + 1) * sizeof *graph.node);
    if (!name || !graph.node) return false;
    for (int k = 0; k < t->n; k++) {
        Tensorboard__GraphDef__Node *n = adj_scope_memory(sizeof *n);
        if (!n) return false;
        tensorboard__graph_def__node__init(n);
        if (!fill_node(t, k, name, n)) return false;
        graph.node[graph.n_node++] = n;
    }
    versions.has_producer = true;
    versions.producer = 22;
    graph.versions = &versions;
    Event event = TENSORBOARD__EVENT__INIT;
    event.has_wall_time = event.has_graph_def = true;
    event.wall_time = e->wall;
    event.graph_def.len = tensorboard__graph_def__get_packed_size(&graph);
    event.graph_def.data = adj_scope_memory(event.graph_def.len + 1);
    if (!event.graph_def.data) return false;
    tensorboard__graph_def__pack(&graph, event.graph_def.data);
    return append_record(path, &event);
}

static bool write_version(const char *path, const AdjEvent *e)
{
    Event event = TENSORBOARD__EVENT__INIT;
    char version[] = "brain.Event:2";
    event.has_wall_time = true;
    event.wall_time = e->wall;
    event.file_version = version;
    return append_record(path, &event);
}

bool adj_event_write(const char *path, const AdjEvent *e)
{
    ADJ_SCOPE;
    static bool (*const writers[])(const char *, const AdjEvent *) = {
        [ADJ_EVENT_VERSION] = write_version,     [ADJ_EVENT_SCALAR] = write_scalar,
        [ADJ_EVENT_HISTOGRAM] = write_histogram, [ADJ_EVENT_IMAGE] = write_image,
        [ADJ_EVENT_TEXT] = write_text,           [ADJ_EVENT_GRAPH] = write_graph,
    };
    return !adj_error_kind() && writers[e->kind](path, e);
}

// ---------------------------------------------------------------- reading

struct AdjEventReader {
    AdjFile file;
    char *path;
    size_t at;
    Event *event;  // being handed out
    size_t next;   // the value of it that comes next
};

AdjEventReader *adj_event_open(const char *path)
{
    AdjEventReader *r = calloc(1, sizeof *r);
    if (!r) return adj_fail(ADJ_E_MEMORY, "EventReader: no memory");
    r->path = strdup(path);
    if (r->path && adj_file_open(&r->file, r->path)) return r;
    adj_event_close(r);
    return NULL;
}

void adj_event_close(AdjEventReader *r)
{
    if (r->event) tensorboard__event__free_unpacked(r->event, NULL);
    adj_file_close(&r->file);
    free(r->path);
    free(r);
}

static void *damaged(const AdjEventReader *r)
{
    return adj_fail(ADJ_E_FILE, "'%s' is damaged: a record at byte %zu has a wrong checksum",
                    r->path, r->at);
}

// Unpacks the next record: 1, 0 at the end, -1.
static int next_record(AdjEventReader *r)
{
    const unsigned char *p = r->file.at + r->at;
    size_t rest = r->file.size - r->at;
    if (rest < 12) return 0;
    uint64_t n = adj_read_le(p, 8);
    if (adj_read_le(p + 8, 4) != masked(p, 8)) return damaged(r), -1;
    if (n > rest || rest - n < 16) return 0;
    if (adj_read_le(p + 12 + n, 4) != masked(p + 12, (size_t)n)) return damaged(r), -1;
    if (r->event) tensorboard__event__free_unpacked(r->event, NULL);
    r->event = (Event *)adj_protobuf_unpack(&tensorboard__event__descriptor, r->path,
                                            "an event file", p + 12, (size_t)n);
    r->at += 16 + (size_t)n;
    r->next = 0;
    return r->event ? 1 : -1;
}

static AdjTensor *doubles(size_t n, const double *at)
{
    return adj_from(at, ADJ_SHAPE((int64_t)n), ADJ_F64);
}

static char *scoped_text(const void *from, size_t n)
{
    char *to = adj_scope_memory(n + 1);
    if (!to) return NULL;
    if (n) memcpy(to, from, n);
    to[n] = 0;
    return to;
}

static bool take_value(const Value *v, AdjEvent *e)
{
    e->tag = scoped_text(v->tag ? v->tag : "", v->tag ? strlen(v->tag) : 0);
    if (v->has_simple_value) {
        e->kind = ADJ_EVENT_SCALAR;
        e->scalar = v->simple_value;
    } else if (v->histo) {
        const Tensorboard__Histogram *h = v->histo;
        e->kind = ADJ_EVENT_HISTOGRAM;
        e->limits = doubles(h->n_bucket_limit, h->bucket_limit);
        e->counts = doubles(h->n_bucket, h->bucket);
        e->min = h->min;
        e->max = h->max;
        e->num = h->num;
        e->sum = h->sum;
        e->sum_squares = h->sum_squares;
    } else if (v->image) {
        e->kind = ADJ_EVENT_IMAGE;
        e->height = v->image->height;
        e->width = v->image->width;
        e->channels = v->image->colorspace;
    } else if (v->tensor && v->tensor->n_string_val) {
        e->kind = ADJ_EVENT_TEXT;
        e->text = scoped_text(v->tensor->string_val[0].data, v->tensor->string_val[0].len);
    } else if (v->tensor && v->tensor->n_float_val) {
        e->kind = ADJ_EVENT_SCALAR;  // as newer writers put them
        e->scalar = v->tensor->float_val[0];
    }
    return e->kind != ADJ_EVENT_NONE;
}

int adj_event_read(AdjEventReader *r, AdjEvent *e)
{
    for (;;) {
        const Event *from = r->event;
        *e = (AdjEvent){.kind = ADJ_EVENT_NONE};
        if (from) *e = (AdjEvent){.wall = from->wall_time, .step = from->step};
        bool one = r->next == 0;
        if (from && one && from->file_version) {
            e->kind = ADJ_EVENT_VERSION;
            e->text = scoped_text(from->file_version, strlen(from->file_version));
        } else if (from && one && from->has_graph_def) {
            e->kind = ADJ_EVENT_GRAPH;
        } else if (from && from->summary && r->next < from->summary->n_value) {
            bool known = take_value(from->summary->value[r->next++], e);
            if (adj_error_kind()) return -1;
            if (known) return 1;
            continue;
        }
        if (e->kind != ADJ_EVENT_NONE) {
            r->next = 1;
            return 1;
        }
        int more = next_record(r);
        if (more <= 0) return more;
    }
}
