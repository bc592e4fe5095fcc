/* The handlers of all families, one file each; routes.c gives them their paths. `app` is a struct api. */
#ifndef HTTP_API_HANDLERS_H
#define HTTP_API_HANDLERS_H

#include "http/exchange.h"

/* accounts.c */
http_handler api_register, api_me;
/* sessions.c */
http_handler api_login, api_token_refresh, api_logout;
/* login_page.c */
http_handler api_login_form, api_login_post, api_logout_page;
/* onboarding.c, onboarding_qr.c, activation.c, wifi_qr.c */
http_handler api_models, api_onboard, api_onboard_cancel, api_onboard_qr_png, api_onboard_qr_svg;
http_handler api_activate, api_check_status, api_wifi_qr;
/* devices.c, device_keys.c */
http_handler api_devices_list, api_device_get, api_device_delete, api_device_create, api_device_rotate_key;
/* media.c, media_names.c */
http_handler api_snapshot, api_stream, api_stream_named, api_stream_src, api_frame_src;
/* uploads.c, reports.c */
http_handler api_upload, api_report_register, api_report_heartbeat;
/* tickets.c, stream_passwords.c */
http_handler api_ticket_create;
http_handler api_stream_password_create, api_stream_passwords_list, api_stream_password_delete;
/* metrics.c */
http_handler api_metrics;
/* health.c */
http_handler api_healthz, api_readyz, api_health_seed, api_health;
/* pages.c */
http_handler api_root, api_asset, api_page, api_ws;

#endif
