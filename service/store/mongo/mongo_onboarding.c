/* Onboarding without transactions. An activation that keeps an older device of the owner goes in three steps:
 *   1 the onboarding is bound to the uid and names the device (nobody else can take its token any more);
 *   2 the device gets the new key and the name of the onboarding: this is the moment it happens;
 *   3 the onboarding notes that it has.
 * After 1 alone the token is reserved for its camera, which asks again; after 2 whoever reads the onboarding
 * looks at the device (mongo_camera_settle). */
#include "store/mongo/mongo_camera.h"
#include "store/mongo/mongo_collections.h"
#include "store/rules.h"

typedef void make_key(void *arg, const struct id *id, struct secret_hash *hash);

/* An activation under way. ERR_BUSY inside this file: a race was lost, look again. */
struct attempt {
    struct store *s;
    const struct store_activation *a;
    make_key *make;
    void *arg;
    struct mongo_camera found; /* by the token, with the camera's facts taken over */
};

static void filter_label(struct mongo_doc *filter, const struct id *owner, const char *uid)
{
    mongo_doc_init(filter);
    mongo_doc_id(filter, "owner_id", owner);
    mongo_doc_text(filter, "device_uid", uid);
    mongo_doc_text(filter, "status", "active");
}

/* Which of the unique members was taken. */
static enum err why_refused(struct store *s, const struct camera *cam)
{
    struct mongo_doc filter;
    if (cam->state != CAMERA_ACTIVE || !cam->device_uid[0])
        return ERR_CONFLICT;
    filter_label(&filter, &cam->owner_id, cam->device_uid);
    enum err e = mongo_op_find(s, &mongo_doc_cameras, &filter, NULL);
    return e == ERR_NOT_FOUND ? ERR_CONFLICT : e ? e : ERR_UID_TAKEN;
}

static enum err on_create(struct store *s, const struct camera *cam)
{
    const struct mongo_camera c = {.c = *cam};
    enum err e = mongo_users_exists(s, &cam->owner_id);
    if (!e)
        e = mongo_op_insert(s, &mongo_doc_cameras, &c);
    return e == ERR_CONFLICT ? why_refused(s, cam) : e;
}

static void filter_repeat(struct mongo_doc *filter, const struct camera *cam)
{
    mongo_doc_init(filter);
    mongo_doc_id(filter, "owner_id", &cam->owner_id);
    mongo_doc_text(filter, "idempotency_key", cam->idempotency_key);
}

static enum err why_not_repeated(struct store *s, const struct camera *again)
{
    struct mongo_doc filter;
    struct mongo_camera c;
    filter_repeat(&filter, again);
    enum err e = mongo_op_find(s, &mongo_doc_cameras, &filter, &c);
    if (!e)
        e = rules_repeat(&c.c, again);
    return e ? e : ERR_BUSY;
}

static enum err repeat(struct store *s, const struct camera *again, struct mongo_camera *before)
{
    struct mongo_doc filter, change;
    if (!rules_has(&again->idempotency_body))
        return why_not_repeated(s, again);
    filter_repeat(&filter, again);
    mongo_doc_hash(&filter, "idempotency_body", &again->idempotency_body);
    mongo_doc_text(&filter, "status", "pending");
    mongo_doc_absent(&filter, "device_uid");
    mongo_doc_init(&change);
    mongo_doc_hash(&change, "token", &again->token);
    mongo_doc_hash(&change, "claim", &again->claim);
    mongo_doc_time(&change, "token_expires_at", again->token_expires_ms);
    enum err e = mongo_op_change_get(s, &mongo_doc_cameras, &filter, &change, MONGO_OP_BEFORE, before);
    return e == ERR_NOT_FOUND ? why_not_repeated(s, again) : e;
}

static enum err on_repeat(struct store *s, const struct camera *again, struct camera *before)
{
    struct mongo_camera c;
    enum err e = ERR_BUSY;
    if (!again->idempotency_key[0])
        return ERR_NOT_FOUND;
    for (int i = 0; i < MONGO_CAMERA_TRIES && e == ERR_BUSY; i++)
        e = repeat(s, again, &c);
    if (!e)
        *before = c.c;
    return e;
}

static enum err on_by_uid(struct store *s, const struct id *user, struct span uid, struct camera *out)
{
    char text[MODEL_UID_MAX + 1];
    struct mongo_doc filter;
    struct mongo_camera c;
    if (!span_copy(uid, text, sizeof text) || !text[0] || !bson_utf8_validate(text, uid.len, false))
        return ERR_NOT_FOUND;
    filter_label(&filter, user, text);
    enum err e = mongo_op_find(s, &mongo_doc_cameras, &filter, &c);
    if (e)
        return e;
    c.c.role = ROLE_OWNER;
    *out = c.c;
    return ERR_OK;
}

