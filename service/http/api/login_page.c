/* GET and POST /login, GET /logout: signing in without a script. */
#include "auth/secret.h"

#include <stdio.h>

#include "http/api/grant.h"
#include "http/api/handlers.h"
#include "http/api/sign_in.h"
#include "web/web.h"

enum { PAGE_MAX = 8192 };

/* No scripts. The referrer policy is same-origin, so that the form's own POST still carries a true Origin. */
static const char page_csp[] = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
                               "base-uri 'none'; frame-ancestors 'none'";

/* The style sheets and the icon of the app, as its own page links them: a line each. */
static void put_links(struct buf *out)
{
    const struct web_file *page = web_index();
    struct span rest = {(const char *)page->data, page->len};
    while (rest.len) {
        const char *end = memchr(rest.p, '\n', rest.len);
        size_t len = end ? (size_t)(end - rest.p) + 1 : rest.len;
        if (memmem(rest.p, len, "<link rel=\"stylesheet\"", 22) ||
            memmem(rest.p, len, "<link rel=\"icon\"", 16))
            buf_put(out, rest.p, len);
        rest = (struct span){rest.p + len, rest.len - len};
    }
}

static void put_page(struct buf *out, bool registration_open, const char *fault)
{
    buf_puts(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<title>Sign in · VisionConnect</title>\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta name=\"color-scheme\" content=\"light dark\">\n");
    put_links(out);
    buf_puts(out,
             "</head>\n<body>\n<main class=\"door\">\n<div class=\"brand\"><p>VisionConnect</p></div>\n"
             "<div class=\"card\">\n<h1>Sign in</h1>\n"
             "<p class=\"lead\">See your own cameras from anywhere. On your own server.</p>\n"
             "<form class=\"form\" method=\"post\" action=\"/login\">\n"
             "<div class=\"field\"><label for=\"username\">E-mail or user name</label><div class=\"box\">"
             "<input id=\"username\" name=\"username\" autocomplete=\"username\" autocapitalize=\"none\" "
             "spellcheck=\"false\" maxlength=\"254\" required autofocus></div></div>\n"
             "<div class=\"field\"><label for=\"password\">Password</label><div class=\"box\">"
             "<input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" "
             "required></div></div>\n");
    if (fault)
        buf_printf(out, "<p class=\"fault whole\" role=\"alert\">%s</p>\n", fault);
    buf_puts(out, "<button class=\"btn primary wide\" type=\"submit\">Sign in</button>\n</form>\n");
    if (registration_open)
        buf_puts(out, "<p class=\"other\">New here? <a href=\"/register\">Make an account</a></p>\n");
    buf_puts(out, "</div>\n</main>\n</body>\n</html>\n");
}

/* fault: a sentence of ours, or NULL. */
static enum http_next show_form(struct http_exchange *x, const struct api *api, int status, const char *fault)
{
    struct buf page;
    buf_init(&page, PAGE_MAX);
    put_page(&page, api->conf->registration_open, fault);
    if (buf_err(&page)) {
        (void)http_problem(x, buf_err(&page), NULL);
    } else {
        http_status(x, status);
        http_reply_bytes(x, "text/html; charset=utf-8", buf_span(&page));
        http_add_header(x, "Cache-Control", "no-store");
        http_add_header(x, "Content-Security-Policy", page_csp);
        http_add_header(x, "Referrer-Policy", "same-origin");
    }
    buf_fini(&page);
    return HTTP_DONE;
}

static enum http_next go(struct http_exchange *x, const char *where)
{
    http_status(x, 302);
    http_add_header(x, "Location", where);
    return HTTP_DONE;
}

static bool fetch_site_is(const struct http_exchange *x, const char *word)
{
    const char *site = http_header(x, "Sec-Fetch-Site");
    return site && strcmp(site, word) == 0;
}

/* A browser says that another site's page sent this. Signing somebody in under a foreign name is an attack
 * too. */
static bool is_foreign(const struct http_exchange *x)
{
    bool told = http_header(x, "Sec-Fetch-Site") || http_header(x, "Origin");
    return told && !http_same_origin(x) && !fetch_site_is(x, "none");
}

enum http_next api_login_form(struct http_exchange *x, void *app)
{
    return show_form(x, app, 200, NULL);
}

enum http_next api_login_post(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    const struct sign_in s = {
        .name = http_form(x, "username"), .password = http_form(x, "password"), .address = http_address(x)};
    struct user u;
    struct id session;
    uint32_t retry_after_s = 1;
    if (is_foreign(x))
        return http_problem(x, ERR_FORBIDDEN, "This form was sent by another site's page.");
    enum err e = sign_in_check(api, &s, &u, &retry_after_s);
    if (!e)
        e = grant_open(x, api, &u, true, &session, NULL);
    if (e == ERR_CREDENTIALS) {
        http_add_header(x, "WWW-Authenticate", "Bearer realm=\"visionconnect\"");
        return show_form(x, api, 401, "E-mail or password is not right.");
    }
    if (e == ERR_RATE_LIMITED) {
        char text[16];
        (void)snprintf(text, sizeof text, "%u", (unsigned)retry_after_s);
        http_add_header(x, "Retry-After", text);
        return show_form(x, api, 429, "Too many tries. Wait a little and try again.");
    }
    return e ? http_problem(x, e, NULL) : go(x, "/");
}

/* The session that this cookie's text opens is over. */
static enum err end_session(const struct api *api, struct span cookie)
{
    struct id id;
    struct secret_hash hash;
    struct session s;
    if (!cookie.p || !secret_session_parse(cookie, &id, &hash))
        return ERR_OK;
    enum err e = api->store->session_get(api->store, &id, clock_wall_ms(api->clock), &s);
    if (!e && secret_hash_eq(&hash, &s.cookie)) {
        e = api->store->session_delete(api->store, &s.user_id, &id);
        if (!e)
            api->relay.session_ended(api->relay.arg, &s.user_id, &id);
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum http_next api_logout_page(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    if (http_is_head(x) || fetch_site_is(x, "cross-site")) /* a link checker, a link from elsewhere */
        return go(x, "/login");
    enum err e = end_session(api, http_cookie(x, "session"));
    if (e)
        return http_problem(x, e, NULL);
    grant_set_cookie(x, api, (struct span){NULL, 0});
    return go(x, "/login");
}
