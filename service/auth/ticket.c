#include "auth/ticket.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "auth/base64url.h"
#include "auth/secret.h"
#include "core/map.h"
#include "core/mem.h"
#include "core/rand.h"

/* "vct_" purpose user device expires nonce, then the MAC: all of fixed length. */
enum {
    SALT_BYTES = 16,
    NONCE_BYTES = 8,
    ID_BYTES = 12,
    BODY_BYTES = 1 + 2 * ID_BYTES + 8 + NONCE_BYTES,
    MAC_BYTES = 32,
    SPENT_MAX = 65536,
};
_Static_assert(4 + BASE64URL_LEN(BODY_BYTES + MAC_BYTES) < TICKET_TEXT, "a ticket fits its text");

struct spent {
    uint8_t nonce[NONCE_BYTES];
    int64_t expires_ms;
};

struct tickets {
    const struct token_keys *keys;
    const struct clock *clock;
    /* /ws tickets of an earlier run are void: what was spent then is not known */
    uint8_t salt[SALT_BYTES];
    pthread_mutex_t lock;
    struct map known;   /* nonce → anything */
    struct spent *ring; /* in the order they were spent */
    size_t head, count;
};

enum err tickets_create(struct tickets **out, const struct token_keys *keys, const struct clock *clock)
{
    struct tickets *t = mem_zalloc(sizeof *t);
    struct spent *ring = mem_alloc(SPENT_MAX * sizeof *ring);
    if (!t || !ring) {
        mem_free(t);
        mem_free(ring);
        return ERR_NO_MEMORY;
    }
    t->keys = keys;
    t->clock = clock;
    t->ring = ring;
    rand_bytes(t->salt, sizeof t->salt);
    pthread_mutex_init(&t->lock, NULL);
    map_init(&t->known);
    *out = t;
    return ERR_OK;
}

void tickets_free(struct tickets *t)
{
    if (!t)
        return;
    map_fini(&t->known);
    pthread_mutex_destroy(&t->lock);
    mem_free(t->ring);
    mem_free(t);
}

static struct secret_hash sign(const struct tickets *t, const uint8_t body[BODY_BYTES])
{
    uint8_t salted[BODY_BYTES + SALT_BYTES];
    memcpy(salted, body, BODY_BYTES);
    memcpy(salted + BODY_BYTES, t->salt, SALT_BYTES);
    size_t len = body[0] == TICKET_WS ? sizeof salted : BODY_BYTES;
    return token_keys_mac(t->keys, "ticket", (struct span){(const char *)salted, len});
}

static unsigned digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

static void put_id(uint8_t *p, const struct id *id)
{
    for (size_t i = 0; i < ID_BYTES; i++)
        p[i] = (uint8_t)(digit(id->s[2 * i]) << 4 | digit(id->s[2 * i + 1]));
}

static void get_id(const uint8_t *p, struct id *out)
{
    static const char digits[] = "0123456789abcdef";
    *out = (struct id){{0}};
    for (size_t i = 0; i < ID_BYTES; i++) {
        out->s[2 * i] = digits[p[i] >> 4];
        out->s[2 * i + 1] = digits[p[i] & 15];
    }
}

void tickets_make(struct tickets *t, const struct ticket *ticket, char out[TICKET_TEXT])
{
    uint8_t bytes[BODY_BYTES + MAC_BYTES], *p = bytes;
    *p++ = (uint8_t)ticket->purpose;
    put_id(p, &ticket->user_id);
    put_id(p + ID_BYTES, &ticket->device_id);
    p += 2 * (size_t)ID_BYTES;
    for (int shift = 56; shift >= 0; shift -= 8)
        *p++ = (uint8_t)((uint64_t)ticket->expires_ms >> shift);
    rand_bytes(p, NONCE_BYTES);
    struct secret_hash mac = sign(t, bytes);
    memcpy(bytes + BODY_BYTES, mac.b, MAC_BYTES);
    memcpy(out, "vct_", 4);
    base64url_encode(bytes, sizeof bytes, out + 4);
}

/* Forgets those that have ended. Not strictly in that order, but within seconds of it. */
static void forget(struct tickets *t, int64_t now_ms)
{
    while (t->count && t->ring[t->head].expires_ms <= now_ms) {
        (void)map_del(&t->known, (struct span){(const char *)t->ring[t->head].nonce, NONCE_BYTES});
        t->head = (t->head + 1) % SPENT_MAX;
        t->count--;
    }
}

static enum err spend(struct tickets *t, const uint8_t *nonce, int64_t expires_ms, int64_t now_ms)
{
    struct span key = {(const char *)nonce, NONCE_BYTES};
    pthread_mutex_lock(&t->lock);
    forget(t, now_ms);
    enum err e = map_get(&t->known, key) ? ERR_UNAUTHENTICATED : t->count == SPENT_MAX ? ERR_BUSY : ERR_OK;
    if (!e)
        e = map_put(&t->known, key, t, NULL);
    if (!e) {
        struct spent *s = &t->ring[(t->head + t->count++) % SPENT_MAX];
        memcpy(s->nonce, nonce, NONCE_BYTES);
        s->expires_ms = expires_ms;
    }
    pthread_mutex_unlock(&t->lock);
    return e;
}

enum err tickets_read(struct tickets *t, struct span text, enum ticket_purpose purpose, struct ticket *out)
{
    uint8_t bytes[BODY_BYTES + MAC_BYTES];
    size_t n;
    if (text.len < 4 || memcmp(text.p, "vct_", 4) != 0 ||
        !base64url_decode((struct span){text.p + 4, text.len - 4}, bytes, sizeof bytes, &n) ||
        n != sizeof bytes)
        return ERR_UNAUTHENTICATED;
    struct secret_hash mac = sign(t, bytes);
    if (!mem_equal_secret(mac.b, bytes + BODY_BYTES, MAC_BYTES) || bytes[0] != purpose)
        return ERR_UNAUTHENTICATED;
    uint64_t expires = 0;
    const uint8_t *p = bytes + 1 + 2 * ID_BYTES;
    for (int i = 0; i < 8; i++)
        expires = expires << 8 | *p++;
    int64_t now_ms = clock_wall_ms(t->clock);
    struct ticket found = {.purpose = purpose, .expires_ms = (int64_t)expires};
    get_id(bytes + 1, &found.user_id);
    get_id(bytes + 1 + ID_BYTES, &found.device_id);
    enum err e = found.expires_ms <= now_ms ? ERR_UNAUTHENTICATED : ERR_OK;
    if (!e && purpose == TICKET_WS)
        e = spend(t, p, found.expires_ms, now_ms);
    if (!e)
        *out = found;
    return e;
}

const char *ticket_word(enum ticket_purpose purpose)
{
    static const char *const words[TICKET_PURPOSES] = {"stream", "snapshot", "ws"};
    return purpose < TICKET_PURPOSES ? words[purpose] : NULL;
}
