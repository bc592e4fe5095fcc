#include "core/camera.h"

#include <stdio.h>
#include <string.h>

#include "core/activation.h"
#include "core/say.h"
#include "provisioning/token.h"

enum { CLOSE_NORMAL = 1000, CLOSE_REVOKED = 4401, CLOSE_REPLACED = 4409, CLOSE_REMOVED = 4410 };

_Static_assert(sizeof(struct fw_camera) <= 24 * 1024, "fits a chip's internal memory");

/* Brings the indicator to what is the case now. */
static void show(struct fw_camera *c)
{
    struct fw_led_view v = {.state = c->machine.state,
                            .fault = c->fault,
                            .parts = c->parts.have != 0,
                            .streaming = c->session.pace.fps_milli != 0};
    enum fw_led led = fw_led_of(&v);
    if (led == c->led)
        return;
    c->led = led;
    c->platform->board.indicate(c->platform->board.ctx, fw_led_indication(led));
}

static void say_kept(const struct fw_camera *c, bool kept, const char *what)
{
    if (!kept)
        fw_say(c->platform, FW_LOG_ERROR, "camera.not_kept", "what=%s", what);
}

/* ---- the machine's actions ---- */

static void do_activate(struct fw_camera *c)
{
    const struct fw_link *link = &c->platform->link;
    char url[PROV_URL_MAX + 32], body[PROV_ACTIVATION_MAX];
    size_t len;
    struct prov_activation_request r = {.token = c->ways.use.wifi.token,
                                        .device_uid = c->config.uid,
                                        .camera_model = c->config.model,
                                        .local_ip = c->local_ip[0] ? c->local_ip : NULL,
                                        .firmware = c->config.firmware};
    (void)snprintf(url, sizeof url, "%s/api/camera/activate", c->ways.use.wifi.server_url);
    if (prov_activation_encode(&r, body, sizeof body, &len) == PROV_OK) {
        fw_say(c->platform, FW_LOG_DEBUG, "camera.activating", "server=%s", c->ways.use.wifi.server_url);
        link->post(link->ctx, url, body, len);
    }
    fw_keep_wipe(body, sizeof body);
}

static void do_open(struct fw_camera *c)
{
    const struct fw_link *link = &c->platform->link;
    const struct fw_keep_account *account = &c->ways.use.keys.at[0];
    c->inbox_len = 0;
    c->inbox_over = false;
    fw_say(c->platform, FW_LOG_DEBUG, "camera.connecting", "relay=%s", account->relay_url);
    link->open(link->ctx, account->relay_url, account->device_key);
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
    fw_ways_forget_key(&c->ways);
    c->fault = FW_LED_REMOVED;
    fw_say(c->platform, FW_LOG_ERROR, "camera.key_forgotten",
           "reason=\"the service no longer knows this camera\"");
}

static void do_swap(struct fw_camera *c)
{
    char ssid[PROV_SSID_MAX + 1];
    fw_ways_swap(&c->ways);
    fw_say(c->platform, FW_LOG_WARN, "camera.other_way", "ssid=%s way=%s",
           fw_say_safe(c->ways.use.wifi.ssid, ssid, sizeof ssid), c->ways.fresh ? "new" : "old");
}

static void do_go_online(struct fw_camera *c, int64_t now_ms)
{
    char id[PROV_ID_LEN + 1] = "";
    (void)prov_device_key_parse(c->ways.use.keys.at[0].device_key, PROV_KEY_LEN, id);
    fw_say(c->platform, FW_LOG_INFO, "camera.connected", "device=%s", id);
    fw_session_online(&c->session, now_ms);
}

