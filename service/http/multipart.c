#include "http/multipart.h"

#include <strings.h>

/* CR LF "--" and the boundary */
struct delimiter {
    char text[4 + MULTIPART_BOUNDARY_MAX + 1];
    size_t len;
};

static void advance(struct span *s, size_t n)
{
    s->p += n;
    s->len -= n;
}

static void skip_blanks(struct span *s)
{
    while (s->len && (*s->p == ' ' || *s->p == '\t'))
        advance(s, 1);
}

static bool begins(struct span s, const char *with, size_t len)
{
    return s.len >= len && memcmp(s.p, with, len) == 0;
}

static bool is_word(struct span s, const char *word)
{
    return s.len == strlen(word) && strncasecmp(s.p, word, s.len) == 0;
}

/* ---- parameters: `value; name=token; name="quoted"` (RFC 9110 §5.6.6) ---- */

/* Takes a value off the front; false: it is longer than cap, or a quote stays open. */
static bool take_value(struct span *s, char *out, size_t cap, size_t *len)
{
    bool quoted = s->len && *s->p == '"';
    size_t n = 0;
    if (quoted)
        advance(s, 1);
    for (; s->len && (quoted ? *s->p != '"' : !memchr("; \t", *s->p, 3)); advance(s, 1)) {
        if (quoted && *s->p == '\\' && s->len > 1)
            advance(s, 1);
        if (n == cap)
            return false;
        out[n++] = *s->p;
    }
    if (quoted && !s->len)
        return false;
    if (quoted)
        advance(s, 1);
    *len = n;
    return true;
}

/* Passes over what stands before the next semicolon outside quotes, and that. False: there is none. */
static bool next_parameter(struct span *s)
{
    bool quoted = false;
    for (; s->len && (quoted || *s->p != ';'); advance(s, 1)) {
        if (quoted && *s->p == '\\' && s->len > 1)
            advance(s, 1);
        else if (*s->p == '"')
            quoted = !quoted;
    }
    if (!s->len)
        return false;
    advance(s, 1);
    skip_blanks(s);
    return true;
}

static bool read_parameter(struct span s, const char *name, char *out, size_t cap, size_t *len)
{
    size_t n = strlen(name);
    while (next_parameter(&s)) {
        if (s.len > n && s.p[n] == '=' && strncasecmp(s.p, name, n) == 0) {
            advance(&s, n + 1);
            return take_value(&s, out, cap, len);
        }
    }
    return false;
}

static bool read_boundary(struct span content_type, struct delimiter *d)
{
    static const char allowed[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ";
    char *at = d->text + 4;
    size_t len = 0;
    memcpy(d->text, "\r\n--", 4);
    if (!read_parameter(content_type, "boundary", at, MULTIPART_BOUNDARY_MAX, &len) || !len ||
        at[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++)
        if (!memchr(allowed, at[i], sizeof allowed - 1))
            return false;
    d->len = 4 + len;
    return true;
}

/* ---- the body ---- */

/* What stands behind a delimiter's text: the line's end, or the last one's "--". Longer text is content. */
static bool ends_line(struct span rest)
{
    if (begins(rest, "--", 2))
        return true;
    skip_blanks(&rest);
    return begins(rest, "\r\n", 2);
}

/* Goes on behind the text of the next delimiter; *before = what stood before it. */
static bool take_until_delimiter(struct span *s, const struct delimiter *d, struct span *before)
{
    struct span rest = *s;
    const char *at;
    while (rest.len && (at = memmem(rest.p, rest.len, d->text, d->len))) {
        advance(&rest, (size_t)(at - rest.p) + d->len);
        if (ends_line(rest)) {
            *before = (struct span){s->p, (size_t)(at - s->p)};
            *s = rest;
            return true;
        }
    }
    return false;
}

/* Takes the first line of several; false: it does not end. */
static bool take_line(struct span *s, struct span *line)
{
    const char *end = memmem(s->p, s->len, "\r\n", 2);
    if (!end)
        return false;
    *line = (struct span){s->p, (size_t)(end - s->p)};
    advance(s, line->len + 2);
    return true;
}

static bool names(struct span header, const char *name)
{
    char value[MULTIPART_NAME_MAX];
    size_t len;
    const char *colon = header.len ? memchr(header.p, ':', header.len) : NULL;
    if (!colon || !is_word((struct span){header.p, (size_t)(colon - header.p)}, "Content-Disposition"))
        return false;
    advance(&header, (size_t)(colon - header.p) + 1);
    return read_parameter(header, "name", value, sizeof value, &len) &&
           span_eq((struct span){value, len}, span_of(name));
}

/* Reads the head of a part, from behind its delimiter up to its empty line: an empty part's delimiter shares
 * that line's end. *wanted: it bears that name. */
static bool take_head(struct span *s, const char *name, bool *wanted)
{
    struct span line;
    *wanted = false;
    if (begins(*s, "--", 2) || !take_line(s, &line)) /* it was the last delimiter; the rest of its line */
        return false;
    while (take_line(s, &line)) {
        if (!line.len) {
            s->p -= 2;
            s->len += 2;
            return true;
        }
        *wanted = *wanted || names(line, name);
    }
    return false;
}

/* Goes on behind the first delimiter. It may open the body, where no line ends before it. */
static bool take_preamble(struct span *s, const struct delimiter *d)
{
    struct span preamble, rest = *s;
    if (begins(rest, d->text + 2, d->len - 2)) {
        advance(&rest, d->len - 2);
        if (ends_line(rest)) {
            *s = rest;
            return true;
        }
    }
    return take_until_delimiter(s, d, &preamble);
}

enum err multipart_find(struct span content_type, struct span body, const char *name, struct span *out)
{
    struct delimiter d;
    struct span content;
    bool wanted;
    if (!read_boundary(content_type, &d))
        return ERR_MALFORMED;
    if (!take_preamble(&body, &d))
        return ERR_NOT_FOUND;
    while (take_head(&body, name, &wanted) && take_until_delimiter(&body, &d, &content)) {
        if (wanted) {
            if (content.len) /* nothing, or the empty line's end and the part */
                advance(&content, 2);
            *out = content;
            return ERR_OK;
        }
    }
    return ERR_NOT_FOUND;
}
