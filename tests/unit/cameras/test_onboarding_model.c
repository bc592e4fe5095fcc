/* Random stories of onboarding, told to the store and to the model: both must tell the same of every step,
 * and know the same afterwards. MODEL_SEED=n tells the stories of n again, MODEL_RUNS=n so many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cameras/onboard.h"
#include "core/mem.h"
#include "onboarding_model.h"
#include "store/sqlite/sqlite.h"
#include "support/check.h"

enum { RUNS = 2000, STEPS = 24, SECRETS = STEPS + 1, OWNERS = 2, UIDS = 3, AGAIN = 2, BODIES = 2 };

static const int64_t T0_MS = 1700000000000;
static const char *const kind_words[MODEL_KINDS] = {"onboard", "create", "activate", "connect",
                                                    "cancel",  "delete", "rotate",   "sweep"};

/* The disk is not the matter here. */
int fdatasync(int fd);
int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

struct run {
    struct store *store;
    struct model model;
    uint64_t seed, random;
    unsigned number;
    struct id owner[OWNERS + 1], device[MODEL_DOCS]; /* by number */
    int key_of[SECRETS];                             /* number of the device that a key is for */
    int winner[SECRETS];                             /* the label that has a token */
    struct model_op done[STEPS];
    int64_t at[STEPS];
    int steps;
};

/* splitmix64 (Steele, Lea, Flood 2014). */
static unsigned draw(struct run *r, unsigned below)
{
    uint64_t z = r->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (unsigned)((z ^ z >> 31) % below);
}

static struct id id_of(const struct run *r, unsigned kind, unsigned n)
{
    struct id id;
    (void)snprintf(id.s, sizeof id.s, "%08x%08x%08x", r->number, kind, n);
    return id;
}

/* Hashes of this run's secrets: tokens, their claims, keys; a body's. */
static struct secret_hash hash_of(const struct run *r, char kind, int n)
{
    struct secret_hash h = {{(uint8_t)kind}};
    memcpy(h.b + 4, &r->number, sizeof r->number);
    memcpy(h.b + 8, &n, sizeof n);
    return h;
}

static void tell_story(const struct run *r, const char *what)
{
    print_error("MODEL_SEED=%llu run %u: %s\n", (unsigned long long)r->seed, r->number, what);
    for (int i = 0; i < r->steps; i++) {
        const struct model_op *o = &r->done[i];
        print_error("%3d at %lld s: %s owner=%d uid=%d token=%d key=%d again=%d body=%d device=%d makes=%d\n",
                    i, (long long)r->at[i], kind_words[o->kind], o->owner, o->uid, o->token, o->key, o->again,
                    o->body, o->doc, o->fresh);
    }
}

static void hold(const struct run *r, bool good, const char *what)
{
    if (!good)
        tell_story(r, what);
    assert_true(good);
}

static int64_t now_ms(const struct run *r)
{
    return T0_MS + r->model.now * 1000;
}

/* ---- the store does it ---- */

static struct camera camera_of(const struct run *r, const struct model_op *o, int doc)
{
    struct camera c = {
        .id = id_of(r, 2, (unsigned)doc), .owner_id = r->owner[o->owner], .created_ms = now_ms(r)};
    if (o->kind == MODEL_CREATE) {
        c.state = CAMERA_ACTIVE;
        c.key = hash_of(r, 'k', o->fresh);
        if (o->uid)
            (void)snprintf(c.device_uid, sizeof c.device_uid, "uid %d", o->uid);
        return c;
    }
    c.token = hash_of(r, 't', o->fresh);
    c.claim = hash_of(r, 'c', o->fresh);
    c.token_expires_ms = now_ms(r) + MODEL_TTL * 1000;
    if (o->again) {
        (void)snprintf(c.idempotency_key, sizeof c.idempotency_key, "again %d", o->again);
        c.idempotency_body = hash_of(r, 'b', o->body);
    }
    return c;
}

/* As http/api/onboarding.c does it. */
static enum err onboard(struct run *r, const struct model_op *o, int doc)
{
    struct camera c = camera_of(r, o, doc), before;
    enum err err = o->again ? r->store->camera_repeat(r->store, &c, &before) : ERR_NOT_FOUND;
    return err == ERR_NOT_FOUND ? r->store->camera_create(r->store, &c) : err;
}

struct maker {
    struct run *run;
    int key;
};

static int number_of(const struct run *r, const struct id *id)
{
    for (int i = 0; i < MODEL_DOCS; i++)
        if (id_eq(&r->device[i], id))
            return i;
    return -1;
}

static void make_key(void *arg, const struct id *id, struct secret_hash *hash)
{
    struct maker *m = arg;
    m->run->key_of[m->key] = number_of(m->run, id);
    *hash = hash_of(m->run, 'k', m->key);
}

