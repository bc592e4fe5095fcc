#include "core/conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"

enum knob_kind { KNOB_TEXT, KNOB_SECRET, KNOB_INT, KNOB_RATE, KNOB_CHOICE, KNOB_OPEN_CLOSED, KNOB_ON_OFF };

/* One row per knob: the only place that knows its name, default, range and text. */
struct knob {
    const char *name;
    const char *alias; /* another name people already use, comma-separated; NULL = none */
    enum knob_kind kind;
    size_t offset;
    const char *standard; /* the default, as text */
    int64_t min, max;     /* INT: value; TEXT and SECRET: most bytes */
    const char *choices;  /* CHOICE: words between blanks */
    const char *text;
};

#define AT(member) offsetof(struct conf, member)

enum { FILE_MAX = 64 * 1024, DAY_S = 24 * 3600 };

static const struct knob knobs[] = {
    {"PORT", NULL, KNOB_INT, AT(port), "8000", 0, 65535, NULL, "public TCP port; 0 takes a free one"},
    {"HOST", NULL, KNOB_TEXT, AT(host), "", 0, 255, NULL, "address to listen on; empty: all, IPv4 and IPv6"},
    {"PUBLIC_URL", "RENDER_EXTERNAL_URL,SERVER_URL", KNOB_TEXT, AT(public_url), "", 0, 64, NULL,
     "how cameras and apps reach this service, e.g. https://cam.example.org; empty: from each request's "
     "Host"},
    {"DATA_DIR", NULL, KNOB_TEXT, AT(data_dir), "./data", 1, 4000, NULL,
     "folder of the embedded database and the generated secret"},
    {"MONGO_URI", "MONGODB_URL", KNOB_SECRET, AT(mongo_uri), "", 0, 4000, NULL,
     "MongoDB instead of the embedded database"},
    {"MONGO_POOL", NULL, KNOB_INT, AT(mongo_pool), "16", 1, 1000, NULL, "most connections to MongoDB"},
    {"MONGO_TIMEOUT_MS", NULL, KNOB_INT, AT(mongo_timeout_ms), "5000", 100, 60000, NULL,
     "longest wait for MongoDB in an operation, finding a server included"},
    {"MONGO_RETRY", NULL, KNOB_CHOICE, AT(mongo_retry), "on", 0, 0, "on off",
     "repeat an operation once when its connection broke (replica sets)"},
    {"SECRET_KEY", NULL, KNOB_SECRET, AT(secret_key), "", 0, 4096, NULL,
     "signs access tokens, 32 bytes or more (openssl rand -hex 32); empty: made once, kept in DATA_DIR"},
    {"REGISTRATION", NULL, KNOB_OPEN_CLOSED, AT(registration_open), "open", 0, 0, "open closed",
     "whether strangers may make accounts"},
    {"PASSWORD_MIN", NULL, KNOB_INT, AT(password_min), "6", 6, 128, NULL, "shortest password, bytes"},
    {"CORS_ORIGINS", NULL, KNOB_TEXT, AT(cors_origins), "", 0, 4000, NULL,
     "exact origins other pages may call from, comma-separated; null or * allowed"},
    {"TRUSTED_PROXIES", NULL, KNOB_TEXT, AT(trusted_proxies), "", 0, 4000, NULL,
     "addresses or networks whose X-Forwarded-For and -Proto count; \"private\" = private ranges"},
    {"LOG_LEVEL", NULL, KNOB_CHOICE, AT(log_level), "info", 0, 0, "debug info warn error",
     "least level logged"},
    {"LOG_FORMAT", NULL, KNOB_CHOICE, AT(log_format), "text", 0, 0, "text json", "a line's form"},
    {"LOG_FILE", NULL, KNOB_TEXT, AT(log_file), "", 0, 4000, NULL, "append the log here instead of stderr"},
    {"ACCESS_TTL_S", NULL, KNOB_INT, AT(access_ttl_s), "86400", 1, 30 * DAY_S, NULL,
     "life of an access token"},
    {"REFRESH_TTL_S", NULL, KNOB_INT, AT(refresh_ttl_s), "2592000", 1, 365 * DAY_S, NULL,
     "life of a session without use"},
    {"ONBOARD_TTL_S", NULL, KNOB_INT, AT(onboard_ttl_s), "600", 1, DAY_S, NULL, "life of an onboarding code"},
    {"MAX_FRAME_BYTES", NULL, KNOB_INT, AT(max_frame_bytes), "5242880", 1024, 64 * 1024 * 1024, NULL,
     "largest picture"},
    {"MAX_CONNECTIONS", NULL, KNOB_INT, AT(max_connections), "24000", 16, 1000000, NULL, "sockets in all"},
    {"MAX_CONNECTIONS_PER_ADDRESS", NULL, KNOB_INT, AT(max_connections_per_address), "0", 0, 1000000, NULL,
     "sockets of one address that have not signed in; 0 = half of all"},
    {"MAX_CONNECTIONS_PER_ACCOUNT", NULL, KNOB_INT, AT(max_connections_per_account), "0", 0, 1000000, NULL,
     "sockets of one signed-in user; 0 = half of all"},
    {"PROXY_PROTOCOL", NULL, KNOB_ON_OFF, AT(proxy_protocol), "off", 0, 0, "off on",
     "connections from TRUSTED_PROXIES begin with a PROXY header (v1 or v2)"},
    {"METRICS_TOKEN", NULL, KNOB_SECRET, AT(metrics_token), "", 0, 4096, NULL, "opens /metrics as bearer"},
    {"RATE_LOGIN", NULL, KNOB_RATE, AT(rate_login), "5/min", 0, 0, NULL,
     "logins per address and per account"},
    {"RATE_REGISTER", NULL, KNOB_RATE, AT(rate_register), "10/h", 0, 0, NULL, "new accounts per address"},
    {"RATE_ACTIVATE", NULL, KNOB_RATE, AT(rate_activate), "10/min", 0, 0, NULL, "activations per address"},
    {"RATE_ONBOARD", NULL, KNOB_RATE, AT(rate_onboard), "30/h", 0, 0, NULL, "onboardings per address"},
    {"RATE_DEFAULT", NULL, KNOB_RATE, AT(rate_default), "600/min", 0, 0, NULL, "other requests per address"},
    {"RATE_UPLOAD", NULL, KNOB_RATE, AT(rate_upload), "60/s", 0, 0, NULL,
     "pictures and reports by HTTP per device key"},
    {"RATE_WS", NULL, KNOB_RATE, AT(rate_ws), "600/min", 0, 0, NULL,
     "new WebSockets per address without a good credential"},
};

