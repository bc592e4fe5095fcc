/* A raw HTTP/1.1 client for tests: what is sent is what the test wrote. Every wait has a deadline of 20 s and
 * fails the test when it passes. One thread a client. */
#ifndef TESTS_SUPPORT_HTTP_CLIENT_H
#define TESTS_SUPPORT_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct http_client {
    int fd;
    char *data; /* read and not yet consumed */
    size_t len, cap;
};

struct http_response {
    int status;
    char *head; /* status line and fields, NUL-terminated */
    char *body; /* NUL-terminated */
    size_t body_len;
};

/* Connects to 127.0.0.1:port. */
void http_client_open(struct http_client *c, int port);
void http_client_close(struct http_client *c);
void http_client_send(struct http_client *c, const char *data, size_t len);
/* The same for text, printf-like. */
void http_client_say(struct http_client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The next response; no_body for one to HEAD. False: the connection ended before its first byte. */
bool http_client_read(struct http_client *c, struct http_response *out, bool no_body);
/* Whether the peer has closed and nothing is left to read; waits for either. */
bool http_client_at_end(struct http_client *c);

/* A field's value into out ("" when absent); returns out. */
const char *http_response_header(const struct http_response *r, const char *name, char *out, size_t cap);
void http_response_free(struct http_response *r);

/* A connection for one request. text goes out as it is. */
void http_client_once(int port, const char *text, struct http_response *out);

#endif
