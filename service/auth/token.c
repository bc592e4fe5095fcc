#include "auth/token.h"

#include <jwt.h>
#include <stdlib.h>

#include "auth/base64url.h"
#include "auth/secret.h"
#include "core/json.h"
#include "core/mem.h"

enum { TOKEN_MAX = 4096, HEADER_MAX = 512 };

static const char audience[] = "visionconnect"; /* and issuer */

struct token_keys {
    size_t len;
    unsigned char secret[];
};

enum err token_keys_create(struct token_keys **out, struct span secret)
{
    if (token_secret_fault(secret))
        return ERR_INVALID;
    struct token_keys *k = mem_alloc(sizeof *k + secret.len);
    if (!k)
        return ERR_NO_MEMORY;
    k->len = secret.len;
    memcpy(k->secret, secret.p, secret.len);
    *out = k;
    return ERR_OK;
}

void token_keys_free(struct token_keys *k)
{
    if (k)
        mem_wipe(k->secret, k->len);
    mem_free(k);
}

struct secret_hash token_keys_mac(const struct token_keys *k, const char *purpose, struct span data)
{
    struct secret_hash own = secret_mac((struct span){(const char *)k->secret, k->len},
                                        (struct span){purpose, strlen(purpose) + 1});
    struct secret_hash h = secret_mac((struct span){(const char *)own.b, sizeof own.b}, data);
    mem_wipe(&own, sizeof own);
    return h;
}

static void claims_write(const struct token_claims *c, struct buf *out)
{
    struct json_out o = json_out_to(out);
    json_out_object(&o, NULL);
    json_out_string(&o, "sub", c->user_id.s);
    json_out_string(&o, "user_id", c->user_id.s);
    json_out_string(&o, "email", c->email);
    json_out_string(&o, "sid", c->session_id.s);
    json_out_int(&o, "iat", c->issued_ms / 1000);
    json_out_int(&o, "exp", c->expires_ms / 1000);
    json_out_int(&o, "exp_ms", c->expires_ms % 1000);
    json_out_string(&o, "iss", audience);
    json_out_string(&o, "aud", audience);
    json_out_string(&o, "typ", "access");
    json_out_end_object(&o);
}

enum err token_sign(const struct token_keys *k, const struct token_claims *c, struct buf *out)
{
    struct buf claims;
    jwt_t *jwt = NULL;
    char *text = NULL;
    enum err e = ERR_NO_MEMORY;
    buf_init(&claims, TOKEN_MAX);
    claims_write(c, &claims);
    if (buf_err(&claims) || jwt_new(&jwt))
        goto out;
    if (jwt_add_grants_json(jwt, buf_str(&claims)) || jwt_set_alg(jwt, JWT_ALG_HS256, k->secret, (int)k->len))
        goto out;
    text = jwt_encode_str(jwt);
    if (!text)
        goto out;
    buf_puts(out, text);
    e = buf_err(out);
out:
    free(text);
    jwt_free(jwt);
    buf_fini(&claims);
    return e;
}

/* Three parts of base64url. libjwt would skip foreign characters; so one token had many texts. */
static bool form_is_good(struct span text, size_t *header_len)
{
    size_t dots = 0, part = 0;
    for (size_t i = 0; i < text.len; i++, part++) {
        if (text.p[i] == '.') {
            if (part == 0 || dots == 2)
                return false;
            if (dots++ == 0)
                *header_len = i;
            part = (size_t)-1;
        } else if (!base64url_is_char(text.p[i])) {
            return false;
        }
    }
    return dots == 2 && part > 0;
}

/* Looked at before libjwt sees the token, so that the token never chooses the code that judges it. Extensions
 * that must be understood (crit) are not. */
static bool header_is_good(struct span encoded)
{
    uint8_t text[HEADER_MAX];
    size_t len;
    struct json *header = NULL;
    if (!base64url_decode(encoded, text, sizeof text, &len) ||
        json_parse((struct span){(const char *)text, len}, &header))
        return false;
    bool good =
        json_is_obj(header) && span_is(json_get_string(header, "alg"), "HS256") && !json_get(header, "crit");
    json_free(header);
    return good;
}

static enum err claims_read(struct span payload, int64_t now_ms, struct token_claims *out)
{
    struct json *obj = NULL;
    struct json_fault fault;
    struct token_claims c = {0};
    struct span sub, user_id, email, sid, iss, aud, typ;
    int64_t iat, expiry, expiry_ms = 0;
    const int64_t far = INT64_C(1) << 40;
    const struct json_field fields[] = {
        {.name = "sub", .kind = JSON_KIND_STRING, .out = &sub},
        {.name = "user_id", .kind = JSON_KIND_STRING, .out = &user_id},
        {.name = "email", .kind = JSON_KIND_STRING, .allow_empty = true, .out = &email},
        {.name = "sid", .kind = JSON_KIND_STRING, .out = &sid},
        {.name = "iss", .kind = JSON_KIND_STRING, .out = &iss},
        {.name = "aud", .kind = JSON_KIND_STRING, .out = &aud},
        {.name = "typ", .kind = JSON_KIND_STRING, .out = &typ},
        {.name = "iat", .kind = JSON_KIND_INT, .min = 0, .max = far, .out = &iat},
        {.name = "exp", .kind = JSON_KIND_INT, .min = 0, .max = far, .out = &expiry},
        {.name = "exp_ms", .kind = JSON_KIND_INT, .optional = true, .min = 0, .max = 999, .out = &expiry_ms},
    };
    enum err e = json_parse(payload, &obj);
    if (e)
        return e == ERR_NO_MEMORY ? e : ERR_UNAUTHENTICATED;
    e = ERR_UNAUTHENTICATED;
    if (!json_is_obj(obj) || json_read(obj, fields, sizeof fields / sizeof fields[0], &fault, 1))
        goto out;
    if (!id_parse(sub, &c.user_id) || !span_eq(sub, user_id) || !id_parse(sid, &c.session_id) ||
        !span_copy(email, c.email, sizeof c.email))
        goto out;
    if (!span_is(iss, audience) || !span_is(aud, audience) || !span_is(typ, "access"))
        goto out;
    c.issued_ms = iat * 1000;
    c.expires_ms = expiry * 1000 + expiry_ms;
    e = now_ms >= c.expires_ms ? ERR_TOKEN_STALE : ERR_OK;
    if (!e)
        *out = c;
out:
    json_free(obj);
    return e;
}

enum err token_verify(const struct token_keys *k, struct span text, int64_t now_ms, struct token_claims *out)
{
    char copy[TOKEN_MAX + 1];
    size_t header_len = 0;
    jwt_t *jwt = NULL;
    char *payload = NULL;
    if (!span_copy(text, copy, sizeof copy))
        return ERR_UNAUTHENTICATED;
    enum err e = ERR_UNAUTHENTICATED;
    if (!form_is_good(text, &header_len) || !header_is_good((struct span){copy, header_len}))
        goto out;
    if (jwt_decode(&jwt, copy, k->secret, (int)k->len) || jwt_get_alg(jwt) != JWT_ALG_HS256)
        goto out;
    payload = jwt_get_grants_json(jwt, NULL);
    if (payload)
        e = claims_read(span_of(payload), now_ms, out);
out:
    mem_wipe(copy, text.len);
    free(payload);
    jwt_free(jwt);
    return e;
}
