#include "support/check.h"

#include "core/json.h"

static void what_is_no_json_is_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {"",         "{",    "{}x",        "{\"a\":}",    "nul",     "{'a':1}",
                                      "\"\xff\"", "[1,]", "{\"a\":1,}", "\"\\ud800\"", "\"\x01\""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct json *doc = NULL;
        assert_int_equal(json_parse(span_of(bad[i]), &doc), ERR_MALFORMED);
        assert_null(doc);
    }
    char deep[200];
    memset(deep, '[', 100);
    memset(deep + 100, ']', 100);
    struct json *doc = NULL;
    assert_int_equal(json_parse((struct span){deep, 200}, &doc), ERR_MALFORMED);
    assert_int_equal(json_parse((struct span){deep + 70, 60}, &doc), ERR_OK); /* 30 deep */
    json_free(doc);
}

struct read {
    struct span name;
    int64_t size;
    double rate;
    bool on, has_rate;
};

static size_t read_all(const char *text, struct read *r, struct json_fault *faults)
{
    const struct json_field fields[] = {
        {.name = "name", .kind = JSON_KIND_STRING, .min = 1, .max = 8, .out = &r->name},
        {.name = "size", .kind = JSON_KIND_INT, .min = 1, .max = 10, .out = &r->size},
        {.name = "rate",
         .kind = JSON_KIND_NUMBER,
         .optional = true,
         .out = &r->rate,
         .present = &r->has_rate},
        {.name = "on", .kind = JSON_KIND_BOOL, .optional = true, .out = &r->on},
    };
    struct json *doc;
    assert_int_equal(json_parse(span_of(text), &doc), ERR_OK);
    size_t n = json_read(doc, fields, 4, faults, 4);
    json_free(doc);
    return n;
}

static void a_request_is_read_by_a_table(void **state)
{
    (void)state;
    struct read r = {0};
    struct json_fault faults[4];
    assert_int_equal(
        read_all("{\"name\":\"ab\",\"size\":3,\"rate\":0.5,\"on\":true,\"more\":[]}", &r, faults), 0);
    assert_int_equal(r.size, 3);
    assert_true(r.on && r.has_rate && r.rate > 0.4);
    assert_int_equal(read_all("{\"name\":\"ab\",\"size\":3,\"rate\":null}", &r, faults), 0);
    assert_false(r.has_rate);
}

static void each_wrong_member_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } wrong[] = {
        {"{\"size\":3}", "name"},
        {"{\"name\":\"\",\"size\":3}", "name"},
        {"{\"name\":\"123456789\",\"size\":3}", "name"},
        {"{\"name\":\"a\\u0000b\",\"size\":3}", "name"},
        {"{\"name\":5,\"size\":3}", "name"},
        {"{\"name\":\"a\",\"size\":11}", "size"},
        {"{\"name\":\"a\",\"size\":3.5}", "size"},
        {"{\"name\":\"a\",\"size\":\"3\"}", "size"},
        {"{\"name\":\"a\",\"size\":3,\"on\":1}", "on"},
        {"{\"name\":\"a\",\"size\":3,\"rate\":\"1\"}", "rate"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct read r = {0};
        struct json_fault faults[4];
        assert_int_equal(read_all(wrong[i].text, &r, faults), 1);
        assert_string_equal(faults[0].field, wrong[i].field);
    }
    struct read r = {0};
    struct json_fault faults[4];
    assert_int_equal(read_all("{}", &r, faults), 2);
}

static void what_is_written_can_be_read(void **state)
{
    (void)state;
    static const char odd[] = "quote\" back\\ tab\t line\n bell\a \xc3\xa9 \xf0\x9f\x93\xb7 del\x7f";
    struct buf b;
    buf_init(&b, 4096);
    struct json_out o = json_out_to(&b);
    json_out_object(&o, NULL);
    json_out_string(&o, "odd", odd);
    json_out_array(&o, "list");
    json_out_int(&o, NULL, -5);
    json_out_bool(&o, NULL, true);
    json_out_null(&o, NULL);
    json_out_end_array(&o);
    json_out_time(&o, "at", 1767323045678);
    json_out_string_or_null(&o, "none", "");
    json_out_double(&o, "half", 0.5);
    json_out_end_object(&o);
    assert_int_equal(buf_err(&b), ERR_OK);
    struct json *doc;
    assert_int_equal(json_parse(buf_span(&b), &doc), ERR_OK);
    assert_true(span_is(json_get_string(doc, "odd"), odd));
    assert_true(span_is(json_get_string(doc, "at"), "2026-01-02T03:04:05.678Z"));
    json_free(doc);
    buf_reset(&b);
    o = json_out_to(&b);
    json_out_span(&o, NULL,
                  (struct span){"a\xff\xc3", 3}); /* not UTF-8: replaced, so that it can always be read */
    assert_string_equal(buf_str(&b), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
    buf_fini(&b);
}

static void an_object_is_changed_and_passed_on(void **state)
{
    (void)state;
    struct json *doc;
    struct buf b;
    buf_init(&b, 1024);
    assert_int_equal(
        json_parse(SPAN_LIT("{\"type\":\"offer\",\"user_id\":\"forged\",\"sdp\":\"v=0\\r\\n\"}"), &doc),
        ERR_OK);
    assert_int_equal(json_set_string(doc, "user_id", SPAN_LIT("true")), ERR_OK);
    json_del(doc, "type");
    json_dump(doc, &b);
    assert_string_equal(buf_str(&b), "{\"user_id\":\"true\",\"sdp\":\"v=0\\r\\n\"}");
    json_free(doc);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_json_is_malformed),       cmocka_unit_test(a_request_is_read_by_a_table),
        cmocka_unit_test(each_wrong_member_is_told),          cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(an_object_is_changed_and_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
