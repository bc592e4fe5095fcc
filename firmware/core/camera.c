#include "core/camera.h"

#include <stdio.h>
#include <string.h>

#include "core/keep.h"
#include "core/say.h"
#include "provisioning/token.h"

enum { CLOSE_NORMAL = 1000, CLOSE_REVOKED = 4401, CLOSE_REPLACED = 4409, CLOSE_REMOVED = 4410 };

_Static_assert(sizeof(struct fw_camera) <= 24 * 1024, "fits a chip's internal memory");

static void keep_network(struct fw_camera *c)
{
    if (!fw_keep_put_network(&c->platform->kv, &c->wifi))
        fw_say(c->platform, FW_LOG_ERROR, "camera.not_kept", "what=network");
}

/* ---- the machine's actions ---- */

static void do_activate(struct fw_camera *c)
{
    const struct fw_link *link = &c->platform->link;
    char url[PROV_URL_MAX + 32], body[PROV_ACTIVATION_MAX];
    size_t len;
    struct prov_activation_request r = {.token = c->wifi.token,
                                        .device_uid = c->config.uid,
                                        .camera_model = c->config.model,
                                        .local_ip = c->local_ip[0] ? c->local_ip : NULL,
                                        .firmware = c->config.firmware};
    (void)snprintf(url, sizeof url, "%s/api/camera/activate", c->wifi.server_url);
    if (prov_activation_encode(&r, body, sizeof body, &len) == PROV_OK) {
        fw_say(c->platform, FW_LOG_DEBUG, "camera.activating", "server=%s", c->wifi.server_url);
        link->post(link->ctx, url, body, len);
    }
    fw_keep_wipe(body, sizeof body);
}

static void do_register(struct fw_camera *c)
{
    const struct fw_link *link = &c->platform->link;
    char text[FW_RELAY_REPLY_MAX];
    size_t len = fw_relay_register(text, c->config.model, c->config.firmware, c->local_ip);
    if (!len || !link->send_text(link->ctx, text, len))
        fw_say(c->platform, FW_LOG_WARN, "camera.text_lost", "bytes=%u", (unsigned)len);
}

static void do_forget_key(struct fw_camera *c)
{
    fw_keep_forget_account(&c->platform->kv);
    fw_keep_wipe(c->account.device_key, sizeof c->account.device_key);
    c->why = FW_WHY_REVOKED;
    fw_say(c->platform, FW_LOG_ERROR, "camera.key_forgotten",
           "reason=\"the service no longer knows this camera\"");
}

static void do_go_online(struct fw_camera *c, int64_t now_ms)
{
    char id[PROV_ID_LEN + 1] = "";
    (void)prov_device_key_parse(c->account.device_key, PROV_KEY_LEN, id);
    fw_say(c->platform, FW_LOG_INFO, "camera.connected", "device=%s", id);
    c->why = FW_WHY_NEW;
    fw_session_online(&c->session, now_ms);
}

static void perform(struct fw_camera *c, enum fw_action a, int64_t now_ms)
{
    const struct fw_platform *p = c->platform;
    switch (a) {
    case FW_DO_SCAN:
        prov_parts_reset(&c->parts);
        p->scanner.start(p->scanner.ctx);
        break;
    case FW_DO_SCAN_STOP:
        p->scanner.stop(p->scanner.ctx);
        break;
    case FW_DO_JOIN:
        p->wifi.join(p->wifi.ctx, c->wifi.ssid, c->wifi.ssid_len, c->wifi.password, c->wifi.password_len);
        break;
    case FW_DO_ACTIVATE:
        do_activate(c);
        break;
    case FW_DO_ACTIVATE_CANCEL:
        p->link.post_cancel(p->link.ctx);
        break;
    case FW_DO_OPEN:
        c->inbox_len = 0;
        c->inbox_over = false;
        fw_say(p, FW_LOG_DEBUG, "camera.connecting", "relay=%s", c->account.relay_url);
        p->link.open(p->link.ctx, c->account.relay_url, c->account.device_key);
        break;
    case FW_DO_REGISTER:
        do_register(c);
        break;
    case FW_DO_CLOSE:
        p->link.close(p->link.ctx, CLOSE_NORMAL);
        break;
    case FW_DO_GO_ONLINE:
        do_go_online(c, now_ms);
        break;
    case FW_DO_GO_OFFLINE:
        fw_session_offline(&c->session);
        break;
    case FW_DO_FORGET_TOKEN:
        fw_keep_wipe(c->wifi.token, sizeof c->wifi.token);
        keep_network(c);
        break;
    case FW_DO_FORGET_KEY:
        do_forget_key(c);
        break;
    }
}

