#include "auth/secret.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>

#include "auth/base64url.h"
#include "core/mem.h"
#include "core/rand.h"

enum { RANDOM_BYTES = 32, ID_LEN = 24, SECRET_LEN = SECRET_TEXT - 1 };

void secret_make(char out[SECRET_TEXT])
{
    uint8_t random[RANDOM_BYTES];
    rand_bytes(random, sizeof random);
    base64url_encode(random, sizeof random, out);
    mem_wipe(random, sizeof random);
}

struct secret_hash secret_hash_of(struct span secret)
{
    struct secret_hash h;
    SHA256((const unsigned char *)(secret.p ? secret.p : ""), secret.len, h.b);
    return h;
}

struct secret_hash secret_mac(struct span key, struct span data)
{
    struct secret_hash h = {{0}};
    (void)HMAC(EVP_sha256(), key.p, (int)key.len, (const unsigned char *)data.p, data.len, h.b, NULL);
    return h;
}

bool secret_hash_eq(const struct secret_hash *a, const struct secret_hash *b)
{
    return mem_equal_secret(a->b, b->b, sizeof a->b);
}

bool secret_hash_is_none(const struct secret_hash *h)
{
    static const struct secret_hash none;
    return secret_hash_eq(h, &none);
}

void secret_session_cookie(const struct id *session, const char secret[SECRET_TEXT],
                           char out[SECRET_SESSION_TEXT])
{
    (void)snprintf(out, SECRET_SESSION_TEXT, "%s.%s", session->s, secret);
}

void secret_session_refresh(const struct id *session, const char secret[SECRET_TEXT],
                            char out[SECRET_SESSION_TEXT])
{
    (void)snprintf(out, SECRET_SESSION_TEXT, "vcr_%s_%s", session->s, secret);
}

bool secret_session_parse(struct span text, struct id *session, struct secret_hash *hash)
{
    bool refresh = text.len == 4 + ID_LEN + 1 + SECRET_LEN && memcmp(text.p, "vcr_", 4) == 0;
    if (!refresh && text.len != ID_LEN + 1 + SECRET_LEN)
        return false;
    const char *p = text.p + (refresh ? 4 : 0);
    if (p[ID_LEN] != (refresh ? '_' : '.'))
        return false;
    for (size_t i = 0; i < SECRET_LEN; i++)
        if (!base64url_is_char(p[ID_LEN + 1 + i]))
            return false;
    if (!id_parse((struct span){p, ID_LEN}, session))
        return false;
    *hash = secret_hash_of(text);
    return true;
}
