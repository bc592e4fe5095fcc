/* What can be judged without a socket. */
#include "support/check.h"

#include <string.h>

#include "core/mem.h"
#include "http/cors.h"
#include "http/form.h"
#include "http/problem.h"
#include "http/proxy.h"
#include "http/router.h"

static enum http_next handler(struct http_exchange *x, void *app)
{
    return HTTP_DONE;
}

static const struct http_route routes[] = {
    {.method = HTTP_GET, .path = "/", .handler = handler},
    {.method = HTTP_GET, .path = "/api/devices", .handler = handler},
    {.method = HTTP_POST, .path = "/api/devices", .handler = handler},
    {.method = HTTP_GET, .path = "/api/devices/mine", .handler = handler},
    {.method = HTTP_GET, .path = "/api/devices/{id}", .handler = handler},
    {.method = HTTP_DELETE, .path = "/api/devices/{id}", .handler = handler},
    {.method = HTTP_PUT, .path = "/api/devices/{id}/parts/{part}", .handler = handler},
    {.method = HTTP_GET, .path = "*", .handler = handler},
    {0},
};

static const struct {
    enum http_method method;
    const char *path;
    bool page;
    int row; /* -1: not found, -2: method */
    const char *param;
} table[] = {
    {HTTP_GET, "/", false, 0, NULL},
    {HTTP_GET, "/api/devices", false, 1, NULL},
    {HTTP_POST, "/api/devices", false, 2, NULL},
    {HTTP_PUT, "/api/devices", false, -2, NULL},
    {HTTP_METHODS, "/api/devices", false, -2, NULL},
    {HTTP_GET, "/api/devices/", false, -1, NULL},
    {HTTP_GET, "/api/devices/mine", false, 3, NULL},
    {HTTP_GET, "/api/devices/x", false, 4, "x"},
    {HTTP_DELETE, "/api/devices/mine", false, 5, "mine"},
    {HTTP_GET, "/api/devices/x/", false, -1, NULL},
    {HTTP_GET, "/api/devices/x/parts/", false, -1, NULL},
    {HTTP_PUT, "/api/devices/x/parts/2", false, 6, "x"},
    {HTTP_GET, "//", false, -1, NULL},
    {HTTP_GET, "", false, -1, NULL},
    {HTTP_GET, "/elsewhere", false, -1, NULL},
    {HTTP_GET, "/elsewhere", true, 7, NULL},
    {HTTP_GET, "/a/b/c", true, 7, NULL},
    {HTTP_GET, "*", true, 7, NULL},
    {HTTP_POST, "/elsewhere", true, -1, NULL},
    {HTTP_GET, "/api", true, -1, NULL},
    {HTTP_GET, "/api/elsewhere", true, -1, NULL},
    {HTTP_GET, "/apian", true, 7, NULL},
};

static void test_router(void **state)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct router_match m;
        enum router_result r =
            router_match(routes, span_of(table[i].path), table[i].method, table[i].page, &m);
        int row = r == ROUTER_NOT_FOUND ? -1 : r == ROUTER_METHOD ? -2 : (int)(m.route - routes);
        if (row != table[i].row)
            fail_msg("%s: row %d", table[i].path, row);
        if (table[i].param)
            assert_true(m.n_params > 0 && span_is(m.params[0], table[i].param));
    }
    struct router_match m;
    char allow[64];
    assert_int_equal(router_match(routes, SPAN_LIT("/api/devices/mine"), HTTP_PUT, true, &m), ROUTER_METHOD);
    router_allow(m.allowed, allow);
    assert_string_equal(allow, "GET, HEAD, DELETE, OPTIONS");
    router_allow((1U << HTTP_METHODS) - 1, allow);
    assert_string_equal(allow, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
}

static void test_form(void **state)
{
    struct form f;
    assert_int_equal(form_parse(SPAN_LIT("a=1&b=x+y%21&&c&=d&e=%4&f=%zz&a=2&g=%C3%A4"), &f), ERR_OK);
    assert_int_equal(f.n, 8);
    assert_true(span_is(form_get(&f, "a"), "1"));
    assert_string_equal(form_get(&f, "b").p, "x y!");
    assert_string_equal(form_get(&f, "c").p, "");
    assert_true(span_is(form_get(&f, ""), "d"));
    assert_string_equal(form_get(&f, "e").p, "%4");
    assert_string_equal(form_get(&f, "f").p, "%zz");
    assert_string_equal(form_get(&f, "g").p, "\xc3\xa4");
    assert_null(form_get(&f, "absent").p);
    form_fini(&f);
    assert_int_equal(form_parse(SPAN_LIT(""), &f), ERR_OK);
    assert_int_equal(f.n, 0);
    form_fini(&f);
    assert_int_equal(form_parse(SPAN_LIT("a=%00"), &f), ERR_INVALID);
    assert_int_equal(form_parse(SPAN_LIT("a=%ff"), &f), ERR_MALFORMED);
    assert_int_equal(form_parse(SPAN_LIT("%c0%80=a"), &f), ERR_MALFORMED);
    char many[2 * FORM_PAIRS_MAX + 2];
    for (size_t i = 0; i < sizeof many; i += 2)
        memcpy(many + i, "a&", 2);
    assert_int_equal(form_parse((struct span){many, sizeof many}, &f), ERR_TOO_LARGE);
}

