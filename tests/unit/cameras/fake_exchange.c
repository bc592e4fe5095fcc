#include "fake_exchange.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support/check.h"

enum { DEADLINE_S = 60 };

void fake_exchange_init(struct http_exchange *x, const struct id *user)
{
    *x = (struct http_exchange){.status = 200, .param = "", .base_url = "http://10.1.2.3:8000"};
    if (user)
        x->who = (struct principal){.is_user = true, .user_id = *user};
    buf_init(&x->reply, 1024 * 1024);
    pthread_mutex_init(&x->lock, NULL);
    pthread_cond_init(&x->ended, NULL);
}

void fake_exchange_fini(struct http_exchange *x)
{
    if (x->release)
        x->release(x->keep);
    json_free(x->json);
    buf_fini(&x->reply);
    pthread_cond_destroy(&x->ended);
    pthread_mutex_destroy(&x->lock);
}

void fake_exchange_await(struct http_exchange *x)
{
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += DEADLINE_S;
    pthread_mutex_lock(&x->lock);
    while (!x->finished)
        assert_int_equal(pthread_cond_timedwait(&x->ended, &x->lock, &deadline), 0);
    assert_int_equal(x->finished, 1);
    pthread_mutex_unlock(&x->lock);
}

void fake_exchange_run(struct http_exchange *x, http_handler *handler, void *app)
{
    if (handler(x, app) == HTTP_PENDING)
        fake_exchange_await(x);
    else
        assert_int_equal(x->finished, 0);
}

const struct json *fake_exchange_answer(struct http_exchange *x)
{
    assert_int_equal(buf_err(&x->reply), ERR_OK);
    json_free(x->json);
    x->json = NULL;
    assert_int_equal(json_parse(buf_span(&x->reply), &x->json), ERR_OK);
    return x->json;
}

/* ---- what handlers call ---- */

struct span http_param(const struct http_exchange *x, unsigned i)
{
    assert_int_equal(i, 0);
    return span_of(x->param);
}

const char *http_query(const struct http_exchange *x, const char *name)
{
    for (int i = 0; i < 4 && x->query[i]; i += 2)
        if (strcmp(x->query[i], name) == 0)
            return x->query[i + 1];
    return NULL;
}

const char *http_header(const struct http_exchange *x, const char *name)
{
    return x->header[0] && strcmp(x->header[0], name) == 0 ? x->header[1] : NULL;
}

bool http_read(struct http_exchange *x, const struct json_field *fields, size_t n_fields)
{
    struct json_fault fault;
    json_free(x->json);
    x->json = NULL;
    enum err err = json_parse(span_of(x->body), &x->json);
    if (err) {
        (void)http_problem(x, err, NULL);
        return false;
    }
    if (json_read(x->json, fields, n_fields, &fault, 1) == 0)
        return true;
    (void)http_invalid_fields(x, &fault, 1);
    return false;
}

const struct principal *http_who(const struct http_exchange *x)
{
    return &x->who;
}

const char *http_address(const struct http_exchange *x)
{
    (void)x;
    return "127.0.0.1";
}

const char *http_request_id(const struct http_exchange *x)
{
    (void)x;
    return "0123456789abcdef01234567";
}

void http_base_url(const struct http_exchange *x, struct buf *out)
{
    buf_puts(out, x->base_url);
}

void http_status(struct http_exchange *x, int status)
{
    x->status = status;
}

void http_add_header(struct http_exchange *x, const char *name, const char *value)
{
    size_t used = strlen(x->headers);
    (void)snprintf(x->headers + used, sizeof x->headers - used, "%s: %s\n", name, value);
}

struct json_out http_reply_json(struct http_exchange *x)
{
    buf_reset(&x->reply);
    x->content_type = "application/json";
    return json_out_to(&x->reply);
}

void http_reply_bytes(struct http_exchange *x, const char *content_type, struct span body)
{
    buf_reset(&x->reply);
    buf_put(&x->reply, body.p, body.len);
    x->content_type = content_type;
}

void http_reply_borrowed(struct http_exchange *x, const char *content_type, struct span body,
                         void (*release)(void *keep), void *keep)
{
    http_reply_bytes(x, content_type, body);
    x->release = release;
    x->keep = keep;
}

/* No socket here: who wanted it is told so. */
int64_t http_began_us(const struct http_exchange *x)
{
    return 0;
}

void *http_take_place(struct http_exchange *x)
{
    return NULL;
}

void http_give_socket(struct http_exchange *x, const char *content_type, http_taker *take, void *arg)
{
    x->content_type = content_type;
    (void)take(arg, -1, SPAN_LIT(""));
}

enum http_next http_problem(struct http_exchange *x, enum err err, const char *detail)
{
    (void)detail;
    buf_reset(&x->reply);
    x->status = 0;
    x->err = err;
    return HTTP_DONE;
}

enum http_next http_invalid(struct http_exchange *x, const char *field, const char *message)
{
    (void)message;
    x->bad_field = field;
    return http_problem(x, ERR_INVALID, NULL);
}

enum http_next http_invalid_fields(struct http_exchange *x, const struct json_fault *faults, size_t n)
{
    assert_true(n > 0);
    return http_invalid(x, faults[0].field, NULL);
}

void http_finish(struct http_exchange *x)
{
    pthread_mutex_lock(&x->lock);
    x->finished++;
    pthread_cond_signal(&x->ended);
    pthread_mutex_unlock(&x->lock);
}