static enum err activate(struct run *r, const struct model_op *o)
{
    char uid[16];
    struct camera out;
    struct maker maker = {r, o->fresh};
    (void)snprintf(uid, sizeof uid, "uid %d", o->uid);
    struct store_activation a = {.device_uid = uid, .now_ms = now_ms(r)};
    a.token = hash_of(r, draw(r, 2) ? 't' : 'c', o->token);
    enum err err = r->store->camera_activate(r->store, &a, make_key, &maker, &out);
    if (!err) {
        hold(r, !r->winner[o->token] || r->winner[o->token] == o->uid, "a token activated two cameras");
        r->winner[o->token] = o->uid;
    }
    return err;
}

static enum err store_do(struct run *r, const struct model_op *o)
{
    struct store *s = r->store;
    struct secret_hash key = hash_of(r, 'k', o->kind == MODEL_CONNECT ? o->key : o->fresh);
    struct secret_hash token = hash_of(r, draw(r, 2) ? 't' : 'c', o->token);
    bool replaced;
    struct camera c;
    switch (o->kind) {
    case MODEL_ONBOARD:
        return onboard(r, o, r->model.docs);
    case MODEL_CREATE:
        r->key_of[o->fresh] = r->model.docs;
        c = camera_of(r, o, r->model.docs);
        return s->camera_create(s, &c);
    case MODEL_ACTIVATE:
        return activate(r, o);
    case MODEL_CONNECT:
        return s->camera_connected(s, &r->device[r->key_of[o->key]], &key, now_ms(r), &replaced);
    case MODEL_CANCEL:
        return s->camera_cancel(s, &r->owner[o->owner], &token, &c);
    case MODEL_DELETE:
        return s->camera_delete(s, &r->owner[o->owner], &r->device[o->doc], now_ms(r), &c);
    case MODEL_ROTATE:
        r->key_of[o->fresh] = o->doc;
        return s->camera_rotate_key(s, &r->owner[o->owner], &r->device[o->doc], &key, now_ms(r));
    case MODEL_SWEEP:
    case MODEL_KINDS:
        break;
    }
    return s->sweep(s, now_ms(r));
}

/* ---- and knows the same ---- */

static const char *stage_of(const struct model_doc *d)
{
    return !d->active ? "waiting" : d->connected ? "connected" : "activated";
}

static void same_token(struct run *r, int token)
{
    struct model *m = &r->model;
    const struct model_doc *want = NULL;
    struct secret_hash hash = hash_of(r, 't', token);
    struct presence_state absent = {0};
    struct camera c;
    for (int i = 0; i < m->docs; i++)
        if (m->doc[i].there && m->doc[i].token == token)
            want = &m->doc[i];
    enum err err = r->store->camera_by_token(r->store, &hash, NULL, &c);
    hold(r, err == (want ? ERR_OK : ERR_NOT_FOUND), "a token is known to one only");
    if (!want)
        return;
    hold(r, id_eq(&c.id, &r->device[want - m->doc]), "a token leads to another device");
    hold(r, strcmp(onboard_stage(&c), stage_of(want)) == 0, "another stage");
    bool expired = !want->active && m->now >= want->expires;
    hold(r, (strcmp(onboard_status(&c, &absent, now_ms(r)), "expired") == 0) == expired, "another status");
    hold(r, want->kept ? id_eq(&c.kept_id, &r->device[want->kept - 1]) : id_is_none(&c.kept_id),
         "another kept device");
}

static void same_key(struct run *r, int key)
{
    struct model *m = &r->model;
    bool want = false;
    struct secret_hash hash = hash_of(r, 'k', key);
    struct camera c;
    for (int i = 0; i < m->docs; i++)
        want =
            want || (m->doc[i].there && m->doc[i].active && (m->doc[i].key == key || m->doc[i].next == key));
    enum err err = r->store->camera_by_key(r->store, &r->device[r->key_of[key]], &hash, &c);
    hold(r, err == (want ? ERR_OK : ERR_UNAUTHENTICATED), "a key is good for one only");
}

static void same_list(struct run *r, int owner)
{
    struct model *m = &r->model;
    struct store_camera_filter f = {.now_ms = now_ms(r), .limit = 200};
    struct camera_page page;
    size_t want = 0;
    hold(r, r->store->camera_list(r->store, &r->owner[owner], &f, &page) == ERR_OK, "no list");
    for (int i = 0; i < m->docs; i++)
        want +=
            m->doc[i].there && m->doc[i].owner == owner && (m->doc[i].active || m->now < m->doc[i].expires);
    bool good = page.count == want;
    for (size_t i = 0; i < page.count && good; i++) {
        int n = number_of(r, &page.data[i].id);
        good = n >= 0 && n < m->docs && m->doc[n].there && m->doc[n].owner == owner;
    }
    mem_free(page.data);
    hold(r, good, "another list of devices");
}

