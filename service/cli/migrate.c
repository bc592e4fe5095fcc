/* visionconnect migrate: from the embedded database to MongoDB. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/secret.h"
#include "cli/cli.h"
#include "core/buf.h"
#include "core/conf.h"
#include "core/log.h"
#include "core/mem.h"
#include "store/mongo/mongo.h"
#include "store/sqlite/sqlite.h"
#include "store/transfer.h"

enum { PAGE = 100, RECORD_TEXT_MAX = 8192, OPEN_WAIT_MS = 10000, POOL = 2 };

static const char *const kind_words[] = {"users", "sessions", "stream passwords", "cameras"};

static int usage(FILE *out, int status)
{
    (void)fprintf(
        out,
        "usage: visionconnect migrate [--from sqlite:FILE] [--to mongodb://…] [--dry-run]\n\n"
        "Moves everything from the embedded database into an empty MongoDB database and compares both.\n"
        "Stop the service first. An interrupted move is gone on with by the same command.\n"
        "--from: the database in DATA_DIR by default. --to: MONGO_URI by default (keeps its password out of\n"
        "the list of processes). --dry-run: says what would be moved and changes nothing.\n");
    return status;
}

struct plan {
    const char *file, *uri;
    bool dry_run;
};

/* ---- comparing ---- */

static void put_hash(struct buf *b, const struct secret_hash *h)
{
    for (size_t i = 0; i < sizeof h->b; i++)
        buf_printf(b, "%02x", h->b[i]);
    buf_putc(b, '|');
}

static void put_user(struct buf *b, const struct user *u)
{
    buf_printf(b, "%s|%s|%s|%s|%d|%d|%" PRId64, u->id.s, u->email, u->username, u->password_hash, u->is_admin,
               u->is_active, u->created_ms);
}

static void put_session(struct buf *b, const struct session *n)
{
    buf_printf(b, "%s|%s|%s|%s|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|", n->id.s, n->user_id.s,
               n->user_agent, n->address, n->spent_until_ms, n->created_ms, n->last_used_ms, n->expires_ms);
    put_hash(b, &n->refresh);
    put_hash(b, &n->spent);
    put_hash(b, &n->cookie);
}

static void put_stream_password(struct buf *b, const struct stream_password *p)
{
    buf_printf(b, "%s|%s|%s|%s|%" PRId64 "|", p->id.s, p->user_id.s, p->device_id.s, p->name, p->created_ms);
    put_hash(b, &p->secret);
}

static void put_camera(struct buf *b, const struct camera *c)
{
    buf_printf(b, "%s|%s|%d|%s|%s|%s|%s|%s|%s|%s|%s|%s|", c->id.s, c->owner_id.s, (int)c->state,
               c->device_name, c->camera_model, c->asked_model, c->device_uid, c->wifi_ssid, c->local_ip,
               c->firmware, c->idempotency_key, c->kept_id.s);
    buf_printf(b, "%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|",
               c->token_expires_ms, c->created_ms, c->activated_ms, c->connected_ms, c->first_frame_ms,
               c->last_seen_ms);
    put_hash(b, &c->token);
    put_hash(b, &c->claim);
    put_hash(b, &c->idempotency_body);
    put_hash(b, &c->key);
    put_hash(b, &c->next_key);
}

/* A chain over records in the order of their ids: equal sums mean equal records. */
struct sum {
    int64_t count;
    struct secret_hash hash;
};

static enum err add(struct sum *sum, enum transfer_kind kind, const union transfer_record *r)
{
    struct buf b;
    buf_init(&b, RECORD_TEXT_MAX);
    put_hash(&b, &sum->hash);
    if (kind == TRANSFER_USERS)
        put_user(&b, &r->user);
    else if (kind == TRANSFER_SESSIONS)
        put_session(&b, &r->session);
    else if (kind == TRANSFER_STREAM_PASSWORDS)
        put_stream_password(&b, &r->stream_password);
    else
        put_camera(&b, &r->camera);
    enum err e = buf_err(&b);
    if (!e) {
        sum->hash = secret_hash_of(buf_span(&b));
        sum->count++;
    }
    buf_wipe(&b);
    return e;
}

/* Every record begins with its id. */
static const struct id *id_of(const union transfer_record *r)
{
    return &r->user.id;
}

/* ---- moving ---- */

typedef enum err reader(struct store *s, enum transfer_kind kind, const struct id *after, size_t max,
                        union transfer_record *records, size_t *count);

