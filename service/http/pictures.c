#include "http/pictures.h"

enum { DEVICE_PICTURES = 6, ALL_PICTURES = 24 }; /* of the largest size; small ones are many more */

static struct span key_of(const struct http_exchange *x)
{
    return (struct span){x->who.device_id.s, strlen(x->who.device_id.s)};
}

/* How much this device has under way; a map holds pointers, and a number is as good as one. */
static uintptr_t under_way(const struct http_exchange *x)
{
    return (uintptr_t)map_get(&x->server->pictures, key_of(x));
}

static enum err put(struct http_exchange *x, uintptr_t bytes)
{
    if (bytes)
        return map_put(&x->server->pictures, key_of(x), (void *)bytes, NULL);
    (void)map_del(&x->server->pictures, key_of(x));
    return ERR_OK;
}

enum err pictures_enter(struct http_exchange *x)
{
    struct http_server *s = x->server;
    size_t bytes = x->content_length >= 0 ? (size_t)x->content_length : x->body.max;
    pthread_mutex_lock(&s->lock);
    uintptr_t before = under_way(x);
    enum err e = ERR_OK;
    if (before + bytes > DEVICE_PICTURES * x->body.max)
        e = ERR_RATE_LIMITED;
    else if (s->picture_bytes + bytes > ALL_PICTURES * x->body.max)
        e = ERR_BUSY;
    else
        e = put(x, before + bytes);
    if (!e) {
        x->picture_bytes = bytes;
        s->picture_bytes += bytes;
    }
    pthread_mutex_unlock(&s->lock);
    return e;
}

void pictures_leave(struct http_exchange *x)
{
    struct http_server *s = x->server;
    if (!x->picture_bytes)
        return;
    pthread_mutex_lock(&s->lock);
    (void)put(x, under_way(x) - x->picture_bytes); /* there is an entry: it needs no memory */
    s->picture_bytes -= x->picture_bytes;
    pthread_mutex_unlock(&s->lock);
}
