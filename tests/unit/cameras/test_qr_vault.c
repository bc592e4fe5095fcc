#include "cameras/qr_vault.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "core/mem.h"
#include "support/check.h"

static const struct secret_hash one = {{1}}, two = {{2}};
static const char secret[] = "correct-horse-battery";

/* The vault's pages, seen through the calls it gets and gives them by. */
static char *pages;
static size_t pages_len;
static bool left_out_of_dumps;

void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset);
void *__real_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset);
int __wrap_madvise(void *at, size_t len, int advice);
int __real_madvise(void *at, size_t len, int advice);
int __wrap_munmap(void *at, size_t len);
int __real_munmap(void *at, size_t len);

static int copies(void)
{
    int n = 0;
    for (char *at = pages, *end = pages + pages_len; at; n++) {
        at = memmem(at, (size_t)(end - at), secret, sizeof secret - 1);
        if (!at)
            break;
        at++;
    }
    return n;
}

void *__wrap_mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    pages = __real_mmap(at, len, prot, flags, fd, offset);
    pages_len = len;
    return pages;
}

int __wrap_madvise(void *at, size_t len, int advice)
{
    left_out_of_dumps = at == pages && len == pages_len && advice == MADV_DONTDUMP;
    return __real_madvise(at, len, advice);
}

int __wrap_munmap(void *at, size_t len)
{
    assert_true(at == pages && len == pages_len);
    assert_int_equal(copies(), 0);
    pages = NULL;
    return __real_munmap(at, len);
}

static int setup(void **state)
{
    struct qr_vault *v;
    assert_int_equal(qr_vault_create(&v, 2), ERR_OK);
    *state = v;
    return 0;
}

static int teardown(void **state)
{
    qr_vault_free(*state);
    assert_null(pages);
    return 0;
}

static struct span text_of(const char *more, char room[64])
{
    (void)snprintf(room, 64, "%s%s", secret, more);
    return span_of(room);
}

static enum err put(struct qr_vault *v, const struct secret_hash *token, const char *more, int64_t expires_ms)
{
    char room[64];
    return qr_vault_put(v, token, text_of(more, room), expires_ms);
}

static void assert_holds(struct qr_vault *v, const struct secret_hash *token, int64_t now_ms,
                         const char *more)
{
    char room[64];
    struct buf b;
    buf_init(&b, PROV_TEXT_MAX);
    assert_int_equal(qr_vault_get(v, token, now_ms, &b), ERR_OK);
    assert_true(span_eq(buf_span(&b), text_of(more, room)));
    buf_wipe(&b);
}

static void assert_gone(struct qr_vault *v, const struct secret_hash *token, int64_t now_ms)
{
    struct buf b;
    buf_init(&b, PROV_TEXT_MAX);
    assert_int_equal(qr_vault_get(v, token, now_ms, &b), ERR_QR_GONE);
    assert_int_equal(b.len, 0);
    buf_wipe(&b);
}

static void it_keeps_replaces_and_drops(void **state)
{
    struct qr_vault *v = *state;
    assert_gone(v, &one, 0);
    assert_int_equal(put(v, &one, "a", 100), ERR_OK);
    assert_int_equal(put(v, &two, "b", 100), ERR_OK);
    assert_holds(v, &one, 0, "a");
    assert_int_equal(put(v, &one, "c", 100), ERR_OK); /* also when full */
    assert_holds(v, &one, 0, "c");
    qr_vault_drop(v, &one);
    qr_vault_drop(v, &one);
    assert_gone(v, &one, 0);
    assert_holds(v, &two, 0, "b");
}

static void it_ends_with_its_time(void **state)
{
    struct qr_vault *v = *state;
    assert_int_equal(put(v, &one, "a", 100), ERR_OK);
    assert_int_equal(put(v, &two, "b", 200), ERR_OK);
    assert_holds(v, &one, 99, "a");
    assert_gone(v, &one, 100);
    qr_vault_sweep(v, 100);
    assert_gone(v, &one, 0);
    assert_holds(v, &two, 100, "b");
}

