/* What an answer to an activation means. Pure. */
#ifndef CORE_ACTIVATION_H
#define CORE_ACTIVATION_H

#include "core/relay.h"
#include "platform/link.h"
#include "provisioning/activation.h"

enum fw_activation {
    FW_ACTIVATION_KEY,     /* reply is filled */
    FW_ACTIVATION_REFUSED, /* for good: no repetition changes it */
    FW_ACTIVATION_FAILED,  /* try again, not before wait_ms */
};

struct fw_activation_verdict {
    enum fw_activation is;
    struct prov_activation_reply reply; /* secret: wipe */
    char code[FW_RELAY_WORD_MAX];       /* the problem's, or a word of our own */
    uint32_t wait_ms;
};

/* server_url: as the code said; over https the relay must be wss. */
void fw_activation_judge(const struct fw_link_answer *a, const char *server_url,
                         struct fw_activation_verdict *out);

#endif
