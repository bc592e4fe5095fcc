#include "core/conf_check.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/conf_source.h"
#include "core/conf_value.h"
#include "core/mem.h"

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
    if (n >= sizeof address || (text[n] && !conf_value_int(text + n + 1, &bits)))
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
    bool read = conf_source_lookup("MONGO_URI", &a, &own_a) && conf_source_lookup("MONGODB_URL", &b, &own_b);
    bool agree = !read || !a || !b || !*a || !*b || strcmp(a, b) == 0;
    mem_free(own_a);
    mem_free(own_b);
    return agree;
}

static bool public_url_is_good(char *url)
{
    size_t n = strlen(url);
    while (n && url[n - 1] == '/')
        url[--n] = 0;
    return url_is_good(url);
}

bool conf_check(struct conf *c, FILE *faults)
{
    const struct {
        bool good;
        const char *fault;
    } rows[] = {
        {mongo_names_agree(), "MONGO_URI: MONGODB_URL names another database; set one of them"},
        {!c->cors_origins || all_are_good(c->cors_origins, origin_is_good),
         "CORS_ORIGINS: must be origins like https://app.example.org, null or *"},
        {!c->trusted_proxies || all_are_good(c->trusted_proxies, network_is_good),
         "TRUSTED_PROXIES: must be addresses or networks like 10.0.0.0/8, or private"},
        {!c->public_url || !*c->public_url || public_url_is_good(c->public_url),
         "PUBLIC_URL: must begin with http:// or https:// and name a host"},
    };
    bool good = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].good)
            (void)fprintf(faults, "%s\n", rows[i].fault);
        good = good && rows[i].good;
    }
    return good;
}
