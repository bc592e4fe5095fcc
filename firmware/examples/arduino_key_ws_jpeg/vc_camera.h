/* A VisionConnect camera in one header: device key -> /ws -> JPEG. WebSocket (RFC 6455) over any byte stream;
 * no malloc, no clock, C99 and C++. For cameras that cannot scan a code: POST /api/camera/devices gives the
 * key.
 *
 *   vc_open    writes the upgrade; then vc_poll until vc.watched, and vc_send_jpeg while it is.
 *   vc_poll    reads what there is: answers pings, follows start and stop. False: the connection is over.
 * Then close the stream, wait some seconds, and begin anew. */
#ifndef VC_CAMERA_H
#define VC_CAMERA_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vc_camera {
    void *io;
    int (*read)(void *io, uint8_t *out, int cap); /* without waiting; 0: nothing there, < 0: over */
    bool (*write)(void *io, const uint8_t *data, size_t len); /* all of it; false: over */
    uint32_t (*random)(void);
    bool open, watched;
    unsigned fps;        /* asked for while watched */
    unsigned close_code; /* 4401, 4410: the key is dead, do not come back with it */
    size_t len;
    uint8_t in[1024]; /* longer messages are skipped */
    size_t skip;
};

/* key: vcd_...; host: as in the Host header. The port speaks TLS when the service does. */
static inline bool vc_open(struct vc_camera *c, const char *host, const char *key)
{
    char head[512], nonce[25];
    c->open = c->watched = false;
    c->len = c->skip = 0;
    c->close_code = 0;
    for (int i = 0; i < 22; i++) /* 16 bytes in base64: 21 letters, one of A Q g w, == */
        nonce[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"[c->random() % 32];
    memcpy(nonce + 21, "A==", 4);
    int n = snprintf(head, sizeof head,
                     "GET /ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nAuthorization: Bearer %s\r\n\r\n",
                     host, nonce, key);
    return n > 0 && (size_t)n < sizeof head && c->write(c->io, (const uint8_t *)head, (size_t)n);
}

/* One frame; a client masks (with 0 here: the mask guards proxies, not secrets, and costs a copy). */
static inline bool vc_frame(struct vc_camera *c, uint8_t opcode, const uint8_t *data, size_t len)
{
    uint8_t head[14] = {(uint8_t)(0x80 | opcode)};
    size_t n = 2;
    if (len < 126) {
        head[1] = (uint8_t)(0x80 | len);
    } else if (len < 65536) {
        head[1] = 0x80 | 126;
        head[n++] = (uint8_t)(len >> 8);
        head[n++] = (uint8_t)len;
    } else {
        head[1] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            head[n++] = (uint8_t)((uint64_t)len >> shift);
    }
    return c->write(c->io, head, n + 4) && (len == 0 || c->write(c->io, data, len));
}

static inline bool vc_send_jpeg(struct vc_camera *c, const uint8_t *jpeg, size_t len)
{
    return vc_frame(c, 2, jpeg, len);
}

/* The service writes minimal JSON: {"type":"start","fps":15,...}. */
static inline void vc_text(struct vc_camera *c, char *text)
{
    const char *fps = strstr(text, "\"fps\":");
    if (strstr(text, "\"type\":\"start\"")) {
        c->watched = true;
        c->fps = fps ? (unsigned)strtoul(fps + 6, NULL, 10) : 0;
        c->fps = c->fps < 1 ? 1 : c->fps;
    } else if (strstr(text, "\"type\":\"stop\"")) {
        c->watched = false;
    }
}

/* Takes one whole frame off the front of in. 0: none there yet, < 0: the connection is over. */
static inline int vc_take(struct vc_camera *c)
{
    uint8_t text[sizeof c->in + 1], opcode = c->in[0] & 15;
    size_t head = c->len < 2 || (c->in[1] & 127) < 126 ? 2 : (c->in[1] & 127) == 126 ? 4 : 10;
    if (c->len < head)
        return 0;
    uint64_t whole = c->in[1] & 127;
    for (size_t i = 2; i < head; i++)
        whole = (i == 2 ? 0 : whole << 8) | c->in[i];
    if (whole > sizeof c->in - head) { /* of no interest */
        c->skip = (size_t)whole - (c->len - head);
        c->len = 0;
        return 0;
    }
    size_t len = (size_t)whole;
    if (c->len < head + len)
        return 0;
    memcpy(text, c->in + head, len);
    text[len] = 0;
    c->len -= head + len;
    memmove(c->in, c->in + head + len, c->len);
    if (opcode == 8) {
        c->close_code = len >= 2 ? (unsigned)text[0] << 8 | text[1] : 1005;
        (void)vc_frame(c, 8, text, len < 2 ? 0 : 2);
        return -1;
    }
    if (opcode == 1)
        vc_text(c, (char *)text);
    return opcode == 9 && !vc_frame(c, 10, text, len) ? -1 : 1;
}

/* The answer to the upgrade. 0: not whole yet. */
static inline int vc_upgraded(struct vc_camera *c)
{
    for (size_t i = 4; i <= c->len; i++) {
        if (memcmp(c->in + i - 4, "\r\n\r\n", 4) != 0)
            continue;
        if (memcmp(c->in, "HTTP/1.1 401", 12) == 0)
            c->close_code = 4401;
        c->open = memcmp(c->in, "HTTP/1.1 101", 12) == 0;
        c->len -= i;
        memmove(c->in, c->in + i, c->len);
        return c->open ? 1 : -1;
    }
    return c->len == sizeof c->in ? -1 : 0;
}

static inline bool vc_poll(struct vc_camera *c)
{
    for (;;) {
        int done = 1, n = c->read(c->io, c->in + c->len, (int)(sizeof c->in - c->len));
        if (n <= 0)
            return n == 0;
        size_t skipped = c->skip < (size_t)n ? c->skip : (size_t)n;
        c->skip -= skipped;
        memmove(c->in + c->len, c->in + c->len + skipped, (size_t)n - skipped);
        c->len += (size_t)n - skipped;
        while (done > 0)
            done = c->open ? vc_take(c) : vc_upgraded(c);
        if (done < 0)
            return false;
    }
}

#endif
