// SPDX-License-Identifier: Apache-2.0
// wire.c: messages to frames and back:
//
//     identities..., "<IDS|MSG>", signature, header, parent, metadata, content, buffers...
//
// The signature is an HMAC over the four JSON frames as they travel. A message is believed when
// it is right and has not been seen before; anything else costs a line in the log and no more.
#include "kernel/internal.h"

#include <string.h>
#include <zmq.h>

enum { SEEN_MAX = 65536, IDENTITIES_MAX = 16 };
enum { SIGNATURE, HEADER, PARENT, METADATA, CONTENT, FIXED };  // behind the delimiter

static const char delimiter[] = "<IDS|MSG>";

void wire_start(Wire *w, const Endpoint *e)
{
    *w = (Wire){.key = *e->key ? g_bytes_new(e->key, strlen(e->key)) : NULL,
                .scheme = e->scheme,
                .session = g_uuid_string_random(),
                .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    g_queue_init(&w->seen_order);
}

void wire_stop(Wire *w)
{
    if (w->key) g_bytes_unref(w->key);
    g_free(w->session);
    if (w->seen) g_hash_table_unref(w->seen);
    g_queue_clear(&w->seen_order);
    *w = (Wire){0};
}

// ---------------------------------------------------------------- signatures

typedef struct {
    const void *data;
    gsize length;
} Frame;

// Of the four frames; "" without a key.
static char *sign(const Wire *w, const Frame *four)
{
    if (!w->key) return g_strdup("");
    gsize length;
    const guchar *key = g_bytes_get_data(w->key, &length);
    GHmac *h = g_hmac_new(w->scheme, key, length);
    for (int i = 0; i < 4; i++) g_hmac_update(h, four[i].data, (gssize)four[i].length);
    char *text = g_strdup(g_hmac_get_string(h));
    g_hmac_unref(h);
    return text;
}

// Takes as long for a wrong first letter as for a wrong last one.
static gboolean same(const char *expected, const char *given, gsize length)
{
    unsigned char difference = strlen(expected) != length;
    for (gsize i = 0; expected[i] && i < length; i++)
        difference |= (unsigned char)(expected[i] ^ given[i]);
    return !difference;
}

static gboolean is_new(Wire *w, const char *signature)
{
    if (!w->key) return TRUE;
    if (g_hash_table_contains(w->seen, signature)) return FALSE;
    char *kept = g_strdup(signature);
    g_hash_table_add(w->seen, kept);
    g_queue_push_tail(&w->seen_order, kept);
    if (w->seen_order.length > SEEN_MAX)
        g_hash_table_remove(w->seen, g_queue_pop_head(&w->seen_order));
    return TRUE;
}

// ---------------------------------------------------------------- in

Message *message_ref(Message *m)
{
    return m ? g_atomic_rc_box_acquire(m) : NULL;
}

static void message_clear(gpointer data)
{
    Message *m = data;
    g_ptr_array_unref(m->identities);
    g_ptr_array_unref(m->buffers);
    g_free(m->header_text);
    if (m->header) json_object_unref(m->header);
    if (m->content) json_object_unref(m->content);
    if (m->metadata) json_object_unref(m->metadata);
}

void message_unref(Message *m)
{
    if (m) g_atomic_rc_box_release_full(m, message_clear);
}

static Frame frame_at(GPtrArray *frames, guint i)
{
    Frame f;
    f.data = g_bytes_get_data(g_ptr_array_index(frames, i), &f.length);
    if (!f.data) f.data = "";
    return f;
}

static GPtrArray *slice(GPtrArray *frames, guint from, guint to)
{
    GPtrArray *part = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (guint i = from; i < to; i++)
        g_ptr_array_add(part, g_bytes_ref(g_ptr_array_index(frames, i)));
    return part;
}

static const char *parse(Message *m, GPtrArray *frames, guint at)
{
    Frame header = frame_at(frames, at + HEADER), content = frame_at(frames, at + CONTENT);
    m->header = json_parse(header.data, header.length);
    if (!m->header) return "its header is no JSON object";
    m->content = json_parse(content.data, content.length);
    if (!m->content) return "its content is no JSON object";
    Frame metadata = frame_at(frames, at + METADATA);
    m->metadata = json_parse(metadata.data, metadata.length);
    m->header_text = g_strndup(header.data, header.length);
    m->type = json_text(m->header, "msg_type", NULL);
    if (!m->type || !json_text(m->header, "msg_id", NULL))
        return "its header has no type or id";
    return NULL;
}

Message *wire_take(Wire *w, GPtrArray *frames, const char **why)
{
    guint at = 0;
    for (; at < frames->len && at <= IDENTITIES_MAX; at++) {
        Frame f = frame_at(frames, at);
        if (f.length == sizeof delimiter - 1 && !memcmp(f.data, delimiter, f.length)) break;
    }
    *why = "it has no delimiter";
    if (at == frames->len || at > IDENTITIES_MAX) return NULL;
    *why = "frames are missing";
    if (frames->len < ++at + FIXED) return NULL;
    Frame given = frame_at(frames, at + SIGNATURE), four[4];
    for (guint i = 0; i < 4; i++) four[i] = frame_at(frames, at + HEADER + i);
    g_autofree char *expected = sign(w, four);
    *why = "its signature is wrong";
    if (w->key && !same(expected, given.data, given.length)) return NULL;
    *why = "it was seen before";
    if (!is_new(w, expected)) return NULL;
    Message *m = g_atomic_rc_box_new0(Message);
    m->identities = slice(frames, 0, at - 1);
    m->buffers = slice(frames, at + FIXED, frames->len);
    *why = parse(m, frames, at);
    if (!*why) return m;
    message_unref(m);
    return NULL;
}

// ---------------------------------------------------------------- out

void letter_free(Letter *l)
{
    message_unref(l->parent);
    g_string_free(l->content, TRUE);
    g_free(l->metadata);
    if (l->buffers) g_ptr_array_unref(l->buffers);
    if (l->topic) g_bytes_unref(l->topic);
    g_free(l);
}

static GString *header_of(Wire *w, const char *type)
{
    GString *g = g_string_new(NULL);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date = g_date_time_format_iso8601(now);
    g_autofree char *id = g_strdup_printf("%s_%" G_GUINT64_FORMAT, w->session, ++w->sent);
    json_put(g,
             "{'msg_id':%s,'msg_type':%s,'session':%s,'username':%s,'date':%s,"
             "'version':'5.5'}",
             id, type, w->session, g_get_user_name(), date);
    return g;
}

static gboolean send_frame(void *socket, const void *data, gsize length, gboolean more)
{
    return zmq_send(socket, data, length, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0;
}

// To everybody under its topic, or to those that asked.
// FALSE: nothing was sent, for who asked is not connected.
static gboolean send_address(void *socket, const Letter *l)
{
    gboolean sent = TRUE;
    if (l->topic) {
        gsize length;
        const void *data = g_bytes_get_data(l->topic, &length);
        send_frame(socket, data ? data : "", length, TRUE);
    } else if (l->channel == IOPUB) {
        send_frame(socket, l->type, strlen(l->type), TRUE);
    } else {
        for (guint i = 0; sent && i < l->parent->identities->len; i++) {
            Frame f = frame_at(l->parent->identities, i);
            sent = send_frame(socket, f.data, f.length, TRUE);
        }
    }
    return sent && send_frame(socket, delimiter, sizeof delimiter - 1, TRUE);
}

gboolean wire_send(Wire *w, void *socket, const Letter *l)
{
    g_autoptr(GString) header = header_of(w, l->type);
    const char *parent = l->parent ? l->parent->header_text : "{}";
    const char *metadata = l->metadata ? l->metadata : "{}";
    Frame four[4] = {{header->str, header->len},
                     {parent, strlen(parent)},
                     {metadata, strlen(metadata)},
                     {l->content->str, l->content->len}};
    g_autofree char *signature = sign(w, four);
    if (!send_address(socket, l)) return FALSE;
    send_frame(socket, signature, strlen(signature), TRUE);
    guint buffers = l->buffers ? l->buffers->len : 0;
    for (int i = 0; i < 4; i++)
        send_frame(socket, four[i].data, four[i].length, i < 3 || buffers > 0);
    for (guint i = 0; i < buffers; i++) {
        Frame f = frame_at(l->buffers, i);
        send_frame(socket, f.data, f.length, i + 1 < buffers);
    }
    return TRUE;
}
