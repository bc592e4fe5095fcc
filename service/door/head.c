#include "door/head.h"

#include <stdlib.h>
#include <strings.h>

enum { DIGITS_MAX = 18 }; /* of a Content-Length: keeps it in 63 bits */

/* RFC 9110 §5.6.2. */
static bool is_token_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_token_char((unsigned char)s.p[i]))
            return false;
    return s.len > 0;
}

static bool is_digits(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.len > 0;
}

static bool is_name(struct span s, const char *name)
{
    return s.len == strlen(name) && strncasecmp(s.p, name, s.len) == 0;
}

static struct span trim(struct span s)
{
    while (s.len && (*s.p == ' ' || *s.p == '\t'))
        s.p++, s.len--;
    while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* What may stand in a line: no control but the tab (so no NUL, bare CR or LF), no DEL. */
static bool is_clean(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.p[i];
        if ((c < ' ' && c != '\t') || c == 127)
            return false;
    }
    return true;
}

/* Takes the text before the first c off s; false when there is none. */
static bool cut(struct span *s, char c, struct span *before)
{
    const char *at = s->len ? memchr(s->p, c, s->len) : NULL;
    if (!at)
        return false;
    *before = (struct span){s->p, (size_t)(at - s->p)};
    s->len -= before->len + 1;
    s->p = at + 1;
    return true;
}

/* Origin form, absolute form (RFC 9112 §3.2.2: a server must take it) or "*". */
static bool read_target(struct head *h)
{
    struct span t = h->target;
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.p[i] <= ' ' || (unsigned char)t.p[i] >= 127)
            return false;
    h->path = t;
    for (size_t scheme = 7; scheme <= 8; scheme++) {
        if (t.len <= scheme || strncasecmp(t.p, scheme == 7 ? "http://" : "https://", scheme) != 0)
            continue;
        const char *slash = memchr(t.p + scheme, '/', t.len - scheme);
        h->path = slash ? (struct span){slash, (size_t)(t.p + t.len - slash)} : SPAN_LIT("/");
    }
    bool whole = span_is(h->path, "*") && is_name(h->method, "OPTIONS");
    if (!whole && (!h->path.len || h->path.p[0] != '/'))
        return false;
    h->query = h->path;
    if (cut(&h->query, '?', &t))
        h->path = t;
    else
        h->query = (struct span){"", 0};
    return true;
}

static bool read_request_line(struct span line, struct head *h)
{
    if (!cut(&line, ' ', &h->method) || !is_token(h->method) || !cut(&line, ' ', &h->target))
        return false;
    h->minor = span_is(line, "HTTP/1.1");
    return (h->minor || span_is(line, "HTTP/1.0")) && read_target(h);
}

/* name ":" OWS value OWS; a line that begins with a blank is an obs-fold and has no token before its colon.
 */
static bool read_field(struct span line, struct head_field *f)
{
    if (!cut(&line, ':', &f->name) || !is_token(f->name))
        return false;
    f->value = trim(line);
    return true;
}

/* host [":" port]: a name, an IPv4 address or "[" IPv6 "]" (RFC 3986 §3.2.2, without percent-encoding). */
static bool is_host(struct span v)
{
    size_t n = 0;
    if (v.len && v.p[0] == '[') {
        while (n < v.len && v.p[n] != ']')
            n++;
        for (size_t i = 1; i < n; i++)
            if (!strchr("0123456789abcdefABCDEF:.", v.p[i]))
                return false;
        if (n < 3 || n++ == v.len)
            return false;
    } else {
        while (n < v.len && (is_token_char((unsigned char)v.p[n]) && !strchr("#%^`|", v.p[n])))
            n++;
    }
    if (n == 0)
        return false;
    if (n == v.len)
        return true;
    struct span port = {v.p + n + 1, v.len - n - 1};
    bool number = port.len <= 5 && is_digits(port) && strtol(port.p, NULL, 10) <= UINT16_MAX;
    return v.p[n] == ':' && (number || port.len == 0);
}

/* No blank behind it: to libmicrohttpd 0.9.75 that is another value. It is in a line that has ended. */
static bool ends_its_line(struct span value)
{
    return value.p[value.len] == '\r';
}

/* What decides where this message ends and whom it is for must leave no doubt (RFC 9112 §3.2, §6.3, §11.2).
 */
