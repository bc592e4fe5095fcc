/* Any bytes as text messages and pictures of a user, a camera, a peer not yet known and peers that speak
 * another dialect, on rules without sockets. Input: messages separated by NUL; the first byte of each says
 * who speaks, and whether it is a picture. */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "relay/conn.h"
#include "relay/dialect.h"
#include "relay/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PEERS = 5 };

struct wire {
    bool busy, says_json;
};

static struct relay_ref asked;
static enum { NOTHING, WHO, WHETHER, WHICH } question;

static enum err wire_write(void *wire, enum transport_kind kind, uint8_t *data, size_t len)
{
    struct json *doc = NULL;
    memset(data - TRANSPORT_ROOM, 0, TRANSPORT_ROOM);
    if (kind != TRANSPORT_TEXT || !((struct wire *)wire)->says_json)
        return ERR_OK;
    if (json_parse((struct span){(const char *)data, len},
                   &doc)) /* what we say is JSON, whatever was said to us */
        abort();
    json_free(doc);
    return ERR_OK;
}

static bool wire_busy(void *wire)
{
    return ((struct wire *)wire)->busy;
}

static void wire_nothing(void *wire)
{
}

static void wire_hold(void *wire, bool hold)
{
}

static void wire_close(void *wire, uint16_t code, const char *reason)
{
}

static const struct transport transport = {.write = wire_write,
                                           .busy = wire_busy,
                                           .want_write = wire_nothing,
                                           .hold = wire_hold,
                                           .close = wire_close,
                                           .kill = wire_nothing};

static void on_authenticate(void *arg, struct relay_ref ref, enum relay_credential kind, struct span secret)
{
    asked = ref;
    question = WHO;
}

static void on_authorize(void *arg, struct relay_ref ref, const struct relay_grant *user,
                         const struct id *device)
{
    asked = ref;
    question = WHETHER;
}

static void on_find_device(void *arg, struct relay_ref ref, const struct relay_grant *user, struct span uid)
{
    asked = ref;
    question = WHICH;
}

static void on_find_online(void *arg, struct relay_ref ref, const struct relay_grant *user)
{
    asked = ref;
    question = WHICH;
}

static void on_online(void *arg, const struct id *device, uint64_t epoch,
                      const struct relay_camera_info *info)
{
}

static void on_offline(void *arg, const struct id *device, uint64_t epoch, enum relay_offline_reason why)
{
}

static void on_first(void *arg, const struct id *device, uint64_t epoch)
{
}

static void on_viewers(void *arg, const struct id *device, unsigned viewers)
{
}

static void on_telemetry(void *arg, const struct id *device, struct span json)
{
}

static void speak(struct hub *hub, struct conn *who[PEERS], const uint8_t *text, size_t len)
{
    static const struct relay_grant grant = {.role = RELAY_USER, .user_id = {"aaaaaaaaaaaaaaaaaaaaaa01"}};
    static const struct id device = {"dddddddddddddddddddddd01"};
    struct transport_chunk chunk = {
        .data = text + 1, .len = len - 1, .binary = text[0] & 4, .first = true, .last = true};
    conn_receive(who[text[0] & 64 ? 3 + text[0] % 2 : text[0] % 3], &chunk);
    enum err e = text[0] & 8 ? ERR_NOT_FOUND : ERR_OK;
    if (question == WHO)
        message_answer_grant(hub, asked, e, &grant);
    else if (question == WHETHER)
        message_answer_watch(hub, asked, e);
    else if (question == WHICH)
        message_answer_device(hub, asked, e, &device);
    question = NOTHING;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct relay_hooks hooks = {.authenticate = on_authenticate,
                                             .authorize = on_authorize,
                                             .authorize_operate = on_authorize,
                                             .find_device = on_find_device,
                                             .find_online = on_find_online,
                                             .camera_online = on_online,
                                             .camera_offline = on_offline,
                                             .camera_first_frame = on_first,
                                             .viewers_changed = on_viewers,
                                             .telemetry = on_telemetry};
    const struct relay_config config = {.max_frame_bytes = 65536};
    const struct relay_grant grants[PEERS] = {
        {.role = RELAY_USER, .user_id = {"aaaaaaaaaaaaaaaaaaaaaa01"}},
        {.role = RELAY_DEVICE, .device_id = {"dddddddddddddddddddddd01"}},
        {.role = RELAY_NOBODY},
        {.role = RELAY_NOBODY},
        {.role = RELAY_USER, .user_id = {"aaaaaaaaaaaaaaaaaaaaaa01"}},
    };
    const struct relay_target targets[PEERS] = {
        [3] = {.dialect = RELAY_WS_STREAM},
        [4] = {.dialect = RELAY_GO2RTC, .named = true, .device = {"dddddddddddddddddddddd01"}},
    };
    struct hub hub;
    struct conn *who[PEERS];
    struct wire wires[PEERS];
    hub_init(&hub, &config, &hooks, &transport);
    for (int i = 0; i < PEERS; i++) {
        wires[i] =
            (struct wire){.busy = size && data[0] & 16, .says_json = targets[i].dialect != RELAY_WS_STREAM};
        atomic_fetch_add(&hub.sockets, 1);
        if (conn_create(&who[i], &hub, &grants[i], "192.0.2.1"))
            abort();
        if (targets[i].dialect != RELAY_WS && dialect_speak(who[i], &targets[i]))
            abort();
        who[i]->wire = &wires[i];
        conn_open(who[i]);
    }
    while (size) {
        const uint8_t *end = memchr(data, 0, size);
        size_t len = end ? (size_t)(end - data) : size;
        if (len)
            speak(&hub, who, data, len);
        len += end != NULL;
        data += len;
        size -= len;
    }
    for (int i = 0; i < PEERS; i++)
        conn_free(who[i]);
    if (hub.channels.count || hub.numbers.count || hub.sessions.count || hub.dues.first)
        abort();
    hub_fini(&hub);
    return 0;
}
