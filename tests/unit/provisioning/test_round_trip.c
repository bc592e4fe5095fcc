#include <stdlib.h>
#include <string.h>

#include "provisioning/payload.h"
#include "samples.h"
#include "support/check.h"

enum { ROUNDS = 1000 };

/* What is left of credentials on the wire of a format. */
static struct prov_credentials as_sent(struct prov_credentials c, enum prov_format format)
{
    if (format != PROV_FULL) {
        memset(c.user_id, 0, sizeof c.user_id);
        memset(c.camera_model, 0, sizeof c.camera_model);
    }
    if (format == PROV_WIFI_ONLY) {
        memset(c.server_url, 0, sizeof c.server_url);
        memset(c.token, 0, sizeof c.token);
    }
    return c;
}

/* The text through its codes, shown in any order and some of them twice. */
static size_t through_codes(struct samples *s, const char *text, size_t len, unsigned n, char *out)
{
    struct prov_parts parts;
    unsigned order[PROV_PARTS_MAX];
    prov_parts_reset(&parts);
    for (unsigned i = 0; i < n; i++) {
        unsigned j = samples_below(s, i + 1);
        order[i] = order[j];
        order[j] = i + 1;
    }
    for (unsigned i = 0; i < n; i++) {
        char code[PROV_TEXT_MAX + 1];
        size_t code_len, out_len = 0;
        assert_int_equal(prov_part_encode(text, len, order[i], n, code, sizeof code, &code_len), PROV_OK);
        for (unsigned twice = 0; twice < 2; twice++) {
            char *exact = samples_exact(code, code_len);
            enum prov_err err = prov_parts_take(&parts, exact, code_len, out, PROV_TEXT_MAX + 1, &out_len);
            free(exact);
            if (i + 1 == n) {
                assert_int_equal(err, PROV_OK);
                return out_len;
            }
            assert_int_equal(err, PROV_INCOMPLETE);
        }
    }
    return 0;
}

static void round_trip(void **state)
{
    enum prov_format format = *(enum prov_format *)*state;
    struct samples s = {.state = 1};
    unsigned split = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct prov_credentials c = samples_credentials(&s), want = as_sent(c, format), back;
        char text[PROV_TEXT_MAX + 1], joined[PROV_TEXT_MAX + 1];
        size_t len;
        assert_int_equal(prov_payload_encode(&c, format, text, sizeof text, &len), PROV_OK);
        for (size_t j = 0; j < len; j++) {
            assert_in_range(text[j], 0x20, 0x7F);
        }
        unsigned n = format == PROV_FULL ? 1 : prov_parts_needed(len);
        assert_in_range(n, 1, PROV_PARTS_MAX);
        split += n > 1;
        size_t joined_len = through_codes(&s, text, len, n, joined);
        assert_int_equal(joined_len, len);
        char *exact = samples_exact(joined, joined_len);
        assert_int_equal(prov_payload_decode(exact, joined_len, &back), PROV_OK);
        free(exact);
        assert_memory_equal(&back, &want, sizeof want);
    }
    assert_int_equal(split > 0, format != PROV_FULL);
}

int main(void)
{
    static enum prov_format formats[] = {PROV_FULL, PROV_COMPACT, PROV_WIFI_ONLY};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(round_trip, &formats[0]),
        cmocka_unit_test_prestate(round_trip, &formats[1]),
        cmocka_unit_test_prestate(round_trip, &formats[2]),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
