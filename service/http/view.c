#include "http/view.h"

#include "auth/base64url.h"
#include "auth/secret.h"
#include "auth/ticket.h"
#include "core/mem.h"
#include "http/request.h"

enum { BASIC_MAX = 512, ID_LEN = 24 };

static const char *basic_of(const struct http_exchange *x)
{
    return request_authorization(x, "Basic");
}

static bool is_taken(const struct http_exchange *x)
{
    return x->route && (x->route->auth == HTTP_SNAPSHOT || x->route->auth == HTTP_STREAM);
}

bool view_offered(const struct http_exchange *x)
{
    return is_taken(x) && (basic_of(x) || (http_query(x, "ticket") && !http_header(x, "Authorization")));
}

bool view_wanted(const struct http_exchange *x)
{
    const char *agent = http_header(x, "User-Agent");
    bool browser = agent && strncmp(agent, "Mozilla/", 8) == 0;
    return is_taken(x) && !browser && !http_header(x, "Authorization") && !http_query(x, "ticket");
}

static enum err read_ticket(struct http_exchange *x)
{
    struct ticket t;
    enum ticket_purpose purpose = x->route->auth == HTTP_STREAM ? TICKET_STREAM : TICKET_SNAPSHOT;
    if (!x->server->config.tickets)
        return ERR_UNAUTHENTICATED;
    enum err e = tickets_read(x->server->config.tickets, span_of(http_query(x, "ticket")), purpose, &t);
    if (!e)
        x->credential = (struct http_credential){
            .kind = CREDENTIAL_TICKET, .user_id = t.user_id, .device_id = t.device_id};
    return e;
}

/* The other alphabet of Base64, padded. */
static bool decode(const char *text, char *out, size_t cap, size_t *n)
{
    char url[BASIC_MAX + 1];
    size_t len = strlen(text);
    while (len && text[len - 1] == '=')
        len--;
    if (len > BASIC_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        url[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    bool good = base64url_decode((struct span){url, len}, (uint8_t *)out, cap, n);
    mem_wipe(url, len);
    return good;
}

static enum err read_basic(struct http_exchange *x)
{
    char pair[BASIC_MAX];
    size_t n = 0;
    struct http_credential c = {.kind = CREDENTIAL_BASIC};
    x->basic_tried = true;
    bool good = decode(basic_of(x), pair, sizeof pair, &n) && n > ID_LEN && pair[ID_LEN] == ':' &&
                id_parse((struct span){pair, ID_LEN}, &c.session_id);
    if (good)
        c.secret = secret_hash_of((struct span){pair + ID_LEN + 1, n - ID_LEN - 1});
    mem_wipe(pair, sizeof pair);
    if (!good)
        return ERR_UNAUTHENTICATED;
    x->credential = c;
    return ERR_OK;
}

enum err view_read(struct http_exchange *x)
{
    return basic_of(x) ? read_basic(x) : read_ticket(x);
}

static enum err find_password(struct http_exchange *x)
{
    struct store *s = x->server->config.store;
    struct http_credential *c = &x->credential;
    struct stream_password p;
    enum err e = s->stream_password_get ? s->stream_password_get(s, &c->session_id, &p) : ERR_NOT_FOUND;
    if (e)
        return e;
    if (!secret_hash_eq(&p.secret, &c->secret))
        return ERR_UNAUTHENTICATED;
    c->user_id = p.user_id;
    c->device_id = p.device_id;
    return ERR_OK;
}

enum err view_check(struct http_exchange *x)
{
    struct store *s = x->server->config.store;
    struct http_credential *c = &x->credential;
    struct user u;
    enum err e = c->kind == CREDENTIAL_BASIC ? find_password(x) : ERR_OK;
    e = e ? e : s->user_get(s, &c->user_id, &u);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_UNAUTHENTICATED : e;
    mem_wipe(u.password_hash, sizeof u.password_hash);
    if (!u.is_active)
        return ERR_UNAUTHENTICATED;
    x->who = (struct principal){
        .is_user = true, .user_id = c->user_id, .session_id = c->session_id, .device_id = c->device_id};
    return ERR_OK;
}
