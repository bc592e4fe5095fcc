#include "admission.h"

#include <stdio.h>
#include <unistd.h>

#include "auth/limiter.h"
#include "auth/principal.h"
#include "auth/ticket.h"
#include "cameras/only_camera.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/rand.h"
#include "device_gate.h"
#include "door/head.h"
#include "door/limits.h"
#include "door/refusal.h"
#include "http/cors.h"
#include "http/form.h"
#include "http/problem.h"
#include "http/server.h"
#include "ws_target.h"

enum { HEAD_MAX = 16 * 1024, SECRET_MAX = 4096, ORIGIN_MAX = 512 };

/* ---- credentials ---- */

static void user_grant(const struct principal *who, int64_t judged_us, struct relay_grant *out)
{
    *out = (struct relay_grant){.role = RELAY_USER,
                                .by_cookie = who->by_cookie,
                                .user_id = who->user_id,
                                .session_id = who->session_id,
                                .expires_ms = who->expires_ms,
                                .judged_us = judged_us};
}

static bool is_device_key(struct span text)
{
    return text.len > 4 && memcmp(text.p, "vcd_", 4) == 0;
}

static enum err bearer_grant(struct admission *a, struct span text, struct relay_grant *out)
{
    if (is_device_key(text))
        return device_gate_judge(a->devices, text, true, out);
    struct principal who;
    int64_t now_us = a->clock->mono_us(a->clock);
    enum err e = http_gate_bearer(a->http, text, &who);
    if (!e)
        user_grant(&who, now_us, out);
    return e;
}

/* ---- the upgrade ---- */

struct upgrade {
    struct admission *admission;
    int fd;
    int64_t began_us;
    struct limits_place *place;
    const char *route;
    char address[46];
    struct id request_id;
    const char *field; /* of the query, when that is what is wrong */
    size_t head_len;
    char head[];
};

/* Origin is what browsers add: it must be ours (scheme aside: TLS ends in front of us) or listed. */
static bool is_ours(const struct admission *a, const struct head *h, const char *origin)
{
    struct span host = head_field(h, "host");
    const char *authority = strstr(origin, "://");
    if (cors_is_public_url(a->conf->public_url, origin))
        return true;
    return authority && strlen(authority + 3) == host.len &&
           strncasecmp(authority + 3, host.p, host.len) == 0;
}

/* CORS_LISTED: its cookies count. CORS_ANY: it may come in, without them. CORS_NO: it may not. */
static enum cors_verdict origin_of(const struct admission *a, const struct head *h)
{
    char origin[ORIGIN_MAX];
    struct span said = head_field(h, "origin");
    if (!said.p)
        return CORS_LISTED;
    if (!span_copy(said, origin, sizeof origin))
        return CORS_NO;
    return is_ours(a, h, origin) ? CORS_LISTED : cors_judge(a->conf->cors_origins, origin);
}

/* A ticket is spent by this, whatever becomes of it. */
static enum err ticket_grant(struct admission *a, struct span text, struct relay_grant *out)
{
    struct ticket t;
    struct user u;
    struct camera c;
    int64_t now_us = a->clock->mono_us(a->clock);
    enum err e = tickets_read(a->tickets, text, TICKET_WS, &t);
    e = e ? e : a->store->user_get(a->store, &t.user_id, &u);
    e = e ? e : a->store->camera_get(a->store, &t.user_id, &t.device_id, clock_wall_ms(a->clock), &c);
    if (e == ERR_NOT_FOUND || (!e && !u.is_active))
        e = ERR_UNAUTHENTICATED;
    if (!e)
        *out = (struct relay_grant){
            .role = RELAY_USER, .user_id = t.user_id, .device_id = t.device_id, .judged_us = now_us};
    return e;
}

/* RFC 9110 §11.4: at least one blank between scheme and credential. p NULL: another scheme. */
static struct span bearer_of(struct span said)
{
    if (said.len < 8 || strncasecmp(said.p, "Bearer ", 7) != 0)
        return (struct span){0};
    size_t n = 7;
    while (n < said.len && said.p[n] == ' ')
        n++;
    return (struct span){said.p + n, said.len - n};
}