static void perform(struct fw_camera *c, enum fw_action a, int64_t now_ms)
{
    const struct fw_platform *p = c->platform;
    const struct prov_credentials *to = &c->ways.use.wifi;
    switch (a) {
    case FW_DO_SCAN:
        prov_parts_reset(&c->parts);
        p->scanner.start(p->scanner.ctx);
        break;
    case FW_DO_SCAN_STOP:
        p->scanner.stop(p->scanner.ctx);
        break;
    case FW_DO_JOIN:
        p->wifi.join(p->wifi.ctx, to->ssid, to->ssid_len, to->password, to->password_len);
        break;
    case FW_DO_ACTIVATE:
        do_activate(c);
        break;
    case FW_DO_ACTIVATE_CANCEL:
        p->link.post_cancel(p->link.ctx);
        break;
    case FW_DO_OPEN:
        do_open(c);
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
        say_kept(c, fw_ways_forget_token(&c->ways), "network");
        break;
    case FW_DO_FORGET_KEY:
        do_forget_key(c);
        break;
    case FW_DO_SWAP:
        do_swap(c);
        break;
    case FW_DO_SETTLE:
        say_kept(c, fw_ways_settle(&c->ways), "settled");
        break;
    }
}

static void step(struct fw_camera *c, const struct fw_event *e, int64_t now_ms)
{
    const struct fw_machine *m = &c->machine;
    int64_t before_ms = m->deadline_ms;
    if (e->kind == FW_EV_TICK && !m->waiting)
        c->fault = fw_led_timeout(c->fault, m->state); /* no event told of it */
    struct fw_actions todo = fw_machine_step(&c->machine, e, now_ms);
    for (unsigned i = 0; i < todo.n; i++)
        perform(c, todo.list[i], now_ms);
    if (!m->waiting)
        c->fault = fw_led_fault_after(c->fault, e->kind);
    show(c);
    if (m->deadline_ms != before_ms && (m->waiting || (m->state == FW_SCAN && m->deadline_ms != FW_NEVER)))
        fw_say(c->platform, FW_LOG_INFO, "camera.waiting", "for=%s seconds=%u.%u",
               fw_machine_state_name(m->state), (unsigned)((m->deadline_ms - now_ms) / 1000),
               (unsigned)((m->deadline_ms - now_ms) % 1000 / 100));
}

/* ---- what a port calls ---- */

void fw_camera_init(struct fw_camera *c, const struct fw_platform *p, const struct fw_camera_config *config,
                    int64_t now_ms)
{
    memset(c, 0, sizeof *c); /* no compound literal: unoptimised, that is 20 KB of stack */
    c->platform = p;
    c->config = *config;
    fw_machine_init(&c->machine, p->board.random(p->board.ctx));
    fw_session_init(&c->session, p, now_ms);
    fw_control_init(&c->session.control, config->size, config->quality, p->source.adjustable);
    c->session.control.fps_cap_milli = config->fps_cap_milli;
}

void fw_camera_start(struct fw_camera *c, int64_t now_ms)
{
    struct fw_event e = {.kind = FW_EV_BOOT};
    fw_ways_load(&c->ways, &c->platform->kv);
    fw_ways_tell(&c->ways, &e);
    step(c, &e, now_ms);
}

void fw_camera_fini(struct fw_camera *c)
{
    fw_keep_wipe(c, sizeof *c);
}

/* Ours and readable, but of no use to this camera as it is. */
static void on_useless(struct fw_camera *c, const struct prov_credentials *found)
{
    bool wifi_only = !found->token[0];
    if (wifi_only && c->machine.state != FW_ONLINE)
        c->fault = FW_LED_CODE_WIFI_ONLY;
    fw_say(c->platform, FW_LOG_ERROR, "camera.code_useless", "reason=\"%s\"",
           wifi_only ? "it moves a camera that has a key to another WiFi, and this one has none: show it the "
                       "code of adding a camera"
                     : "it does not say which service to go to");
}

static void on_credentials(struct fw_camera *c, const struct prov_credentials *found, int64_t now_ms)
{
    struct fw_event e = {.kind = FW_EV_SCANNED};
    char ssid[PROV_SSID_MAX + 1];
    c->fault = FW_LED_NONE;
    say_kept(c, fw_ways_scanned(&c->ways, found), "network");
    fw_say(c->platform, FW_LOG_INFO, "camera.scanned", "ssid=%s server=%s",
           fw_say_safe(found->ssid, ssid, sizeof ssid), found->server_url[0] ? found->server_url : "-");
    fw_ways_tell(&c->ways, &e);
    step(c, &e, now_ms);
}

