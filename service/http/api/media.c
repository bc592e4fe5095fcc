/* GET /api/camera/devices/{id}/snapshot and /stream. */
#include <inttypes.h>
#include <stdio.h>

#include "core/mem.h"
#include "http/api/api.h"
#include "http/api/handlers.h"
#include "http/api/media.h"
#include "http/api/query.h"

enum { SNAPSHOT_AGE_MS = 2000, SNAPSHOT_AGE_MAX_MS = 60 * 1000, PICTURE_WAIT_MS = 5000, FPS_MAX = 240 };

static void on_picture(void *arg, enum err err, const struct api_picture *picture)
{
    struct http_exchange *x = arg;
    if (err) {
        (void)http_problem(x, err, NULL);
    } else {
        char seq[16], captured[CLOCK_RFC3339_BYTES];
        (void)snprintf(seq, sizeof seq, "%" PRIu32, picture->seq);
        clock_rfc3339(picture->captured_us / 1000, captured);
        http_add_header(x, "X-Frame-Seq", seq);
        http_add_header(x, "X-Captured-At", captured);
        http_reply_borrowed(x, "image/jpeg", picture->jpeg, picture->release, picture->keep);
    }
    http_finish(x);
}

bool media_open_device(struct http_exchange *x, const struct api *api, const struct id *device,
                       struct id *out)
{
    const struct principal *who = http_who(x);
    bool narrow = !id_is_none(&who->device_id);
    struct camera c;
    enum err err = narrow && !id_eq(&who->device_id, device) ? ERR_NOT_FOUND : ERR_OK;
    if (!err)
        err = api->store->camera_get(api->store, &who->user_id, device, clock_wall_ms(api->clock), &c);
    if (err == ERR_NOT_FOUND && narrow) /* a ticket dies with the right to see */
        err = ERR_UNAUTHENTICATED;
    if (err)
        (void)http_problem(x, err, NULL);
    else
        *out = *device;
    return !err;
}

bool media_find_device(struct http_exchange *x, const struct api *api, struct id *out)
{
    struct id id;
    if (!id_parse(http_param(x, 0), &id)) {
        (void)http_problem(x, ERR_MALFORMED, "A device id is 24 lower-case hexadecimal digits.");
        return false;
    }
    return media_open_device(x, api, &id, out);
}

enum http_next media_snapshot(struct http_exchange *x, const struct api *api, media_finder *find)
{
    int max_age_ms = SNAPSHOT_AGE_MS;
    struct id id;
    if (!query_int(x, "max_age_ms", 0, SNAPSHOT_AGE_MAX_MS, &max_age_ms) || !find(x, api, &id))
        return HTTP_DONE;
    api->relay.snapshot(api->relay.arg, &id, max_age_ms, PICTURE_WAIT_MS, on_picture, x);
    return HTTP_PENDING;
}

enum http_next api_snapshot(struct http_exchange *x, void *app)
{
    return media_snapshot(x, app, media_find_device);
}

/* ---- the stream: REST judges it and waits for the first picture, then the relay has the socket ---- */

struct opening {
    const struct api *api;
    struct http_exchange *exchange;
    struct id device;
    double fps;
};

static enum err on_socket(void *arg, int fd, struct span head)
{
    struct opening *o = arg;
    struct http_exchange *x = o->exchange;
    enum err e = ERR_OK;
    if (fd >= 0)
        e = o->api->relay.stream(o->api->relay.arg, &(struct api_stream){.fd = fd,
                                                                         .head = head,
                                                                         .device = o->device,
                                                                         .fps = o->fps,
                                                                         .who = http_who(x),
                                                                         .judged_us = http_began_us(x),
                                                                         .address = http_address(x),
                                                                         .place = http_take_place(x)});
    mem_free(o);
    return e;
}

static void on_awake(void *arg, enum err err, const struct api_picture *picture)
{
    struct opening *o = arg;
    struct http_exchange *x = o->exchange;
    if (err) {
        (void)http_problem(x, err, NULL);
        mem_free(o);
    } else {
        picture->release(picture->keep);
        http_add_header(x, "X-Accel-Buffering", "no"); /* nginx would hold pictures back */
        http_give_socket(x, "multipart/x-mixed-replace; boundary=" API_STREAM_BOUNDARY, on_socket, o);
    }
    http_finish(x);
}

enum http_next media_stream(struct http_exchange *x, const struct api *api, media_finder *find)
{
    struct id id;
    double fps = 0;
    if (!query_rate(x, "fps", FPS_MAX, &fps) || !find(x, api, &id))
        return HTTP_DONE;
    struct opening *o = mem_alloc(sizeof *o);
    if (!o)
        return http_problem(x, ERR_NO_MEMORY, NULL);
    *o = (struct opening){.api = api, .exchange = x, .device = id, .fps = fps};
    api->relay.snapshot(api->relay.arg, &id, 0, PICTURE_WAIT_MS, on_awake, o);
    return HTTP_PENDING;
}

enum http_next api_stream(struct http_exchange *x, void *app)
{
    return media_stream(x, app, media_find_device);
}
