#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/multipart.h"

#define TYPE      "multipart/form-data; boundary=----ESP32CAMBoundary"
#define DELIMITER "------ESP32CAMBoundary"
#define IMAGE                                                                                                \
    "Content-Disposition: form-data; name=\"image\"; filename=\"frame.jpg\"\r\nContent-Type: image/jpeg\r\n"

/* want NULL: not found */
static const struct {
    const char *type, *body, *want;
} bodies[] = {
    /* as the cameras send it */
    {TYPE, DELIMITER "\r\n" IMAGE "\r\nJPEG\r\n" DELIMITER "--\r\n", "JPEG"},
    {TYPE, DELIMITER "\r\n" IMAGE "\r\nJPEG\r\n" DELIMITER "--", "JPEG"},
    {TYPE, "preamble\r\nmore\r\n" DELIMITER "\r\n" IMAGE "\r\nJPEG\r\n" DELIMITER "--\r\nepilogue", "JPEG"},
    /* other parts before and after */
    {TYPE,
     DELIMITER "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n" DELIMITER "\r\n" IMAGE
               "\r\nJ\r\n" DELIMITER
               "\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n2\r\n" DELIMITER "--",
     "J"},
    {TYPE, DELIMITER "\r\n\r\nno head\r\n" DELIMITER "\r\n" IMAGE "\r\nJ\r\n" DELIMITER "--", "J"},
    {TYPE,
     DELIMITER
     "\r\nContent-Disposition: form-data; name=\"a\"; filename=\"; name=image\"\r\n\r\nx\r\n" DELIMITER "--",
     NULL},
    {TYPE, DELIMITER "\r\nContent-Disposition: form-data; name=\"images\"\r\n\r\nx\r\n" DELIMITER "--", NULL},
    {TYPE, DELIMITER "\r\nX-Content-Disposition: form-data; name=\"image\"\r\n\r\nx\r\n" DELIMITER "--",
     NULL},
    {TYPE, DELIMITER "\r\ncontent-disposition:form-data;NAME=image\r\n\r\nx\r\n" DELIMITER "--", "x"},
    {TYPE,
     DELIMITER
     "\r\nContent-Disposition: form-data; filename=\"a\\\"; name=b\"; name=\"im\\age\"\r\n\r\nx\r\n" DELIMITER
     "--",
     "x"},
    /* what only looks like a delimiter is content */
    {TYPE, DELIMITER "\r\n" IMAGE "\r\na\r\n" DELIMITER "x\r\nb\r\n" DELIMITER "--",
     "a\r\n" DELIMITER "x\r\nb"},
    {TYPE, DELIMITER "\r\n" IMAGE "\r\na" DELIMITER "--\r\n" DELIMITER "--", "a" DELIMITER "--"},
    {TYPE, DELIMITER "x\r\n" DELIMITER "\r\n" IMAGE "\r\nJ\r\n" DELIMITER "--", "J"},
    {TYPE, DELIMITER " \t\r\n" IMAGE "\r\nJ\r\n" DELIMITER " \r\n", "J"},
    /* empty and blank ones */
    {TYPE, DELIMITER "\r\n" IMAGE "\r\n\r\n" DELIMITER "--\r\n", ""},
    {TYPE, DELIMITER "\r\n" IMAGE "\r\n" DELIMITER "--\r\n", ""},
    {TYPE, DELIMITER "\r\n" IMAGE "\r\n\r\n\r\n" DELIMITER "--\r\n", "\r\n"},
    /* cut short */
    {TYPE, DELIMITER "\r\n" IMAGE "\r\nJPEG\r\n" DELIMITER, NULL},
    {TYPE, DELIMITER "\r\n" IMAGE "\r\nJPEG", NULL},
    {TYPE, DELIMITER "\r\n" IMAGE, NULL},
    {TYPE, DELIMITER "--\r\n" IMAGE "\r\nJPEG\r\n" DELIMITER "--", NULL},
    {TYPE, DELIMITER "\r\n", NULL},
    {TYPE, DELIMITER, NULL},
    {TYPE, "", NULL},
    /* the boundary */
    {"multipart/form-data; boundary=\"a b?\"", "--a b?\r\n" IMAGE "\r\nJ\r\n--a b?--", "J"},
    {"multipart/form-data; charset=\"; boundary=x\"; Boundary=y", "--y\r\n" IMAGE "\r\nJ\r\n--y--", "J"},
    {"multipart/form-data;boundary=y;x=1", "--y\r\n" IMAGE "\r\nJ\r\n--y--", "J"},
    {"multipart/form-data;  boundary=y ; x=1", "--y\r\n" IMAGE "\r\nJ\r\n--y--", "J"},
};

static void test_bodies(void **state)
{
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct span got = {0};
        /* on the heap, without the NUL: the sanitizer sees a byte too far */
        size_t len = strlen(bodies[i].body);
        char *body = malloc(len ? len : 1);
        assert_non_null(body);
        memcpy(body, bodies[i].body, len);
        enum err e = multipart_find(span_of(bodies[i].type), (struct span){body, len}, "image", &got);
        if ((e == ERR_OK) != (bodies[i].want != NULL) || (!e && !span_is(got, bodies[i].want)))
            fail_msg("body %zu: %s", i, err_word(e));
        if (e)
            assert_int_equal(e, ERR_NOT_FOUND);
        free(body);
    }
}

static void test_boundaries_that_may_not_be(void **state)
{
    static const char *const types[] = {
        "",
        "multipart/form-data",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"open",
        "multipart/form-data; boundary=\"ends with blank \"",
        "multipart/form-data; boundary=a;boundary2=b\x01",
        "multipart/form-data; boundary=a@b",
        "multipart/form-data; boundary=\"a\nb\"",
    };
    struct span got;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        enum err e =
            multipart_find(span_of(types[i]), SPAN_LIT("--a\r\n" IMAGE "\r\nJ\r\n--a--"), "image", &got);
        if (i == 7) /* a parameter of another name does not matter */
            assert_int_equal(e, ERR_OK);
        else
            assert_int_equal(e, ERR_MALFORMED);
    }
}

static void test_the_longest_boundary(void **state)
{
    char name[MULTIPART_BOUNDARY_MAX + 2], type[200], body[600];
    struct span got;
    for (int len = MULTIPART_BOUNDARY_MAX; len <= MULTIPART_BOUNDARY_MAX + 1; len++) {
        memset(name, 'b', sizeof name);
        name[len] = 0;
        (void)snprintf(type, sizeof type, "multipart/form-data; boundary=%s", name);
        int n = snprintf(body, sizeof body, "--%s\r\n" IMAGE "\r\nJ\r\n--%s--", name, name);
        enum err e = multipart_find(span_of(type), (struct span){body, (size_t)n}, "image", &got);
        assert_int_equal(e, len > MULTIPART_BOUNDARY_MAX ? ERR_MALFORMED : ERR_OK);
    }
    assert_int_equal(multipart_find(SPAN_LIT(TYPE), (struct span){NULL, 0}, "image", &got), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_boundaries_that_may_not_be),
        cmocka_unit_test(test_the_longest_boundary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
