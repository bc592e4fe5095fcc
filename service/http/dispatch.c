#include "http/dispatch.h"

#include "http/gate.h"
#include "http/parking.h"
#include "http/pictures.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/router.h"

/* A store that hangs holds each of its threads for about as long. */
enum { STALE_US = 5000000 };

static const char nul_inside[] = "must not hold a NUL";

static void decide(struct http_exchange *x, enum err e, const char *detail)
{
    (void)http_problem(x, e, detail);
    x->decided = true;
}

/* No doubt about a message may be carried into the next one. */
static void decide_and_close(struct http_exchange *x, enum err e, const char *detail)
{
    decide(x, e, detail);
    x->reply.close = true;
}

/* Fetch standard §3.2.2. Answered for any path: a page whose preflight fails cannot read the 404 that
 * follows. */
static bool is_preflight(const struct http_exchange *x)
{
    return x->is_options && http_header(x, "Origin") && http_header(x, "Access-Control-Request-Method");
}

static bool wants_page(const struct http_exchange *x)
{
    const char *accept = http_header(x, "Accept");
    return accept && strstr(accept, "text/html");
}

static bool find_route(struct http_exchange *x)
{
    struct router_match m;
    char allow[64];
    if (is_preflight(x)) {
        http_status(x, 204);
        x->decided = true;
        return false;
    }
    enum router_result found =
        router_match(x->server->config.routes, span_of(x->path), x->method, wants_page(x), &m);
    x->for_device = m.row && m.row->auth == HTTP_DEVICE;
    if (found == ROUTER_NOT_FOUND) {
        decide(x, ERR_NOT_FOUND, NULL);
        return false;
    }
    if (found == ROUTER_METHOD) {
        if (x->is_options)
            http_status(x, 204);
        else
            (void)http_problem(x, ERR_METHOD, NULL);
        x->decided = true;
        router_allow(m.allowed, allow);
        http_add_header(x, "Allow", allow);
        return false;
    }
    x->route = m.route;
    if (x->route->body == HTTP_FRAME)
        x->body.max = (size_t)x->server->config.conf->max_frame_bytes + HTTP_FRAME_SLACK;
    memcpy(x->params, m.params, sizeof x->params);
    x->n_params = m.n_params;
    enum err e = request_decode(x);
    if (e == ERR_INVALID)
        (void)http_invalid(x, "query", nul_inside);
    else if (e)
        (void)http_problem(x, e == ERR_TOO_LARGE ? ERR_MALFORMED : e, NULL);
    x->decided = e != ERR_OK;
    return !e;
}

static bool take(struct http_exchange *x, struct span key)
{
    const struct conf *c = x->server->config.conf;
    const struct {
        const char *name;
        struct conf_rate rate;
    } limits[] = {
        [HTTP_LIMIT_DEFAULT] = {"default", c->rate_default},
        [HTTP_LIMIT_LOGIN] = {"login", c->rate_login},
        [HTTP_LIMIT_REGISTER] = {"register", c->rate_register},
        [HTTP_LIMIT_ACTIVATE] = {"activate", c->rate_activate},
        [HTTP_LIMIT_ONBOARD] = {"onboard", c->rate_onboard},
        [HTTP_LIMIT_NONE] = {"none", {0}},
    };
    uint32_t retry_after_s = 1;
    enum http_limit limit = x->route->limit;
    if (limit == HTTP_LIMIT_NONE ||
        limiter_take(x->server->config.limiter, limits[limit].name, key, limits[limit].rate, &retry_after_s))
        return true;
    (void)http_rate_limited(x, retry_after_s);
    return false;
}

/* Per address, before anything is looked up. */
static bool within_limits(struct http_exchange *x)
{
    char key[HTTP_ADDRESS_BYTES];
    if (take(x, limiter_address_key(x->address, key)))
        return true;
    x->decided = true;
    return false;
}

/* Per account, once it is known: many addresses do not make many accounts. A login counts its own
 * (sign_in.c). */
static bool within_account_limits(struct http_exchange *x)
{
    return !x->who.is_user || take(x, span_of(x->who.user_id.s));
}

static bool quick_store(const struct http_exchange *x)
{
    return x->server->config.store->quick_reads;
}

/* A bad key counts against its address, a good one never does. */
static void refuse_device(struct http_exchange *x, enum err e)
{
    if (e != ERR_UNAUTHENTICATED)
        decide_and_close(x, e, NULL);
    else if (within_limits(x))
        decide_and_close(x, ERR_API_KEY, NULL);
    x->reply.close = true;
}

static bool let_device_in(struct http_exchange *x)
{
    const struct http_device_keys *keys = &x->server->config.device_keys;
    const char *key = http_header(x, "X-API-Key");
    enum err e = key ? keys->known(keys->arg, span_of(key), &x->who) : ERR_UNAUTHENTICATED;
    x->judging = e == ERR_NOT_FOUND;
    if (e && !x->judging)
        refuse_device(x, e);
    return !e;
}