static enum err judge(struct admission *a, const struct head *h, const struct form *query,
                      enum relay_dialect dialect, struct relay_grant *grant)
{
    struct principal who;
    struct span authorization = head_field(h, "authorization");
    struct span ticket = form_get(query, "ticket"), cookie = head_cookie(h, "session");
    *grant = (struct relay_grant){.role = RELAY_NOBODY};
    enum cors_verdict origin = origin_of(a, h);
    if (origin == CORS_NO)
        return ERR_FORBIDDEN;
    if (authorization.p) {
        struct span token = bearer_of(authorization);
        bool device = dialect != RELAY_WS && is_device_key(token); /* cameras speak on /ws */
        return token.p && !device ? bearer_grant(a, token, grant) : ERR_UNAUTHENTICATED;
    }
    if (ticket.p)
        return ticket_grant(a, ticket, grant);
    if (!cookie.p || origin == CORS_ANY) /* under "*" a foreign page's cookies do not count */
        return dialect == RELAY_GO2RTC ? ERR_UNAUTHENTICATED : ERR_OK; /* it knows no sign-in by message */
    int64_t now_us = a->clock->mono_us(a->clock);
    enum err e = http_gate_cookie(a->http, cookie, &who);
    if (!e)
        user_grant(&who, now_us, grant);
    return e;
}

/* Behind a trusted proxy: whom it speaks for, as REST would say. */
static void find_address(struct upgrade *u, const struct head *h)
{
    char peer[46];
    (void)snprintf(peer, sizeof peer, "%s", u->address);
    http_client_address(u->admission->http, peer, head_field(h, "X-Forwarded-For"),
                        head_field(h, "X-Real-IP"), u->address);
}

/* Strangers, and those whose credential is wrong, may not try for ever; who is signed in has a share of the
 * connections. */
static enum err within_rate(const struct admission *a, const struct upgrade *u)
{
    char key[46];
    uint32_t retry_after_s;
    bool good = limiter_take(a->limiter, "ws", limiter_address_key(u->address, key), a->conf->rate_ws,
                             &retry_after_s);
    return good ? ERR_OK : ERR_RATE_LIMITED;
}

/* Signed in, it counts for the account instead of the address. */
enum err admission_sign_in(void *arg, void *place, const struct relay_grant *who)
{
    const struct id *account = who->role == RELAY_DEVICE ? &who->device_id : &who->user_id;
    return limits_sign_in(place, span_of(account->s));
}

static enum err admit(struct upgrade *u)
{
    struct admission *a = u->admission;
    struct head h;
    struct form query = {0};
    struct relay_grant grant = {.role = RELAY_NOBODY};
    struct relay_target target;
    if (head_parse((struct span){u->head, u->head_len}, HEAD_MAX, HEAD_FIELDS_MAX, &h) != HEAD_OK)
        return ERR_MALFORMED;
    find_address(u, &h);
    u->route = ws_target_route(&h, &target);
    enum err e = form_parse(h.query, &query);
    e = e ? e : judge(a, &h, &query, target.dialect, &grant);
    if ((e || grant.role == RELAY_NOBODY) && within_rate(a, u))
        e = ERR_RATE_LIMITED;
    e = e ? e : ws_target_read(&query, &target, &u->field);
    form_fini(&query);
    if (!e && u->place && grant.role != RELAY_NOBODY)
        e = admission_sign_in(a, u->place, &grant);
    struct relay_socket s = {.fd = u->fd,
                             .address = u->address,
                             .grant = grant,
                             .target = target,
                             .place = u->place,
                             .request_id = u->request_id};
    e = e ? e : relay_adopt(a->relay, &s);
    if (!e)
        u->place = NULL; /* the relay's */
    return e;
}

