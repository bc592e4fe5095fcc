#include "live.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "provisioning/frame.h"
#include "support/check.h"

const struct id live_user[4] = {
    {""}, {"aaaaaaaaaaaaaaaaaaaaaa01"}, {"aaaaaaaaaaaaaaaaaaaaaa02"}, {"aaaaaaaaaaaaaaaaaaaaaa03"}};
const struct id live_session[4] = {
    {""}, {"cccccccccccccccccccccc01"}, {"cccccccccccccccccccccc02"}, {"cccccccccccccccccccccc03"}};
const struct id live_device[4] = {
    {""}, {"dddddddddddddddddddddd01"}, {"dddddddddddddddddddddd02"}, {"dddddddddddddddddddddd03"}};

static void tell(struct live *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void tell(struct live *l, const char *fmt, ...)
{
    va_list args;
    pthread_mutex_lock(&l->lock);
    va_start(args, fmt);
    if (l->n_log < LIVE_LOG)
        (void)vsnprintf(l->log[l->n_log++], sizeof l->log[0], fmt, args);
    va_end(args);
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

struct relay_grant live_user_grant(int user)
{
    return (struct relay_grant){
        .role = RELAY_USER, .user_id = live_user[user], .session_id = live_session[user]};
}

struct relay_grant live_device_grant(int device)
{
    return (struct relay_grant){.role = RELAY_DEVICE, .device_id = live_device[device]};
}

static void on_authenticate(void *arg, struct relay_ref ref, enum relay_credential kind, struct span secret)
{
    struct live *l = arg;
    const char *prefix = kind == RELAY_JWT ? "user-" : "key-";
    size_t n = strlen(prefix);
    struct relay_grant grant;
    int which = secret.len == n + 1 && memcmp(secret.p, prefix, n) == 0 ? secret.p[n] - '0' : 0;
    if (which < 1 || which > 3) {
        relay_answer_grant(l->relay, ref, ERR_UNAUTHENTICATED, NULL);
        return;
    }
    grant = kind == RELAY_JWT ? live_user_grant(which) : live_device_grant(which);
    relay_answer_grant(l->relay, ref, ERR_OK, &grant);
}

static void on_authorize(void *arg, struct relay_ref ref, const struct relay_grant *user,
                         const struct id *device)
{
    struct live *l = arg;
    bool known = false;
    for (int i = 1; i < 4; i++)
        known |= id_eq(device, &live_device[i]);
    bool his = id_eq(&user->user_id, &live_user[1]) || id_eq(&user->user_id, &live_user[2]);
    pthread_mutex_lock(&l->lock);
    bool hold = l->hold_answers;
    if (hold) {
        l->held = ref;
        l->n_held++;
        pthread_cond_broadcast(&l->changed);
    }
    pthread_mutex_unlock(&l->lock);
    if (!hold)
        relay_answer_watch(l->relay, ref, known && his ? ERR_OK : ERR_NOT_FOUND);
}

static void on_find_device(void *arg, struct relay_ref ref, const struct relay_grant *user, struct span uid)
{
    struct live *l = arg;
    bool mine = span_is(uid, "esp-1") && id_eq(&user->user_id, &live_user[1]);
    relay_answer_device(l->relay, ref, mine ? ERR_OK : ERR_NOT_FOUND, &live_device[1]);
}

static void on_find_online(void *arg, struct relay_ref ref, const struct relay_grant *user)
{
    struct live *l = arg;
    relay_answer_device(l->relay, ref, ERR_CAMERA_OFFLINE, NULL);
}

static void on_online(void *arg, const struct id *device, uint64_t epoch,
                      const struct relay_camera_info *info)
{
    tell(arg, "online %s firmware=%s local_ip=%s", device->s, info->firmware, info->local_ip);
}

static void on_offline(void *arg, const struct id *device, uint64_t epoch, enum relay_offline_reason why)
{
    tell(arg, "offline %s %d", device->s, why);
}

static void on_first_frame(void *arg, const struct id *device, uint64_t epoch)
{
    tell(arg, "first_frame %s", device->s);
}

static void on_viewers(void *arg, const struct id *device, unsigned viewers)
{
    tell(arg, "viewers %s %u", device->s, viewers);
}

static void on_telemetry(void *arg, const struct id *device, struct span json)
{
    struct live *l = arg;
    tell(l, "telemetry %s %.*s", device->s, (int)json.len, json.p);
    pthread_mutex_lock(&l->lock);
    while (l->standstill)
        pthread_cond_wait(&l->changed, &l->lock);
    pthread_mutex_unlock(&l->lock);
}

void live_go_on(struct live *l)
{
    pthread_mutex_lock(&l->lock);
    l->standstill = false;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

void live_start(struct live *l, const struct relay_config *config)
{
    const struct relay_hooks hooks = {
        .ask_arg = l,
        .arg = l,
        .authenticate = on_authenticate,
        .authorize = on_authorize,
        .authorize_operate = on_authorize,
        .find_device = on_find_device,
        .find_online = on_find_online,
        .camera_online = on_online,
        .camera_offline = on_offline,
        .camera_first_frame = on_first_frame,
        .viewers_changed = on_viewers,
        .telemetry = on_telemetry,
    };
    struct relay_config c = config ? *config : (struct relay_config){0};
    if (!c.max_frame_bytes)
        c.max_frame_bytes = 1 << 20;
    memset(l, 0, sizeof *l);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    assert_int_equal(relay_create(&l->relay, &c, &hooks), ERR_OK);
}

void live_stop(struct live *l)
{
    relay_free(l->relay);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
}

void live_pair(int *client, int *server)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &n), 0);
    *client = ws_client_connect(ntohs(at.sin_port));
    *server = accept(listener, NULL, NULL);
    assert_true(*client >= 0 && *server >= 0);
    close(listener);
}