static void step(struct fw_camera *c, const struct fw_event *e, int64_t now_ms)
{
    int64_t before_ms = c->machine.deadline_ms;
    struct fw_actions todo = fw_machine_step(&c->machine, e, now_ms);
    for (unsigned i = 0; i < todo.n; i++)
        perform(c, todo.list[i], now_ms);
    const struct fw_machine *m = &c->machine;
    if (m->waiting && m->deadline_ms != before_ms)
        fw_say(c->platform, FW_LOG_INFO, "camera.waiting", "for=%s seconds=%u.%u",
               fw_machine_state_name(m->state), (unsigned)((m->deadline_ms - now_ms) / 1000),
               (unsigned)((m->deadline_ms - now_ms) % 1000 / 100));
}

/* ---- what a port calls ---- */

void fw_camera_init(struct fw_camera *c, const struct fw_platform *p, const struct fw_camera_config *config,
                    int64_t now_ms)
{
    *c = (struct fw_camera){.platform = p, .config = *config};
    fw_machine_init(&c->machine, config->activate_limit_ms, p->board.random(p->board.ctx));
    fw_session_init(&c->session, p, now_ms);
    fw_control_init(&c->session.control, config->size, config->quality, p->source.adjustable);
    c->session.control.fps_cap_milli = config->fps_cap_milli;
}

void fw_camera_start(struct fw_camera *c, int64_t now_ms)
{
    const struct fw_platform *p = c->platform;
    struct fw_event e = {.kind = FW_EV_BOOT,
                         .wifi = fw_keep_get_network(&p->kv, &c->wifi),
                         .key = fw_keep_get_account(&p->kv, &c->account)};
    e.token = e.wifi && c->wifi.token[0];
    step(c, &e, now_ms);
}

void fw_camera_fini(struct fw_camera *c)
{
    fw_keep_wipe(c, sizeof *c);
}

/* A token needs a service to go to; WiFi alone helps only a camera that has its key. */
static bool is_usable(const struct fw_camera *c, const struct prov_credentials *found)
{
    return found->token[0] ? found->server_url[0] != 0 : c->machine.key;
}

enum prov_err fw_camera_code(struct fw_camera *c, const char *code, size_t len, int64_t now_ms)
{
    char text[PROV_TEXT_MAX];
    size_t text_len;
    struct prov_credentials found;
    enum prov_err err = prov_parts_take(&c->parts, code, len, text, sizeof text, &text_len);
    if (err == PROV_OK)
        err = prov_payload_decode(text, text_len, &found);
    if (err == PROV_OK && !is_usable(c, &found))
        err = PROV_INVALID;
    if (err == PROV_OK) {
        prov_parts_reset(&c->parts);
        c->wifi = found;
        keep_network(c);
        char ssid[PROV_SSID_MAX + 1];
        fw_say(c->platform, FW_LOG_INFO, "camera.scanned", "ssid=%s server=%s",
               fw_say_safe(found.ssid, ssid, sizeof ssid), found.server_url[0] ? found.server_url : "-");
        struct fw_event e = {.kind = FW_EV_SCANNED, .token = found.token[0] != 0};
        step(c, &e, now_ms);
    }
    fw_keep_wipe(text, sizeof text);
    fw_keep_wipe(&found, sizeof found);
    return err;
}

