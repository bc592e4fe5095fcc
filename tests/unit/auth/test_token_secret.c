#include "support/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/token.h"
#include "core/mem.h"

static char dir[64], path[96];

static int setup(void **state)
{
    (void)snprintf(dir, sizeof dir, "/tmp/token-secret-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    (void)snprintf(path, sizeof path, "%s/secret_key", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)unlink(path);
    return rmdir(dir); /* also: nothing was left beside */
}

static void put(const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void test_faults(void **state)
{
    static const char *const bad[] = {
        "",
        "short",
        "1234567890123456789012345678901",
        "dev-api-key-change-in-production",
        "your-super-secret-key-CHANGE-THIS-in-production",
        "a-string-secret-at-least-256-bits-long",
        "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct token_keys *k = NULL;
        assert_non_null(token_secret_fault(span_of(bad[i])));
        assert_int_equal(token_keys_create(&k, span_of(bad[i])), ERR_INVALID);
        assert_null(k);
    }
    char longest[1025];
    memset(longest, 'k', sizeof longest);
    assert_null(token_secret_fault((struct span){longest, 1024}));
    assert_non_null(token_secret_fault((struct span){longest, 1025}));
    longest[40] = 0;
    assert_non_null(token_secret_fault((struct span){longest, 64}));
    assert_null(token_secret_fault(SPAN_LIT("12345678901234567890123456789012")));
    assert_null(token_secret_fault(SPAN_LIT("p0mD1bEXQ2Wc6oP0/1xqkVb3jYtGf0o8s8p1hC1uYQe4w3vA")));
}

static void test_made_once_and_kept(void **state)
{
    char *first = NULL, *again = NULL;
    struct stat st;
    assert_int_equal(token_secret_keep(dir, &first), ERR_OK);
    assert_int_equal(strlen(first), 43);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(token_secret_keep(dir, &again), ERR_OK);
    assert_string_equal(first, again);
    mem_free(first);
    mem_free(again);
}

static void test_read_as_written_by_hand(void **state)
{
    char *got = NULL;
    put("p0mD1bEXQ2Wc6oP0/1xqkVb3jYtGf0o8s8p1hC1uYQe4w3vA\r\n");
    assert_int_equal(token_secret_keep(dir, &got), ERR_OK);
    assert_string_equal(got, "p0mD1bEXQ2Wc6oP0/1xqkVb3jYtGf0o8s8p1hC1uYQe4w3vA");
    mem_free(got);
}

static void test_faulty_file_is_not_replaced(void **state)
{
    char *got = NULL;
    put("too short\n");
    assert_int_equal(token_secret_keep(dir, &got), ERR_IO);
    assert_null(got);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 10);
}

static void test_no_folder(void **state)
{
    char *got = NULL;
    assert_int_equal(token_secret_keep("/nonexistent/folder", &got), ERR_IO);
    assert_null(got);
}

static void *keep(void *arg)
{
    char *got = NULL;
    return token_secret_keep(dir, &got) == ERR_OK ? got : NULL;
}

static void test_started_at_once(void **state)
{
    pthread_t t[4];
    void *got[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i], NULL, keep, NULL), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], &got[i]);
        assert_non_null(got[i]);
        assert_string_equal(got[i], got[0]);
    }
    for (int i = 0; i < 4; i++)
        mem_free(got[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test_setup_teardown(test_made_once_and_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_as_written_by_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faulty_file_is_not_replaced, setup, teardown),
        cmocka_unit_test(test_no_folder),
        cmocka_unit_test_setup_teardown(test_started_at_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