static void it_takes_no_more_than_a_slot_holds(void **state)
{
    static const char text[PROV_TEXT_MAX + 1];
    struct qr_vault *v = *state;
    struct buf b;
    assert_int_equal(qr_vault_put(v, &one, (struct span){text, sizeof text}, 100), ERR_TOO_LARGE);
    assert_gone(v, &one, 0);
    assert_int_equal(qr_vault_put(v, &one, (struct span){text, sizeof text - 1}, 100), ERR_OK);
    buf_init(&b, PROV_TEXT_MAX);
    assert_int_equal(qr_vault_get(v, &one, 0, &b), ERR_OK);
    assert_int_equal(b.len, sizeof text - 1);
    buf_wipe(&b);
}

static void what_it_lets_go_is_wiped(void **state)
{
    struct qr_vault *v = *state;
    assert_true(left_out_of_dumps);
    assert_int_equal(put(v, &one, " and more", 100), ERR_OK);
    assert_int_equal(put(v, &two, "", 200), ERR_OK);
    assert_int_equal(copies(), 2);
    assert_int_equal(qr_vault_put(v, &one, SPAN_LIT("short"), 100), ERR_OK);
    assert_int_equal(copies(), 1);
    qr_vault_drop(v, &two);
    assert_int_equal(copies(), 0);
    assert_int_equal(put(v, &two, "", 200), ERR_OK);
    qr_vault_sweep(v, 200);
    assert_int_equal(copies(), 0);
}

static void it_is_bounded(void **state)
{
    struct qr_vault *v = *state;
    const struct secret_hash three = {{3}};
    assert_int_equal(put(v, &one, "a", 100), ERR_OK);
    assert_int_equal(put(v, &two, "b", 100), ERR_OK);
    assert_int_equal(put(v, &three, "c", 100), ERR_BUSY);
    assert_gone(v, &three, 0);
    qr_vault_sweep(v, 100);
    assert_int_equal(put(v, &three, "c", 200), ERR_OK);
}

static void memory_may_run_out(void **state)
{
    struct qr_vault *v, *w = *state;
    mem_fail_after(0, 0);
    assert_int_equal(qr_vault_create(&v, 2), ERR_NO_MEMORY);
    enum err err = ERR_NO_MEMORY;
    for (long n = 0; err; n++) {
        mem_fail_after(n, 0);
        err = put(w, &one, "a", 100);
        bool failed = mem_failed();
        mem_fail_after(-1, 0);
        assert_true(err == ERR_OK || (err == ERR_NO_MEMORY && failed));
        if (err)
            assert_gone(w, &one, 0);
    }
    assert_holds(w, &one, 0, "a");
}

enum { ROUNDS = 1000 };

static void *put_and_drop(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (qr_vault_put(arg, &one, SPAN_LIT("text"), 100))
            return arg;
        qr_vault_sweep(arg, i % 2 ? 100 : 0);
        qr_vault_drop(arg, &one);
    }
    return NULL;
}

static void threads_may_meet(void **state)
{
    struct qr_vault *v = *state;
    pthread_t writer;
    void *failed;
    assert_int_equal(pthread_create(&writer, NULL, put_and_drop, v), 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct buf b;
        buf_init(&b, PROV_TEXT_MAX);
        if (qr_vault_get(v, &one, 0, &b) == ERR_OK)
            assert_string_equal(buf_str(&b), "text");
        buf_wipe(&b);
    }
    pthread_join(writer, &failed);
    assert_null(failed);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_keeps_replaces_and_drops),
        TEST(it_ends_with_its_time),
        TEST(it_is_bounded),
        TEST(it_takes_no_more_than_a_slot_holds),
        TEST(what_it_lets_go_is_wiped),
        TEST(memory_may_run_out),
        TEST(threads_may_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