static enum err on_by_token(struct store *s, const struct secret_hash *token, const struct id *owner,
                            struct camera *out)
{
    struct mongo_camera c;
    enum err e = mongo_camera_by_token(s, token, &c);
    if (!e && owner && !id_eq(&c.c.owner_id, owner))
        e = ERR_NOT_FOUND;
    if (!e)
        e = mongo_camera_settle(s, &c);
    if (!e)
        *out = c.c;
    return e;
}

static void said(struct mongo_doc *change, const char *field, const char *text)
{
    if (*text)
        mongo_doc_text(change, field, text);
}

static void write_facts(struct mongo_doc *change, const struct camera *cam)
{
    said(change, "camera_model", cam->camera_model);
    said(change, "local_ip", cam->local_ip);
    said(change, "firmware", cam->firmware);
    mongo_doc_time(change, "activated_at", cam->activated_ms);
}

/* The onboarding, as long as its token opens it and no other uid has it. */
static void filter_pending(struct mongo_doc *filter, const struct attempt *t)
{
    const struct camera *cam = &t->found.c;
    mongo_doc_init(filter);
    mongo_doc_key(filter, &cam->id);
    mongo_doc_token(filter, &t->a->token);
    mongo_doc_text(filter, "status", "pending");
    mongo_doc_absent_or(filter, "device_uid", cam->device_uid);
}

static enum err look_again(enum err e)
{
    return e == ERR_NOT_FOUND || e == ERR_CONFLICT ? ERR_BUSY : e;
}

/* The onboarding becomes a device of its own. */
static enum err become_device(struct attempt *t, struct mongo_camera *out)
{
    static const struct id nobody;
    const struct camera *cam = &t->found.c;
    struct mongo_doc filter, change;
    struct secret_hash key;
    if (t->found.kept)
        return ERR_NOT_FOUND; /* the device it led to has been deleted, and it goes too */
    t->make(t->arg, &cam->id, &key);
    filter_pending(&filter, t);
    mongo_doc_absent(&filter, "kept");
    mongo_doc_init(&change);
    mongo_doc_text(&change, "status", "active");
    mongo_doc_text(&change, "device_uid", cam->device_uid);
    mongo_doc_hash(&change, "key", &key);
    mongo_doc_id(&change, "kept_id", &nobody);
    write_facts(&change, cam);
    return look_again(mongo_op_change_get(t->s, &mongo_doc_cameras, &filter, &change, MONGO_OP_AFTER, out));
}

/* The same uid once more, before its first connect. */
static enum err renew_key(struct attempt *t, struct mongo_camera *out)
{
    const struct camera *cam = &t->found.c;
    struct mongo_doc filter, change;
    struct secret_hash key;
    t->make(t->arg, &cam->id, &key);
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, &cam->id);
    mongo_doc_text(&filter, "status", "active");
    mongo_doc_text(&filter, "device_uid", cam->device_uid);
    mongo_doc_absent(&filter, "connected_at");
    mongo_doc_absent(&filter, "next_key");
    mongo_doc_token(&filter, &t->a->token);
    mongo_doc_init(&change);
    mongo_doc_hash(&change, "key", &key);
    write_facts(&change, cam);
    return look_again(mongo_op_change_get(t->s, &mongo_doc_cameras, &filter, &change, MONGO_OP_AFTER, out));
}

static enum err find_device(struct attempt *t, struct mongo_camera *out)
{
    struct mongo_doc filter;
    filter_label(&filter, &t->found.c.owner_id, t->found.c.device_uid);
    return mongo_op_find(t->s, &mongo_doc_cameras, &filter, out);
}

/* Step 1. */
static enum err reserve(struct attempt *t, const struct id *device)
{
    const struct camera *cam = &t->found.c;
    struct mongo_doc filter, change;
    filter_pending(&filter, t);
    mongo_doc_init(&change);
    mongo_doc_text(&change, "device_uid", cam->device_uid);
    mongo_doc_id(&change, "kept_id", device);
    return look_again(mongo_op_change(t->s, &mongo_doc_cameras, &filter, &change));
}

/* Step 2. The device hears of its new surroundings, unless it has connected by this very onboarding
 * meanwhile. */
