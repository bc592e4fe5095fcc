#include "rules.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "provisioning/frame.h"
#include "relay/message.h"
#include "support/check.h"
#include "support/fake_clock.h"

static struct fake_clock fake;
struct hub hub;
struct wire wires[WIRES];
struct told told;

static enum err fake_write(void *wire, enum transport_kind kind, uint8_t *data, size_t len)
{
    struct wire *w = wire;
    assert_false(w->busy);
    if (w->dead)
        return ERR_IO;
    memset(data - TRANSPORT_ROOM, 0xee, TRANSPORT_ROOM); /* as the library does */
    if (kind == TRANSPORT_TEXT) {
        w->texts++;
        (void)snprintf(w->text, sizeof w->text, "%.*s", (int)len, (const char *)data);
    } else if (kind == TRANSPORT_PING) {
        w->pings++;
    } else {
        w->pictures++;
        if (prov_frame_decode(data, len, &w->frame))
            w->frame = (struct prov_frame){0};
    }
    return ERR_OK;
}

static bool fake_busy(void *wire)
{
    return ((struct wire *)wire)->busy;
}

static void fake_want(void *wire)
{
    ((struct wire *)wire)->wanted = true;
}

static void fake_hold(void *wire, bool hold)
{
    ((struct wire *)wire)->held = hold;
}

static void fake_close(void *wire, uint16_t code, const char *reason)
{
    ((struct wire *)wire)->closed = code;
}

static void fake_kill(void *wire)
{
    ((struct wire *)wire)->killed = true;
}

static const struct transport fake_transport = {.write = fake_write,
                                                .busy = fake_busy,
                                                .want_write = fake_want,
                                                .hold = fake_hold,
                                                .close = fake_close,
                                                .kill = fake_kill};

static void on_authenticate(void *arg, struct relay_ref ref, enum relay_credential kind, struct span secret)
{
    told.asked = ref;
    told.questions++;
}

static void on_authorize(void *arg, struct relay_ref ref, const struct relay_grant *user,
                         const struct id *device)
{
    told.asked = ref;
    told.questions++;
}

static void on_find_device(void *arg, struct relay_ref ref, const struct relay_grant *user, struct span uid)
{
    told.asked = ref;
    told.questions++;
}

static void on_find_online(void *arg, struct relay_ref ref, const struct relay_grant *user)
{
    told.asked = ref;
    told.questions++;
}

static enum err on_sign_in(void *arg, void *place, const struct relay_grant *who)
{
    told.signed_in = *who;
    return *(enum err *)place;
}

static void on_online(void *arg, const struct id *device, uint64_t epoch,
                      const struct relay_camera_info *info)
{
    told.onlines++;
    told.epoch_on = epoch;
}

static void on_offline(void *arg, const struct id *device, uint64_t epoch, enum relay_offline_reason why)
{
    told.offlines++;
    told.epoch_off = epoch;
    told.off_why = why;
}

static void on_first(void *arg, const struct id *device, uint64_t epoch)
{
    told.first_frames++;
}

static void on_closed(void *arg, void *place)
{
}

static void on_viewers(void *arg, const struct id *device, unsigned viewers)
{
    told.viewers = viewers;
}

static void on_telemetry(void *arg, const struct id *device, struct span json)
{
}

const struct id the_device = {"dddddddddddddddddddddd01"}, the_user = {"aaaaaaaaaaaaaaaaaaaaaa01"};

int rules_setup(void **state)
{
    const struct relay_hooks hooks = {.authenticate = on_authenticate,
                                      .authorize = on_authorize,
                                      .authorize_operate = on_authorize,
                                      .find_device = on_find_device,
                                      .find_online = on_find_online,
                                      .sign_in = on_sign_in,
                                      .camera_online = on_online,
                                      .camera_offline = on_offline,
                                      .camera_first_frame = on_first,
                                      .viewers_changed = on_viewers,
                                      .socket_closed = on_closed,
                                      .telemetry = on_telemetry};
    const struct relay_config config = {.max_frame_bytes = 65536, .clock = &fake.clock};
    fake_clock_init(&fake, 1700000000000);
    memset(wires, 0, sizeof wires);
    told = (struct told){0};
    hub_init(&hub, &config, &hooks, &fake_transport);
    return 0;
}

int rules_teardown(void **state)
{
    mem_fail_after(-1, 0);
    for (int i = 0; i < WIRES; i++)
        if (wires[i].conn)
            conn_free(wires[i].conn);
    assert_int_equal(hub.channels.count, 0);
    assert_int_equal(hub.numbers.count, 0);
    assert_null(hub.dues.first);
    hub_fini(&hub);
    return 0;
}

struct wire *open_wire(int i, struct relay_grant grant)
{
    hub.sockets++;
    assert_int_equal(conn_create(&wires[i].conn, &hub, &grant, "192.0.2.1"), ERR_OK);
    wires[i].conn->wire = &wires[i];
    conn_open(wires[i].conn);
    return &wires[i];
}

struct wire *open_user(int i)
{
    return open_wire(i, (struct relay_grant){.role = RELAY_USER, .user_id = the_user});
}

struct wire *open_camera(int i)
{
    return open_wire(i, (struct relay_grant){.role = RELAY_DEVICE, .device_id = the_device});
}

void say(struct wire *w, const char *text)
{
    struct transport_chunk chunk = {
        .data = (const uint8_t *)text, .len = strlen(text), .first = true, .last = true};
    conn_receive(w->conn, &chunk);
}

void watch(struct wire *w, const char *more)
{
    char text[256];
    (void)snprintf(text, sizeof text, "{\"type\":\"watch\",\"device_id\":\"%s\"%s}", the_device.s, more);
    say(w, text);
    if (w->held)
        message_answer_watch(&hub, told.asked, ERR_OK);
}

void watch_unanswered(struct wire *w)
{
    say(w, "{\"type\":\"watch\",\"device_id\":\"dddddddddddddddddddddd01\"}");
}

void picture_of(struct wire *camera, size_t len)
{
    static uint8_t jpeg[65536] = {0xff, 0xd8, 0xff, 0xc0, 0, 17,   8, 0, 48,   0, 64,
                                  3,    1,    0x22, 0,    2, 0x11, 1, 3, 0x11, 1};
    jpeg[len - 2] = 0xff;
    jpeg[len - 1] = 0xd9;
    struct transport_chunk chunk = {.data = jpeg, .len = len, .binary = true, .first = true, .last = true};
    conn_receive(camera->conn, &chunk);
    jpeg[len - 2] = jpeg[len - 1] = 0;
}

void picture(struct wire *camera)
{
    picture_of(camera, 64);
}

/* The socket has room again. */
void drained(struct wire *w)
{
    w->busy = w->wanted = false;
    conn_writable(w->conn);
}

void pass(int ms)
{
    fake_clock_advance_ms(&fake, ms);
    due_run(&hub.dues, hub_now_us(&hub));
    for (int i = 0; i < WIRES; i++)
        if (wires[i].conn && wires[i].wanted && !wires[i].busy)
            drained(&wires[i]);
    due_run(&hub.dues, hub_now_us(&hub));
}
