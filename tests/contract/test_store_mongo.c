/* MongoDB held to the storage contract, and what it promises beyond. TEST_MONGO_URI names a server whose
 * databases "vc_test_…" are this program's to make and drop. */
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/secret.h"
#include "contract/store_suite_case.h"
#include "store/mongo/mongo.h"

static char uri[512], database[64];

/* Times that only a database meets which does not answer at all. */
static struct mongo_config config(void)
{
    return (struct mongo_config){
        .uri = uri, .pool = 16, .timeout_ms = 120000, .wait_ms = 120000, .hash = secret_hash_of};
}

static mongoc_client_t *raw_client(void)
{
    mongoc_client_t *c = mongoc_client_new(uri);
    assert_non_null(c);
    return c;
}

static void drop(void)
{
    mongoc_client_t *c = raw_client();
    mongoc_database_t *d = mongoc_client_get_database(c, database);
    bson_error_t error;
    if (!mongoc_database_drop(d, &error))
        print_message("%s\n", error.message);
    mongoc_database_destroy(d);
    mongoc_client_destroy(c);
}

static enum err reopen(struct store_factory *f, struct store **out)
{
    struct mongo_config c = config();
    struct store *s;
    enum err e = mongo_store_open(&c, &s);
    if (e)
        return e;
    e = s->ping(s);
    if (e)
        s->close(s);
    else
        *out = s;
    return e;
}

static enum err fresh(struct store_factory *f, struct store **out)
{
    drop();
    return reopen(f, out);
}

static bool is_whole(struct store_factory *f)
{
    return true; /* the server's own affair; what the service may see of it, the suite looks at */
}

static struct store_factory factory = {.fresh = fresh, .reopen = reopen, .is_whole = is_whole};

/* Puts one document, as JSON, into a collection. */
static void put(const char *collection, const char *json)
{
    bson_error_t error;
    mongoc_client_t *c = raw_client();
    mongoc_collection_t *at = mongoc_client_get_collection(c, database, collection);
    bson_t *doc = bson_new_from_json((const uint8_t *)json, -1, &error);
    assert_non_null(doc);
    assert_true(mongoc_collection_insert_one(at, doc, NULL, NULL, &error));
    bson_destroy(doc);
    mongoc_collection_destroy(at);
    mongoc_client_destroy(c);
}

static int64_t count(const char *collection)
{
    bson_error_t error;
    bson_t all = BSON_INITIALIZER;
    mongoc_client_t *c = raw_client();
    mongoc_collection_t *at = mongoc_client_get_collection(c, database, collection);
    int64_t n = mongoc_collection_count_documents(at, &all, NULL, NULL, NULL, &error);
    mongoc_collection_destroy(at);
    mongoc_client_destroy(c);
    return n;
}

static void test_a_newer_schema_is_refused(void **state)
{
    struct store *s = NULL;
    struct mongo_config c = config();
    drop();
    put("visionconnect", "{\"_id\": \"schema\", \"version\": 9999}");
    ASSERT_ERR(ERR_INVALID, mongo_store_open(&c, &s));
    assert_null(s);
}

static void test_crooked_uris_are_refused(void **state)
{
    static const char *const crooked[] = {"", "nonsense", "http://localhost/", "mongodb://",
                                          "mongodb://localhost/?w=x&tls=maybe"};
    for (size_t i = 0; i < sizeof crooked / sizeof *crooked; i++) {
        struct store *s = NULL;
        struct mongo_config c = config();
        c.uri = crooked[i];
        ASSERT_ERR(ERR_INVALID, mongo_store_open(&c, &s));
        assert_null(s);
    }
}

static void test_opens_while_the_database_is_away(void **state)
{
    struct store *s = NULL;
    struct mongo_config c = config();
    struct user u = suite_user(1);
    c.uri = "mongodb://127.0.0.1:1/";
    c.timeout_ms = 500;
    c.wait_ms = 1;
    ASSERT_OK(mongo_store_open(&c, &s));
    ASSERT_ERR(ERR_UNAVAILABLE, s->ping(s));
    ASSERT_ERR(ERR_UNAVAILABLE, s->user_create(s, &u));
    s->close(s);
}

/* Waits at the gate, opens, registers user n; never returns. */
static _Noreturn void start_process(int gate, unsigned n)
{
    struct store *s;
    struct user u = suite_user(n);
    char opened;
    if (read(gate, &opened, 1) < 0 || reopen(&factory, &s))
        _exit(1);
    enum err e = s->user_create(s, &u);
    s->close(s);
    _exit(e ? 2 : 0);
}

static void test_many_processes_start_at_once(void **state)
{
    enum { ROUNDS = 3, PROCESSES = 6 };
    for (int round = 0; round < ROUNDS; round++) {
        pid_t pid[PROCESSES];
        int gate[2];
        drop();
        assert_int_equal(pipe(gate), 0);
        for (unsigned i = 0; i < PROCESSES; i++) {
            pid[i] = fork();
            assert_true(pid[i] >= 0);
            if (pid[i] == 0) {
                close(gate[1]);
                start_process(gate[0], i + 1);
            }
        }
        close(gate[0]);
        close(gate[1]);
        for (unsigned i = 0; i < PROCESSES; i++) {
            int status;
            assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), 0);
        }
        assert_int_equal(count("users"), PROCESSES);
    }
}

/* The server's URI with our database in place of its own: scheme://hosts/database?options. */
static void name_database(const char *server)
{
    const char *hosts = strstr(server, "://");
    size_t len = hosts ? (size_t)(hosts - server) + 3 + strcspn(hosts + 3, "/?") : 0;
    const char *options = strchr(server + len, '?');
    snprintf(uri, sizeof uri, "%.*s/%s%s", (int)len, server, database, options ? options : "");
}

int main(void)
{
    const struct CMUnitTest mongo[] = {
        cmocka_unit_test(test_a_newer_schema_is_refused),
        cmocka_unit_test(test_crooked_uris_are_refused),
        cmocka_unit_test(test_opens_while_the_database_is_away),
        cmocka_unit_test(test_many_processes_start_at_once),
    };
    const char *server = getenv("TEST_MONGO_URI");
    if (!server) {
        print_message("TEST_MONGO_URI is not set; try: TEST_MONGO_URI=$(tests/support/mongo up)\n");
        return 77;
    }
    mongoc_init();
    snprintf(database, sizeof database, "vc_test_%d", (int)getpid());
    name_database(server);
    int failed = cmocka_run_group_tests(mongo, NULL, NULL) + store_suite_run(&factory);
    drop();
    return failed != 0;
}
