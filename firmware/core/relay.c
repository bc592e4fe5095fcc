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

static void read_wish(struct fw_value body, struct fw_relay_wish *out)
{
    struct fw_value v;
    int64_t n;
    bool paused;
    char size[FW_RELAY_WORD_MAX];
    *out = (struct fw_relay_wish){.paused = -1};
    if (fw_text_member(body, "fps", &v) && fw_text_milli(v, &n) && n > 0)
        out->fps_milli = n > FPS_MOST * 1000 ? FPS_MOST * 1000 : (uint32_t)n;
    if (fw_text_member(body, "size", &v) && fw_text_string(v, size, sizeof size))
        out->size = fw_size_by_name(size);
    if (fw_text_member(body, "quality", &v) && fw_text_int(v, QUALITY_BEST, QUALITY_WORST, &n))
        out->quality = (uint8_t)n;
    if (fw_text_member(body, "paused", &v) && fw_text_bool(v, &paused))
        out->paused = paused;
    if (fw_text_member(body, "sensor", &v) && fw_text_is_object(v))
        out->sensor = v;
}

/* Copies a string member; "" when it is not there or too long. */
static void read_word(struct fw_value body, const char *name, char *out, size_t cap)
{
    struct fw_value v;
    if (!fw_text_member(body, name, &v) || !fw_text_string(v, out, cap))
        out[0] = 0;
}

static bool read_command(struct fw_value body, struct fw_relay_message *m)
{
    read_word(body, "name", m->word, sizeof m->word);
    (void)fw_text_member(body, "args", &m->args);
    return m->word[0] && fw_text_member(body, "id", &m->id) && m->id.len <= FW_RELAY_ID_MAX;
}

bool fw_relay_decode(const char *text, size_t len, struct fw_relay_message *out)
{
    struct fw_value body, v;
    struct fw_relay_message m = {.wish = {.paused = -1}};
    if (!fw_text_parse(text, len, &body) || !fw_text_member(body, "type", &v) || v.p[0] != '"')
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
        if (fw_text_member(body, "reconnect_after_ms", &v) && fw_text_milli(v, &ms) && ms > 0)
            m.wait_ms = ms / 1000 > FW_RELAY_WAIT_MOST_MS ? FW_RELAY_WAIT_MOST_MS : (uint32_t)(ms / 1000);
        break;
    case FW_RELAY_ERROR:
        read_word(body, "code", m.word, sizeof m.word);
        break;
    case FW_RELAY_REGISTERED:
    case FW_RELAY_OFFER:
        read_word(body, "session", m.session, sizeof m.session);
        if (fw_text_member(body, "attempt", &v) && fw_text_int(v, 0, UINT32_MAX, &ms))
            m.attempt = v;
        break;
    default:
        break;
    }
    *out = m;
    return true;
}

/* What does not fit would be our own fault (names are bounded by the caller): nothing is sent then. */
static size_t finish(struct fw_out *o)
{
    fw_out_add(o, "}");
    return o->full ? 0 : o->len;
}

size_t fw_relay_register(char out[FW_RELAY_REPLY_MAX], const char *model, const char *firmware,
                         const char *local_ip)
{
    struct fw_out o;
    fw_out_init(&o, out, FW_RELAY_REPLY_MAX);
    fw_out_add(&o, "{\"type\":\"register\",\"role\":\"device\",\"framing\":\"header\",\"camera_model\":");
    fw_out_string(&o, model);
    fw_out_add(&o, ",\"firmware\":");
    fw_out_string(&o, firmware);
    if (local_ip[0]) {
        fw_out_add(&o, ",\"local_ip\":");
        fw_out_string(&o, local_ip);
    }
    return finish(&o);
}

size_t fw_relay_telemetry(char out[FW_RELAY_REPLY_MAX], const struct fw_relay_telemetry *t)
{
    struct fw_out o;
    fw_out_init(&o, out, FW_RELAY_REPLY_MAX);
    fw_out_add(
        &o,
        "{\"type\":\"telemetry\",\"rssi\":%d,\"heap\":%llu,\"fps\":%u.%u,\"uptime_s\":%llu,\"resolution\":",
        t->rssi_dbm, (unsigned long long)t->heap_bytes, (unsigned)(t->fps_milli / 1000),
        (unsigned)(t->fps_milli % 1000 / 100), (unsigned long long)t->uptime_s);
    fw_out_string(&o, t->resolution);
    fw_out_add(&o, ",\"quality\":%u,\"frames_sent\":%lu,\"frames_dropped\":%lu", (unsigned)t->quality,
               (unsigned long)t->frames_sent, (unsigned long)t->frames_dropped);
    return finish(&o);
}

size_t fw_relay_ack(char out[FW_RELAY_REPLY_MAX], struct fw_value id, const char *error, const char *result)
{
    struct fw_out o;
    fw_out_init(&o, out, FW_RELAY_REPLY_MAX);
    fw_out_add(&o, "{\"type\":\"ack\",\"id\":");
    fw_out_value(&o, id);
    fw_out_add(&o, ",\"ok\":%s", error ? "false" : "true");
    if (error) {
        fw_out_add(&o, ",\"error\":");
        fw_out_string(&o, error);
    }
    if (result)
        fw_out_add(&o, ",\"result\":%s", result);
    return finish(&o);
}

size_t fw_relay_position(char out[FW_RELAY_REPLY_MAX], uint8_t x, uint8_t y)
{
    struct fw_out o;
    fw_out_init(&o, out, FW_RELAY_REPLY_MAX);
    fw_out_add(&o, "{\"type\":\"position_update\",\"x\":%u,\"y\":%u", (unsigned)x, (unsigned)y);
    return finish(&o);
}

size_t fw_relay_goodbye(char out[FW_RELAY_REPLY_MAX])
{
    struct fw_out o;
    fw_out_init(&o, out, FW_RELAY_REPLY_MAX);
    fw_out_add(&o, "{\"type\":\"goodbye\"");
    return finish(&o);
}

size_t fw_relay_bye(char out[FW_RELAY_REPLY_MAX], const char *session, struct fw_value attempt,
                    const char *reason)
{
    struct fw_out o;
    fw_out_init(&o, out, FW_RELAY_REPLY_MAX);
    fw_out_add(&o, "{\"type\":\"bye\",\"session\":");
    fw_out_string(&o, session);
    if (attempt.len) {
        fw_out_add(&o, ",\"attempt\":");
        fw_out_value(&o, attempt);
    }
    fw_out_add(&o, ",\"reason\":");
    fw_out_string(&o, reason);
    return finish(&o);
}
