#include "core/activation.h"

#include <stdio.h>
#include <string.h>

/* A key must not leave a camera that was set up over TLS in plain text. */
static bool relay_is_safe(const char *server_url, const char *relay_url)
{
    return strncmp(server_url, "https://", 8) != 0 || strncmp(relay_url, "wss://", 6) == 0;
}

/* Answers that no repetition changes. They count only with a problem code: a 404 of some proxy in between,
 * whose service is just starting, must not cost the token. */
static bool is_definite(unsigned status)
{
    return status == 400 || status == 404 || status == 409 || status == 410 || status == 422;
}

void fw_activation_judge(const struct fw_link_answer *a, const char *server_url,
                         struct fw_activation_verdict *out)
{
    *out = (struct fw_activation_verdict){.is = FW_ACTIVATION_FAILED};
    if (a->status == 200 && prov_activation_decode(a->body, a->len, &out->reply) == PROV_OK &&
        relay_is_safe(server_url, out->reply.relay_url)) {
        out->is = FW_ACTIVATION_KEY;
        return;
    }
    prov_problem_code(a->body, a->len, out->code, sizeof out->code);
    if (out->code[0] && is_definite(a->status))
        out->is = FW_ACTIVATION_REFUSED;
    if (!out->code[0])
        (void)snprintf(out->code, sizeof out->code, "%s",
                       a->status == 200 ? "bad_answer"
                       : a->status      ? "-"
                                        : "no_answer");
    out->wait_ms =
        a->retry_after_s > FW_RELAY_WAIT_MOST_MS / 1000 ? FW_RELAY_WAIT_MOST_MS : a->retry_after_s * 1000;
}
