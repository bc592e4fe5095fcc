/* One request at a time, from outside. */
#include "rig.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static enum http_next hello(struct http_exchange *x, void *app)
{
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "address", http_address(x));
    json_out_string_or_null(&o, "q", http_query(x, "q"));
    json_out_end_object(&o);
    return HTTP_DONE;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/hello", hello, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {0},
};

static void test_hello(void **state)
{
    struct rig r;
    rig_init(&r);
    rig_start(&r, routes, NULL);
    struct http_response res;
    http_client_once(r.port, "GET /hello?q=a%20b HTTP/1.1\r\nHost: x\r\n\r\n", &res);
    assert_int_equal(res.status, 200);
    assert_string_equal(res.body, "{\"address\":\"127.0.0.1\",\"q\":\"a b\"}");
    http_response_free(&res);
    http_client_once(r.port, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", &res);
    rig_expect_problem(&res, 404, "not_found");
    http_response_free(&res);
    rig_stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