static bool read_framing(struct head *h)
{
    struct span length = {0}, coding = {0};
    size_t hosts = 0;
    for (size_t i = 0; i < h->n_fields; i++) {
        const struct head_field *f = &h->fields[i];
        if (is_name(f->name, "Host")) {
            if (hosts++ || !is_host(f->value))
                return false;
        } else if (is_name(f->name, "Content-Length")) {
            if (!is_digits(f->value) || f->value.len > DIGITS_MAX || !ends_its_line(f->value) ||
                (length.p && !span_eq(length, f->value)))
                return false;
            length = f->value;
        } else if (is_name(f->name, "Transfer-Encoding")) {
            if (coding.p || !is_name(f->value, "chunked") || !ends_its_line(f->value))
                return false;
            coding = f->value;
        }
    }
    h->body_bytes = coding.p ? -1 : length.p ? strtoll(length.p, NULL, 10) : 0;
    return hosts == 1 && !(length.p && coding.p) && !(coding.p && !h->minor);
}

static size_t count(struct span s, const char *separators)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.p[i] && strchr(separators, s.p[i]);
    return n;
}

static bool has_many_parts(const struct head *h)
{
    size_t n = count(h->target, "?&");
    for (size_t i = 0; i < h->n_fields; i++)
        if (is_name(h->fields[i].name, "Cookie"))
            n += 1 + count(h->fields[i].value, ",;");
    return n > HEAD_PARTS_MAX;
}

/* The next line without its CRLF. HEAD_MORE: not all here, and nothing wrong so far. */
static enum head_result next_line(struct span *rest, struct span *line)
{
    const char *lf = rest->len ? memchr(rest->p, '\n', rest->len) : NULL;
    size_t len = lf ? (size_t)(lf - rest->p) : rest->len;
    bool cr = len && rest->p[len - 1] == '\r';
    *line = (struct span){rest->p, len - cr};
    if (!is_clean(*line) || (lf && !cr))
        return HEAD_BAD;
    if (!lf)
        return HEAD_MORE;
    rest->p = lf + 1;
    rest->len -= len + 1;
    return HEAD_OK;
}

static enum head_result parse(struct span data, size_t max_fields, struct head *out)
{
    struct span rest = data, line;
    out->n_fields = 0;
    if (rest.len && !is_token_char((unsigned char)rest.p[0]))
        return HEAD_BAD; /* told at the first byte: a TLS hello on this port should not wait for the deadline
                          */
    enum head_result r = next_line(&rest, &line);
    if (r == HEAD_OK && !read_request_line(line, out))
        return HEAD_BAD;
    while (r == HEAD_OK) {
        r = next_line(&rest, &line);
        if (r != HEAD_OK)
            break;
        if (line.len == 0) {
            out->bytes = data.len - rest.len;
            return !read_framing(out) ? HEAD_BAD : has_many_parts(out) ? HEAD_TOO_LARGE : HEAD_OK;
        }
        if (out->n_fields == max_fields)
            return HEAD_TOO_LARGE;
        if (!read_field(line, &out->fields[out->n_fields]))
            return HEAD_BAD;
        out->n_fields++;
    }
    return r;
}

enum head_result head_parse(struct span data, size_t max_bytes, size_t max_fields, struct head *out)
{
    bool over = data.len > max_bytes;
    if (over)
        data.len = max_bytes;
    enum head_result r = parse(data, max_fields < HEAD_FIELDS_MAX ? max_fields : HEAD_FIELDS_MAX, out);
    return r == HEAD_MORE && (over || data.len == max_bytes) ? HEAD_TOO_LARGE : r;
}

struct span head_field(const struct head *h, const char *name)
{
    for (size_t i = 0; i < h->n_fields; i++)
        if (is_name(h->fields[i].name, name))
            return h->fields[i].value;
    return (struct span){0};
}

size_t head_count(const struct head *h, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n_fields; i++)
        n += is_name(h->fields[i].name, name);
    return n;
}

bool head_has_token(struct span list, const char *token)
{
    struct span item;
    while (cut(&list, ',', &item))
        if (is_name(trim(item), token))
            return true;
    return is_name(trim(list), token);
}

/* name=value among members separated by semicolons. */
static struct span member(struct span list, const char *name)
{
    while (list.p && list.len) {
        struct span item = list, key;
        if (!cut(&list, ';', &item))
            list.len = 0;
        item = trim(item);
        if (cut(&item, '=', &key) && span_is(key, name))
            return item;
    }
    return (struct span){0};
}

struct span head_cookie(const struct head *h, const char *name)
{
    for (size_t i = 0; i < h->n_fields; i++) {
        if (!is_name(h->fields[i].name, "Cookie"))
            continue;
        struct span value = member(h->fields[i].value, name);
        if (value.p)
            return value;
    }
    return (struct span){0};
}
