/* SQLite held to the storage contract, and what it promises beyond. */
#include <poll.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract/store_suite_case.h"
#include "core/mem.h"
#include "store/sqlite/sqlite.h"

/* SQLite's own call to the C library ends here: what a killed process wrote is there without it, and a slow
 * disk makes nothing here late. */
static atomic_int syncs;

int fdatasync(int fd)
{
    atomic_fetch_add(&syncs, 1);
    return 0;
}

/* Holds a lock until the back end pauses for it. */
static sqlite3 *blocker;
static int pauses;

int sqlite3_sleep(int ms)
{
    if (!blocker)
        return poll(NULL, 0, ms); /* for another process: as the real one */
    pauses++;
    sqlite3_close(blocker);
    blocker = NULL;
    return ms;
}

static char dir[] = "/tmp/store-sqlite-XXXXXX";
static char path[64];

static void remove_files(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static enum err reopen(struct store_factory *f, struct store **out)
{
    return sqlite_store_open(path, out);
}

static enum err fresh(struct store_factory *f, struct store **out)
{
    remove_files();
    return reopen(f, out);
}

static int first_int(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt = NULL;
    int n = -1;
    if (sqlite3_open(path, &db) == SQLITE_OK && sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        n = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return n;
}

static bool is_whole(struct store_factory *f)
{
    return first_int("SELECT count(*) = 1 AND max(integrity_check) = 'ok' FROM pragma_integrity_check") ==
               1 &&
           first_int("SELECT count(*) FROM pragma_foreign_key_check") == 0;
}

static struct store_factory factory = {.fresh = fresh, .reopen = reopen, .is_whole = is_whole};

static int clean(void **state)
{
    remove_files();
    return 0;
}

#define CASE(f) cmocka_unit_test_setup(f, clean)

static void test_files_are_private(void **state)
{
    struct store *s;
    mode_t before = umask(0);
    ASSERT_OK(sqlite_store_open(path, &s));
    suite_add_user(s, 1);
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char name[80];
        struct stat st;
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        assert_int_equal(stat(name, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    s->close(s);
    umask(before);
}

static void test_every_write_is_synced(void **state)
{
    struct store *s;
    ASSERT_OK(sqlite_store_open(path, &s));
    for (unsigned n = 1; n <= 3; n++) {
        int before = atomic_load(&syncs);
        suite_add_user(s, n);
        assert_true(atomic_load(&syncs) > before);
    }
    s->close(s);
}

static void test_waits_for_the_switch_to_wal(void **state)
{
    static const char *const locks[] = {"BEGIN; SELECT * FROM sqlite_schema", "BEGIN IMMEDIATE",
                                        "BEGIN EXCLUSIVE"};
    for (size_t i = 0; i < sizeof locks / sizeof *locks; i++) {
        struct store *s;
        remove_files();
        assert_int_equal(sqlite3_open(path, &blocker), SQLITE_OK);
        assert_int_equal(sqlite3_exec(blocker, "CREATE TABLE other (a)", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(blocker, locks[i], NULL, NULL, NULL), SQLITE_OK);
        pauses = 0;
        ASSERT_OK(sqlite_store_open(path, &s));
        s->close(s);
        assert_int_equal(pauses, 1);
        sqlite3_close(blocker);
        blocker = NULL;
    }
}

/* Waits at the gate, opens, registers user n; never returns. */
static _Noreturn void start_process(int gate, unsigned n)
{
    struct store *s;
    struct user u = suite_user(n);
    char opened;
    if (read(gate, &opened, 1) < 0)
        _exit(1);
    enum err e;
    do /* on a slow machine the others may hold the file for longer than one waits for it */
        e = sqlite_store_open(path, &s);
    while (e == ERR_UNAVAILABLE);
    if (e)
        _exit(1);
    do
        e = s->user_create(s, &u);
    while (e == ERR_UNAVAILABLE);
    s->close(s);
    _exit(e ? 2 : 0);
}

static void test_many_processes_start_at_once(void **state)
{
    enum { ROUNDS = 8, PROCESSES = 12 };
    for (int round = 0; round < ROUNDS; round++) {
        pid_t pid[PROCESSES];
        int gate[2];
        remove_files();
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
        assert_int_equal(first_int("SELECT count(*) FROM users"), PROCESSES);
        assert_true(is_whole(&factory));
    }
}

static void test_a_newer_schema_is_refused(void **state)
{
    struct store *s = NULL;
    ASSERT_OK(sqlite_store_open(path, &s));
    s->close(s);
    s = NULL;
    first_int("PRAGMA user_version = 9999");
    ASSERT_ERR(ERR_INVALID, sqlite_store_open(path, &s));
    assert_null(s);
}

static void test_what_is_no_database_is_refused(void **state)
{
    static const char text[] =
        "this has been a shopping list for as long as anyone can remember: bread, butter, eggs";
    struct store *s = NULL;
    ASSERT_ERR(ERR_IO, sqlite_store_open(dir, &s));
    ASSERT_ERR(ERR_IO, sqlite_store_open("/nonexistent/store.db", &s));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < 20; i++)
        assert_int_equal(fwrite(text, sizeof text, 1, f), 1);
    assert_int_equal(fclose(f), 0);
    ASSERT_ERR(ERR_IO, sqlite_store_open(path, &s));
    assert_null(s);
}

static void test_memory_runs_out_at_open(void **state)
{
    struct store *s = NULL;
    mem_fail_after(0, 0);
    enum err e = sqlite_store_open(path, &s);
    mem_fail_after(-1, 0);
    ASSERT_ERR(ERR_NO_MEMORY, e);
    assert_null(s);
}

static void test_no_secret_is_stored_but_as_a_hash(void **state)
{
    struct store *s;
    ASSERT_OK(sqlite_store_open(path, &s));
    suite_add_user(s, 1);
    suite_add_camera(s, 1, 1);
    s->close(s);
    assert_int_equal(first_int("SELECT length(token) + length(claim) FROM cameras"), 2 * MODEL_HASH_BYTES);
    assert_int_equal(first_int("SELECT key IS NULL AND next_key IS NULL FROM cameras"), 1);
}

int main(void)
{
    const struct CMUnitTest sqlite[] = {
        CASE(test_files_are_private),           CASE(test_every_write_is_synced),
        CASE(test_waits_for_the_switch_to_wal), CASE(test_many_processes_start_at_once),
        CASE(test_a_newer_schema_is_refused),   CASE(test_what_is_no_database_is_refused),
        CASE(test_memory_runs_out_at_open),     CASE(test_no_secret_is_stored_but_as_a_hash),
    };
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof path, "%s/store.db", dir);
    int failed = cmocka_run_group_tests(sqlite, NULL, NULL) + store_suite_run(&factory);
    remove_files();
    rmdir(dir);
    return failed != 0;
}
