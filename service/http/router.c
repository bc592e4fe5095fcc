#include "http/router.h"

#include <stdio.h>

static struct span segment(struct span *rest)
{
    const char *slash = rest->len ? memchr(rest->p, '/', rest->len) : NULL;
    struct span s = {rest->p, slash ? (size_t)(slash - rest->p) : rest->len};
    rest->p += s.len + (slash != NULL);
    rest->len -= s.len + (slash != NULL);
    return s;
}

static size_t count_slashes(struct span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.p[i] == '/';
    return n;
}

static bool fits(struct span pattern, struct span path, struct router_match *m)
{
    m->n_params = 0;
    if (count_slashes(pattern) != count_slashes(path))
        return false;
    while (pattern.len || path.len) {
        struct span want = segment(&pattern), got = segment(&path);
        bool is_param = want.len > 2 && want.p[0] == '{' && want.p[want.len - 1] == '}';
        if (is_param && got.len && m->n_params < HTTP_PARAMS_MAX)
            m->params[m->n_params++] = got;
        else if (!span_eq(want, got))
            return false;
    }
    return true;
}

static bool is_api(struct span path)
{
    return path.len >= 4 && memcmp(path.p, "/api", 4) == 0 && (path.len == 4 || path.p[4] == '/');
}

enum router_result router_match(const struct http_route *routes, struct span path, enum http_method method,
                                bool wants_page, struct router_match *out)
{
    const struct http_route *page = NULL;
    struct router_match m = {0};
    *out = m;
    for (const struct http_route *r = routes; r->path; r++) {
        if (strcmp(r->path, "*") == 0) {
            page = r;
        } else if (fits(span_of(r->path), path, &m)) {
            m.allowed |= 1U << r->method;
            m.row = m.row ? m.row : r;
            if (r->method == method && !m.route) {
                m.route = r;
                *out = m;
            }
        }
    }
    out->allowed = m.allowed;
    out->row = m.row;
    if (m.route)
        return ROUTER_FOUND;
    if (m.allowed)
        return ROUTER_METHOD;
    if (!page || page->method != method || !wants_page || is_api(path))
        return ROUTER_NOT_FOUND;
    out->route = page;
    out->n_params = 0;
    return ROUTER_FOUND;
}

void router_allow(unsigned allowed, char out[64])
{
    static const char *const names[HTTP_METHODS] = {"GET, HEAD, ", "POST, ", "PUT, ", "PATCH, ", "DELETE, "};
    size_t n = 0;
    for (unsigned i = 0; i < HTTP_METHODS; i++)
        if (allowed & (1U << i))
            n += (size_t)snprintf(out + n, 64 - n, "%s", names[i]);
    (void)snprintf(out + n, 64 - n, "OPTIONS");
}
