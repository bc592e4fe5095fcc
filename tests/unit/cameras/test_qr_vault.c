#include "cameras/qr_vault.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "support/check.h"

static const struct id one = {"0123456789abcdef01234567"}, two = {"89abcdef0123456789abcdef"};
static const char secret[] = "correct-horse-battery";

void __wrap_mem_free(void *p);
void __real_mem_free(void *p);

/* Every block that is freed is looked at: none may still hold the secret. */
static int leaks;

void __wrap_mem_free(void *p)
{
    if (p && memmem(p, malloc_usable_size(p), secret, sizeof secret - 1))
        leaks++;
    __real_mem_free(p);
}

static int setup(void **state)
{
    struct qr_vault *v;
    leaks = 0;
    assert_int_equal(qr_vault_create(&v, 2), ERR_OK);
    *state = v;
    return 0;
}

static int teardown(void **state)
{
    qr_vault_free(*state);
    assert_int_equal(leaks, 0);
    return 0;
}

static struct span text_of(const char *more, char room[64])
{
    (void)snprintf(room, 64, "%s%s", secret, more);
    return span_of(room);
}

static enum err put(struct qr_vault *v, const struct id *device, const char *more, int64_t expires_ms)
{
    char room[64];
    return qr_vault_put(v, device, text_of(more, room), expires_ms);
}

static void assert_holds(struct qr_vault *v, const struct id *device, int64_t now_ms, const char *more)
{
    char room[64];
    struct buf b;
    buf_init(&b, PROV_TEXT_MAX);
    assert_int_equal(qr_vault_get(v, device, now_ms, &b), ERR_OK);
    assert_true(span_eq(buf_span(&b), text_of(more, room)));
    buf_wipe(&b);
}

static void assert_gone(struct qr_vault *v, const struct id *device, int64_t now_ms)
{
    struct buf b;
    buf_init(&b, PROV_TEXT_MAX);
    assert_int_equal(qr_vault_get(v, device, now_ms, &b), ERR_QR_GONE);
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

static void it_is_bounded(void **state)
{
    struct qr_vault *v = *state;
    const struct id three = {"0000000000000000000000aa"};
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
        TEST(it_keeps_replaces_and_drops), TEST(it_ends_with_its_time), TEST(it_is_bounded),
        TEST(memory_may_run_out),          TEST(threads_may_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
