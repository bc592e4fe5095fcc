#include "provisioning/qr.h"

#include <png.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zbar.h>

#include "provisioning/payload.h"
#include "samples.h"
#include "support/check.h"

/* The allocations of provisioning_qr itself (the linker wraps them): the one numbered fail_at fails. */
static unsigned calls, fail_at;

void *__real_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
    return ++calls == fail_at ? NULL : __real_malloc(n);
}

void *__wrap_realloc(void *p, size_t n)
{
    return ++calls == fail_at ? NULL : __real_realloc(p, n);
}

/* 8-bit grey, 0 = black. */
struct picture {
    unsigned side;
    unsigned char *pixels;
};

static struct picture read_png(const unsigned char *data, size_t len)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    assert_true(png_image_begin_read_from_memory(&image, data, len));
    assert_int_equal(image.width, image.height);
    image.format = PNG_FORMAT_GRAY;
    struct picture p = {image.width, calloc(image.width, image.width)};
    assert_true(png_image_finish_read(&image, NULL, p.pixels, 0, NULL));
    return p;
}

/* Every pixel is its module's colour, the quiet zone is four white modules. */
static void check_pixels(const struct prov_qr *q, const struct picture *p, unsigned scale)
{
    assert_int_equal(p->side, (q->width + 8) * scale);
    for (unsigned y = 0; y < p->side; y++) {
        for (unsigned x = 0; x < p->side; x++) {
            unsigned column = x / scale - 4, row = y / scale - 4;
            bool black = column < q->width && row < q->width && q->modules[row * q->width + column];
            if (p->pixels[(size_t)y * p->side + x] != (black ? 0 : 255)) {
                fail_msg("pixel %u,%u", x, y);
            }
        }
    }
}

static void check_scan(const struct picture *p, const char *text, size_t len)
{
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    zbar_image_scanner_set_config(scanner, 0, ZBAR_CFG_ENABLE, 0);
    zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    zbar_image_t *image = zbar_image_create();
    zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
    zbar_image_set_size(image, p->side, p->side);
    zbar_image_set_data(image, p->pixels, (unsigned long)p->side * p->side, NULL);
    assert_int_equal(zbar_scan_image(scanner, image), 1);
    const zbar_symbol_t *symbol = zbar_image_first_symbol(image);
    assert_int_equal(zbar_symbol_get_data_length(symbol), len);
    assert_memory_equal(zbar_symbol_get_data(symbol), text, len);
    zbar_image_destroy(image);
    zbar_image_scanner_destroy(scanner);
}

static void scan_back(const char *text, size_t len, unsigned scale)
{
    struct prov_qr q;
    unsigned char *data;
    size_t data_len;
    assert_int_equal(prov_qr_encode(text, len, &q), PROV_OK);
    assert_int_equal(q.width, 17 + 4 * q.version);
    assert_int_equal(prov_qr_png(&q, scale, &data, &data_len), PROV_OK);
    assert_int_equal(data[24], 1); /* bit depth */
    struct picture p = read_png(data, data_len);
    check_pixels(&q, &p, scale);
    check_scan(&p, text, len);
    free(p.pixels);
    free(data);
    prov_qr_fini(&q);
}

static void test_scan_back(void **state)
{
    struct samples s = {.state = 11};
    for (unsigned i = 0; i < 60; i++) {
        struct prov_credentials c = samples_credentials(&s);
        char text[PROV_TEXT_MAX + 1], code[PROV_PART_TEXT_MAX + 1];
        size_t len, code_len;
        assert_int_equal(prov_payload_encode(&c, PROV_COMPACT, text, sizeof text, &len), PROV_OK);
        unsigned n = prov_parts_needed(len), part = 1 + samples_below(&s, n);
        assert_int_equal(prov_part_encode(text, len, part, n, code, sizeof code, &code_len), PROV_OK);
        scan_back(code, code_len, 3 + i % 6);
    }
    for (unsigned i = 0; i < 8;
         i++) { /* full: one large code; zbar does not find every alignment of the largest */
        struct prov_credentials c = samples_credentials(&s);
        c.user_id[0] = c.camera_model[0] = '\0';
        char text[PROV_TEXT_MAX + 1];
        size_t len;
        assert_int_equal(prov_payload_encode(&c, PROV_FULL, text, sizeof text, &len), PROV_OK);
        scan_back(text, len, 8);
    }
}

