#include "core/conf_table.h"

#include "core/conf.h"

#define AT(member) offsetof(struct conf, member)

enum { DAY_S = 24 * 3600 };

const struct conf_knob conf_table[] = {
    {"PORT", NULL, CONF_INT, AT(port), "8000", 0, 65535, NULL, "public TCP port; 0 takes a free one"},
    {"HOST", NULL, CONF_TEXT, AT(host), "", 0, 255, NULL, "address to listen on; empty: all, IPv4 and IPv6"},
    {"PUBLIC_URL", "RENDER_EXTERNAL_URL,SERVER_URL", CONF_TEXT, AT(public_url), "", 0, 64, NULL,
     "how cameras and apps reach this service, e.g. https://cam.example.org; empty: from each request's "
     "Host"},
    {"DATA_DIR", NULL, CONF_TEXT, AT(data_dir), "./data", 1, 4000, NULL,
     "folder of the embedded database and the generated secret"},
    {"MONGO_URI", "MONGODB_URL", CONF_SECRET, AT(mongo_uri), "", 0, 4000, NULL,
     "MongoDB instead of the embedded database"},
    {"MONGO_POOL", NULL, CONF_INT, AT(mongo_pool), "16", 1, 1000, NULL, "most connections to MongoDB"},
    {"MONGO_TIMEOUT_MS", NULL, CONF_INT, AT(mongo_timeout_ms), "5000", 100, 60000, NULL,
     "longest wait for MongoDB in an operation, finding a server included"},
    {"MONGO_RETRY", NULL, CONF_CHOICE, AT(mongo_retry), "on", 0, 0, "on off",
     "repeat an operation once when its connection broke (replica sets)"},
    {"SECRET_KEY", NULL, CONF_SECRET, AT(secret_key), "", 0, 4096, NULL,
     "signs access tokens, 32 bytes or more (openssl rand -hex 32); empty: made once, kept in DATA_DIR"},
    {"REGISTRATION", NULL, CONF_OPEN_CLOSED, AT(registration_open), "open", 0, 0, "open closed",
     "whether strangers may make accounts"},
    {"PASSWORD_MIN", NULL, CONF_INT, AT(password_min), "6", 6, 128, NULL, "shortest password, bytes"},
    {"CORS_ORIGINS", NULL, CONF_TEXT, AT(cors_origins), "", 0, 4000, NULL,
     "exact origins other pages may call from, comma-separated; null or * allowed"},
    {"TRUSTED_PROXIES", NULL, CONF_TEXT, AT(trusted_proxies), "", 0, 4000, NULL,
     "addresses or networks whose X-Forwarded-For and -Proto count; \"private\" = private ranges"},
    {"LOG_LEVEL", NULL, CONF_CHOICE, AT(log_level), "info", 0, 0, "debug info warn error",
     "least level logged"},
    {"LOG_FORMAT", NULL, CONF_CHOICE, AT(log_format), "text", 0, 0, "text json", "a line's form"},
    {"LOG_FILE", NULL, CONF_TEXT, AT(log_file), "", 0, 4000, NULL, "append the log here instead of stderr"},
    {"ACCESS_TTL_S", NULL, CONF_INT, AT(access_ttl_s), "86400", 1, 30 * DAY_S, NULL,
     "life of an access token"},
    {"REFRESH_TTL_S", NULL, CONF_INT, AT(refresh_ttl_s), "2592000", 1, 365 * DAY_S, NULL,
     "life of a session without use"},
    {"ONBOARD_TTL_S", NULL, CONF_INT, AT(onboard_ttl_s), "600", 1, DAY_S, NULL, "life of an onboarding code"},
    {"MAX_FRAME_BYTES", NULL, CONF_INT, AT(max_frame_bytes), "5242880", 1024, 64 * 1024 * 1024, NULL,
     "largest picture"},
    {"MAX_CONNECTIONS", NULL, CONF_INT, AT(max_connections), "24000", 16, 1000000, NULL, "sockets in all"},
    {"MAX_CONNECTIONS_PER_ADDRESS", NULL, CONF_INT, AT(max_connections_per_address), "0", 0, 1000000, NULL,
     "sockets of one address that have not signed in; 0 = half of all"},
    {"MAX_CONNECTIONS_PER_ACCOUNT", NULL, CONF_INT, AT(max_connections_per_account), "0", 0, 1000000, NULL,
     "sockets of one signed-in user; 0 = half of all"},
    {"PROXY_PROTOCOL", NULL, CONF_ON_OFF, AT(proxy_protocol), "off", 0, 0, "off on",
     "connections from TRUSTED_PROXIES begin with a PROXY header (v1 or v2)"},
    {"METRICS_TOKEN", NULL, CONF_SECRET, AT(metrics_token), "", 0, 4096, NULL, "opens /metrics as bearer"},
    {"RATE_LOGIN", NULL, CONF_RATE, AT(rate_login), "5/min", 0, 0, NULL,
     "logins per address and per account"},
    {"RATE_REGISTER", NULL, CONF_RATE, AT(rate_register), "10/h", 0, 0, NULL, "new accounts per address"},
    {"RATE_ACTIVATE", NULL, CONF_RATE, AT(rate_activate), "10/min", 0, 0, NULL, "activations per address"},
    {"RATE_ONBOARD", NULL, CONF_RATE, AT(rate_onboard), "30/h", 0, 0, NULL, "onboardings per address"},
    {"RATE_DEFAULT", NULL, CONF_RATE, AT(rate_default), "600/min", 0, 0, NULL, "other requests per address"},
    {"RATE_UPLOAD", NULL, CONF_RATE, AT(rate_upload), "60/s", 0, 0, NULL,
     "pictures and reports by HTTP per device key"},
    {"RATE_WS", NULL, CONF_RATE, AT(rate_ws), "600/min", 0, 0, NULL,
     "new WebSockets per address without a good credential"},
};

const size_t conf_table_count = sizeof conf_table / sizeof conf_table[0];