static void test_form_without_memory(void **state)
{
    bool failed = true;
    for (long n = 0; failed; n++) {
        struct form f;
        mem_fail_after(n, 0);
        enum err e = form_parse(SPAN_LIT("a=1&b=2"), &f);
        failed = mem_failed();
        mem_fail_after(-1, 0);
        assert_int_equal(e, failed ? ERR_NO_MEMORY : ERR_OK);
        if (!e)
            form_fini(&f);
    }
}

static void client(const struct proxy_list *l, const char *peer, const char *forwarded, const char *real,
                   const char *expected)
{
    char out[46];
    proxy_client(l, peer, span_of(forwarded), span_of(real), out);
    assert_string_equal(out, expected);
}

static void test_proxy(void **state)
{
    struct proxy_list l;
    assert_int_equal(proxy_parse("", &l), ERR_OK);
    client(&l, "10.0.0.1", "192.0.2.1", NULL, "10.0.0.1"); /* nobody is trusted */
    assert_int_equal(proxy_parse("10.0.0.0/8, 2001:db8::1 192.0.2.7", &l), ERR_OK);
    assert_int_equal(l.n, 3);
    client(&l, "10.9.9.9", "192.0.2.1", NULL, "192.0.2.1");
    client(&l, "11.0.0.1", "192.0.2.1", NULL, "11.0.0.1");
    client(&l, "10.0.0.1", "198.51.100.5, 192.0.2.1, 10.0.0.2", NULL,
           "192.0.2.1"); /* the first was made up */
    client(&l, "10.0.0.1", "10.0.0.3,10.0.0.2", NULL, "10.0.0.3");
    client(&l, "10.0.0.1", "nonsense", NULL, "10.0.0.1");
    client(&l, "10.0.0.1", "192.0.2.1, nonsense, 10.0.0.2", NULL, "10.0.0.2");
    client(&l, "10.0.0.1", "192.0.2.1:4711", NULL, "192.0.2.1");
    client(&l, "10.0.0.1", "[2001:DB8::9]:4711", NULL, "2001:db8::9");
    client(&l, "2001:db8::1", "::ffff:192.0.2.1", NULL, "192.0.2.1");
    client(&l, "2001:db8::2", "192.0.2.1", NULL, "2001:db8::2");
    client(&l, "10.0.0.1", NULL, " 192.0.2.1 ", "192.0.2.1");
    client(&l, "10.0.0.1", NULL, NULL, "10.0.0.1");
    client(&l, "10.0.0.1", "", "192.0.2.1", "10.0.0.1");
    client(&l, "11.0.0.1", NULL, "192.0.2.1", "11.0.0.1");
    assert_int_equal(proxy_parse("private", &l), ERR_OK);
    static const char *const inside[] = {"127.0.0.1",  "192.168.1.1", "172.31.0.1",
                                         "100.64.0.1", "::1",         "fd00::1"};
    static const char *const outside[] = {"172.32.0.1", "8.8.8.8", "2001:db8::1", "x", ""};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
        assert_true(proxy_trusts(&l, span_of(inside[i])));
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        assert_false(proxy_trusts(&l, span_of(outside[i])));
    static const char *const bad[] = {"10.0.0.0/33", "10.0.0.0/", "10.0.0",   "x",
                                      "10.0.0.1/a",  "::1/129",   "private/8"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(proxy_parse(bad[i], &l), ERR_INVALID);
}

static void test_cors(void **state)
{
    assert_int_equal(cors_judge("", "https://a"), CORS_NO);
    assert_int_equal(cors_judge(NULL, "https://a"), CORS_NO);
    assert_int_equal(cors_judge("*", NULL), CORS_NO);
    assert_int_equal(cors_judge("https://a, https://b/", "https://b"), CORS_LISTED);
    assert_int_equal(cors_judge("https://a,https://b", "https://c"), CORS_NO);
    assert_int_equal(cors_judge("https://a", "https://a.evil"), CORS_NO);
    assert_int_equal(cors_judge("https://a", "null"), CORS_NO);
    assert_int_equal(cors_judge("null", "null"), CORS_LISTED);
    assert_int_equal(cors_judge("*", "null"), CORS_ANY);
    assert_int_equal(cors_judge("* https://a", "https://a"), CORS_LISTED);
}

static void test_every_problem(void **state)
{
    for (int e = ERR_OK + 1; e < ERR_COUNT; e++) {
        struct problem p = problem_of((enum err)e);
        char raw[PROBLEM_RAW_BYTES];
        struct buf b;
        assert_in_range(p.status, 400, 599);
        assert_non_null(p.code);
        assert_true(strcmp(p.title, "Internal Server Error") != 0 || p.status == 500);
        buf_init(&b, 1024);
        problem_body((enum err)e, &(struct problem_words){0}, &b);
        assert_int_equal(buf_err(&b), ERR_OK);
        size_t len = problem_raw((enum err)e, &(struct problem_words){0}, "0123456789abcdef01234567", raw);
        assert_in_range(len, 1, sizeof raw - 1);
        assert_non_null(strstr(raw, buf_str(&b)));
        assert_int_equal(strstr(raw, "\r\nRetry-After: ") != NULL, p.status == 503 || p.status == 429);
        assert_int_equal(strstr(raw, "\r\nWWW-Authenticate: ") != NULL, p.status == 401);
        buf_fini(&b);
    }
    assert_int_equal(problem_of(ERR_OK).status, 500);
    assert_int_equal(problem_of((enum err)9999).status, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_router),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_form_without_memory),
        cmocka_unit_test(test_proxy),
        cmocka_unit_test(test_cors),
        cmocka_unit_test(test_every_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
