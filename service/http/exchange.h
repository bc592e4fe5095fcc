/* One request and its answer, as a handler sees them. libmicrohttpd stays behind http/server.c.
 *
 * A handler reads the request, fills the reply and returns HTTP_DONE; or it keeps the exchange, returns
 * HTTP_PENDING and calls http_finish exactly once, later, from any thread (long-polls, snapshots: no thread
 * waits). A handler runs on the thread its route's `run` says. Everything returned here is borrowed until the
 * end. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <stdint.h>

#include "auth/principal.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"
#include "core/span.h"

enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_METHODS };

enum http_next { HTTP_DONE, HTTP_PENDING };

/* Where a handler runs. */
enum http_run {
    HTTP_MEMORY, /* on the event thread: touches memory only */
    HTTP_READ,   /* one quick store read: on the event thread when the store has quick_reads, else as a job */
    HTTP_JOB,    /* on the job pool: store writes */
    HTTP_HASH,   /* on the password pool: argon2 (bounded on its own, so that a flood of logins delays nobody
                    else) */
};

/* Who may call. Routes for users are at least HTTP_READ (the session is looked up). SNAPSHOT and STREAM
 * also take what opens one device only: ?ticket= of that purpose, or a stream password by Basic; the handler
 * compares principal.device_id. DEVICE is a camera, by its key in X-API-Key: judged before the body is read,
 * and counted by no limit but its handler's; problems there have `error` as their first member. */
enum http_auth { HTTP_PUBLIC, HTTP_USER, HTTP_SNAPSHOT, HTTP_STREAM, HTTP_DEVICE };

/* Which limit counts the call (per address; contract §1). */
enum http_limit {
    HTTP_LIMIT_DEFAULT,
    HTTP_LIMIT_LOGIN,
    HTTP_LIMIT_REGISTER,
    HTTP_LIMIT_ACTIVATE,
    HTTP_LIMIT_ONBOARD,
    HTTP_LIMIT_NONE
};

/* What the body must be. FRAME is the handler's to judge, and may be as long as a picture in a form. */
enum http_body { HTTP_NO_BODY, HTTP_JSON, HTTP_JSON_OR_FORM, HTTP_FORM, HTTP_FRAME };

struct http_exchange;
typedef enum http_next http_handler(struct http_exchange *x, void *app);

/* A row of the route table. `path` holds parameters as {name}: "/api/camera/devices/{id}". */
struct http_route {
    enum http_method method;
    const char *path;
    http_handler *handler;
    enum http_run run;
    enum http_auth auth;
    enum http_limit limit;
    enum http_body body;
};

enum { HTTP_JSON_MAX = 64 * 1024, HTTP_FRAME_SLACK = 64 * 1024, HTTP_PARAMS_MAX = 4 };

/* ---- the request ---- */
enum http_method http_method(const struct http_exchange *x); /* HEAD is told as GET */
bool http_is_head(const struct http_exchange *x);            /* a GET that must change nothing */
const struct http_route *http_route(const struct http_exchange *x);
const char *http_path(const struct http_exchange *x);
/* The i-th {parameter} of the path, percent-decoded. */
struct span http_param(const struct http_exchange *x, unsigned i);
/* NULL when absent. Names are matched without case. */
const char *http_header(const struct http_exchange *x, const char *name);
const char *http_query(const struct http_exchange *x, const char *name);
/* Whole body; empty span when none. */
struct span http_body(const struct http_exchange *x);
/* The body parsed as a JSON object (parsed once, freed with the exchange), or NULL: then the reply holds the
 * problem already (400, 415) and the handler returns HTTP_DONE. */
struct json *http_json(struct http_exchange *x);
/* As json_read over http_json's object; true = good. False: the reply holds the problem (400, 415, 422). */
bool http_read(struct http_exchange *x, const struct json_field *fields, size_t n_fields);
/* Whether the body is application/x-www-form-urlencoded, and one of its fields, decoded (borrowed; p NULL:
 * absent). */
bool http_is_form(const struct http_exchange *x);
struct span http_form(struct http_exchange *x, const char *name);
/* A cookie's value; p NULL when absent. */
struct span http_cookie(const struct http_exchange *x, const char *name);
const struct principal *http_who(const struct http_exchange *x);
/* Who is calling, on a public route that wants to know: as the gate does on others. ERR_UNAUTHENTICATED,
 * ERR_TOKEN_STALE, ERR_FORBIDDEN or the store's errors; http_who tells afterwards. May block. */
MUST_CHECK enum err http_identify(struct http_exchange *x);
const char *http_address(const struct http_exchange *x); /* the client's, as text */
int64_t http_began_us(const struct http_exchange *x);    /* monotonic, before anything of it was judged */
const char *http_request_id(const struct http_exchange *x);
bool http_is_https(const struct http_exchange *x); /* by a trusted proxy's word or PUBLIC_URL's name */
/* The origin as the client sees us, "http://host:port", from Host (and a trusted proxy's word); for
 * server_url. */
void http_base_url(const struct http_exchange *x, struct buf *out);
/* Sec-Fetch-Site says same-origin, or (absent) Origin equals our own. Neither header: false. */
bool http_same_origin(const struct http_exchange *x);

/* ---- the reply (status 200, empty body until said otherwise) ---- */
void http_status(struct http_exchange *x, int status);
void http_add_header(struct http_exchange *x, const char *name, const char *value); /* copied */
/* The JSON body: a cursor into the reply's own buffer; sets the content type. */
struct json_out http_reply_json(struct http_exchange *x);
/* A body of another type; copied. */
void http_reply_bytes(struct http_exchange *x, const char *content_type, struct span body);
/* A body that is kept alive by the caller until release(keep) is called, exactly once. content_type is
 * static. */
void http_reply_borrowed(struct http_exchange *x, const char *content_type, struct span body,
                         void (*release)(void *keep), void *keep);
/* Who is given a socket, with the head of a 200 that is not said yet. Owns fd from there, unless it returns
 * an error: then that is answered instead, and fd closed. */
typedef enum err http_taker(void *arg, int fd, struct span head);
/* Instead of a body: the socket itself. take runs exactly once, on an event thread; with fd -1 when there is
 * nothing to take: the client is gone, or it only asked for the head. content_type is static. */
void http_give_socket(struct http_exchange *x, const char *content_type, http_taker *take, void *arg);
/* What the connection came with (http_arrival.place): take's to give up, whatever it returns. From within
 * take only. */
void *http_take_place(struct http_exchange *x);
/* problem+json from err (http/problem.c); detail NULL = the err's own sentence. Replaces what was filled
 * before. */
enum http_next http_problem(struct http_exchange *x, enum err err, const char *detail);
/* 429 with Retry-After (http_problem with ERR_RATE_LIMITED says 1 s). */
enum http_next http_rate_limited(struct http_exchange *x, uint32_t retry_after_s);
/* 422 with one field. */
enum http_next http_invalid(struct http_exchange *x, const char *field, const char *message);
/* 422 with several. */
enum http_next http_invalid_fields(struct http_exchange *x, const struct json_fault *faults, size_t n);

/* Ends a HTTP_PENDING exchange: any thread, exactly once; x is gone afterwards. */
void http_finish(struct http_exchange *x);

#endif
