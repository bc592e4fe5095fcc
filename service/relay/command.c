#include "relay/command.h"

#include "core/mem.h"
#include "relay/text.h"

enum { WAIT_MS = 5000, ANSWER_MAX = 16 * 1024 };

struct command {
    struct command *next;
    struct channel *channel;
    uint64_t number;
    struct due due;
    void (*done)(void *arg, enum err err, const struct relay_ack *ack);
    void *arg;
    /* of a WebSocket: who asked, and under which id */
    uint64_t asker;
    size_t id_len; /* 0 = it had none */
    char id[CONN_ID_MAX];
};

/* ---- the answer ---- */

/* "timeout", "camera_offline" and so on when err is not OK. */
static void tell_asker(struct hub *h, const struct command *k, enum err err, const struct relay_ack *ack)
{
    struct conn *c = hub_conn(h, k->asker);
    struct text t;
    if (!c)
        return;
    text_begin(&t, "ack");
    if (k->id_len)
        json_out_raw(&t.out, "id", (struct span){k->id, k->id_len});
    json_out_string(&t.out, "device_id", k->channel->device.s);
    json_out_bool(&t.out, "ok", !err && ack->ok);
    if (err)
        json_out_string(&t.out, "error", err == ERR_CAMERA_TIMEOUT ? "timeout" : err_word(err));
    else if (ack->error.p)
        json_out_raw(&t.out, "error", ack->error);
    if (!err && ack->result.p)
        json_out_raw(&t.out, "result", ack->result);
    text_say(&t, c);
}

static void finish(struct command *k, enum err err, const struct relay_ack *ack)
{
    struct channel *ch = k->channel;
    struct command **at = &ch->commands;
    while (*at != k)
        at = &(*at)->next;
    *at = k->next;
    ch->n_commands--;
    due_clear(&ch->hub->dues, &k->due);
    if (k->done)
        k->done(k->arg, err, ack);
    else
        tell_asker(ch->hub, k, err, ack);
    mem_free(k);
}

static void on_late(void *arg)
{
    finish(arg, ERR_CAMERA_TIMEOUT, NULL);
}

void command_fail_all(struct channel *ch, enum err err)
{
    while (ch->commands)
        finish(ch->commands, err, NULL);
}

/* ---- to the camera ---- */

/* args is JSON; empty = {}. */
static void say_command(struct conn *camera, uint64_t number, struct span name, struct span args)
{
    struct text t;
    text_begin(&t, "command");
    json_out_int(&t.out, "id", (int64_t)number);
    json_out_span(&t.out, "name", name);
    json_out_raw(&t.out, "args", args.len ? args : SPAN_LIT("{}"));
    text_say(&t, camera);
}

/* ERR_CAMERA_OFFLINE, ERR_RATE_LIMITED: too many under way; ERR_NO_MEMORY. */
static enum err begin(struct hub *h, const struct id *device, struct command **out)
{
    struct channel *ch = channel_find(h, device);
    if (!ch || !ch->camera)
        return ERR_CAMERA_OFFLINE;
    if (ch->n_commands >= COMMANDS_MAX)
        return ERR_RATE_LIMITED;
    struct command *k = mem_zalloc(sizeof *k);
    if (!k)
        return ERR_NO_MEMORY;
    k->channel = ch;
    k->number = ++h->last_command;
    due_init(&k->due, on_late, k);
    due_set(&h->dues, &k->due, hub_now_us(h) + (int64_t)WAIT_MS * 1000);
    k->next = ch->commands;
    ch->commands = k;
    ch->n_commands++;
    *out = k;
    return ERR_OK;
}

void command_send(struct hub *h, const struct relay_command *r)
{
    struct command *k;
    enum err e = begin(h, &r->device, &k);
    if (e) {
        r->done(r->arg, e == ERR_RATE_LIMITED ? ERR_BUSY : e, NULL);
        return;
    }
    k->done = r->done;
    k->arg = r->arg;
    say_command(k->channel->camera, k->number, r->name, r->args);
}

/* ---- from a user ---- */

