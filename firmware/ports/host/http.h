/* One HTTP POST at a time, by libcurl, driven from the loop. */
#ifndef PORTS_HOST_HTTP_H
#define PORTS_HOST_HTTP_H

#include <curl/curl.h>

#include "core/camera.h"
#include "ports/host/loop.h"

struct host_http {
    struct fw_camera *camera;
    const char *ca_file;
    CURLM *multi;
    CURL *easy; /* NULL: nothing under way */
    struct curl_slist *headers;
    struct host_timer timer;
    size_t len;
    char body[PROV_ACTIVATION_MAX];
};

bool host_http_init(struct host_http *h, struct host_loop *l, struct fw_camera *camera, const char *ca_file);
void host_http_fini(struct host_http *h);
void host_http_post(struct host_http *h, const char *url, const char *body, size_t len);
void host_http_cancel(struct host_http *h);

#endif
