/* POST /api/camera/devices/{id}/tickets. */
#include "auth/ticket.h"
#include "http/api/api.h"
#include "http/api/handlers.h"
#include "http/api/media.h"

enum { TTL_S = 300, TTL_MAX_S = 86400 };

static enum ticket_purpose purpose_of(struct span word)
{
    enum ticket_purpose p = 0;
    while (p < TICKET_PURPOSES && !span_is(word, ticket_word(p)))
        p++;
    return p;
}

static void write_url(struct http_exchange *x, const struct api *api, const struct ticket *t,
                      const char *text, struct buf *out)
{
    struct buf base;
    buf_init(&base, 512);
    if (api->conf->public_url && *api->conf->public_url)
        buf_puts(&base, api->conf->public_url);
    else
        http_base_url(x, &base);
    if (t->purpose == TICKET_WS) /* http… → ws… */
        buf_printf(out, "ws%s/ws?ticket=%s", buf_str(&base) + strlen("http"), text);
    else
        buf_printf(out, "%s/api/camera/devices/%s/%s?ticket=%s", buf_str(&base), t->device_id.s,
                   ticket_word(t->purpose), text);
    buf_fini(&base);
}

enum http_next api_ticket_create(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct span purpose;
    int64_t ttl_s = TTL_S;
    char text[TICKET_TEXT];
    struct ticket t = {.user_id = http_who(x)->user_id};
    const struct json_field fields[] = {
        {.name = "purpose", .kind = JSON_KIND_STRING, .out = &purpose},
        {.name = "ttl_s", .kind = JSON_KIND_INT, .min = 1, .max = TTL_MAX_S, .optional = true, .out = &ttl_s},
    };
    if (!media_find_device(x, api, &t.device_id) || !http_read(x, fields, sizeof fields / sizeof fields[0]))
        return HTTP_DONE;
    t.purpose = purpose_of(purpose);
    if (t.purpose == TICKET_PURPOSES)
        return http_invalid(x, "purpose", "must be stream, snapshot or ws");
    if (t.purpose == TICKET_WS && ttl_s > TICKET_WS_MAX_S)
        ttl_s = TICKET_WS_MAX_S;
    t.expires_ms = clock_wall_ms(api->clock) + ttl_s * 1000;
    tickets_make(api->tickets, &t, text);
    struct buf url;
    buf_init(&url, 1024);
    write_url(x, api, &t, text, &url);
    http_status(x, 201);
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "ticket", text);
    json_out_string(&o, "url", buf_str(&url));
    json_out_time(&o, "expires_at", t.expires_ms);
    json_out_end_object(&o);
    buf_fini(&url);
    return HTTP_DONE;
}
