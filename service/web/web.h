/* The web app, compiled into the program: page, modules, style sheet and icon, with the headers to send
 * along. Everything is constant and lives as long as the program. Any thread. */
#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "core/span.h"

struct web_file {
    const char *path;          /* "/assets/<hash>/js/main.js", or "/" for the page */
    const char *content_type;  /* with charset */
    const unsigned char *data; /* len bytes, not terminated */
    size_t len;
    const unsigned char *gzip; /* the same as one gzip member; NULL when that is not smaller */
    size_t gzip_len;
    const char *etag; /* weak (W/"…"), of data: both encodings may carry it */
    bool immutable;   /* the path holds the hash of the whole bundle */
};

/* The asset of exactly this path (no query, not decoded); NULL when there is none. "/" is not an asset. */
const struct web_file *web_find(struct span path);
/* The page, served for every path that the app's router knows. */
const struct web_file *web_index(void);

/* Values of the headers that go with the page and, but for Cache-Control, with each asset too (a worker takes
 * its policy from its own response). X-Content-Type-Options: nosniff goes with every response of the service.
 * (1) Over plain HTTP browsers ignore it and write an error to the console, except on loopback. */
extern const char web_csp[];                /* Content-Security-Policy */
extern const char web_referrer_policy[];    /* Referrer-Policy */
extern const char web_opener_policy[];      /* Cross-Origin-Opener-Policy (1) */
extern const char web_permissions_policy[]; /* Permissions-Policy */
extern const char web_cache_index[];        /* Cache-Control of the page */
extern const char web_cache_asset[];        /* Cache-Control of what is immutable */

#endif