void live_open_with(struct live *l, struct ws_client *w, struct relay_grant grant, const char *headers)
{
    int client, server;
    live_pair(&client, &server);
    ws_client_hello(w, client, "/ws", headers);
    struct relay_socket s = {.fd = server, .address = "192.0.2.7", .grant = grant};
    assert_int_equal(relay_adopt(l->relay, &s), ERR_OK);
}

void live_open(struct live *l, struct ws_client *w, struct relay_grant grant)
{
    live_open_with(l, w, grant, NULL);
    assert_int_equal(ws_client_welcome(w), 101);
}

void live_user_open(struct live *l, struct ws_client *w, int user)
{
    live_open(l, w, live_user_grant(user));
    assert_true(ws_client_find(w, "\"type\":\"registered\"", SOON));
}

void live_device_open(struct live *l, struct ws_client *w, int device)
{
    live_open(l, w, live_device_grant(device));
    assert_true(ws_client_find(w, "\"type\":\"registered\"", SOON));
}

void live_watch(struct ws_client *w, int device, const char *more)
{
    const char *fmt = "{\"type\":\"watch\",\"id\":7,\"device_id\":\"%s\"%s}";
    assert_true(ws_client_text(w, fmt, live_device[device].s, more));
    assert_true(ws_client_find(w, "\"type\":\"watching\"", SOON));
}

bool live_picture(struct ws_client *w, uint32_t *seq)
{
    struct prov_frame f;
    int got;
    while ((got = ws_client_next(w, SOON)) == WS_TEXT)
        ;
    if (got != WS_BINARY)
        return false;
    if (!seq)
        return true;
    if (prov_frame_decode(w->message, w->len, &f))
        return false;
    *seq = f.seq;
    return true;
}

static unsigned count(const struct live *l, const char *line)
{
    unsigned n = 0;
    for (unsigned i = 0; i < l->n_log; i++)
        n += strncmp(l->log[i], line, strlen(line)) == 0;
    return n;
}

static struct timespec soon(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += SOON / 1000;
    return t;
}

bool live_told(struct live *l, const char *line)
{
    struct timespec until = soon();
    pthread_mutex_lock(&l->lock);
    while (!count(l, line) && pthread_cond_timedwait(&l->changed, &l->lock, &until) == 0)
        ;
    bool told = count(l, line) > 0;
    pthread_mutex_unlock(&l->lock);
    return told;
}

unsigned live_count(struct live *l, const char *line)
{
    pthread_mutex_lock(&l->lock);
    unsigned n = count(l, line);
    pthread_mutex_unlock(&l->lock);
    return n;
}

bool live_wait_held(struct live *l)
{
    struct timespec until = soon();
    pthread_mutex_lock(&l->lock);
    while (!l->n_held && pthread_cond_timedwait(&l->changed, &l->lock, &until) == 0)
        ;
    bool held = l->n_held > 0;
    l->n_held = 0;
    pthread_mutex_unlock(&l->lock);
    return held;
}

void live_jpeg(uint8_t *out, size_t len, unsigned seed)
{
    static const uint8_t head[] = {0xff, 0xd8, 0xff, 0xc0, 0, 17,   8,    0, 48, 0, 64, 3, 1, 0x22, 0, 2,
                                   0x11, 1,    3,    0x11, 1, 0xff, 0xda, 0, 8,  1, 1,  0, 0, 63,   0};
    memset(out, (int)(seed & 0x7f), len);
    memcpy(out, head, sizeof head);
    memcpy(out + sizeof head, &seed, sizeof seed);
    for (size_t i = 0; i < sizeof seed; i++)
        out[sizeof head + i] &= 0x7f;
    out[len - 2] = 0xff;
    out[len - 1] = 0xd9;
}
