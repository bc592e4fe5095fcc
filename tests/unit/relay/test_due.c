/* The heap of deadlines against a plain list. */
#include <stdlib.h>

#include "relay/due.h"
#include "support/check.h"

enum { MANY = 200 };

static int64_t ran[MANY * 50];
static size_t n_ran;

struct entry {
    struct due due;
    int64_t at;
};

static void on_due(void *arg)
{
    struct entry *e = arg;
    ran[n_ran++] = e->at;
    e->at = -1;
}

static void test_runs_in_order(void **state)
{
    struct dues all = {0};
    struct entry e[MANY];
    uint32_t x = 12345;
    (void)state;
    n_ran = 0;
    for (int i = 0; i < MANY; i++) {
        due_init(&e[i].due, on_due, &e[i]);
        e[i].at = -1;
    }
    for (int round = 0; round < 5000; round++) {
        x = x * 1664525u + 1013904223u;
        struct entry *one = &e[(x >> 8) % MANY];
        switch ((x >> 28) % 4) {
        case 0:
            due_clear(&all, &one->due);
            one->at = -1;
            break;
        case 1: {
            int64_t until = round * 10;
            size_t before = n_ran;
            due_run(&all, until);
            for (size_t i = before + 1; i < n_ran; i++)
                assert_true(ran[i - 1] <= ran[i]);
            for (int i = 0; i < MANY; i++)
                assert_true(e[i].at == -1 || e[i].at > until);
            break;
        }
        default:
            one->at = round * 10 + (int64_t)((x >> 3) % 5000);
            due_set(&all, &one->due, one->at);
        }
        int64_t least = -1;
        for (int i = 0; i < MANY; i++)
            if (e[i].at >= 0 && (least < 0 || e[i].at < least))
                least = e[i].at;
        assert_int_equal(due_next_us(&all), least);
        if (n_ran > MANY * 40)
            n_ran = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_runs_in_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
