/* Pictures by the names that other programs ask for: GET /mjpeg and /streaming/stream, and go2rtc's
 * /api/stream.mjpeg and /api/frame.jpeg. */
#include "cameras/only_camera.h"
#include "http/api/handlers.h"
#include "http/api/media.h"

static bool find_by(struct http_exchange *x, const struct api *api, const char *name, struct id *out)
{
    const char *text = http_query(x, name);
    struct id id;
    if (!text || !id_parse(span_of(text), &id)) {
        (void)http_invalid(x, name, "must be a device id: 24 lower-case hexadecimal digits");
        return false;
    }
    return media_open_device(x, api, &id, out);
}

static bool find_src(struct http_exchange *x, const struct api *api, struct id *out)
{
    return find_by(x, api, "src", out);
}

static bool find_online(struct http_exchange *x, const struct api *api, struct id *out)
{
    enum err err =
        only_camera_find(api->store, api->presence, &http_who(x)->user_id, clock_wall_ms(api->clock), out);
    if (err == ERR_INVALID)
        (void)http_invalid(x, "device_id", "must say which of your cameras is meant");
    else if (err)
        (void)http_problem(x, err, err == ERR_CAMERA_OFFLINE ? "None of your cameras is online." : NULL);
    return !err;
}

/* Left out, the device is the one that the credential opens, else the one that is online. */
static bool find_device_id(struct http_exchange *x, const struct api *api, struct id *out)
{
    const struct id *narrow = &http_who(x)->device_id;
    if (http_query(x, "device_id"))
        return find_by(x, api, "device_id", out);
    if (id_is_none(narrow))
        return find_online(x, api, out);
    return media_open_device(x, api, narrow, out);
}

enum http_next api_stream_named(struct http_exchange *x, void *app)
{
    return media_stream(x, app, find_device_id);
}

enum http_next api_stream_src(struct http_exchange *x, void *app)
{
    return media_stream(x, app, find_src);
}

enum http_next api_frame_src(struct http_exchange *x, void *app)
{
    return media_snapshot(x, app, find_src);
}