static bool is_for_users(const struct http_exchange *x)
{
    return x->route->auth != HTTP_PUBLIC && x->route->auth != HTTP_DEVICE;
}

static bool let_in(struct http_exchange *x)
{
    if (x->route->auth == HTTP_DEVICE)
        return let_device_in(x);
    if (!within_limits(x))
        return false;
    if (x->route->auth == HTTP_PUBLIC)
        return true;
    enum err e = gate_read(x);
    if (!e && quick_store(x))
        e = gate_check(x);
    if (e)
        decide(x, e, e == ERR_FORBIDDEN ? "The session cookie counts on our own pages only." : NULL);
    else if (quick_store(x) && !within_account_limits(x))
        x->decided = true;
    return !e && !x->decided;
}

static void check_body(struct http_exchange *x)
{
    enum err e = ERR_OK;
    if (x->content_length > (int64_t)x->body.max)
        decide_and_close(x, ERR_TOO_LARGE, NULL);
    else if (!request_body_fits(x))
        decide(x, ERR_MEDIA_TYPE,
               x->route->body == HTTP_FORM ? "The body must be application/x-www-form-urlencoded." : NULL);
    else if (x->route->body == HTTP_FRAME)
        e = pictures_enter(x);
    if (e)
        decide_and_close(x, e, NULL);
}

void dispatch_head(struct http_exchange *x, const char *method)
{
    bool open = parking_is_open(x->server);
    enum err e = request_head(x, method);
    if (e) {
        decide_and_close(x, e, NULL);
    } else if (!open) {
        decide_and_close(x, ERR_BUSY, "The server is restarting.");
    } else if (find_route(x) && let_in(x)) {
        check_body(x);
    }
}

/* It waited for its turn as long as a client waits for an answer: those behind it shall not wait longer.
 * Passwords wait in turn, for they all get one. */
static bool is_stale(const struct http_exchange *x)
{
    return x->route->run != HTTP_HASH && http_now_us(x->server) - x->queued_us > STALE_US;
}

static void run_judge(void *arg)
{
    struct http_exchange *x = arg;
    const struct http_device_keys *keys = &x->server->config.device_keys;
    enum err e = ERR_BUSY; /* given up before its turn came */
    if (!parking_is_abandoned(x) && !is_stale(x))
        e = keys->judge(keys->arg, span_of(http_header(x, "X-API-Key")), x->route->body == HTTP_FRAME,
                        &x->who);
    if (e)
        refuse_device(x, e);
    else
        check_body(x);
    parking_leave(x);
}

void dispatch_judge(struct http_exchange *x)
{
    x->queued_us = http_now_us(x->server);
    if (parking_enter(x) && jobs_submit(x->server->config.jobs, run_judge, x) == ERR_OK)
        return;
    refuse_device(x, ERR_BUSY);
    parking_leave(x);
}

static enum http_next call_handler(struct http_exchange *x)
{
    enum err e = ERR_OK;
    bool unchecked = is_for_users(x) && !quick_store(x);
    if (unchecked)
        e = gate_check(x);
    if (!e && unchecked && !within_account_limits(x))
        return HTTP_DONE;
    bool may_be_form = x->route->body == HTTP_FORM || x->route->body == HTTP_JSON_OR_FORM;
    if (!e && may_be_form && http_is_form(x))
        e = form_parse(http_body(x), &x->form);
    if (e == ERR_INVALID)
        return http_invalid(x, "body", nul_inside);
    return e ? http_problem(x, e, NULL) : x->route->handler(x, x->server->config.app);
}

static void run_job(void *arg)
{
    struct http_exchange *x = arg;
    /* given up before its turn came (the server stops): nobody wants to know */
    bool over = parking_is_abandoned(x);
    if (over || (is_stale(x) ? http_problem(x, ERR_BUSY, NULL) : call_handler(x)) == HTTP_DONE)
        http_finish(x);
}

static struct jobs *pool_of(const struct http_exchange *x)
{
    bool looks_up = x->route->run == HTTP_READ || is_for_users(x);
    if (x->route->run == HTTP_HASH)
        return x->server->config.hash_jobs;
    if (x->route->run == HTTP_JOB || (looks_up && !quick_store(x)))
        return x->server->config.jobs;
    return NULL;
}

bool dispatch_run(struct http_exchange *x)
{
    if (x->decided) {
        reply_seal(x);
        return true;
    }
    struct jobs *pool = pool_of(x);
    if (pool) {
        x->queued_us = http_now_us(x->server);
        if (!parking_enter(x) || jobs_submit(pool, run_job, x)) {
            (void)http_problem(x, ERR_BUSY, NULL);
            http_finish(x);
        }
        return false;
    }
    if (call_handler(x) == HTTP_DONE) {
        reply_seal(x);
        return true;
    }
    (void)parking_enter(x);
    return false;
}
