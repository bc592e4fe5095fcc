#include "provisioning/payload.h"

#include <string.h>

enum { HEAD_LEN = 5, BODY_MAX = PROV_PART_TEXT_MAX - HEAD_LEN }; /* "C1/2:" */

unsigned prov_parts_needed(size_t len)
{
    if (len <= PROV_PART_TEXT_MAX) {
        return 1;
    }
    return len > (size_t)PROV_PARTS_MAX * BODY_MAX ? 0 : (unsigned)((len + BODY_MAX - 1) / BODY_MAX);
}

enum prov_err prov_part_encode(const char *text, size_t len, unsigned part, unsigned n, char *out, size_t cap,
                               size_t *out_len)
{
    if (part < 1 || part > n || n > PROV_PARTS_MAX || (n > 1 && len < n)) {
        return PROV_INVALID;
    }
    /* Parts of even length: the largest code decides how hard the set is to read. */
    size_t from = len * (part - 1) / n, to = len * part / n, head = n > 1 ? HEAD_LEN : 0, body = to - from;
    if (n > 1 && body > BODY_MAX) {
        return PROV_TOO_LONG;
    }
    if (cap == 0 || head + body > cap - 1) {
        return PROV_NO_SPACE;
    }
    if (n > 1) {
        const char text_head[HEAD_LEN] = {'C', (char)('0' + part), '/', (char)('0' + n), ':'};
        memcpy(out, text_head, HEAD_LEN);
    }
    memcpy(out + head, text + from, body);
    out[head + body] = '\0';
    *out_len = head + body;
    return PROV_OK;
}

/* Parts hold a WiFi password, so they are wiped by a store the compiler may not leave out. */
void prov_parts_reset(struct prov_parts *p)
{
    volatile unsigned char *bytes = (volatile unsigned char *)p;
    for (size_t i = 0; i < sizeof *p; i++) {
        bytes[i] = 0;
    }
}

static bool parse_head(const char *code, size_t len, unsigned *part, unsigned *total)
{
    if (len < HEAD_LEN || code[0] != 'C' || code[2] != '/' || code[4] != ':' || code[1] < '1' ||
        code[3] < '2' || code[3] > '9' || code[1] > code[3]) {
        return false;
    }
    *part = (unsigned)(code[1] - '0');
    *total = (unsigned)(code[3] - '0');
    return true;
}

static enum prov_err copy_whole(const char *code, size_t len, char *out, size_t cap, size_t *out_len)
{
    if (cap == 0 || len > cap - 1) {
        return PROV_NO_SPACE;
    }
    memcpy(out, code, len);
    out[len] = '\0';
    *out_len = len;
    return PROV_OK;
}

static enum prov_err join(struct prov_parts *p, char *out, size_t cap, size_t *out_len)
{
    size_t len = 0;
    for (unsigned i = 0; i < p->total; i++) {
        len += p->len[i];
    }
    if (cap == 0 || len > cap - 1) {
        return PROV_NO_SPACE;
    }
    for (unsigned i = 0, at = 0; i < p->total; at += p->len[i++]) {
        memcpy(out + at, p->text[i], p->len[i]);
    }
    out[len] = '\0';
    *out_len = len;
    prov_parts_reset(p);
    return PROV_OK;
}

enum prov_err prov_parts_take(struct prov_parts *p, const char *code, size_t code_len, char *out, size_t cap,
                              size_t *out_len)
{
    unsigned part, total;
    if (!parse_head(code, code_len, &part, &total)) {
        return copy_whole(code, code_len, out, cap, out_len);
    }
    size_t body = code_len - HEAD_LEN;
    if (body == 0) {
        return PROV_INVALID;
    }
    if (body > PROV_PART_TEXT_MAX) {
        return PROV_TOO_LONG;
    }
    unsigned i = part - 1;
    bool held = p->have >> i & 1;
    if (p->total != total ||
        (held && (p->len[i] != body || memcmp(p->text[i], code + HEAD_LEN, body) != 0))) {
        prov_parts_reset(p);
        p->total = total;
    }
    memcpy(p->text[i], code + HEAD_LEN, body);
    p->len[i] = (unsigned short)body;
    p->have |= 1u << i;
    return p->have == (1u << total) - 1 ? join(p, out, cap, out_len) : PROV_INCOMPLETE;
}
