#include "http/chunks.h"

enum state {
    SIZE, /* at the first digit, or at another */
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    LINE, /* a trailer's first byte, or the empty line's */
    NAME,
    VALUE,
    VALUE_LF,
    END_LF,
    DONE
};

enum { DIGITS_MAX = 8, TRAILERS_MAX = 512, BAD = -1 };

static int digit(char c)
{
    char lower = (char)(c | 0x20);
    return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* What may stand in a line: no control but the tab. */
static bool is_text(char c)
{
    return (unsigned char)c >= ' ' ? c != 127 : c == '\t';
}

/* RFC 9110 §5.6.2. */
static bool is_token(char c)
{
    char lower = (char)(c | 0x20);
    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static int begin_line(struct chunks *c, int next)
{
    c->count = 0;
    return next;
}

static int take_size(struct chunks *c, char byte)
{
    int n = digit(byte);
    if (n >= 0 && c->count < DIGITS_MAX) {
        c->size = (c->count++ ? c->size << 4 : 0) | (uint32_t)n;
        return SIZE;
    }
    return c->count && byte == '\r' ? SIZE_LF : BAD;
}

static int take_trailer(struct chunks *c, char byte)
{
    if (++c->count > TRAILERS_MAX)
        return BAD;
    switch (c->state) {
    case LINE:
        return byte == '\r' ? END_LF : is_token(byte) ? NAME : BAD;
    case NAME:
        return byte == ':' ? VALUE : is_token(byte) ? NAME : BAD;
    case VALUE:
        return byte == '\r' ? VALUE_LF : is_text(byte) ? VALUE : BAD;
    default:
        return byte != '\n' ? BAD : c->state == END_LF ? DONE : LINE;
    }
}

static int take_byte(struct chunks *c, char byte)
{
    switch (c->state) {
    case SIZE:
        return take_size(c, byte);
    case SIZE_LF:
        return byte != '\n' ? BAD : c->size ? DATA : begin_line(c, LINE);
    case DATA_CR:
        return byte == '\r' ? DATA_LF : BAD;
    case DATA_LF:
        return byte == '\n' ? begin_line(c, SIZE) : BAD;
    default:
        return take_trailer(c, byte);
    }
}

bool chunks_take(struct chunks *c, struct span data, size_t *used)
{
    size_t at = 0;
    while (at < data.len && c->state != DONE) {
        if (c->state == DATA) {
            size_t left = data.len - at, n = c->size < left ? c->size : left;
            at += n;
            c->size -= (uint32_t)n;
            c->state = c->size ? DATA : DATA_CR;
            continue;
        }
        int next = take_byte(c, data.p[at++]);
        if (next == BAD)
            return false;
        c->state = (uint8_t)next;
    }
    *used = at;
    return true;
}

bool chunks_done(const struct chunks *c)
{
    return c->state == DONE;
}
