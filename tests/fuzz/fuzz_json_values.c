/* Any bytes through the reader of camera and QR text: every value that it finds is one by itself, and a
 * member of text, written again, reads the same. */
#include <stdlib.h>
#include <string.h>

#include "provisioning/json.h"

enum { TEXT_MAX = 4096, ESCAPED_MAX = 6 * TEXT_MAX };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const char *text)
{
    static char out[ESCAPED_MAX + 64], back[TEXT_MAX + 1];
    struct prov_json_writer w;
    struct prov_json object, v;
    size_t len;
    prov_json_begin(&w, out, sizeof out);
    prov_json_put_int(&w, "n", (int64_t)strlen(text));
    prov_json_put_string(&w, "t", text, strlen(text));
    if (prov_json_end(&w, &len) != PROV_OK || prov_json_parse(out, len, sizeof out, &object) != PROV_OK ||
        !prov_json_member(object, "t", &v) || prov_json_string(v, back, sizeof back) != PROV_OK ||
        strcmp(text, back) != 0) {
        abort();
    }
}

static void look_at(struct prov_json v)
{
    static char text[TEXT_MAX + 1];
    struct prov_json alone, member;
    char name[PROV_JSON_NAME_MAX];
    int64_t n;
    bool b;
    if (prov_json_parse(v.at, v.len, v.len, &alone) != PROV_OK || alone.len != v.len) {
        abort();
    }
    if (prov_json_string(v, text, sizeof text) == PROV_OK) {
        write_again(text);
    }
    if (prov_json_int(v, -5, 5, &n) && (n < -5 || n > 5 || !prov_json_milli(v, &n))) {
        abort();
    }
    (void)prov_json_bool(v, &b);
    for (size_t at = 0; prov_json_next(v, &at, name, &member);) {
        look_at(member);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct prov_json v;
    if (prov_json_parse((const char *)data, size, TEXT_MAX, &v) == PROV_OK) {
        look_at(v);
    }
    return 0;
}