static void test_versions(void **state)
{
    static const struct {
        const char *ssid, *password, *url;
        unsigned version;
    } rows[] = {
        {"MyWiFi", "mypass", "https://cam.example", 4},
        {"MyWiFi", "mypass", "http://192.168.1.10:8000", 5},
        {"FRITZ!Box 7590 AB", "12345678901234567890", "https://cam.example", 5},
        {"Home", "correct horse", "", 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_credentials c = {.token = "Ab3Ab3Ab3Ab3Ab"};
        c.ssid_len = strlen(rows[i].ssid);
        c.password_len = strlen(rows[i].password);
        memcpy(c.ssid, rows[i].ssid, c.ssid_len);
        memcpy(c.password, rows[i].password, c.password_len);
        memcpy(c.server_url, rows[i].url, strlen(rows[i].url));
        char text[PROV_TEXT_MAX + 1];
        size_t len;
        struct prov_qr q;
        assert_int_equal(prov_payload_encode(&c, PROV_COMPACT, text, sizeof text, &len), PROV_OK);
        assert_int_equal(prov_parts_needed(len), 1);
        assert_int_equal(prov_qr_encode(text, len, &q), PROV_OK);
        assert_in_range(q.version, 1, rows[i].version);
        prov_qr_fini(&q);
    }
    static const struct {
        size_t len;
        unsigned version;
    } capacity[] = {
        {53, 3}, {54, 4}, {78, 4}, {79, 5}, {PROV_PART_TEXT_MAX, 5}, {PROV_PART_TEXT_MAX + 1, 6}, {2953, 40}};
    static const char digits[2953] = "byte mode is kept, whatever the text is";
    for (size_t i = 0; i < sizeof capacity / sizeof capacity[0]; i++) {
        struct prov_qr q;
        assert_int_equal(prov_qr_encode(digits, capacity[i].len, &q), PROV_OK);
        assert_int_equal(q.version, capacity[i].version);
        prov_qr_fini(&q);
    }
}

static void test_refuses(void **state)
{
    struct prov_qr q;
    static const char big[2954];
    assert_int_equal(prov_qr_encode("", 0, &q), PROV_INVALID);
    assert_int_equal(prov_qr_encode(big, sizeof big, &q), PROV_TOO_LONG);
    assert_int_equal(prov_qr_encode("x", 1, &q), PROV_OK);
    unsigned char *png = NULL;
    char *svg = NULL;
    size_t len = 999;
    assert_int_equal(prov_qr_png(&q, 0, &png, &len), PROV_INVALID);
    assert_int_equal(prov_qr_png(&q, 65, &png, &len), PROV_INVALID);
    assert_int_equal(prov_qr_svg(&q, 0, &svg, &len), PROV_INVALID);
    assert_int_equal(prov_qr_svg(&q, 65, &svg, &len), PROV_INVALID);
    assert_null(png);
    assert_null(svg);
    assert_int_equal(len, 999);
    for (unsigned scale = 1; scale <= 64; scale++) {
        assert_int_equal(prov_qr_png(&q, scale, &png, &len), PROV_OK);
        struct picture p = read_png(png, len);
        check_pixels(&q, &p, scale);
        free(p.pixels);
        free(png);
    }
    prov_qr_fini(&q);
}

/* Draws the runs of the path again and compares. */
static void test_svg(void **state)
{
    struct prov_qr q;
    char *svg;
    size_t len;
    assert_int_equal(prov_qr_encode("{\"s\":\"MyWiFi\",\"p\":\"mypass\"}", 27, &q), PROV_OK);
    assert_int_equal(prov_qr_svg(&q, 8, &svg, &len), PROV_OK);
    assert_int_equal(len, strlen(svg));
    char box[64];
    snprintf(box, sizeof box, "width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\"", (q.width + 8) * 8,
             (q.width + 8) * 8, q.width + 8, q.width + 8);
    assert_non_null(strstr(svg, box));
    assert_non_null(strstr(svg, "shape-rendering=\"crispEdges\""));
    unsigned char *drawn = calloc(q.width, q.width);
    const char *at = strstr(svg, "<path fill=\"#000\"");
    assert_non_null(at);
    unsigned x, y, w, back;
    while ((at = strchr(at, 'M')) != NULL && sscanf(at, "M%u %uh%uv1h-%uz", &x, &y, &w, &back) == 4) {
        assert_int_equal(w, back);
        memset(drawn + (y - 4) * q.width + x - 4, 1, w);
        at++;
    }
    assert_memory_equal(drawn, q.modules, (size_t)q.width * q.width);
    free(drawn);
    free(svg);
    prov_qr_fini(&q);
}

static enum prov_err draw_all(const char *text)
{
    struct prov_qr q;
    unsigned char *png = NULL;
    char *svg = NULL;
    size_t len;
    enum prov_err err = prov_qr_encode(text, strlen(text), &q);
    if (err != PROV_OK) {
        return err;
    }
    err = prov_qr_png(&q, 64, &png, &len);
    if (err == PROV_OK) {
        err = prov_qr_svg(&q, 8, &svg, &len);
    }
    free(png);
    free(svg);
    prov_qr_fini(&q);
    return err;
}

static void test_out_of_memory(void **state)
{
    calls = 0;
    assert_int_equal(draw_all("{\"s\":\"MyWiFi\"}"), PROV_OK);
    unsigned all = calls;
    assert_true(all >= 5);
    for (unsigned i = 1; i <= all; i++) {
        calls = 0;
        fail_at = i;
        assert_int_equal(draw_all("{\"s\":\"MyWiFi\"}"), PROV_NO_SPACE);
    }
    fail_at = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_back),     cmocka_unit_test(test_versions), cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_svg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
