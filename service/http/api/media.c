/* GET /api/camera/devices/{id}/snapshot. */
#include <inttypes.h>
#include <stdio.h>

#include "http/api/api.h"
#include "http/api/handlers.h"
#include "http/api/query.h"

enum { SNAPSHOT_AGE_MS = 2000, SNAPSHOT_AGE_MAX_MS = 60 * 1000, SNAPSHOT_WAIT_MS = 5000 };

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

enum http_next api_snapshot(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    int max_age_ms = SNAPSHOT_AGE_MS;
    struct id id;
    struct camera c;
    if (!id_parse(http_param(x, 0), &id))
        return http_problem(x, ERR_MALFORMED, "A device id is 24 lower-case hexadecimal digits.");
    if (!query_int(x, "max_age_ms", 0, SNAPSHOT_AGE_MAX_MS, &max_age_ms))
        return HTTP_DONE;
    enum err err =
        api->store->camera_get(api->store, &http_who(x)->user_id, &id, clock_wall_ms(api->clock), &c);
    if (err)
        return http_problem(x, err, NULL);
    api->relay.snapshot(api->relay.arg, &id, max_age_ms, SNAPSHOT_WAIT_MS, on_picture, x);
    return HTTP_PENDING;
}
