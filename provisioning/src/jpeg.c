#include "provisioning/jpeg.h"

#include <stdbool.h>

enum { SEGMENTS_MAX = 1024, TAIL = 100 };
enum {
    TEM = 0x01,
    SOF0 = 0xC0,
    SOF2 = 0xC2,
    DHT = 0xC4,
    JPG = 0xC8,
    DAC = 0xCC,
    SOF15 = 0xCF,
    RST0 = 0xD0,
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA
};

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* A frame header (B.2.2) of n bytes, its length field included. */
static bool parse_sof(const uint8_t *segment, size_t n, uint8_t marker, uint16_t *width, uint16_t *height)
{
    if (n < 8) {
        return false;
    }
    uint8_t precision = segment[2], components = segment[7];
    uint16_t lines = get16(segment + 3), columns = get16(segment + 5);
    if (components < 1 || components > 4 || n != 8 + 3u * components || lines == 0 || columns == 0 ||
        !(precision == 8 || (precision == 12 && marker != SOF0))) {
        return false;
    }
    *width = columns;
    *height = lines;
    return true;
}

static bool ends(const uint8_t *data, size_t from, size_t len)
{
    if (len - from > TAIL) {
        from = len - TAIL;
    }
    for (size_t i = len; i >= from + 2; i--) {
        if (data[i - 2] == 0xFF && data[i - 1] == EOI) {
            return true;
        }
    }
    return false;
}

enum prov_err prov_jpeg_check(const uint8_t *data, size_t len, uint16_t *width, uint16_t *height)
{
    if (len < 4 || data[0] != 0xFF || data[1] != SOI) {
        return PROV_INVALID;
    }
    size_t at = 2;
    for (unsigned i = 0; i < SEGMENTS_MAX; i++) {
        if (at >= len || data[at] != 0xFF) {
            return PROV_INVALID;
        }
        while (at < len && data[at] == 0xFF) { /* a marker may be led by fill bytes (B.1.1.2) */
            at++;
        }
        if (len - at < 3) {
            return PROV_INVALID;
        }
        uint8_t marker = data[at++];
        if (marker == TEM) {
            continue;
        }
        if (marker < SOF0 ||
            (marker >= RST0 && marker <= SOS)) { /* reserved, or no picture before its header */
            return PROV_INVALID;
        }
        size_t n = get16(data + at);
        if (n < 2 || n > len - at) {
            return PROV_INVALID;
        }
        if (marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC) {
            uint16_t w, h;
            if (marker > SOF2 || !parse_sof(data + at, n, marker, &w, &h) || !ends(data, at + n, len)) {
                return PROV_INVALID;
            }
            *width = w;
            *height = h;
            return PROV_OK;
        }
        at += n;
    }
    return PROV_INVALID;
}