enum { KNOBS = sizeof knobs / sizeof knobs[0] };

static char **text_of(struct conf *c, const struct knob *k)
{
    return (char **)(void *)((char *)c + k->offset);
}

static bool parse_int(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno || end == text || *end)
        return false;
    *out = v;
    return true;
}

/* "<n>/s", "<n>/min", "<n>/h" or "off". */
static bool parse_rate(const char *text, struct conf_rate *out)
{
    if (strcmp(text, "off") == 0) {
        *out = (struct conf_rate){0, 1};
        return true;
    }
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno || end == text || n < 1 || n > 1000000)
        return false;
    uint32_t period = strcmp(end, "/s") == 0     ? 1
                      : strcmp(end, "/min") == 0 ? 60
                      : strcmp(end, "/h") == 0   ? 3600
                                                 : 0;
    if (!period)
        return false;
    *out = (struct conf_rate){(uint32_t)n, period};
    return true;
}

static bool among(const char *word, const char *words)
{
    size_t len = strlen(word);
    for (const char *p = words; *p;) {
        size_t n = strcspn(p, " ");
        if (n == len && memcmp(p, word, n) == 0)
            return true;
        p += n + (p[n] == ' ');
    }
    return false;
}

static const char *set(struct conf *c, const struct knob *k, const char *value, char *why, size_t cap)
{
    char *at = (char *)c + k->offset;
    switch (k->kind) {
    case KNOB_INT: {
        int64_t v;
        if (!parse_int(value, &v) || v < k->min || v > k->max) {
            (void)snprintf(why, cap, "must be a whole number from %" PRId64 " to %" PRId64, k->min, k->max);
            return why;
        }
        memcpy(at, &v, sizeof v);
        return NULL;
    }
    case KNOB_RATE: {
        struct conf_rate r;
        if (!parse_rate(value, &r))
            return "must be <n>/s, <n>/min, <n>/h or off";
        memcpy(at, &r, sizeof r);
        return NULL;
    }
    case KNOB_OPEN_CLOSED:
    case KNOB_ON_OFF:
    case KNOB_CHOICE:
        if (!among(value, k->choices)) {
            (void)snprintf(why, cap, "must be one of: %s", k->choices);
            return why;
        }
        if (k->kind != KNOB_CHOICE) {
            bool yes = strcmp(value, k->kind == KNOB_ON_OFF ? "on" : "open") == 0;
            memcpy(at, &yes, sizeof yes);
            return NULL;
        }
        break;
    case KNOB_TEXT:
    case KNOB_SECRET:
        if ((int64_t)strlen(value) > k->max || (int64_t)strlen(value) < k->min) {
            (void)snprintf(why, cap, "must be %" PRId64 " to %" PRId64 " bytes long", k->min, k->max);
            return why;
        }
        break;
    }
    char *copy = mem_strdup(value);
    if (!copy)
        return "no memory";
    *text_of(c, k) = copy;
    return NULL;
}