enum prov_err fw_camera_code(struct fw_camera *c, const char *code, size_t len, int64_t now_ms)
{
    char text[PROV_TEXT_MAX];
    size_t text_len;
    struct prov_credentials found;
    enum prov_err err = prov_parts_take(&c->parts, code, len, text, sizeof text, &text_len);
    if (err == PROV_OK)
        err = prov_payload_decode(text, text_len, &found);
    if (err == PROV_OK && !fw_ways_can_use(&c->ways, &found)) {
        on_useless(c, &found);
        err = PROV_INVALID;
    }
    if (err == PROV_OK) {
        prov_parts_reset(&c->parts);
        on_credentials(c, &found, now_ms);
    }
    show(c);
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
    c->fault = fw_led_join_fault(why);
    step(c, &(struct fw_event){.kind = FW_EV_JOIN_FAILED, .join = why}, now_ms);
}

void fw_camera_wifi_lost(struct fw_camera *c, int64_t now_ms)
{
    fw_say(c->platform, FW_LOG_WARN, "camera.wifi_lost", "state=%s", fw_machine_state_name(c->machine.state));
    step(c, &(struct fw_event){.kind = FW_EV_WIFI_LOST}, now_ms);
}

static void on_activated(struct fw_camera *c, const struct prov_activation_reply *r, int64_t now_ms)
{
    struct fw_keep_account account;
    memcpy(account.device_key, r->device_key, sizeof account.device_key);
    memcpy(account.relay_url, r->relay_url, sizeof account.relay_url);
    say_kept(c, fw_ways_activated(&c->ways, &account), "account");
    fw_keep_wipe(&account, sizeof account);
    fw_say(c->platform, FW_LOG_INFO, "camera.activated", "device=%s", r->device_id);
    step(c, &(struct fw_event){.kind = FW_EV_ACTIVATED}, now_ms);
}

static void on_no_key(struct fw_camera *c, const struct fw_link_answer *a,
                      const struct fw_activation_verdict *v, int64_t now_ms)
{
    bool refused = v->is == FW_ACTIVATION_REFUSED;
    c->fault = refused ? fw_led_refusal(v->code) : fw_led_link_fault(a->status ? FW_LINK_OTHER : a->fault);
    fw_say(c->platform, refused ? FW_LOG_ERROR : FW_LOG_WARN,
           refused ? "camera.activation_refused" : "camera.activation_failed", "status=%u code=%s", a->status,
           v->code);
    step(c,
         &(struct fw_event){.kind = refused ? FW_EV_REFUSED : FW_EV_ACTIVATE_FAILED, .wait_ms = v->wait_ms},
         now_ms);
}

void fw_camera_posted(struct fw_camera *c, const struct fw_link_answer *answer, int64_t now_ms)
{
    if (c->machine.state != FW_ACTIVATE || c->machine.waiting)
        return;
    struct fw_activation_verdict v;
    fw_activation_judge(answer, c->ways.use.wifi.server_url, &v);
    if (v.is == FW_ACTIVATION_KEY)
        on_activated(c, &v.reply, now_ms);
    else
        on_no_key(c, answer, &v, now_ms);
    fw_keep_wipe(&v, sizeof v);
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
    show(c);
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
    if (e.end == FW_END_REPLACED)
        c->fault = FW_LED_REPLACED;
    else if (e.end != FW_END_REVOKED)
        c->fault = fw_led_link_fault(end->http_status ? FW_LINK_OTHER : end->fault);
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
    int64_t session_ms = fw_session_deadline_ms(&c->session), machine_ms = c->machine.deadline_ms;
    return session_ms < machine_ms ? session_ms : machine_ms;
}

bool fw_camera_needs_code(const struct fw_camera *c)
{
    return fw_machine_needs_code(&c->machine);
}

void fw_camera_goodbye(struct fw_camera *c)
{
    const struct fw_link *link = &c->platform->link;
    char text[FW_RELAY_REPLY_MAX];
    if (c->session.online)
        (void)link->send_text(link->ctx, text, fw_relay_goodbye(text));
    link->close(link->ctx, CLOSE_NORMAL);
    fw_session_offline(&c->session);
    fw_say(c->platform, FW_LOG_INFO, "camera.goodbye", "frames_sent=%u", (unsigned)c->session.sent);
}
