/* A small WebSocket client for tests (RFC 6455), bytes by hand so that it can also be wrong on purpose.
 * Blocking, every wait by poll(2) with a deadline. One thread a client. */
#ifndef TESTS_SUPPORT_WS_CLIENT_H
#define TESTS_SUPPORT_WS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10, WS_EOF = 0, WS_TIMEOUT = -1 };

struct ws_client {
    int fd;
    bool silent; /* does not answer pings; set it after hello */
    uint8_t *in; /* bytes read and not yet used, from in_at */
    size_t in_at, in_len, in_cap;
    uint8_t *message; /* the last message; text has a NUL behind it */
    size_t len, cap;
    char head[4096]; /* the answer to the upgrade */
};

/* Connects to a port of the loopback address; -1 on failure. */
int ws_client_connect(uint16_t port);
/* Takes fd and sends the upgrade for path; headers are further lines, each with its CRLF, or NULL. */
void ws_client_hello(struct ws_client *w, int fd, const char *path, const char *headers);
/* Waits for the answer's head and returns its status, 0 when the socket ended, -1 when nothing came in time.
 */
int ws_client_welcome(struct ws_client *w);
void ws_client_fini(struct ws_client *w);

/* One frame, masked. False: the peer is gone. */
bool ws_client_frame(struct ws_client *w, int opcode, bool fin, const void *data, size_t len);
bool ws_client_text(struct ws_client *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool ws_client_binary(struct ws_client *w, const void *data, size_t len);
/* One message in frames of piece bytes; the last may be empty. */
bool ws_client_pieces(struct ws_client *w, int opcode, const void *data, size_t len, size_t piece);
/* Bytes as they are. */
bool ws_client_raw(struct ws_client *w, const void *data, size_t len);

/* The next message but pings (answered unless silent) and pongs: WS_TEXT, WS_BINARY, WS_CLOSE, WS_EOF,
 * WS_TIMEOUT. It stands in w->message, w->len. */
int ws_client_next(struct ws_client *w, int within_ms);
/* The next text message that contains all of needle, others (pictures too) are passed over. False: none in
 * time. */
bool ws_client_find(struct ws_client *w, const char *needle, int within_ms);
/* Reads on until the close frame and returns its code; 1005 without code, 1006 without close frame, -1 in
 * time out. */
int ws_client_close_code(struct ws_client *w, int within_ms);

#endif
