#include "apps/virtual_camera/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ports/host/log.h"
#include "provisioning/activation.h"

enum { QUALITY_BEST = 4, QUALITY_WORST = 63, SIDE_LEAST = 64, SIDE_MOST = 4096 };

static const char help[] =
    "Usage: visionconnect-camera [OPTION]...\n"
    "A camera made of software: reads the onboarding code, activates, connects, and sends\n"
    "pictures while somebody watches. Once activated it needs no code again.\n"
    "\n"
    "Onboarding\n"
    "  --qr FILE            picture (PNG or JPEG) of the code; again for each part of a split one\n"
    "  --qr-text TEXT       the code's text instead of a picture; again for each part\n"
    "  --state DIR          where identity and key are kept\n"
    "                       (default $XDG_STATE_HOME/visionconnect-camera or\n"
    "                       ~/.local/state/visionconnect-camera)\n"
    "  --uid UID            the camera's unique name (default: random, kept in the state)\n"
    "  --model MODEL        default VIRTUAL_CAMERA\n"
    "  --reset              forget key and network first; without a code, end then\n"
    "  --ca FILE            trust these certificates (PEM) instead of the system's\n"
    "Pictures\n"
    "  --source test        a drawn test pattern with clock and frame number (default)\n"
    "  --source -           a stream of JPEGs on stdin: ffmpeg ... -f mjpeg -\n"
    "  --source DIR         the JPEG files of a folder, by name, in a loop\n"
    "  --exit-on-eof        end when stdin ends; else its last picture stands\n"
    "  --fps N              at most so many pictures a second (0.1 to 60; default: what is asked for)\n"
    "  --size SIZE          of the test pattern: VGA (default), HD, ... or WIDTHxHEIGHT\n"
    "  --quality N          of the test pattern: 4 (best) to 63, default 12\n"
    "  --name-overlay TEXT  drawn into the test pattern\n"
    "For tests\n"
    "  --wifi-delay MS      joining the network takes so long\n"
    "  --wifi-fail N[:WHY]  joining fails so many times first; WHY: other (default),\n"
    "                       wrong_password, no_network\n"
    "Other\n"
    "  --stats              log rate, size and loss of frames every 5 s\n"
    "  --log-level LEVEL    debug, info (default), warn, error\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 ended by SIGTERM, SIGINT or --exit-on-eof; 1 wrong use or no access;\n"
    "2 no usable code and no key; 3 the service removed the camera or its key.\n";

enum which {
    QR = 1,
    QR_TEXT,
    STATE,
    UID,
    MODEL,
    RESET,
    CA,
    SOURCE,
    EXIT_ON_EOF,
    FPS,
    SIZE,
    QUALITY,
    NAME_OVERLAY,
    WIFI_DELAY,
    WIFI_FAIL,
    STATS,
    LOG_LEVEL,
    HELP,
    VERSION,
};

static const struct option table[] = {
    {"qr", required_argument, NULL, QR},
    {"qr-text", required_argument, NULL, QR_TEXT},
    {"state", required_argument, NULL, STATE},
    {"uid", required_argument, NULL, UID},
    {"model", required_argument, NULL, MODEL},
    {"reset", no_argument, NULL, RESET},
    {"ca", required_argument, NULL, CA},
    {"source", required_argument, NULL, SOURCE},
    {"exit-on-eof", no_argument, NULL, EXIT_ON_EOF},
    {"fps", required_argument, NULL, FPS},
    {"size", required_argument, NULL, SIZE},
    {"quality", required_argument, NULL, QUALITY},
    {"name-overlay", required_argument, NULL, NAME_OVERLAY},
    {"wifi-delay", required_argument, NULL, WIFI_DELAY},
    {"wifi-fail", required_argument, NULL, WIFI_FAIL},
    {"stats", no_argument, NULL, STATS},
    {"log-level", required_argument, NULL, LOG_LEVEL},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {0},
};

/* A number times scale, from least to most. */
static bool number(const char *text, double scale, double least, double most, uint32_t *out)
{
    char *end;
    double n = strtod(text, &end) * scale;
    if (end == text || *end || !(n >= least && n <= most))
        return false;
    *out = (uint32_t)n;
    return true;
}