static enum err give_next_key(struct attempt *t, const struct id *device, struct mongo_camera *out)
{
    const struct camera *cam = &t->found.c;
    struct mongo_doc filter, change;
    struct secret_hash key;
    t->make(t->arg, device, &key);
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, device);
    mongo_doc_text(&filter, "status", "active");
    mongo_doc_text(&filter, "device_uid", cam->device_uid);
    mongo_doc_not_hash(&filter, "token", &cam->token);
    mongo_doc_init(&change);
    mongo_doc_hash(&change, "next_key", &key);
    mongo_doc_id(&change, "next_from", &cam->id);
    mongo_doc_time(&change, "connected_at", 0);
    mongo_doc_time(&change, "first_frame_at", 0);
    mongo_doc_text(&change, "asked_model", cam->asked_model);
    mongo_doc_text(&change, "wifi_ssid", cam->wifi_ssid);
    write_facts(&change, cam);
    return look_again(mongo_op_change_get(t->s, &mongo_doc_cameras, &filter, &change, MONGO_OP_AFTER, out));
}

/* Step 3. */
static enum err note_kept(struct attempt *t, const struct id *device)
{
    const struct camera *cam = &t->found.c;
    struct mongo_doc filter, change;
    filter_pending(&filter, t);
    mongo_doc_init(&change);
    BSON_APPEND_BOOL(&change.set, "kept", true);
    write_facts(&change, cam);
    enum err e = mongo_op_change(t->s, &mongo_doc_cameras, &filter, &change);
    if (e != ERR_NOT_FOUND)
        return e;
    /* Deleted meanwhile, and a key from it dies with it; or connected meanwhile, then nothing is left to
     * withdraw. */
    e = mongo_camera_withdraw(t->s, device, &cam->id);
    return e ? e : ERR_BUSY;
}

static enum err keep_device(struct attempt *t, const struct id *device, struct mongo_camera *out)
{
    enum err e = reserve(t, device);
    if (!e)
        e = give_next_key(t, device, out);
    return e ? e : note_kept(t, device);
}

static enum err activate(struct attempt *t, struct mongo_camera *out)
{
    struct mongo_camera device;
    enum err e = mongo_camera_by_token(t->s, &t->a->token, &t->found);
    if (!e)
        e = rules_activate(&t->found.c, t->a);
    if (e)
        return e;
    if (t->found.c.state == CAMERA_ACTIVE)
        return renew_key(t, out);
    e = find_device(t, &device);
    if (!e)
        return keep_device(t, &device.c.id, out);
    return e == ERR_NOT_FOUND ? become_device(t, out) : e;
}

static enum err on_activate(struct store *s, const struct store_activation *a, make_key *make, void *arg,
                            struct camera *out)
{
    struct attempt t = {.s = s, .a = a, .make = make, .arg = arg};
    struct mongo_camera device;
    enum err e = ERR_BUSY;
    for (int i = 0; i < MONGO_CAMERA_TRIES && e == ERR_BUSY; i++)
        e = activate(&t, &device);
    if (!e)
        *out = device.c;
    return e;
}

static enum err cancel(struct store *s, const struct id *owner, const struct secret_hash *token,
                       struct mongo_camera *gone)
{
    struct mongo_doc filter;
    mongo_doc_init(&filter);
    mongo_doc_id(&filter, "owner_id", owner);
    mongo_doc_absent(&filter, "device_uid");
    mongo_doc_token(&filter, token);
    enum err e = mongo_op_remove(s, &mongo_doc_cameras, &filter, gone);
    if (e != ERR_NOT_FOUND)
        return e;
    e = mongo_camera_by_token(s, token, gone);
    if (!e)
        e = rules_cancel(&gone->c, owner);
    return e ? e : ERR_BUSY;
}

static enum err on_cancel(struct store *s, const struct id *owner, const struct secret_hash *token,
                          struct camera *gone)
{
    struct mongo_camera c;
    enum err e = rules_has(token) ? ERR_BUSY : ERR_NOT_FOUND;
    for (int i = 0; i < MONGO_CAMERA_TRIES && e == ERR_BUSY; i++)
        e = cancel(s, owner, token, &c);
    if (!e)
        *gone = c.c;
    return e;
}

void mongo_onboarding_plug(struct store *s)
{
    s->camera_create = on_create;
    s->camera_repeat = on_repeat;
    s->camera_by_token = on_by_token;
    s->camera_by_uid = on_by_uid;
    s->camera_activate = on_activate;
    s->camera_cancel = on_cancel;
}
