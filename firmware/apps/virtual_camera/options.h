/* The virtual camera's command line. */
#ifndef APPS_VIRTUAL_CAMERA_OPTIONS_H
#define APPS_VIRTUAL_CAMERA_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/size.h"
#include "platform/wifi.h"

enum { OPTIONS_CODES_MAX = 16 };

struct options_code {
    bool picture; /* value is a file, else the code's text itself */
    const char *value;
};

struct options {
    struct options_code codes[OPTIONS_CODES_MAX]; /* in the order given */
    unsigned code_count;
    const char *state, *uid, *model, *source, *name_overlay, *ca_file;
    uint32_t fps_cap_milli; /* 0: none */
    struct fw_size size;
    uint8_t quality;
    uint32_t wifi_delay_ms;
    unsigned wifi_failures;
    enum fw_join_failure wifi_failure;
    bool exit_on_eof, reset, stats;
};

enum options_result {
    OPTIONS_RUN,
    OPTIONS_DONE,  /* help or version was printed */
    OPTIONS_WRONG, /* said why on stderr */
};

enum options_result options_read(struct options *o, int argc, char **argv);

#endif
