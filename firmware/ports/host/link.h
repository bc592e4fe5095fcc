/* The way to the service: activation by host_http, the relay by a libwebsockets client. */
#ifndef PORTS_HOST_LINK_H
#define PORTS_HOST_LINK_H

#include <libwebsockets.h>

#include "core/camera.h"
#include "ports/host/http.h"
#include "ports/host/loop.h"

enum {
    HOST_LINK_TEXTS = 16, /* texts that may wait */
    HOST_LINK_CONNS = 4,  /* one in use, others still closing */
};

struct host_link;

/* One WebSocket from open to its end. */
struct host_conn {
    struct host_link *link;
    struct lws *wsi; /* NULL: the slot is free */
    bool open;
    unsigned close_code; /* we want to close with it; 0: no */
    unsigned head, count;
    size_t text_len[HOST_LINK_TEXTS];
    unsigned char text[HOST_LINK_TEXTS][LWS_PRE + FW_RELAY_REPLY_MAX];
};

struct host_link {
    struct host_loop *loop;
    struct fw_camera *camera;
    struct host_http http;
    char key[PROV_KEY_LEN + 1];
    struct host_conn *conn; /* the one the core knows of, or NULL */
    struct host_conn conns[HOST_LINK_CONNS];
    struct fw_link_end end;
    struct host_timer ended; /* tells the core, outside of any call */
    bool in_flight;
    size_t frame_len; /* waiting to be written; 0: none */
    unsigned char *frame;
};

/* The protocol's callback, for host_loop_init. */
int host_link_callback(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t len);

bool host_link_init(struct host_link *l, struct host_loop *loop, struct fw_camera *camera,
                    const char *ca_file);
/* After the loop's end. */
void host_link_fini(struct host_link *l);
/* Whether all closes are done. */
bool host_link_idle(const struct host_link *l);
struct fw_link host_link_ops(struct host_link *l);

#endif