static bool read_size(const char *text, struct fw_size *out)
{
    const struct fw_size *known = fw_size_by_name(text);
    if (known) {
        *out = *known;
        return true;
    }
    uint32_t width, height;
    char left[8];
    size_t n = strcspn(text, "xX");
    if (n == 0 || n >= sizeof left || !text[n])
        return false;
    (void)snprintf(left, sizeof left, "%.*s", (int)n, text);
    if (!number(left, 1, SIDE_LEAST, SIDE_MOST, &width) ||
        !number(text + n + 1, 1, SIDE_LEAST, SIDE_MOST, &height))
        return false;
    *out = (struct fw_size){text, (uint16_t)width, (uint16_t)height};
    return true;
}

static bool text_fits(const char *text, size_t most, const char **out)
{
    *out = text;
    return text[0] && strlen(text) <= most;
}

static bool add_code(struct options *o, bool picture, const char *value)
{
    if (o->code_count == OPTIONS_CODES_MAX)
        return false;
    o->codes[o->code_count++] = (struct options_code){picture, value};
    return true;
}

/* "3" or "3:wrong_password". */
static bool wifi_failures(struct options *o, const char *value)
{
    static const char *const words[] = {[FW_JOIN_OTHER] = "other",
                                        [FW_JOIN_WRONG_PASSWORD] = "wrong_password",
                                        [FW_JOIN_NO_NETWORK] = "no_network"};
    char count[8];
    size_t n = strcspn(value, ":");
    if (n >= sizeof count)
        return false;
    (void)snprintf(count, sizeof count, "%.*s", (int)n, value);
    if (!number(count, 1, 0, 1000000, &o->wifi_failures))
        return false;
    for (size_t i = 0; value[n] && i < sizeof words / sizeof *words; i++) {
        o->wifi_failure = (enum fw_join_failure)i;
        if (strcmp(value + n + 1, words[i]) == 0)
            return true;
    }
    return !value[n];
}

/* False: the value is wrong. */
static bool take(struct options *o, int which, const char *value)
{
    uint32_t n;
    switch (which) {
    case QR:
    case QR_TEXT:
        return add_code(o, which == QR, value);
    case STATE:
        return text_fits(value, 4000, &o->state);
    case UID:
        return text_fits(value, PROV_UID_MAX, &o->uid);
    case MODEL:
        return text_fits(value, PROV_MODEL_MAX, &o->model);
    case RESET:
        return o->reset = true;
    case CA:
        return text_fits(value, 4000, &o->ca_file);
    case SOURCE:
        return text_fits(value, 4000, &o->source);
    case EXIT_ON_EOF:
        return o->exit_on_eof = true;
    case FPS:
        return number(value, 1000, 100, 60000, &o->fps_cap_milli);
    case SIZE:
        return read_size(value, &o->size);
    case QUALITY:
        if (!number(value, 1, QUALITY_BEST, QUALITY_WORST, &n))
            return false;
        o->quality = (uint8_t)n;
        return true;
    case NAME_OVERLAY:
        return text_fits(value, 64, &o->name_overlay);
    case WIFI_DELAY:
        return number(value, 1, 0, 3600000, &o->wifi_delay_ms);
    case WIFI_FAIL:
        return wifi_failures(o, value);
    case STATS:
        return o->stats = true;
    default:
        return host_log_level(value); /* LOG_LEVEL */
    }
}

enum options_result options_read(struct options *o, int argc, char **argv)
{
    *o = (struct options){.model = "VIRTUAL_CAMERA",
                          .source = "test",
                          .name_overlay = "",
                          .size = *fw_size_by_name("VGA"),
                          .quality = 12};
    int which, index = 0;
    while ((which = getopt_long(argc, argv, "", table, &index)) != -1) {
        if (which == HELP || which == VERSION) {
            (void)fputs(which == HELP ? help : "visionconnect-camera " VC_VERSION "\n", stdout);
            return OPTIONS_DONE;
        }
        if (which == '?')
            return OPTIONS_WRONG;
        if (!take(o, which, optarg)) {
            (void)fprintf(stderr, "visionconnect-camera: --%s cannot be '%s'\n", table[index].name, optarg);
            return OPTIONS_WRONG;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "visionconnect-camera: what is '%s'? See --help\n", argv[optind]);
        return OPTIONS_WRONG;
    }
    return OPTIONS_RUN;
}
