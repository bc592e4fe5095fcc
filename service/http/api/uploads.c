/* POST /upload, /api/v1/stream/stream, /api/v1/stream/fast: one picture a request (contract §6). Touches
 * memory only: a known camera is answered at once, whatever the store does. */
#include "http/api/uploads.h"

#include <strings.h>

#include "auth/limiter.h"
#include "http/api/handlers.h"
#include "http/multipart.h"
#include "provisioning/jpeg.h"

static bool is_type(const char *type, const char *want)
{
    size_t len = strlen(want);
    return type && strncasecmp(type, want, len) == 0 && (type[len] == 0 || strchr("; \t", type[len]));
}

static enum err find_image(const struct http_exchange *x, size_t max, struct span *out)
{
    const char *type = http_header(x, "Content-Type");
    bool form = is_type(type, "multipart/form-data");
    struct span image = http_body(x);
    if (form && multipart_find(span_of(type), http_body(x), "image", &image))
        return ERR_NO_IMAGE;
    if (image.len > max)
        return ERR_TOO_LARGE;
    if (!image.len || !(form || is_type(type, "image/jpeg")))
        return ERR_NO_IMAGE;
    *out = image;
    return ERR_OK;
}

/* A camera's own words for what it sends when it sends no JPEG. */
static const char *hint_for(const struct http_exchange *x)
{
    return http_header(x, "X-Frame-Format")
               ? "Raw pictures (RGB565) are not taken: set USE_RAW_STREAMING to false."
               : NULL;
}

bool uploads_within_rate(struct http_exchange *x, const struct api *api)
{
    uint32_t retry_after_s;
    if (limiter_take(api->limiter, "upload", span_of(http_who(x)->device_id.s), api->conf->rate_upload,
                     &retry_after_s))
        return true;
    (void)http_rate_limited(x, retry_after_s);
    return false;
}

static void write_taken(struct http_exchange *x, const struct api *api, size_t size)
{
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "status", "success");
    json_out_int(&o, "size", (int64_t)size);
    json_out_int(&o, "timestamp", clock_wall_ms(api->clock));
    json_out_end_object(&o);
}

enum http_next api_upload(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct api_frame f = {.who = http_who(x), .judged_us = http_began_us(x), .address = http_address(x)};
    enum err err = find_image(x, (size_t)api->conf->max_frame_bytes, &f.jpeg);
    if (err)
        return http_problem(x, err, err == ERR_NO_IMAGE ? hint_for(x) : NULL);
    if (prov_jpeg_check((const uint8_t *)f.jpeg.p, f.jpeg.len, &f.width, &f.height) != PROV_OK)
        return http_problem(x, ERR_BAD_FRAME, NULL);
    if (!uploads_within_rate(x, api))
        return HTTP_DONE;
    err = api->relay.frame(api->relay.arg, &f);
    if (err)
        return http_problem(x, err, NULL);
    write_taken(x, api, f.jpeg.len);
    return HTTP_DONE;
}
