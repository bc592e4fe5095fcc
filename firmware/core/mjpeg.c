#include "core/mjpeg.h"

#include <string.h>

enum state {
    SEEK,     /* for FF of a start */
    SEEK_SOI, /* FF seen */
    MARK,     /* FF of a marker must come */
    CODE,     /* the marker's code */
    LENGTH_HIGH,
    LENGTH_LOW,
    SEGMENT, /* skip bytes of it */
    CODED,   /* entropy-coded data */
    CODED_FF,
    DONE,
};

enum { FIRST_RST = 0xd0, LAST_RST = 0xd7, SOI = 0xd8, EOI = 0xd9, SOS = 0xda, TEM = 0x01 };

void fw_mjpeg_init(struct fw_mjpeg *m, uint8_t *buf, size_t cap)
{
    *m = (struct fw_mjpeg){.buf = buf, .cap = cap, .state = SEEK};
}

uint8_t *fw_mjpeg_swap(struct fw_mjpeg *m, uint8_t *buf)
{
    uint8_t *full = m->buf;
    m->buf = buf;
    return full;
}

static void begin(struct fw_mjpeg *m)
{
    m->buf[0] = 0xff;
    m->buf[1] = SOI;
    m->len = 2;
    m->state = MARK;
}

static void drop(struct fw_mjpeg *m)
{
    m->dropped++;
    m->len = 0;
    m->state = SEEK;
}

static bool keep(struct fw_mjpeg *m, const uint8_t *data, size_t len)
{
    if (len > m->cap - m->len) {
        drop(m);
        return false;
    }
    memcpy(m->buf + m->len, data, len);
    m->len += len;
    return true;
}

/* What follows the marker FF code; coded: it came inside coded data. */
static void marker(struct fw_mjpeg *m, uint8_t code, bool coded)
{
    if (code == 0xff)
        m->state = coded ? CODED_FF : CODE; /* fill bytes */
    else if ((code >= FIRST_RST && code <= LAST_RST) || (code == 0 && coded))
        m->state = coded ? CODED : MARK;
    else if (code == TEM)
        m->state = MARK;
    else if (code == EOI)
        m->state = DONE;
    else if (code == SOI) { /* the picture before was cut short: this is the next one */
        m->dropped++;
        begin(m);
    } else if (code == 0) {
        drop(m);
    } else {
        m->scan = code == SOS;
        m->state = LENGTH_HIGH;
    }
}

/* One byte in any state but SEGMENT and CODED. */
static void step(struct fw_mjpeg *m, uint8_t c)
{
    if (m->state == SEEK || m->state == SEEK_SOI) {
        if (m->state == SEEK_SOI && c == SOI)
            begin(m);
        else
            m->state = c == 0xff ? SEEK_SOI : SEEK;
        return;
    }
    if (!keep(m, &c, 1))
        return;
    switch (m->state) {
    case MARK:
        if (c == 0xff)
            m->state = CODE;
        else
            drop(m);
        break;
    case CODE:
    case CODED_FF:
        marker(m, c, m->state == CODED_FF);
        break;
    case LENGTH_HIGH:
        m->skip = (size_t)c << 8;
        m->state = LENGTH_LOW;
        break;
    default: /* LENGTH_LOW */
        m->skip |= c;
        if (m->skip < 2) {
            drop(m);
            break;
        }
        m->skip -= 2;
        m->state = SEGMENT;
        break;
    }
}

/* As much of a run (segment or coded data) as there is; returns how many bytes. */
static size_t run(struct fw_mjpeg *m, const uint8_t *data, size_t len)
{
    size_t n = len;
    if (m->state == SEGMENT) {
        n = len < m->skip ? len : m->skip;
        m->skip -= n;
        if (keep(m, data, n) && m->skip == 0)
            m->state = m->scan ? CODED : MARK;
        return n;
    }
    const uint8_t *ff = memchr(data, 0xff, len);
    if (ff)
        n = (size_t)(ff - data) + 1;
    if (keep(m, data, n) && ff)
        m->state = CODED_FF;
    return n;
}

size_t fw_mjpeg_push(struct fw_mjpeg *m, const uint8_t *data, size_t len, bool *whole)
{
    if (m->state == DONE) {
        m->len = 0;
        m->state = SEEK;
    }
    size_t used = 0;
    while (used < len && m->state != DONE) {
        if (m->state == SEGMENT || m->state == CODED)
            used += run(m, data + used, len - used);
        else
            step(m, data[used++]);
    }
    *whole = m->state == DONE;
    return used;
}
