#include "door/kind.h"

#include <strings.h>

enum { KEY_LEN = 24 }; /* 16 bytes as Base64 */

static bool field_is(const struct head *h, const char *name, const char *value)
{
    struct span v = head_field(h, name);
    return head_count(h, name) == 1 && v.len == strlen(value) && head_has_token(v, value);
}

static bool says_upgrade(const struct head *h)
{
    for (size_t i = 0; i < h->n_fields; i++) {
        struct span name = h->fields[i].name;
        if (name.len == 10 && strncasecmp(name.p, "Connection", 10) == 0 &&
            head_has_token(h->fields[i].value, "upgrade"))
            return true;
    }
    return false;
}

/* RFC 6455 §4.2.1. */
static int upgrade_fault(const struct head *h)
{
    /* "websocket" alone: libwebsockets would answer another upgrade in the list on its own */
    if (!head_field(h, "Upgrade").p || !field_is(h, "Sec-WebSocket-Version", "13"))
        return 426;
    struct span key = head_field(h, "Sec-WebSocket-Key");
    bool good = h->minor && field_is(h, "Upgrade", "websocket") && says_upgrade(h) &&
                head_count(h, "Sec-WebSocket-Key") == 1 && key.len == KEY_LEN && key.p[KEY_LEN - 1] == '=' &&
                !head_field(h, "Content-Length").p && !head_field(h, "Transfer-Encoding").p;
    return good ? 0 : 400;
}

static bool is_socket_path(struct span path)
{
    return span_is(path, "/ws") || span_is(path, "/streaming/ws-stream") || span_is(path, "/api/ws");
}

enum door_kind kind_of(const struct head *h, int *refusal)
{
    if (!span_is(h->method, "GET") || !is_socket_path(h->path))
        return DOOR_HTTP;
    int fault = upgrade_fault(h);
    if (fault)
        *refusal = fault;
    return DOOR_WEBSOCKET;
}
