/* What is asked in these tests: a few small routes behind a rig, and one question after the other. */
#ifndef TESTS_HTTP_SITE_H
#define TESTS_HTTP_SITE_H

#include "rig.h"

extern struct site {
    struct rig rig;
    struct http_response res; /* the last */
    char value[128];
    char large[20000]; /* the body of GET /borrowed, and how often bodies were given back (atomically) */
    int released;
} site;

int site_setup(void **state);
int site_teardown(void **state);
/* A test on a site of its own, not started yet. */
#define SITE_CASE(name) cmocka_unit_test_setup_teardown(name, site_setup, site_teardown)

void site_start(void);
/* On a connection of its own; the answer is site.res. */
void site_once(const char *text);
void site_post(const char *path, const char *type, const char *body);
/* The next answer on c. */
void site_read(struct http_client *c);
/* A field of the last answer, "" when absent. */
const char *site_header(const char *name);

#endif
