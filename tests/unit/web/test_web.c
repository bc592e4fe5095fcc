#include "support/check.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "web/assets.h"

static void test_page(void **state)
{
    const struct web_file *page = web_index();
    assert_string_equal(page->path, "/");
    assert_string_equal(page->content_type, "text/html; charset=utf-8");
    assert_false(page->immutable);
    assert_null(memmem(page->data, page->len, "@BUNDLE@", 8));
}

static void test_find(void **state)
{
    for (size_t i = 1; i < web_assets_count; i++) {
        const struct web_file *f = &web_assets[i];
        assert_ptr_equal(web_find(span_of(f->path)), f);
        assert_true(f->immutable);
        assert_int_equal(strncmp(f->path, "/assets/", 8), 0);
        assert_int_equal(strncmp(f->etag, "W/\"", 3), 0);
        assert_int_equal(strlen(f->etag), 68);
    }
    assert_null(web_find(SPAN_LIT("/")));
    assert_null(web_find(SPAN_LIT("")));
    assert_null(web_find(SPAN_LIT("/assets/")));
    assert_null(web_find(SPAN_LIT("/assets/0/js/main.js")));
    const char *path = web_assets[1].path;
    assert_null(web_find((struct span){path, strlen(path) - 1}));
}

/* Every reference of the page names an asset: src="…" and href="…" below /assets/. */
static void test_page_references(void **state)
{
    const struct web_file *page = web_index();
    const char *at = (const char *)page->data, *end = at + page->len;
    int found = 0;
    while ((at = memmem(at, (size_t)(end - at), "\"/assets/", 9))) {
        at++;
        const char *quote = memchr(at, '"', (size_t)(end - at));
        assert_non_null(quote);
        assert_non_null(web_find((struct span){at, (size_t)(quote - at)}));
        at = quote;
        found++;
    }
    assert_true(found > 3);
}

static void test_gzip_twins(void **state)
{
    int twins = 0;
    for (size_t i = 0; i < web_assets_count; i++) {
        const struct web_file *f = &web_assets[i];
        if (!f->gzip)
            continue;
        assert_true(f->gzip_len < f->len);
        unsigned char *out = malloc(f->len + 1);
        assert_non_null(out);
        z_stream z = {.next_in = (unsigned char *)f->gzip,
                      .avail_in = (uInt)f->gzip_len,
                      .next_out = out,
                      .avail_out = (uInt)f->len + 1};
        assert_int_equal(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        assert_int_equal(z.total_out, f->len);
        assert_memory_equal(out, f->data, f->len);
        inflateEnd(&z);
        free(out);
        twins++;
    }
    assert_true(twins > 0);
}

static void test_policy(void **state)
{
    assert_null(strstr(web_csp, "unsafe"));
    assert_non_null(strstr(web_csp, "default-src 'none'"));
    assert_non_null(strstr(web_csp, "require-trusted-types-for 'script'; trusted-types app"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_page_references),
        cmocka_unit_test(test_gzip_twins),
        cmocka_unit_test(test_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