/* Reads all of a kind; writes each into target unless that is NULL. */
static enum err walk(struct store *from, reader *read, enum transfer_kind kind, struct store *target,
                     struct sum *out)
{
    union transfer_record *page = mem_alloc(PAGE * sizeof *page);
    struct sum sum = {.count = 0};
    struct id after = {.s = ""};
    size_t n = PAGE;
    enum err e = page ? ERR_OK : ERR_NO_MEMORY;
    while (!e && n == PAGE) {
        e = read(from, kind, &after, PAGE, page, &n);
        for (size_t i = 0; i < n && !e; i++) {
            e = add(&sum, kind, &page[i]);
            if (!e && target)
                e = mongo_transfer_write(target, kind, &page[i]);
            after = *id_of(&page[i]);
        }
    }
    mem_free(page);
    if (!e)
        *out = sum;
    return e;
}

static enum err move_kind(struct store *from, struct store *to, enum transfer_kind kind)
{
    struct sum here, there;
    enum err e = walk(from, sqlite_transfer_read, kind, to, &here);
    if (!e)
        e = walk(to, mongo_transfer_read, kind, NULL, &there);
    if (e)
        return e;
    bool same = here.count == there.count && secret_hash_eq(&here.hash, &there.hash);
    (void)printf("%-16s %" PRId64 " moved, %" PRId64 " there, %s\n", kind_words[kind], here.count,
                 there.count, same ? "same content" : "DIFFERENT");
    return same ? ERR_OK : ERR_CONFLICT;
}

static enum err move_all(struct store *from, const struct plan *p)
{
    const struct mongo_config config = {.uri = p->uri,
                                        .pool = POOL,
                                        .timeout_ms = OPEN_WAIT_MS,
                                        .wait_ms = OPEN_WAIT_MS,
                                        .retry = true,
                                        .hash = secret_hash_of};
    struct store *to;
    enum err e = mongo_store_open(&config, &to);
    if (e)
        return e;
    e = mongo_transfer_begin(to);
    if (e == ERR_CONFLICT)
        (void)fprintf(stderr, "migrate: the database named by --to is not empty\n");
    for (int kind = 0; kind < TRANSFER_KINDS && !e; kind++)
        e = move_kind(from, to, (enum transfer_kind)kind);
    if (!e)
        e = mongo_transfer_end(to);
    to->close(to);
    return e;
}

static enum err count_all(struct store *from)
{
    enum err e = ERR_OK;
    for (int kind = 0; kind < TRANSFER_KINDS && !e; kind++) {
        struct sum sum;
        e = walk(from, sqlite_transfer_read, (enum transfer_kind)kind, NULL, &sum);
        if (!e)
            (void)printf("%-16s %" PRId64 " would be moved\n", kind_words[kind], sum.count);
    }
    return e;
}

static int run(const struct plan *p)
{
    struct store *from;
    if (access(p->file, R_OK)) {
        (void)fprintf(stderr, "migrate: there is no database at %s\n", p->file);
        return 1;
    }
    enum err e = sqlite_store_open(p->file, &from);
    if (!e) {
        e = p->dry_run ? count_all(from) : move_all(from, p);
        from->close(from);
    }
    if (e && e != ERR_CONFLICT)
        (void)fprintf(stderr, "migrate: %s; nothing is lost, the same command goes on with it\n",
                      err_word(e));
    else if (!e && !p->dry_run)
        (void)printf("done: start the service with MONGO_URI\n");
    return e ? 1 : 0;
}

/* ---- what was asked for ---- */

static bool parse(int argc, char **argv, struct plan *p)
{
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (strcmp(argv[i], "--dry-run") == 0)
            p->dry_run = true;
        else if (more && strcmp(argv[i], "--from") == 0 && strncmp(argv[i + 1], "sqlite:", 7) == 0)
            p->file = argv[++i] + 7;
        else if (more && strcmp(argv[i], "--to") == 0 && strncmp(argv[i + 1], "mongodb", 7) == 0)
            p->uri = argv[++i];
        else
            return false;
    }
    return true;
}

int cli_migrate(int argc, char **argv)
{
    struct plan p = {.dry_run = false};
    struct conf conf;
    struct buf file;
    if (argc > 1 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, 0);
    if (!parse(argc, argv, &p))
        return usage(stderr, 2);
    if (conf_load(&conf, stderr))
        return 1;
    if (log_open(LOG_WARN, LOG_TEXT, NULL)) {
        conf_fini(&conf);
        return 1;
    }
    buf_init(&file, 4096);
    buf_printf(&file, "%s/visionconnect.db", conf.data_dir);
    p.file = p.file ? p.file : buf_str(&file);
    p.uri = p.uri ? p.uri : conf.mongo_uri;
    int status = 2;
    if (!*p.uri && !p.dry_run)
        (void)fprintf(stderr, "migrate: neither --to nor MONGO_URI names a database\n");
    else
        status = run(&p);
    buf_fini(&file);
    log_close();
    conf_fini(&conf);
    return status;
}