void fw_camera_joined(struct fw_camera *c, const char *local_ip, int64_t now_ms)
{
    (void)snprintf(c->local_ip, sizeof c->local_ip, "%s", local_ip);
    fw_say(c->platform, FW_LOG_INFO, "camera.joined", "ip=%s", c->local_ip);
    step(c, &(struct fw_event){.kind = FW_EV_JOINED}, now_ms);
}

void fw_camera_join_failed(struct fw_camera *c, enum fw_join_failure why, int64_t now_ms)
{
    static const char *const words[] = {"other", "wrong_password", "no_network"};
    fw_say(c->platform, FW_LOG_WARN, "camera.join_failed", "reason=%s", words[why]);
    c->why = FW_WHY_WIFI;
    step(c, &(struct fw_event){.kind = FW_EV_JOIN_FAILED, .join = why}, now_ms);
}

void fw_camera_wifi_lost(struct fw_camera *c, int64_t now_ms)
{
    fw_say(c->platform, FW_LOG_WARN, "camera.wifi_lost", "state=%s", fw_machine_state_name(c->machine.state));
    step(c, &(struct fw_event){.kind = FW_EV_WIFI_LOST}, now_ms);
}

static void on_activated(struct fw_camera *c, const struct prov_activation_reply *r, int64_t now_ms)
{
    memcpy(c->account.device_key, r->device_key, sizeof c->account.device_key);
    memcpy(c->account.relay_url, r->relay_url, sizeof c->account.relay_url);
    if (!fw_keep_put_account(&c->platform->kv, &c->account))
        fw_say(c->platform, FW_LOG_ERROR, "camera.not_kept", "what=account");
    fw_say(c->platform, FW_LOG_INFO, "camera.activated", "device=%s", r->device_id);
    step(c, &(struct fw_event){.kind = FW_EV_ACTIVATED}, now_ms);
}

/* A key must not leave a camera that was set up over TLS in plain text. */
static bool relay_is_safe(const struct fw_camera *c, const char *relay_url)
{
    return strncmp(c->wifi.server_url, "https://", 8) != 0 || strncmp(relay_url, "wss://", 6) == 0;
}

/* Answers that no repetition changes. They count only with a problem code: a 404 of some proxy in between,
 * whose service is just starting, must not cost the token. */
static bool is_definite(unsigned status)
{
    return status == 400 || status == 404 || status == 409 || status == 410 || status == 422;
}

void fw_camera_posted(struct fw_camera *c, unsigned status, const char *body, size_t len,
                      uint32_t retry_after_s, int64_t now_ms)
{
    if (c->machine.state != FW_ACTIVATE || c->machine.waiting)
        return;
    struct prov_activation_reply reply;
    if (status == 200 && prov_activation_decode(body, len, &reply) == PROV_OK &&
        relay_is_safe(c, reply.relay_url)) {
        on_activated(c, &reply, now_ms);
        fw_keep_wipe(&reply, sizeof reply);
        return;
    }
    char code[FW_RELAY_WORD_MAX], safe[FW_RELAY_WORD_MAX];
    prov_problem_code(body, len, code, sizeof code);
    bool definite = code[0] && is_definite(status);
    if (!code[0])
        (void)snprintf(code, sizeof code, "%s", status == 200 ? "bad_answer" : status ? "-" : "no_answer");
    fw_say(c->platform, definite ? FW_LOG_ERROR : FW_LOG_WARN,
           definite ? "camera.activation_refused" : "camera.activation_failed", "status=%u code=%s", status,
           fw_say_safe(code, safe, sizeof safe));
    if (definite)
        c->why = FW_WHY_REFUSED;
    uint32_t wait_ms =
        retry_after_s > FW_RELAY_WAIT_MOST_MS / 1000 ? FW_RELAY_WAIT_MOST_MS : retry_after_s * 1000;
    step(c, &(struct fw_event){.kind = definite ? FW_EV_REFUSED : FW_EV_ACTIVATE_FAILED, .wait_ms = wait_ms},
         now_ms);
}

void fw_camera_link_open(struct fw_camera *c, int64_t now_ms)
{
    step(c, &(struct fw_event){.kind = FW_EV_LINK_OPEN}, now_ms);
}