static void same_knowledge(struct run *r)
{
    for (int n = 1; n <= r->steps; n++) {
        same_token(r, n);
        same_key(r, n);
    }
    for (int owner = 1; owner <= OWNERS; owner++)
        same_list(r, owner);
}

/* ---- the stories ---- */

/* A secret that a step of this kind made, dead or alive; now and then any number. */
static int guess(struct run *r, enum model_kind kind)
{
    int n = 1 + (int)draw(r, (unsigned)r->steps + 1);
    for (int tries = 0; tries < 8 && (n > r->steps || r->done[n - 1].kind != kind); tries++)
        n = 1 + (int)draw(r, (unsigned)r->steps + 1);
    return n;
}

static struct model_op think(struct run *r)
{
    static const enum model_kind kinds[] = {MODEL_ONBOARD,  MODEL_ONBOARD,  MODEL_ONBOARD,  MODEL_CREATE,
                                            MODEL_ACTIVATE, MODEL_ACTIVATE, MODEL_ACTIVATE, MODEL_ACTIVATE,
                                            MODEL_CONNECT,  MODEL_CONNECT,  MODEL_CONNECT,  MODEL_CANCEL,
                                            MODEL_DELETE,   MODEL_ROTATE,   MODEL_SWEEP};
    struct model_op o = {.kind = kinds[draw(r, sizeof kinds / sizeof *kinds)],
                         .owner = draw(r, 4) ? 1 : 1 + (int)draw(r, OWNERS),
                         .fresh = r->steps + 1};
    if (o.kind == MODEL_ONBOARD && draw(r, 2)) {
        o.again = 1 + (int)draw(r, AGAIN);
        o.body = 1 + (int)draw(r, BODIES);
    }
    if (o.kind == MODEL_CREATE)
        o.uid = (int)draw(r, UIDS);
    if (o.kind == MODEL_ACTIVATE)
        o.uid = 1 + (int)draw(r, UIDS - 1);
    if (o.kind == MODEL_ACTIVATE || o.kind == MODEL_CANCEL)
        o.token = guess(r, MODEL_ONBOARD);
    if (o.kind == MODEL_CONNECT)
        o.key = guess(r, MODEL_ACTIVATE);
    if ((o.kind == MODEL_DELETE || o.kind == MODEL_ROTATE) && r->model.docs)
        o.doc = (int)draw(r, (unsigned)r->model.docs);
    return o;
}

static void pass_time(struct run *r)
{
    static const int64_t seconds[] = {1, 60, 299, 300, MODEL_TTL, MODEL_DAY};
    if (draw(r, 4) == 0)
        r->model.now += seconds[draw(r, sizeof seconds / sizeof *seconds)];
}

static void begin(struct run *r, struct store *store, uint64_t seed, unsigned number)
{
    *r = (struct run){.store = store, .seed = seed, .number = number, .random = seed + number};
    for (int i = 1; i <= OWNERS; i++) {
        struct user u = {.id = id_of(r, 1, (unsigned)i), .is_active = true};
        (void)snprintf(u.username, sizeof u.username, "u%d.%u", i, number);
        r->owner[i] = u.id;
        assert_int_equal(store->user_create(store, &u), ERR_OK);
    }
    for (int i = 0; i < MODEL_DOCS; i++)
        r->device[i] = id_of(r, 2, (unsigned)i);
}

static void live(struct run *r)
{
    while (r->steps < STEPS) {
        pass_time(r);
        struct model_op o = think(r);
        r->at[r->steps] = r->model.now;
        r->done[r->steps] = o;
        r->steps++;
        enum err got = store_do(r, &o), want = model_do(&r->model, &o);
        if (got != want)
            print_error("the store says %s, the model %s\n", err_word(got), err_word(want));
        hold(r, got == want, "another answer");
        if (draw(r, 4) == 0)
            same_knowledge(r);
    }
    same_knowledge(r);
}

static void the_store_is_as_the_model_says(void **state)
{
    char folder[] = "/tmp/model-XXXXXX", path[64];
    static const char *const files[] = {"", "-wal", "-shm"};
    const char *seed_text = getenv("MODEL_SEED"), *runs_text = getenv("MODEL_RUNS");
    uint64_t seed = seed_text ? strtoull(seed_text, NULL, 10) : (uint64_t)time(NULL);
    unsigned runs = runs_text ? (unsigned)strtoul(runs_text, NULL, 10) : RUNS;
    struct store *store;
    static struct run r;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/db", folder);
    assert_int_equal(sqlite_store_open(path, &store), ERR_OK);
    print_message("MODEL_SEED=%llu\n", (unsigned long long)seed);
    for (unsigned n = 0; n < runs; n++) {
        begin(&r, store, seed, n);
        live(&r);
    }
    store->close(store);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char name[80];
        (void)snprintf(name, sizeof name, "%s%s", path, files[i]);
        (void)unlink(name);
    }
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_store_is_as_the_model_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
