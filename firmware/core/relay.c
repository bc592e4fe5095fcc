#include "core/relay.h"

#include <stdio.h>
#include <string.h>

enum { FPS_MOST = 60, QUALITY_BEST = 4, QUALITY_WORST = 63 };

static enum fw_relay_type type_of(const char *word)
{
    static const struct {
        const char *word;
        enum fw_relay_type type;
    } types[] = {
        {"registered", FW_RELAY_REGISTERED}, {"start", FW_RELAY_START},     {"stop", FW_RELAY_STOP},
        {"settings", FW_RELAY_SETTINGS},     {"command", FW_RELAY_COMMAND}, {"goaway", FW_RELAY_GOAWAY},
        {"error", FW_RELAY_ERROR},           {"offer", FW_RELAY_OFFER},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].word, word) == 0)
            return types[i].type;
    return FW_RELAY_OTHER;
}

static void read_wish(struct prov_json body, struct fw_relay_wish *out)
{
    struct prov_json v;
    int64_t n;
    bool paused;
    char size[FW_RELAY_WORD_MAX];
    *out = (struct fw_relay_wish){.paused = -1};
    if (prov_json_member(body, "fps", &v) && prov_json_milli(v, &n) && n > 0)
        out->fps_milli = n > FPS_MOST * 1000 ? FPS_MOST * 1000 : (uint32_t)n;
    if (prov_json_member(body, "size", &v) && prov_json_string(v, size, sizeof size) == PROV_OK)
        out->size = fw_size_by_name(size);
    if (prov_json_member(body, "quality", &v) && prov_json_int(v, QUALITY_BEST, QUALITY_WORST, &n))
        out->quality = (uint8_t)n;
    if (prov_json_member(body, "paused", &v) && prov_json_bool(v, &paused))
        out->paused = paused;
    if (prov_json_member(body, "sensor", &v) && prov_json_is_object(v))
        out->sensor = v;
}

/* Copies a string member; "" when it is not there or too long. */
static void read_word(struct prov_json body, const char *name, char *out, size_t cap)
{
    struct prov_json v;
    if (!prov_json_member(body, name, &v) || prov_json_string(v, out, cap) != PROV_OK)
        out[0] = 0;
}

static bool read_command(struct prov_json body, struct fw_relay_message *m)
{
    read_word(body, "name", m->word, sizeof m->word);
    (void)prov_json_member(body, "args", &m->args);
    return m->word[0] && prov_json_member(body, "id", &m->id) && m->id.len <= FW_RELAY_ID_MAX;
}

bool fw_relay_decode(const char *text, size_t len, struct fw_relay_message *out)
{
    struct prov_json body, v;
    struct fw_relay_message m = {.wish = {.paused = -1}};
    if (prov_json_parse(text, len, FW_RELAY_TEXT_MAX, &body) != PROV_OK ||
        !prov_json_member(body, "type", &v) || !prov_json_is_string(v))
        return false;
    read_word(body, "type", m.word, sizeof m.word);
    m.type = type_of(m.word);
    int64_t ms;
    switch (m.type) {
    case FW_RELAY_START:
    case FW_RELAY_SETTINGS:
        read_wish(body, &m.wish);
        break;
    case FW_RELAY_COMMAND:
        if (!read_command(body, &m))
            return false;
        break;
    case FW_RELAY_GOAWAY:
        if (prov_json_member(body, "reconnect_after_ms", &v) && prov_json_milli(v, &ms) && ms > 0)
            m.wait_ms = ms / 1000 > FW_RELAY_WAIT_MOST_MS ? FW_RELAY_WAIT_MOST_MS : (uint32_t)(ms / 1000);
        break;
    case FW_RELAY_ERROR:
        read_word(body, "code", m.word, sizeof m.word);
        break;
    case FW_RELAY_REGISTERED:
    case FW_RELAY_OFFER:
        read_word(body, "session", m.session, sizeof m.session);
        if (prov_json_member(body, "attempt", &v) && prov_json_int(v, 0, UINT32_MAX, &ms))
            m.attempt = v;
        break;
    default:
        break;
    }
    *out = m;
    return true;
}

static void put(struct prov_json_writer *w, const char *name, const char *text)
{
    prov_json_put_string(w, name, text, strlen(text));
}

static void put_json(struct prov_json_writer *w, const char *name, const char *json)
{
    prov_json_put(w, name, (struct prov_json){json, strlen(json)});
}

static struct prov_json_writer begin(char out[FW_RELAY_REPLY_MAX], const char *type)
{
    struct prov_json_writer w;
    prov_json_begin(&w, out, FW_RELAY_REPLY_MAX);
    put(&w, "type", type);
    return w;
}

/* What does not fit would be our own fault (names are bounded by the caller): nothing is sent then. */
static size_t finish(struct prov_json_writer *w)
{
    size_t len;
    return prov_json_end(w, &len) == PROV_OK ? len : 0;
}

size_t fw_relay_register(char out[FW_RELAY_REPLY_MAX], const char *model, const char *firmware,
                         const char *local_ip)
{
    struct prov_json_writer w = begin(out, "register");
    put(&w, "role", "device");
    put(&w, "framing", "header");
    put(&w, "camera_model", model);
    put(&w, "firmware", firmware);
    if (local_ip[0])
        put(&w, "local_ip", local_ip);
    return finish(&w);
}

size_t fw_relay_telemetry(char out[FW_RELAY_REPLY_MAX], const struct fw_relay_telemetry *t)
{
    struct prov_json_writer w = begin(out, "telemetry");
    char fps[16];
    (void)snprintf(fps, sizeof fps, "%u.%u", (unsigned)(t->fps_milli / 1000),
                   (unsigned)(t->fps_milli % 1000 / 100));
    prov_json_put_int(&w, "rssi", t->rssi_dbm);
    prov_json_put_int(&w, "heap", (int64_t)t->heap_bytes);
    put_json(&w, "fps", fps);
    prov_json_put_int(&w, "uptime_s", (int64_t)t->uptime_s);
    put(&w, "resolution", t->resolution);
    prov_json_put_int(&w, "quality", t->quality);
    prov_json_put_int(&w, "frames_sent", t->frames_sent);
    prov_json_put_int(&w, "frames_dropped", t->frames_dropped);
    return finish(&w);
}

size_t fw_relay_ack(char out[FW_RELAY_REPLY_MAX], struct prov_json id, const char *error, const char *result)
{
    struct prov_json_writer w = begin(out, "ack");
    prov_json_put(&w, "id", id);
    put_json(&w, "ok", error ? "false" : "true");
    if (error)
        put(&w, "error", error);
    if (result)
        put_json(&w, "result", result);
    return finish(&w);
}

size_t fw_relay_position(char out[FW_RELAY_REPLY_MAX], uint8_t x, uint8_t y)
{
    struct prov_json_writer w = begin(out, "position_update");
    prov_json_put_int(&w, "x", x);
    prov_json_put_int(&w, "y", y);
    return finish(&w);
}

size_t fw_relay_goodbye(char out[FW_RELAY_REPLY_MAX])
{
    struct prov_json_writer w = begin(out, "goodbye");
    return finish(&w);
}

size_t fw_relay_bye(char out[FW_RELAY_REPLY_MAX], const char *session, struct prov_json attempt,
                    const char *reason)
{
    struct prov_json_writer w = begin(out, "bye");
    put(&w, "session", session);
    if (attempt.len)
        prov_json_put(&w, "attempt", attempt);
    put(&w, "reason", reason);
    return finish(&w);
}
