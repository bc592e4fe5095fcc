/* The event log as JSON, read back by a JSON parser. */
#include "support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/json.h"
#include "core/log.h"
#include "core/log_json.h"

static char path[] = "/tmp/visionconnect-log-XXXXXX";

static int setup(void **state)
{
    (void)state;
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    return log_open(LOG_INFO, LOG_JSON, path) ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    log_close();
    return unlink(path);
}

/* Reads all lines; each must be a JSON object. Returns the last, to be freed. */
static struct json *last_line(size_t *lines)
{
    static char line[8192];
    struct json *doc = NULL;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    for (*lines = 0; fgets(line, sizeof line, f); (*lines)++) {
        json_free(doc);
        assert_int_equal(json_parse(span_of(line), &doc), ERR_OK);
        assert_true(json_is_obj(doc));
    }
    (void)fclose(f);
    return doc;
}

/* The members of the line, without its time. */
static void expect(const char *members)
{
    size_t lines;
    struct json *doc = last_line(&lines);
    struct buf out;
    buf_init(&out, 16384);
    assert_int_equal(lines, 1);
    assert_non_null(json_get_string(doc, "time").p);
    json_del(doc, "time");
    json_dump(doc, &out);
    assert_string_equal(buf_str(&out), members);
    buf_fini(&out);
    json_free(doc);
}

static void numbers_are_numbers(void **state)
{
    (void)state;
    log_event(LOG_INFO, "test.a", "status=%d seconds=%.3f bytes=%zu left=%lld none=0 count=%u", 200, 0.25,
              (size_t)1234567890123, -5LL, 0U);
    expect("{\"level\":\"info\",\"event\":\"test.a\",\"status\":200,\"seconds\":0.25,"
           "\"bytes\":1234567890123,\"left\":-5,\"none\":0,\"count\":0}");
}

static void what_comes_as_text_stays_text(void **state)
{
    (void)state;
    log_record(LOG_WARN, "test.b",
               "request_id=%s hex=%x clock=%02d near=%.1f tries=\"%d\" name=\"%s\" ratio=%d/%d",
               "123456789012345678901234", 10, 7, (double)INFINITY, 3, "17", 1, 2);
    expect(
        "{\"level\":\"warn\",\"event\":\"test.b\",\"request_id\":\"123456789012345678901234\",\"hex\":\"a\","
        "\"clock\":\"07\",\"near\":\"inf\",\"tries\":\"3\",\"name\":\"17\",\"ratio\":\"1/2\"}");
}

/* A value that breaks the rules and looks like further pairs. */
static void any_text_makes_good_json(void **state)
{
    (void)state;
    log_event(LOG_INFO, "test.c", "status=%d who=%s text=\"%s\" path=\"%s\" empty=%s", 200,
              "a status=007 x\"y=1", "caf\xC3\xA9 \xFF \xC3", "C:\\new\n", "");
    expect("{\"level\":\"info\",\"event\":\"test.c\",\"status\":\"007\",\"who\":\"a\",\"x\\\"y\":\"1\","
           "\"text\":\"caf\xC3\xA9 ? ?\",\"path\":\"C:\\\\new \",\"empty\":\"\"}");
}

static void long_lines_are_good_json(void **state)
{
    (void)state;
    static char wide[5000], deep[5000];
    size_t lines;
    memset(wide, '\\', sizeof wide - 1);
    for (size_t i = 0; i + 4 < sizeof deep; i += 4)
        memcpy(deep + i, "a=1 ", 4);
    log_event(LOG_INFO, "test.d", "wide=%s n=%d", wide, 1);
    log_event(LOG_INFO, "test.d", "wide=\"%s\" n=%d", wide, 1);
    log_event(LOG_INFO, "test.d", "deep=%s n=%d", deep, 1);
    for (int cut = 0; cut < 16; cut++) /* in the middle of a number, too */
        log_event(LOG_INFO, "test.d", "wide=%.*s n=%d share=%.6f", 1760 + cut, wide, 1234567, 0.5);
    json_free(last_line(&lines));
    assert_int_equal(lines, 19);
}

static void members_keep_to_their_room(void **state)
{
    (void)state;
    static const char text[] = " muted_before=7 k=ab", whole[] = ",\"muted_before\":7,\"k\":\"ab\"";
    char out[64];
    assert_int_equal(log_json_members("muted_before=%u k=%s", text, out, sizeof out), sizeof whole - 1);
    assert_string_equal(out, whole);
    for (size_t cap = 1; cap <= sizeof whole; cap++) {
        memset(out, '#', sizeof out);
        size_t len = log_json_members("muted_before=%u k=%s", text, out, cap);
        assert_true(len < cap && strlen(out) == len && out[cap] == '#');
        assert_memory_equal(out, whole, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_are_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(what_comes_as_text_stays_text, setup, teardown),
        cmocka_unit_test_setup_teardown(any_text_makes_good_json, setup, teardown),
        cmocka_unit_test_setup_teardown(long_lines_are_good_json, setup, teardown),
        cmocka_unit_test(members_keep_to_their_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