/* What is too large is the query. */
static int status_of(enum err e)
{
    return e == ERR_TOO_LARGE ? 431 : problem_of(e).status;
}

/* Answers and closes the socket. */
static void refuse(const struct upgrade *u, enum err e)
{
    struct json_fault fault = {.field = u->field ? u->field : "query",
                               .message = "is missing or not allowed"};
    const struct problem_words words = {
        .detail = e == ERR_FORBIDDEN ? "This origin may not open a WebSocket here." : NULL,
        .faults = &fault,
        .n_faults = e == ERR_INVALID};
    char text[PROBLEM_RAW_BYTES];
    size_t len = e == ERR_TOO_LARGE ? refusal_text(431, u->request_id.s, text)
                                    : problem_raw(e, &words, u->request_id.s, text);
    refusal_close(u->fd, text, len);
}

static void run_upgrade(void *arg)
{
    struct upgrade *u = arg;
    rand_id(u->request_id.s);
    enum err e = admit(u);
    int64_t took_us = u->admission->clock->mono_us(u->admission->clock) - u->began_us;
    log_record(LOG_INFO, "http.request",
               "method=GET route=%s status=%d seconds=%.6f bytes=0 request_id=%s address=%s", u->route,
               e ? status_of(e) : 101, (double)took_us / 1e6, u->request_id.s, u->address);
    limits_leave(u->place);
    if (e)
        refuse(u, e);
    mem_wipe(u->head, u->head_len);
    mem_free(u);
}

void admission_upgrade(struct admission *a, const struct admission_socket *s)
{
    struct upgrade *u = s->head.len <= HEAD_MAX ? mem_alloc(sizeof *u + s->head.len) : NULL;
    if (u) {
        *u = (struct upgrade){.admission = a,
                              .fd = s->fd,
                              .began_us = a->clock->mono_us(a->clock),
                              .place = s->place,
                              .route = "/ws",
                              .head_len = s->head.len};
        (void)snprintf(u->address, sizeof u->address, "%s", s->peer);
        memcpy(u->head, s->head.p, s->head.len);
        if (jobs_submit(a->jobs, run_upgrade, u) == ERR_OK)
            return;
        mem_wipe(u->head, u->head_len);
        mem_free(u);
    }
    char request_id[RAND_ID_BYTES], text[REFUSAL_BYTES];
    rand_id(request_id);
    log_record(LOG_INFO, "http.request",
               "method=GET route=- status=503 seconds=0 bytes=0 request_id=%s address=%s", request_id,
               s->peer);
    limits_leave(s->place);
    refusal_close(s->fd, text, refusal_text(503, request_id, text));
}

/* ---- the relay's questions ---- */

struct question {
    struct admission *admission;
    struct relay_ref ref;
    enum relay_credential kind;
    struct id user, device;
    enum camera_role least; /* to be allowed */
    size_t secret_len;
    char secret[]; /* or the label asked for */
};

static void run_authenticate(void *arg)
{
    struct question *q = arg;
    struct admission *a = q->admission;
    struct relay_grant grant = {.role = RELAY_NOBODY};
    struct span secret = {q->secret, q->secret_len};
    enum err e = ERR_UNAUTHENTICATED;
    if (is_device_key(secret) == (q->kind == RELAY_DEVICE_KEY))
        e = bearer_grant(a, secret, &grant);
    relay_answer_grant(a->relay, q->ref, e, &grant);
    mem_wipe(q->secret, q->secret_len);
    mem_free(q);
}

void admission_authenticate(void *arg, struct relay_ref ref, enum relay_credential kind, struct span secret)
{
    struct admission *a = arg;
    const struct relay_grant nobody = {.role = RELAY_NOBODY};
    struct question *q = secret.len <= SECRET_MAX ? mem_alloc(sizeof *q + secret.len) : NULL;
    if (!q) {
        relay_answer_grant(a->relay, ref, secret.len > SECRET_MAX ? ERR_UNAUTHENTICATED : ERR_NO_MEMORY,
                           &nobody);
        return;
    }
    *q = (struct question){.admission = a, .ref = ref, .kind = kind, .secret_len = secret.len};
    memcpy(q->secret, secret.p, secret.len);
    if (jobs_submit(a->jobs, run_authenticate, q)) {
        mem_wipe(q->secret, q->secret_len);
        mem_free(q);
        relay_answer_grant(a->relay, ref, ERR_BUSY, &nobody);
    }
}

