/* What a port implements to reach the service: one HTTPS POST at a time (activation) and one WebSocket (the
 * relay). Called from the core's thread, never blocks, never calls back from inside a call. All strings and
 * bytes are borrowed for the call unless said otherwise. TLS certificates are checked; redirects are never
 * followed. */
#ifndef PLATFORM_LINK_H
#define PLATFORM_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Why there was no answer, as far as the port can tell. */
enum fw_link_fault {
    FW_LINK_OTHER,   /* refused, timed out, cut off, … */
    FW_LINK_NO_NAME, /* the name was not resolved, or there is no route to anywhere */
    FW_LINK_TLS,     /* no TLS, or a certificate that is not trusted */
};

/* The answer to a POST. */
struct fw_link_answer {
    unsigned status; /* 0: there was none */
    enum fw_link_fault fault;
    const char *body; /* borrowed for the call */
    size_t len;
    uint32_t retry_after_s; /* as the header said, else 0 */
};

/* How a WebSocket ended, or failed to begin. Zero where nothing is known. */
struct fw_link_end {
    unsigned http_status; /* the answer to the upgrade when it was not 101 */
    unsigned close_code;  /* of the peer's close frame */
    enum fw_link_fault fault;
};

struct fw_link {
    void *ctx;
    /* POST with Content-Type application/json. Answered by fw_camera_posted. The port
     * reads at most PROV_ACTIVATION_MAX bytes of the answer's body; a longer one counts as no answer. */
    void (*post)(void *ctx, const char *url, const char *body, size_t len);
    void (*post_cancel)(void *ctx); /* no answer will come */
    /* Opens url (ws:// or wss://) with "Authorization: Bearer <key>". Answered by fw_camera_link_open, then
     * texts, then fw_camera_link_closed; or by fw_camera_link_closed alone. The port answers pings itself,
     * sends its own when nothing was heard for 5 s, and ends a link that was silent for 12 s. */
    void (*open)(void *ctx, const char *url, const char *key);
    /* Ends the link with this close code after the texts already given; silently when it was not open yet. No
     * event about this link comes after it. */
    void (*close)(void *ctx, unsigned code);
    /* One text message. False: no room (a bounded few wait), the message is lost. */
    bool (*send_text)(void *ctx, const char *text, size_t len);
    /* One binary message, header then jpeg (in any fragmentation). The jpeg stays untouched until
     * fw_camera_frame_sent, which comes when the next frame may be given, or until close or the link's end.
     * False: not taken. */
    bool (*send_frame)(void *ctx, const uint8_t *header, size_t header_len, const uint8_t *jpeg, size_t len);
};

#endif
