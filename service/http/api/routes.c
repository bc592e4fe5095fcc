#include "http/api/api.h"
#include "http/api/handlers.h"

/* method, path, handler, run, auth, limit, body */
const struct http_route api_routes[] = {
    /* accounts */
    {HTTP_POST, "/api/register", api_register, HTTP_HASH, HTTP_PUBLIC, HTTP_LIMIT_REGISTER, HTTP_JSON},
    {HTTP_POST, "/api/login", api_login, HTTP_HASH, HTTP_PUBLIC, HTTP_LIMIT_LOGIN, HTTP_JSON_OR_FORM},
    {HTTP_POST, "/api/token/refresh", api_token_refresh, HTTP_JOB, HTTP_PUBLIC, HTTP_LIMIT_DEFAULT,
     HTTP_JSON},
    {HTTP_POST, "/api/logout", api_logout, HTTP_JOB, HTTP_USER, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_GET, "/api/me", api_me, HTTP_READ, HTTP_USER, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_GET, "/login", api_login_form, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_POST, "/login", api_login_post, HTTP_HASH, HTTP_PUBLIC, HTTP_LIMIT_LOGIN, HTTP_FORM},
    {HTTP_GET, "/logout", api_logout_page, HTTP_JOB, HTTP_PUBLIC, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},

    /* onboarding */
    {HTTP_GET, "/api/camera/models", api_models, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_POST, "/api/camera/onboard", api_onboard, HTTP_JOB, HTTP_USER, HTTP_LIMIT_ONBOARD, HTTP_JSON},
    {HTTP_DELETE, "/api/camera/onboard/{device_token}", api_onboard_cancel, HTTP_JOB, HTTP_USER,
     HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_GET, "/api/camera/onboard/{device_token}/qr.png", api_onboard_qr_png, HTTP_JOB, HTTP_USER,
     HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_GET, "/api/camera/onboard/{device_token}/qr.svg", api_onboard_qr_svg, HTTP_JOB, HTTP_USER,
     HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_POST, "/api/camera/activate", api_activate, HTTP_JOB, HTTP_PUBLIC, HTTP_LIMIT_ACTIVATE, HTTP_JSON},
    {HTTP_GET, "/api/camera/check-status/{device_token}", api_check_status, HTTP_READ, HTTP_PUBLIC,
     HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},

    /* devices */
    {HTTP_GET, "/api/camera/devices", api_devices_list, HTTP_READ, HTTP_USER, HTTP_LIMIT_DEFAULT,
     HTTP_NO_BODY},
    {HTTP_GET, "/api/camera/devices/{id}", api_device_get, HTTP_READ, HTTP_USER, HTTP_LIMIT_DEFAULT,
     HTTP_NO_BODY},
    {HTTP_POST, "/api/camera/devices", api_device_create, HTTP_JOB, HTTP_USER, HTTP_LIMIT_DEFAULT, HTTP_JSON},
    {HTTP_POST, "/api/camera/devices/{id}/rotate-key", api_device_rotate_key, HTTP_JOB, HTTP_USER,
     HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_POST, "/api/camera/devices/{id}/wifi-qr", api_wifi_qr, HTTP_JOB, HTTP_USER, HTTP_LIMIT_DEFAULT,
     HTTP_JSON},
    {HTTP_DELETE, "/api/camera/devices/{id}", api_device_delete, HTTP_JOB, HTTP_USER, HTTP_LIMIT_DEFAULT,
     HTTP_NO_BODY},

    /* media */
    {HTTP_GET, "/api/camera/devices/{id}/snapshot", api_snapshot, HTTP_READ, HTTP_SNAPSHOT,
     HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_GET, "/api/camera/devices/{id}/stream", api_stream, HTTP_READ, HTTP_STREAM, HTTP_LIMIT_DEFAULT,
     HTTP_NO_BODY},
    {HTTP_GET, "/mjpeg", api_stream_named, HTTP_JOB, HTTP_STREAM, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_GET, "/streaming/stream", api_stream_named, HTTP_JOB, HTTP_STREAM, HTTP_LIMIT_DEFAULT,
     HTTP_NO_BODY},
    {HTTP_GET, "/api/stream.mjpeg", api_stream_src, HTTP_READ, HTTP_STREAM, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_GET, "/api/frame.jpeg", api_frame_src, HTTP_READ, HTTP_SNAPSHOT, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},

    {HTTP_POST, "/api/camera/devices/{id}/tickets", api_ticket_create, HTTP_READ, HTTP_USER,
     HTTP_LIMIT_DEFAULT, HTTP_JSON},
    {HTTP_POST, "/api/camera/devices/{id}/stream-passwords", api_stream_password_create, HTTP_JOB, HTTP_USER,
     HTTP_LIMIT_DEFAULT, HTTP_JSON},
    {HTTP_GET, "/api/camera/devices/{id}/stream-passwords", api_stream_passwords_list, HTTP_READ, HTTP_USER,
     HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_DELETE, "/api/camera/devices/{id}/stream-passwords/{sp_id}", api_stream_password_delete, HTTP_JOB,
     HTTP_USER, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},

    /* cameras that upload by HTTP; their handlers count by device key, bad keys count by address */
    {HTTP_POST, "/upload", api_upload, HTTP_MEMORY, HTTP_DEVICE, HTTP_LIMIT_DEFAULT, HTTP_FRAME},
    {HTTP_POST, "/api/v1/stream/stream", api_upload, HTTP_MEMORY, HTTP_DEVICE, HTTP_LIMIT_DEFAULT,
     HTTP_FRAME},
    {HTTP_POST, "/api/v1/stream/fast", api_upload, HTTP_MEMORY, HTTP_DEVICE, HTTP_LIMIT_DEFAULT, HTTP_FRAME},
    {HTTP_POST, "/api/v1/devices/register", api_report_register, HTTP_MEMORY, HTTP_DEVICE, HTTP_LIMIT_DEFAULT,
     HTTP_JSON},
    {HTTP_POST, "/api/v1/devices/heartbeat", api_report_heartbeat, HTTP_MEMORY, HTTP_DEVICE,
     HTTP_LIMIT_DEFAULT, HTTP_JSON},

    /* health: asked often, from one address, by what keeps the service running */
    {HTTP_GET, "/healthz", api_healthz, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/readyz", api_readyz, HTTP_JOB, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/metrics", api_metrics, HTTP_JOB, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/health", api_health_seed, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_GET, "/api/health", api_health, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},

    /* a GET that opens a WebSocket never comes here: the rest are told */
    {HTTP_GET, "/ws", api_ws, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_GET, "/streaming/ws-stream", api_ws, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_GET, "/api/ws", api_ws, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},

    /* the web app; "*" is every path that no row above names, asked for as a page: the app's own router knows
       it */
    {HTTP_GET, "/", api_root, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {HTTP_GET, "/assets/{bundle}/{file}", api_asset, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/assets/{bundle}/{folder}/{file}", api_asset, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE,
     HTTP_NO_BODY},
    {HTTP_GET, "/assets/{bundle}/{folder}/{folder}/{file}", api_asset, HTTP_MEMORY, HTTP_PUBLIC,
     HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "*", api_page, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_DEFAULT, HTTP_NO_BODY},
    {.path = NULL},
};
