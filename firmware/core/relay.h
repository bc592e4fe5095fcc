/* The relay's language, camera side (the wire contract, "WebSocket /ws"): texts in, texts out. No state. */
#ifndef CORE_RELAY_H
#define CORE_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/size.h"
#include "provisioning/json.h"

enum {
    FW_RELAY_TEXT_MAX = 16384, /* longest text taken; an offer's SDP is at most 8 KB */
    FW_RELAY_REPLY_MAX = 1024, /* every text made here fits */
    FW_RELAY_WORD_MAX = 32,
    FW_RELAY_SESSION_MAX = 64,
    FW_RELAY_ID_MAX = 128, /* longest request id (as JSON) that can be answered */
    FW_RELAY_WAIT_MOST_MS = 600000,
};

enum fw_relay_type {
    FW_RELAY_REGISTERED,
    FW_RELAY_START,
    FW_RELAY_STOP,
    FW_RELAY_SETTINGS,
    FW_RELAY_COMMAND,
    FW_RELAY_GOAWAY,
    FW_RELAY_ERROR,
    FW_RELAY_OFFER,
    FW_RELAY_OTHER, /* of no concern to this camera */
};

/* What start and settings ask for; 0, NULL or -1 where they say nothing (or nonsense, which counts as
 * nothing). */
struct fw_relay_wish {
    uint32_t fps_milli;
    const struct fw_size *size;
    uint8_t quality;
    int paused;
    struct prov_json sensor;
};

struct fw_relay_message {
    enum fw_relay_type type;
    char word[FW_RELAY_WORD_MAX];       /* the command's name, the error's code, the unknown type */
    char session[FW_RELAY_SESSION_MAX]; /* registered: ours; offer: the user's */
    struct prov_json id, args;          /* command; inside the text */
    struct prov_json attempt;           /* offer, a number when it is there */
    struct fw_relay_wish wish;
    uint32_t wait_ms; /* goaway */
};

/* False: no JSON object with a string "type", or a command without a name or with an id that cannot be
 * answered. */
bool fw_relay_decode(const char *text, size_t len, struct fw_relay_message *out);

struct fw_relay_telemetry {
    int rssi_dbm;
    uint64_t heap_bytes;
    uint32_t fps_milli;
    uint64_t uptime_s;
    const char *resolution; /* a size's name or "WxH" */
    uint8_t quality;
    uint32_t frames_sent, frames_dropped;
};

/* All write one text of at most FW_RELAY_REPLY_MAX bytes and its length; strings go out as printable ASCII.
 */
size_t fw_relay_register(char out[FW_RELAY_REPLY_MAX], const char *model, const char *firmware,
                         const char *local_ip);
size_t fw_relay_telemetry(char out[FW_RELAY_REPLY_MAX], const struct fw_relay_telemetry *t);
/* error NULL: ok. result, JSON, may be NULL. */
size_t fw_relay_ack(char out[FW_RELAY_REPLY_MAX], struct prov_json id, const char *error, const char *result);
size_t fw_relay_position(char out[FW_RELAY_REPLY_MAX], uint8_t x, uint8_t y);
size_t fw_relay_goodbye(char out[FW_RELAY_REPLY_MAX]);
/* The answer to an offer that this camera cannot take. */
size_t fw_relay_bye(char out[FW_RELAY_REPLY_MAX], const char *session, struct prov_json attempt,
                    const char *reason);

#endif
