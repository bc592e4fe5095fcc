/* Configuration: read once at start from the environment (and .env), checked, then constant.
 * One table (conf_table.c) names every knob with its default, range and text; it also prints --help and
 * env.example. NAME_FILE in the environment means: the value is in that file (one trailing newline dropped).
 */
#ifndef CORE_CONF_H
#define CORE_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/err.h"

/* n events per period; n 0 = off. */
struct conf_rate {
    uint32_t n;
    uint32_t period_s;
};

struct conf {
    int64_t port; /* 0 = the kernel's choice */
    char *host;   /* empty = dual-stack any */
    char *public_url;
    char *data_dir;
    char *mongo_uri;
    int64_t mongo_pool, mongo_timeout_ms;
    char *mongo_retry; /* "on" or "off" */
    char *secret_key;
    char *cors_origins;
    char *trusted_proxies;
    bool registration_open;
    int64_t password_min;
    char *log_level, *log_format, *log_file;
    int64_t access_ttl_s, refresh_ttl_s, onboard_ttl_s;
    int64_t max_frame_bytes;
    int64_t max_connections, max_connections_per_address, max_connections_per_account;
    bool proxy_protocol;
    char *metrics_token;
    struct conf_rate rate_login, rate_register, rate_activate, rate_onboard, rate_default, rate_upload,
        rate_ws;
};

/* Fills *out from the environment. On a nonsense value writes one line that names the knob to faults and
 * returns ERR_INVALID. Free with conf_fini (wipes secrets). */
MUST_CHECK enum err conf_load(struct conf *out, FILE *faults);
void conf_fini(struct conf *c);
/* The table for people: --help, and as a file for deploy/env.example. */
void conf_print_help(FILE *out);
void conf_print_example(FILE *out);

#endif