/* The content of the file that NAME_FILE names, without one trailing newline. mem_free the result. */
static char *read_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    char *text = mem_alloc(FILE_MAX + 1);
    ssize_t n = text ? read(fd, text, FILE_MAX) : -1;
    close(fd);
    if (n < 0) {
        mem_free(text);
        return NULL;
    }
    if (n && text[n - 1] == '\n')
        n--;
    text[n] = 0;
    return text;
}

/* Looks NAME, NAME_FILE up. *owned is freed by the caller. False: NAME_FILE cannot be read. */
static bool lookup(const char *name, const char **value, char **owned)
{
    char file_name[64];
    *value = getenv(name);
    if (*value)
        return true;
    (void)snprintf(file_name, sizeof file_name, "%s_FILE", name);
    const char *path = getenv(file_name);
    if (!path || !*path)
        return true;
    *owned = read_file(path);
    *value = *owned;
    return *owned != NULL;
}

static bool find_value(const struct knob *k, const char **value, char **owned)
{
    if (!lookup(k->name, value, owned))
        return false;
    for (const char *p = k->alias; !*value && p && *p;) {
        char name[48];
        size_t n = strcspn(p, ",");
        (void)snprintf(name, sizeof name, "%.*s", (int)n, p);
        if (!lookup(name, value, owned))
            return false;
        p += n + (p[n] == ',');
    }
    return true;
}

/* Lines NAME=value of a .env file become environment where it has none; quotes around a value are dropped. */
static void load_dotenv(const char *path)
{
    char *text = read_file(path);
    char *save = NULL;
    for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
        char *eq = strchr(line, '=');
        if (*line == '#' || !eq || eq == line)
            continue;
        *eq = 0;
        char *value = eq + 1;
        size_t n = strcspn(value, "\r");
        if (n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n - 1] == value[0]) {
            value++;
            n -= 2;
        }
        value[n] = 0;
        (void)setenv(line, value, 0);
    }
    if (text)
        mem_wipe(text, strlen(text));
    mem_free(text);
}

static bool url_is_good(const char *url)
{
    bool scheme = strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
    return scheme && !strpbrk(url, " \"\\<>#?") && strlen(strstr(url, "://") + 3) > 0;
}

/* "*", "null" or a URL that ends with its host. */
static bool origin_is_good(const char *text)
{
    if (strcmp(text, "*") == 0 || strcmp(text, "null") == 0)
        return true;
    const char *host = url_is_good(text) ? strstr(text, "://") + 3 : "/", *slash = strchr(host, '/');
    return !slash || (slash > host && !slash[1]);
}

