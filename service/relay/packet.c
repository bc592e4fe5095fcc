#include "relay/packet.h"

#include "core/base64.h"
#include "core/mem.h"

static const char data_url[] = "data:image/jpeg;base64,"; /* RFC 2397 */

enum { BEFORE_JPEG = TRANSPORT_ROOM + PROV_FRAME_HEADER };

/* A raw viewer's head is written over the frame header. */
_Static_assert((int)PROV_FRAME_HEADER >= (int)TRANSPORT_ROOM, "room before a bare JPEG");

enum err packet_create(struct relay_packet **out, size_t cap)
{
    struct relay_packet *p = mem_alloc(sizeof *p + BEFORE_JPEG + cap);
    if (!p)
        return ERR_NO_MEMORY;
    *p = (struct relay_packet){.cap = cap};
    atomic_init(&p->refs, 1);
    *out = p;
    return ERR_OK;
}

enum err packet_of(struct relay_packet **out, struct span jpeg)
{
    enum err e = packet_create(out, jpeg.len);
    if (e)
        return e;
    memcpy(packet_jpeg(*out), jpeg.p, jpeg.len);
    (*out)->len = jpeg.len;
    return ERR_OK;
}

enum err packet_grow(struct relay_packet **p, size_t cap)
{
    if ((*p)->cap >= cap)
        return ERR_OK;
    struct relay_packet *more = mem_realloc(*p, sizeof *more + BEFORE_JPEG + cap);
    if (!more)
        return ERR_NO_MEMORY;
    more->cap = cap;
    *p = more;
    return ERR_OK;
}

uint8_t *packet_text(struct relay_packet *p, size_t *len)
{
    const size_t prefix = sizeof data_url - 1;
    size_t n = prefix + BASE64_LEN(p->len);
    if (!p->text) {
        p->text = mem_alloc(TRANSPORT_ROOM + n);
        if (!p->text)
            return NULL;
        memcpy(p->text + TRANSPORT_ROOM, data_url, prefix);
        base64_encode(relay_packet_jpeg(p), (char *)p->text + TRANSPORT_ROOM + prefix);
    }
    *len = n;
    return p->text + TRANSPORT_ROOM;
}

void packet_drop_text(struct relay_packet *p)
{
    mem_free(p->text);
    p->text = NULL;
}

struct relay_packet *relay_packet_ref(struct relay_packet *p)
{
    atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

void relay_packet_unref(struct relay_packet *p)
{
    if (!p || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
        return;
    mem_free(p->text);
    mem_free(p);
}

struct span relay_packet_jpeg(const struct relay_packet *p)
{
    return (struct span){(const char *)p->bytes + BEFORE_JPEG, p->len};
}

uint32_t relay_packet_seq(const struct relay_packet *p)
{
    return p->seq;
}

int64_t relay_packet_captured_us(const struct relay_packet *p)
{
    return p->captured_us;
}