static bool read_command(const struct json *doc, struct span *name, const struct json **args)
{
    *args = NULL;
    const struct json_field fields[] = {
        {.name = "name", .kind = JSON_KIND_STRING, .max = 64, .out = name},
        {.name = "args", .kind = JSON_KIND_OBJECT, .optional = true, .out = args},
    };
    return json_read(doc, fields, 2, NULL, 0) == 0;
}

static void refuse(struct conn *c, const char *error, const struct id *device, const struct json *doc)
{
    struct text t;
    text_begin(&t, "ack");
    text_id(&t, doc);
    json_out_string(&t.out, "device_id", device->s);
    json_out_bool(&t.out, "ok", false);
    json_out_string(&t.out, "error", error);
    text_say(&t, c);
}

bool command_from_user(struct conn *c, struct json *doc)
{
    const struct relay_hooks *hooks = &c->hub->hooks;
    struct span name, id = json_get_string(doc, "device_id");
    const struct json *args;
    struct id device;
    if (!id.p)
        text_error(c, "invalid", doc, NULL);
    else if (!id_parse(id, &device))
        text_error(c, "not_found", doc, NULL);
    else if (!read_command(doc, &name, &args))
        refuse(c, "invalid", &device, doc);
    else {
        hooks->authorize_operate(hooks->ask_arg, conn_ask(c, ASK_OPERATE, &device, doc), &c->grant, &device);
        return true;
    }
    return false;
}

static void remember_id(struct command *k, const struct json *doc)
{
    const struct json *id = json_get(doc, "id");
    struct buf text;
    buf_init(&text, CONN_ID_MAX);
    if (id)
        json_dump(id, &text);
    if (!buf_err(&text) && text.len) {
        k->id_len = text.len;
        memcpy(k->id, text.data, text.len);
    }
    buf_fini(&text);
}

void command_answer(struct conn *c, enum err err, const struct id *device, struct json *doc)
{
    struct command *k;
    struct span name;
    const struct json *args;
    struct buf text;
    if (err == ERR_NOT_FOUND || !read_command(doc, &name, &args)) {
        text_error(c, "not_found", doc, device);
        return;
    }
    err = err ? err : begin(c->hub, device, &k);
    if (err == ERR_FORBIDDEN || err == ERR_CAMERA_OFFLINE) {
        refuse(c, err_word(err), device, doc);
        return;
    }
    if (err) {
        text_refusal(c, err, doc, device);
        return;
    }
    buf_init(&text, CONN_TEXT_MAX);
    if (args)
        json_dump(args, &text);
    k->asker = c->number;
    remember_id(k, doc);
    say_command(k->channel->camera, k->number, name, buf_span(&text));
    buf_fini(&text);
}

/* ---- from the camera ---- */

/* A member of the ack as JSON text; p NULL when absent or too long. */
static struct span member(const struct json *doc, const char *name, struct buf *text)
{
    const struct json *v = json_get(doc, name);
    buf_init(text, ANSWER_MAX);
    if (v)
        json_dump(v, text);
    return v && !buf_err(text) ? buf_span(text) : (struct span){0};
}

static struct command *by_number(const struct channel *ch, int64_t number)
{
    struct command *k = ch->commands;
    while (k && k->number != (uint64_t)number)
        k = k->next;
    return k;
}

bool command_ack(struct conn *camera, struct json *doc)
{
    int64_t number;
    struct relay_ack ack;
    struct buf result, error;
    const struct json_field fields[] = {
        {.name = "id", .kind = JSON_KIND_INT, .min = 1, .max = INT64_MAX, .out = &number},
        {.name = "ok", .kind = JSON_KIND_BOOL, .out = &ack.ok},
    };
    if (json_read(doc, fields, 2, NULL, 0)) {
        text_error(camera, "invalid", doc, NULL);
        return false;
    }
    const struct channel *ch = channel_find(camera->hub, &camera->grant.device_id);
    struct command *k = ch && ch->camera == camera ? by_number(ch, number) : NULL;
    if (!k) /* too late, or not asked: nobody waits for it */
        return false;
    ack.result = member(doc, "result", &result);
    ack.error = member(doc, "error", &error);
    finish(k, ERR_OK, &ack);
    buf_fini(&result);
    buf_fini(&error);
    return false;
}