static void run_authorize(void *arg)
{
    struct question *q = arg;
    struct admission *a = q->admission;
    struct camera camera;
    enum err e = a->store->camera_get(a->store, &q->user, &q->device, clock_wall_ms(a->clock), &camera);
    relay_answer_watch(a->relay, q->ref, e ? e : camera.role < q->least ? ERR_FORBIDDEN : ERR_OK);
    mem_free(q);
}

static void authorize(struct admission *a, struct relay_ref ref, const struct relay_grant *user,
                      const struct id *device, enum camera_role least)
{
    if (!id_is_none(&user->device_id) && !id_eq(&user->device_id, device)) {
        relay_answer_watch(a->relay, ref, ERR_NOT_FOUND); /* a ticket opens its one device only */
        return;
    }
    struct question *q = mem_zalloc(sizeof *q);
    if (q)
        *q = (struct question){
            .admission = a, .ref = ref, .user = user->user_id, .device = *device, .least = least};
    if (!q || jobs_submit(a->jobs, run_authorize, q)) {
        mem_free(q);
        relay_answer_watch(a->relay, ref, ERR_BUSY);
    }
}

void admission_authorize(void *arg, struct relay_ref ref, const struct relay_grant *user,
                         const struct id *device)
{
    authorize(arg, ref, user, device, ROLE_VIEWER);
}

void admission_authorize_operate(void *arg, struct relay_ref ref, const struct relay_grant *user,
                                 const struct id *device)
{
    authorize(arg, ref, user, device, ROLE_OPERATOR);
}

static void run_find_device(void *arg)
{
    struct question *q = arg;
    struct admission *a = q->admission;
    struct camera camera;
    struct span uid = {q->secret, q->secret_len};
    enum err e = a->store->camera_by_uid(a->store, &q->user, uid, &camera);
    relay_answer_device(a->relay, q->ref, e, e ? NULL : &camera.id);
    mem_free(q);
}

void admission_find_device(void *arg, struct relay_ref ref, const struct relay_grant *user, struct span uid)
{
    struct admission *a = arg;
    if (!id_is_none(&user->device_id) || uid.len > MODEL_UID_MAX) {
        relay_answer_device(a->relay, ref, ERR_NOT_FOUND,
                            NULL); /* a ticket's holder names its device by id */
        return;
    }
    struct question *q = mem_zalloc(sizeof *q + uid.len);
    if (q) {
        *q = (struct question){.admission = a, .ref = ref, .user = user->user_id, .secret_len = uid.len};
        memcpy(q->secret, uid.p, uid.len);
    }
    if (!q || jobs_submit(a->jobs, run_find_device, q)) {
        mem_free(q);
        relay_answer_device(a->relay, ref, ERR_BUSY, NULL);
    }
}

static void run_find_online(void *arg)
{
    struct question *q = arg;
    struct admission *a = q->admission;
    struct id device;
    enum err e = only_camera_find(a->store, a->presence, &q->user, clock_wall_ms(a->clock), &device);
    relay_answer_device(a->relay, q->ref, e, e ? NULL : &device);
    mem_free(q);
}

void admission_find_online(void *arg, struct relay_ref ref, const struct relay_grant *user)
{
    struct admission *a = arg;
    struct question *q = mem_zalloc(sizeof *q);
    if (q)
        *q = (struct question){.admission = a, .ref = ref, .user = user->user_id};
    if (!q || jobs_submit(a->jobs, run_find_online, q)) {
        mem_free(q);
        relay_answer_device(a->relay, ref, ERR_BUSY, NULL);
    }
}