static void on_message(struct fw_camera *c, int64_t now_ms)
{
    struct fw_relay_message m;
    if (!fw_relay_decode(c->inbox, c->inbox_len, &m)) {
        fw_say(c->platform, FW_LOG_WARN, "camera.bad_message", "bytes=%u", (unsigned)c->inbox_len);
        return;
    }
    bool restart = false;
    if (m.type == FW_RELAY_REGISTERED) {
        step(c, &(struct fw_event){.kind = FW_EV_REGISTERED}, now_ms);
    } else if (m.type == FW_RELAY_GOAWAY) {
        fw_say(c->platform, FW_LOG_INFO, "camera.goaway", "reconnect_after_ms=%u", (unsigned)m.wait_ms);
        step(c, &(struct fw_event){.kind = FW_EV_GOAWAY, .wait_ms = m.wait_ms}, now_ms);
    } else if (c->session.online) {
        fw_session_message(&c->session, &m, now_ms, &restart);
    }
    if (restart) {
        fw_say(c->platform, FW_LOG_INFO, "camera.restarting", "reason=command");
        step(c, &(struct fw_event){.kind = FW_EV_RESTART}, now_ms);
    }
    fw_session_run(&c->session, now_ms);
}

void fw_camera_link_text(struct fw_camera *c, const char *piece, size_t len, bool last, int64_t now_ms)
{
    if (len > sizeof c->inbox - c->inbox_len)
        c->inbox_over = true;
    if (!c->inbox_over) {
        memcpy(c->inbox + c->inbox_len, piece, len);
        c->inbox_len += len;
    }
    if (!last)
        return;
    if (c->inbox_over)
        fw_say(c->platform, FW_LOG_WARN, "camera.message_too_long", "most=%u", (unsigned)sizeof c->inbox);
    else
        on_message(c, now_ms);
    c->inbox_len = 0;
    c->inbox_over = false;
}

void fw_camera_link_closed(struct fw_camera *c, const struct fw_link_end *end, int64_t now_ms)
{
    struct fw_event e = {.kind = FW_EV_LINK_CLOSED, .end = FW_END_LOST};
    if (end->close_code == CLOSE_REVOKED || end->close_code == CLOSE_REMOVED)
        e.end = FW_END_REVOKED;
    else if (end->close_code == CLOSE_REPLACED)
        e.end = FW_END_REPLACED;
    else if (end->http_status == 401)
        e.end = FW_END_UNAUTHORIZED;
    fw_say(c->platform, FW_LOG_WARN, c->session.online ? "camera.disconnected" : "camera.connect_failed",
           "code=%u status=%u", end->close_code, end->http_status);
    step(c, &e, now_ms);
}

void fw_camera_frame_ready(struct fw_camera *c, int64_t now_ms)
{
    fw_session_frame_ready(&c->session, now_ms);
}

void fw_camera_frame_sent(struct fw_camera *c, int64_t now_ms)
{
    fw_session_frame_sent(&c->session, now_ms);
}

void fw_camera_tick(struct fw_camera *c, int64_t now_ms)
{
    if (now_ms >= c->machine.deadline_ms)
        step(c, &(struct fw_event){.kind = FW_EV_TICK}, now_ms);
    fw_session_run(&c->session, now_ms);
}

int64_t fw_camera_deadline_ms(const struct fw_camera *c)
{
    int64_t session = fw_session_deadline_ms(&c->session);
    return session < c->machine.deadline_ms ? session : c->machine.deadline_ms;
}

void fw_camera_goodbye(struct fw_camera *c)
{
    const struct fw_link *link = &c->platform->link;
    char text[FW_RELAY_REPLY_MAX];
    if (c->session.online) {
        size_t len = fw_relay_goodbye(text);
        (void)link->send_text(link->ctx, text, len);
    }
    link->close(link->ctx, CLOSE_NORMAL);
    fw_session_offline(&c->session);
    fw_say(c->platform, FW_LOG_INFO, "camera.goodbye", "frames_sent=%u", (unsigned)c->session.sent);
}
