#include "http/problem.h"

#include <stdio.h>

enum { RAW_BODY_MAX = 512 };

struct row {
    int status;
    const char *detail;
    const char *code; /* NULL = the err's own word */
};

/* clang-format off */
static const struct row rows[ERR_COUNT] = {
    [ERR_OK] = {500, "Something went wrong.", "internal"},
    [ERR_NO_MEMORY] = {503, "The server is busy; try again shortly.", "overloaded"},
    [ERR_IO] = {503, "The store does not answer; try again shortly.", "store_unavailable"},
    [ERR_TIMEOUT] = {408, "The request did not arrive in time.", NULL},
    [ERR_BUSY] = {503, "The server is busy; try again shortly.", NULL},
    [ERR_UNAVAILABLE] = {503, "The store does not answer; try again shortly.", NULL},
    [ERR_MALFORMED] = {400, "The request is not well-formed.", NULL},
    [ERR_INVALID] = {422, "The request holds a value that is not allowed.", NULL},
    [ERR_TOO_LARGE] = {413, "The request body is too large.", NULL},
    [ERR_MEDIA_TYPE] = {415, "The body must be application/json.", NULL},
    [ERR_NOT_FOUND] = {404, "There is nothing here.", NULL},
    [ERR_METHOD] = {405, "This method is not offered here.", NULL},
    [ERR_FORBIDDEN] = {403, "You may not do this.", NULL},
    [ERR_RATE_LIMITED] = {429, "Too many requests; slow down.", NULL},
    [ERR_CONFLICT] = {409, "This collides with the present state.", NULL},
    [ERR_INTERNAL] = {500, "Something went wrong.", NULL},
    [ERR_UNAUTHENTICATED] = {401, "Sign in first.", NULL},
    [ERR_TOKEN_STALE] = {401, "The access token has expired.", NULL},
    [ERR_API_KEY] = {401, "X-API-Key must hold a good device key.", NULL},
    [ERR_CREDENTIALS] = {401, "The name or the password is wrong.", NULL},
    [ERR_EMAIL_TAKEN] = {409, "An account with this email exists already.", NULL},
    [ERR_USERNAME_TAKEN] = {409, "This user name is taken.", NULL},
    [ERR_REGISTRATION_CLOSED] = {403, "This server takes no new accounts.", NULL},
    [ERR_TOKEN_USED] = {409, "Another camera has used this token.", NULL},
    [ERR_ALREADY_ACTIVATED] = {409, "This camera is activated already.", NULL},
    [ERR_TOKEN_EXPIRED] = {410, "The token has expired; start again.", NULL},
    [ERR_QR_GONE] = {410, "The QR code is no longer kept.", NULL},
    [ERR_UID_TAKEN] = {409, "One of your cameras has this device_uid.", NULL},
    [ERR_IDEMPOTENCY] = {409, "This Idempotency-Key was used with another body.", NULL},
    [ERR_CAMERA_OFFLINE] = {409, "The camera is offline.", NULL},
    [ERR_CAMERA_TIMEOUT] = {504, "The camera did not answer in time.", NULL},
    [ERR_PAUSED] = {403, "The camera is paused.", NULL},
    [ERR_NO_IMAGE] = {400, "Send a form with a field image, or a bare image/jpeg.", NULL},
    [ERR_BAD_FRAME] = {422, "This is not a JPEG picture.", NULL},
};
/* clang-format on */

static const char *title_of(int status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 422:
        return "Unprocessable Content";
    case 429:
        return "Too Many Requests";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return "Internal Server Error";
    }
}

static const char *seed_word(enum err e, const char *detail)
{
    return e == ERR_API_KEY ? "Invalid API key" : e == ERR_NO_IMAGE ? "No image uploaded" : detail;
}

struct problem problem_of(enum err e)
{
    const struct row *r = (unsigned)e < ERR_COUNT && rows[e].status ? &rows[e] : &rows[ERR_INTERNAL];
    return (struct problem){.status = r->status,
                            .code = r->code ? r->code : err_word(e),
                            .title = title_of(r->status),
                            .detail = r->detail,
                            .error = seed_word(e, r->detail)};
}

void problem_body(enum err e, const struct problem_words *w, struct buf *out)
{
    struct problem p = problem_of(e);
    struct json_out o = json_out_to(out);
    json_out_object(&o, NULL);
    if (w->error_first)
        json_out_string(&o, "error", p.error);
    json_out_string(&o, "type", "about:blank");
    json_out_string(&o, "title", p.title);
    json_out_int(&o, "status", p.status);
    json_out_string(&o, "detail", w->detail ? w->detail : p.detail);
    json_out_string(&o, "code", p.code);
    if (w->n_faults) {
        json_out_array(&o, "errors");
        for (size_t i = 0; i < w->n_faults; i++) {
            json_out_object(&o, NULL);
            json_out_string(&o, "field", w->faults[i].field);
            json_out_string(&o, "message", w->faults[i].message);
            json_out_end_object(&o);
        }
        json_out_end_array(&o);
    }
    json_out_end_object(&o);
}

const char *problem_challenge(enum err e)
{
    switch ((int)e) {
    case ERR_API_KEY:
        return "X-API-Key realm=\"visionconnect\"";
    case ERR_TOKEN_STALE:
        return "Bearer realm=\"visionconnect\", error=\"invalid_token\"";
    default:
        return problem_of(e).status == 401 ? "Bearer realm=\"visionconnect\"" : NULL;
    }
}

size_t problem_raw(enum err e, const struct problem_words *words, const char *request_id,
                   char out[PROBLEM_RAW_BYTES])
{
    struct problem p = problem_of(e);
    const char *challenge = problem_challenge(e);
    const char *retry = p.status == 503 ? "1" : p.status == 429 ? "10" : NULL;
    struct buf body;
    buf_init(&body, RAW_BODY_MAX);
    problem_body(e, words, &body);
    size_t n = buf_err(&body) ? 0 : body.len;
    int len = snprintf(out, PROBLEM_RAW_BYTES,
                       "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nContent-Length: %zu\r\n"
                       "X-Request-Id: %s\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                       "%s%s%s%s%s%sConnection: close\r\n\r\n%.*s",
                       p.status, p.title, n, request_id, challenge ? "WWW-Authenticate: " : "",
                       challenge ? challenge : "", challenge ? "\r\n" : "", retry ? "Retry-After: " : "",
                       retry ? retry : "", retry ? "\r\n" : "", (int)n, n ? body.data : "");
    buf_fini(&body);
    return (size_t)len;
}
