#include "support/check.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/mem.h"
#include "door/limits.h"

static struct sockaddr_storage address(const char *text)
{
    struct sockaddr_storage s = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&s;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&s;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
        s.ss_family = AF_INET;
    else if (assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1), true)
        s.ss_family = AF_INET6;
    return s;
}

static enum err enter(struct limits *l, const char *text, struct limits_place **out)
{
    struct sockaddr_storage a = address(text);
    return limits_enter(l, (struct sockaddr *)&a, out);
}

static void test_shares(void **state)
{
    struct limits *l;
    struct limits_place *p[8];
    assert_int_equal(limits_create(&l, &(struct limits_config){6, 2, 2}), ERR_OK);
    assert_int_equal(enter(l, "10.0.0.1", &p[0]), ERR_OK);
    assert_int_equal(enter(l, "::ffff:10.0.0.1", &p[1]), ERR_OK); /* the same */
    assert_int_equal(enter(l, "10.0.0.1", &p[2]), ERR_RATE_LIMITED);
    assert_int_equal(limits_enter(l, NULL, &p[2]), ERR_OK);
    assert_int_equal(enter(l, "2001:db8::1", &p[3]), ERR_OK);
    assert_int_equal(enter(l, "2001:db8::ffff:1:1:1", &p[4]), ERR_OK);
    assert_int_equal(enter(l, "2001:db8:0:0:1::1", &p[5]), ERR_RATE_LIMITED); /* the same /64 */
    assert_int_equal(enter(l, "2001:db8:0:1::1", &p[5]), ERR_OK);
    assert_int_equal(enter(l, "10.0.0.2", &p[6]), ERR_BUSY);
    assert_int_equal(limits_count(l), 6);
    limits_leave(p[0]);
    assert_int_equal(enter(l, "10.0.0.1", &p[0]), ERR_OK);
    for (size_t i = 0; i < 6; i++)
        limits_leave(p[i]);
    limits_leave(NULL);
    assert_int_equal(limits_count(l), 0);
    limits_free(l);
}

/* Once signed in, a connection counts for the account and no more for the address. */
static void test_accounts(void **state)
{
    struct limits *l;
    struct limits_place *p[4];
    struct span ada = SPAN_LIT("0123456789abcdef01234567");
    assert_int_equal(limits_create(&l, &(struct limits_config){0, 1, 2}), ERR_OK);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(enter(l, "10.0.0.1", &p[i]), ERR_OK);
        assert_int_equal(limits_sign_in(p[i], ada), ERR_OK);
    }
    assert_int_equal(enter(l, "10.0.0.1", &p[2]), ERR_OK);
    assert_int_equal(limits_sign_in(p[2], ada), ERR_RATE_LIMITED);
    assert_int_equal(limits_sign_in(p[0], ada), ERR_OK);             /* counted already */
    assert_int_equal(enter(l, "10.0.0.1", &p[3]), ERR_RATE_LIMITED); /* p[2] counts for the address still */
    assert_int_equal(limits_sign_in(p[2], SPAN_LIT("bob")), ERR_OK);
    limits_leave(p[0]);
    assert_int_equal(enter(l, "10.0.0.1", &p[0]), ERR_OK);
    assert_int_equal(limits_sign_in(p[0], ada), ERR_OK);
    for (size_t i = 0; i < 3; i++)
        limits_leave(p[i]);
    limits_free(l);
}

static void test_no_memory(void **state)
{
    struct limits *l;
    struct limits_place *p;
    for (long n = 0;; n++) {
        mem_fail_after(n, false);
        enum err e = limits_create(&l, &(struct limits_config){0});
        if (!e) {
            e = enter(l, "10.0.0.1", &p);
            if (!e) {
                (void)!limits_sign_in(p, SPAN_LIT("ada"));
                limits_leave(p);
            }
            assert_int_equal(limits_count(l), 0);
            limits_free(l);
        }
        bool failed = mem_failed();
        mem_fail_after(-1, false);
        if (!failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
