/* Watches one camera over /ws until enough pictures came: the viewer of deploy/quickstart --once.
 * usage: VC_TOKEN=<access token> viewer PORT DEVICE FRAMES */
#include <stdio.h>
#include <stdlib.h>

#include "provisioning/frame.h"
#include "provisioning/jpeg.h"
#include "support/ws_client.h"

enum { DEADLINE_MS = 60000 };

static int watch(struct ws_client *w, const char *device, long want)
{
    long frames = 0;
    if (!ws_client_text(w, "{\"type\":\"watch\",\"device_id\":\"%s\"}", device))
        return 1;
    while (frames < want) {
        struct prov_frame f;
        uint16_t width, height;
        int kind = ws_client_next(w, DEADLINE_MS);
        if (kind == WS_TEXT)
            continue;
        if (kind != WS_BINARY || prov_frame_decode(w->message, w->len, &f) ||
            prov_jpeg_check(w->message + PROV_FRAME_HEADER, w->len - PROV_FRAME_HEADER, &width, &height)) {
            (void)fprintf(stderr, "viewer: after %ld pictures: no picture (%d)\n", frames, kind);
            return 1;
        }
        frames++;
    }
    return 0;
}

int main(int argc, char **argv)
{
    char header[4200];
    const char *token = getenv("VC_TOKEN");
    if (argc != 4 || !token) {
        (void)fprintf(stderr, "usage: VC_TOKEN=… viewer PORT DEVICE FRAMES\n");
        return 2;
    }
    struct ws_client w = {0};
    (void)snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", token);
    int fd = ws_client_connect((uint16_t)strtol(argv[1], NULL, 10));
    if (fd < 0) {
        (void)fprintf(stderr, "viewer: nobody listens on port %s\n", argv[1]);
        return 1;
    }
    ws_client_hello(&w, fd, "/ws", header);
    int status = ws_client_welcome(&w);
    if (status != 101)
        (void)fprintf(stderr, "viewer: refused with %d\n", status);
    int result = status == 101 ? watch(&w, argv[2], strtol(argv[3], NULL, 10)) : 1;
    ws_client_fini(&w);
    return result;
}
