/* The pictures of an onboarding: inside its answer as data URLs, and by GET …/qr.png and qr.svg. */
#include <stdlib.h>

#include "cameras/qr_vault.h"
#include "core/base64.h"
#include "core/mem.h"
#include "http/api/handlers.h"
#include "http/api/onboarding.h"
#include "http/api/query.h"
#include "provisioning/qr.h"

enum { SCALE = 8, DATA_URL_MAX = 256 * 1024 };

static const char png_prefix[] = "data:image/png;base64,";

/* A picture in malloc'ed memory. It shows the WiFi password: wiped like it. */
struct picture {
    unsigned char *data;
    size_t len;
};

static void picture_fini(struct picture *p)
{
    if (p->data)
        mem_wipe(p->data, p->len);
    free(p->data);
}

static enum err from_prov(enum prov_err e)
{
    switch (e) {
    case PROV_OK:
        return ERR_OK;
    case PROV_NO_SPACE:
        return ERR_NO_MEMORY;
    case PROV_TOO_LONG:
        return ERR_TOO_LARGE;
    case PROV_INVALID:
    case PROV_INCOMPLETE:
        break;
    }
    return ERR_INTERNAL;
}

/* Draws code part of n. */
static enum err draw(struct span text, unsigned part, unsigned n, unsigned scale, bool svg,
                     struct picture *out)
{
    char code[PROV_TEXT_MAX + 1];
    size_t len;
    struct prov_qr qr;
    enum prov_err e = prov_part_encode(text.p, text.len, part, n, code, sizeof code, &len);
    if (!e)
        e = prov_qr_encode(code, len, &qr);
    mem_wipe(code, sizeof code);
    if (e)
        return from_prov(e);
    char *markup = NULL;
    e = svg ? prov_qr_svg(&qr, scale, &markup, &out->len) : prov_qr_png(&qr, scale, &out->data, &out->len);
    if (svg && !e)
        out->data = (unsigned char *)markup;
    prov_qr_fini(&qr);
    return from_prov(e);
}

static void put_base64(struct buf *out, struct span bytes)
{
    char *to = buf_reserve(out, BASE64_LEN(bytes.len));
    if (!to)
        return;
    base64_encode(bytes, to);
    out->len += BASE64_LEN(bytes.len);
}

static enum err put_data_url(struct span text, unsigned part, unsigned n, struct buf *out)
{
    struct picture p = {NULL, 0};
    enum err err = draw(text, part, n, SCALE, false, &p);
    if (!err) {
        buf_puts(out, png_prefix);
        put_base64(out, (struct span){(const char *)p.data, p.len});
        err = buf_err(out);
    }
    picture_fini(&p);
    return err;
}

/* qr_codes, and its first one again under the names that clients of single codes read. */
static enum err write_codes(struct json_out *o, struct span text, unsigned n)
{
    struct buf first, next;
    const size_t prefix = sizeof png_prefix - 1;
    buf_init(&first, DATA_URL_MAX);
    buf_init(&next, DATA_URL_MAX);
    enum err err = put_data_url(text, 1, n, &first);
    if (err)
        goto out;
    json_out_span(o, "qr_code", buf_span(&first));
    json_out_span(o, "qr_base64", (struct span){first.data + prefix, first.len - prefix});
    json_out_array(o, "qr_codes");
    json_out_span(o, NULL, buf_span(&first));
    for (unsigned part = 2; part <= n && !err; part++) {
        buf_reset(&next);
        err = put_data_url(text, part, n, &next);
        json_out_span(o, NULL, buf_span(&next));
    }
    json_out_end_array(o);
out:
    buf_wipe(&first);
    buf_wipe(&next);
    return err;
}

static enum err write_texts(struct json_out *o, struct span text, unsigned n)
{
    char code[PROV_PART_TEXT_MAX + 1];
    size_t len;
    enum prov_err e = PROV_OK;
    json_out_span(o, "qr_text", text);
    if (n == 1)
        return ERR_OK;
    json_out_array(o, "qr_texts");
    for (unsigned part = 1; part <= n && !e; part++) {
        e = prov_part_encode(text.p, text.len, part, n, code, sizeof code, &len);
        if (!e)
            json_out_span(o, NULL, (struct span){code, len});
    }
    json_out_end_array(o);
    mem_wipe(code, sizeof code);
    return from_prov(e);
}

enum err onboarding_qr_members(struct json_out *o, struct span text)
{
    unsigned n = onboard_parts(text);
    if (n == 0)
        return ERR_TOO_LARGE;
    enum err err = write_codes(o, text, n);
    return err ? err : write_texts(o, text, n);
}

/* ---- GET …/qr.png, qr.svg ---- */

static enum err owned_text(struct http_exchange *x, const struct api *api, struct buf *text)
{
    struct camera c;
    enum err err = onboarding_find(api, http_param(x, 0), &http_who(x)->user_id, &c);
    return err ? err : qr_vault_get(api->vault, &c.token, clock_wall_ms(api->clock), text);
}

static enum http_next send_picture(struct http_exchange *x, const struct api *api, bool svg)
{
    struct picture p = {NULL, 0};
    struct buf text;
    int scale = SCALE, part = 1;
    enum http_next next = HTTP_DONE;
    buf_init(&text, PROV_TEXT_MAX);
    enum err err = owned_text(x, api, &text);
    if (err) {
        next = http_problem(x, err, NULL);
        goto out;
    }
    unsigned n = onboard_parts(buf_span(&text));
    if (!query_int(x, "scale", 1, PROV_QR_SCALE_MAX, &scale) || !query_int(x, "part", 1, (int)n, &part))
        goto out;
    err = draw(buf_span(&text), (unsigned)part, n, (unsigned)scale, svg, &p);
    if (err)
        next = http_problem(x, err, NULL);
    else
        http_reply_bytes(x, svg ? "image/svg+xml" : "image/png", (struct span){(char *)p.data, p.len});
out:
    picture_fini(&p);
    buf_wipe(&text);
    return next;
}

enum http_next api_onboard_qr_png(struct http_exchange *x, void *app)
{
    return send_picture(x, app, false);
}

enum http_next api_onboard_qr_svg(struct http_exchange *x, void *app)
{
    return send_picture(x, app, true);
}