/* "private" or an address, which may have "/bits". */
static bool network_is_good(const char *text)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr any;
    int64_t bits = 0;
    size_t n = strcspn(text, "/");
    if (strcmp(text, "private") == 0)
        return true;
    if (n >= sizeof address || (text[n] && !parse_int(text + n + 1, &bits)))
        return false;
    memcpy(address, text, n);
    address[n] = 0;
    bool v4 = inet_pton(AF_INET, address, &any) == 1;
    return (v4 || inet_pton(AF_INET6, address, &any) == 1) && bits >= 0 && bits <= (v4 ? 32 : 128);
}

/* What stands between commas and blanks. */
static bool all_are_good(char *list, bool (*is_good)(const char *text))
{
    bool good = true;
    while (good && *(list += strspn(list, ", \t"))) {
        char *end = list + strcspn(list, ", \t"), behind = *end;
        *end = 0;
        good = is_good(list);
        *end = behind;
        list = end;
    }
    return good;
}

/* People carry both names from setup to setup; two databases at once are a mistake. */
static bool mongo_names_agree(void)
{
    const char *a = NULL, *b = NULL;
    char *own_a = NULL, *own_b = NULL;
    bool read = lookup("MONGO_URI", &a, &own_a) && lookup("MONGODB_URL", &b, &own_b);
    bool agree = !read || !a || !b || !*a || !*b || strcmp(a, b) == 0;
    mem_free(own_a);
    mem_free(own_b);
    return agree;
}

enum err conf_load(struct conf *out, FILE *faults)
{
    struct conf c = {0};
    bool bad = false;
    load_dotenv(".env");
    for (size_t i = 0; i < KNOBS; i++) {
        const struct knob *k = &knobs[i];
        const char *value = NULL, *fault = NULL;
        char *owned = NULL, why[128];
        if (!find_value(k, &value, &owned))
            fault = "its _FILE cannot be read";
        else
            fault =
                set(&c, k, value && (*value || k->kind != KNOB_INT) ? value : k->standard, why, sizeof why);
        if (fault)
            (void)fprintf(faults, "%s: %s\n", k->name, fault);
        bad |= fault != NULL;
        if (owned)
            mem_wipe(owned, strlen(owned));
        mem_free(owned);
    }
    if (!mongo_names_agree()) {
        (void)fprintf(faults, "MONGO_URI: MONGODB_URL names another database; set one of them\n");
        bad = true;
    }
    if (c.cors_origins && !all_are_good(c.cors_origins, origin_is_good)) {
        (void)fprintf(faults, "CORS_ORIGINS: must be origins like https://app.example.org, null or *\n");
        bad = true;
    }
    if (c.trusted_proxies && !all_are_good(c.trusted_proxies, network_is_good)) {
        (void)fprintf(faults, "TRUSTED_PROXIES: must be addresses or networks like 10.0.0.0/8, or private\n");
        bad = true;
    }
    if (c.public_url && *c.public_url) {
        size_t n = strlen(c.public_url);
        while (n && c.public_url[n - 1] == '/')
            c.public_url[--n] = 0;
        if (!url_is_good(c.public_url)) {
            (void)fprintf(faults, "PUBLIC_URL: must begin with http:// or https:// and name a host\n");
            bad = true;
        }
    }
    if (bad) {
        conf_fini(&c);
        return ERR_INVALID;
    }
    *out = c;
    return ERR_OK;
}

void conf_fini(struct conf *c)
{
    for (size_t i = 0; i < KNOBS; i++) {
        const struct knob *k = &knobs[i];
        if (k->kind != KNOB_TEXT && k->kind != KNOB_SECRET && k->kind != KNOB_CHOICE)
            continue;
        char **text = text_of(c, k);
        if (*text)
            mem_wipe(*text, strlen(*text));
        mem_free(*text);
        *text = NULL;
    }
}

void conf_print_help(FILE *out)
{
    for (size_t i = 0; i < KNOBS; i++)
        (void)fprintf(out, "  %-16s %s%s%s%s\n", knobs[i].name, knobs[i].text, *knobs[i].standard ? " (" : "",
                      knobs[i].standard, *knobs[i].standard ? ")" : "");
}

void conf_print_example(FILE *out)
{
    for (size_t i = 0; i < KNOBS; i++)
        (void)fprintf(out, "# %s\n#%s=%s\n\n", knobs[i].text, knobs[i].name, knobs[i].standard);
}
