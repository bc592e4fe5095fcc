#include "relay/ws_frame.h"

#include <string.h>

enum {
    OP_CONTINUATION = 0,
    OP_TEXT = 1,
    OP_BINARY = 2,
    OP_CLOSE = 8,
    OP_PING = 9,
    OP_PONG = 10,
    FIN = 0x80,
    RESERVED = 0x70,
    MASKED = 0x80,
    MASK_BYTES = 4,
    FAULT_PROTOCOL = 1002,
    FAULT_TEXT = 1007,
};

static enum ws_frame_kind fault(struct ws_frame *f, uint16_t code)
{
    f->code = code;
    return WS_FRAME_FAULT;
}

static uint8_t opcode(const struct ws_frame *f)
{
    return f->head[0] & 0x0f;
}

static bool is_control(const struct ws_frame *f)
{
    return opcode(f) >= OP_CLOSE;
}

/* How long the head is, by what is known of it. */
static size_t head_bytes(const struct ws_frame *f)
{
    if (f->have < 2)
        return 2;
    uint8_t len = f->head[1] & 0x7f;
    return 2 + (size_t)(len == 126 ? 2 : len == 127 ? 8 : 0) + MASK_BYTES;
}

/* The first two bytes alone tell of most faults: then nothing more need be waited for. */
static bool begins_well(const struct ws_frame *f)
{
    uint8_t op = opcode(f);
    if ((f->head[0] & RESERVED) || !(f->head[1] & MASKED))
        return false;
    if (op >= OP_CLOSE)
        return op <= OP_PONG && (f->head[0] & FIN) && (f->head[1] & 0x7f) <= WS_FRAME_CONTROL_MAX;
    return op == OP_CONTINUATION ? f->in_message : op <= OP_BINARY && !f->in_message;
}

/* The head is whole. False: a length that is not in its shortest form, or over 2^63. */
static bool begin_payload(struct ws_frame *f)
{
    uint8_t len = f->head[1] & 0x7f;
    size_t n = len == 126 ? 2 : len == 127 ? 8 : 0;
    uint64_t left = n ? 0 : len;
    for (size_t i = 0; i < n; i++)
        left = left << 8 | f->head[2 + i];
    if ((n == 2 && left < 126) || (n == 8 && (left <= UINT16_MAX || left > INT64_MAX)))
        return false;
    memmove(f->head + 2, f->head + 2 + n, MASK_BYTES); /* the mask stays behind the first two bytes */
    f->left = left;
    f->mask_at = 0;
    f->in_payload = true;
    f->announced = false;
    if (is_control(f)) {
        f->control_len = 0;
    } else if (opcode(f) != OP_CONTINUATION) {
        f->in_message = f->first = true;
        f->binary = opcode(f) == OP_BINARY;
        f->text = (struct prov_utf8){0};
    }
    return true;
}

/* Eight bytes at a time: this is most of what a picture costs on its way in. */
static void unmask(struct ws_frame *f, uint8_t *data, size_t len)
{
    uint8_t mask[8];
    uint64_t word, piece;
    for (size_t i = 0; i < sizeof mask; i++)
        mask[i] = f->head[2 + (f->mask_at + i) % MASK_BYTES];
    memcpy(&word, mask, sizeof word);
    size_t i = 0;
    for (; i + sizeof word <= len; i += sizeof word) {
        memcpy(&piece, data + i, sizeof piece);
        piece ^= word;
        memcpy(data + i, &piece, sizeof piece);
    }
    for (size_t k = 0; i < len; i++, k++)
        data[i] ^= mask[k];
    f->mask_at = (uint8_t)((f->mask_at + len) % MASK_BYTES);
}

/* RFC 6455 §7.4 */
static bool code_is_good(uint16_t code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

static enum ws_frame_kind end_control(struct ws_frame *f)
{
    struct prov_utf8 reason = {0};
    switch (opcode(f)) {
    case OP_PING:
        return WS_FRAME_PING;
    case OP_PONG:
        return WS_FRAME_PONG;
    default:
        f->code = 0;
        if (f->control_len == 0)
            return WS_FRAME_CLOSE;
        f->code = (uint16_t)(f->control[0] << 8 | f->control[1]);
        if (f->control_len == 1 || !code_is_good(f->code))
            return fault(f, FAULT_PROTOCOL);
        if (!prov_utf8_take(&reason, f->control + 2, f->control_len - 2U) || !prov_utf8_is_whole(&reason))
            return fault(f, FAULT_TEXT);
        return WS_FRAME_CLOSE;
    }
}

static enum ws_frame_kind take_control(struct ws_frame *f, const uint8_t *data, size_t len)
{
    memcpy(f->control + f->control_len, data, len);
    f->control_len = (uint8_t)(f->control_len + len);
    if (f->left)
        return WS_FRAME_MORE;
    f->in_payload = false;
    f->have = 0;
    return end_control(f);
}

static enum ws_frame_kind take_data(struct ws_frame *f, const uint8_t *data, size_t len)
{
    bool last = f->left == 0 && (f->head[0] & FIN);
    f->chunk = (struct transport_chunk){.data = data,
                                        .len = len,
                                        .remaining = (size_t)f->left,
                                        .binary = f->binary,
                                        .first = f->first,
                                        .last = last};
    f->first = false;
    if (f->left == 0) {
        f->in_payload = false;
        f->have = 0;
    }
    if (last)
        f->in_message = false;
    if (!f->binary && (!prov_utf8_take(&f->text, data, len) || (last && !prov_utf8_is_whole(&f->text))))
        return fault(f, FAULT_TEXT);
    return WS_FRAME_DATA;
}

static enum ws_frame_kind take_payload(struct ws_frame *f, uint8_t **data, size_t *len)
{
    uint8_t *piece = *data;
    size_t n = f->left < *len ? (size_t)f->left : *len;
    unmask(f, piece, n);
    *data += n;
    *len -= n;
    f->left -= n;
    return is_control(f) ? take_control(f, piece, n) : take_data(f, piece, n);
}

enum ws_frame_kind ws_frame_next(struct ws_frame *f, uint8_t **data, size_t *len)
{
    for (;;) {
        while (!f->in_payload) {
            if (!*len)
                return WS_FRAME_MORE;
            f->head[f->have++] = *(*data)++;
            (*len)--;
            if (f->have == 2 && !begins_well(f))
                return fault(f, FAULT_PROTOCOL);
            if (f->have == head_bytes(f) && !begin_payload(f))
                return fault(f, FAULT_PROTOCOL);
        }
        if (f->left && !*len && (f->announced || is_control(f)))
            return WS_FRAME_MORE;
        f->announced = true;
        enum ws_frame_kind kind = take_payload(f, data, len);
        if (kind != WS_FRAME_MORE)
            return kind;
    }
}
