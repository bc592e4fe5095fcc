/* An exchange without a network: what a handler asks is set by the test, what it answers is kept for it. */
#ifndef TESTS_UNIT_CAMERAS_FAKE_EXCHANGE_H
#define TESTS_UNIT_CAMERAS_FAKE_EXCHANGE_H

#include <pthread.h>

#include "http/exchange.h"

struct http_exchange {
    /* the request */
    const char *param, *body, *base_url;
    const char *query[4];  /* name, value, name, value */
    const char *header[2]; /* name, value */
    struct principal who;
    /* the answer */
    int status;
    enum err err;          /* of the problem, ERR_OK when there is none */
    const char *bad_field; /* of a 422, the first one */
    struct buf reply;
    const char *content_type;
    char headers[256]; /* "Name: value\n" … */
    void (*release)(void *keep);
    void *keep;
    struct json *json;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    int finished;
};

void fake_exchange_init(struct http_exchange *x, const struct id *user);
void fake_exchange_fini(struct http_exchange *x);
/* Runs a handler and, when it is pending, waits for the end. */
void fake_exchange_run(struct http_exchange *x, http_handler *handler, void *app);
/* Waits for the end of one that is pending. */
void fake_exchange_await(struct http_exchange *x);
/* The answer as JSON; freed with the exchange. */
const struct json *fake_exchange_answer(struct http_exchange *x);

#endif
