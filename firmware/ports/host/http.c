#include "ports/host/http.h"

#include <string.h>

#include "ports/host/log.h"

/* libcurl is looked after by the clock, not by its sockets: a POST happens once in a camera's life. */
enum { LOOK_MS = 10, TOTAL_MS = 14000 };

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct host_http *h = ctx;
    size_t len = size * n;
    if (len > sizeof h->body - h->len)
        return 0; /* too long: the transfer ends as failed */
    memcpy(h->body + h->len, data, len);
    h->len += len;
    return len;
}

void host_http_cancel(struct host_http *h)
{
    host_timer_cancel(&h->timer);
    if (h->easy) {
        (void)curl_multi_remove_handle(h->multi, h->easy);
        curl_easy_cleanup(h->easy);
        h->easy = NULL;
    }
    curl_slist_free_all(h->headers);
    h->headers = NULL;
}

static enum fw_link_fault fault_of(CURLcode result)
{
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return FW_LINK_NO_NAME;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return FW_LINK_TLS;
    default:
        return FW_LINK_OTHER;
    }
}

static void finish(struct host_http *h, CURLcode result)
{
    long status = 0;
    curl_off_t retry_after = 0;
    if (result == CURLE_OK) {
        (void)curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
        (void)curl_easy_getinfo(h->easy, CURLINFO_RETRY_AFTER, &retry_after);
    } else {
        host_log(FW_LOG_WARN, "link.post_failed", "reason=\"%s\"", curl_easy_strerror(result));
        h->len = 0;
    }
    host_http_cancel(h);
    if (retry_after < 0 || retry_after > UINT32_MAX)
        retry_after = UINT32_MAX;
    struct fw_link_answer answer = {.status = (unsigned)status,
                                    .fault = fault_of(result),
                                    .body = h->body,
                                    .len = h->len,
                                    .retry_after_s = (uint32_t)retry_after};
    fw_camera_posted(h->camera, &answer, host_clock_ms());
    fw_keep_wipe(h->body, sizeof h->body); /* it held the key */
}

static void on_look(void *ctx)
{
    struct host_http *h = ctx;
    int running = 0, left = 0;
    (void)curl_multi_perform(h->multi, &running);
    const CURLMsg *m = curl_multi_info_read(h->multi, &left);
    if (m && m->msg == CURLMSG_DONE)
        finish(h, m->data.result);
    else
        host_timer_set(&h->timer, LOOK_MS);
}

void host_http_post(struct host_http *h, const char *url, const char *body, size_t len)
{
    host_http_cancel(h);
    h->len = 0;
    h->easy = curl_easy_init();
    h->headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (!h->easy || !h->headers) {
        host_http_cancel(h);
        return; /* the core's own time limit ends this try */
    }
    CURL *e = h->easy;
    (void)curl_easy_setopt(e, CURLOPT_URL, url);
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(e, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)TOTAL_MS);
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, h->headers);
    (void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)len);
    (void)curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, body);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, h);
    if (h->ca_file)
        (void)curl_easy_setopt(e, CURLOPT_CAINFO, h->ca_file);
    (void)curl_multi_add_handle(h->multi, e);
    host_timer_set(&h->timer, 0);
}

bool host_http_init(struct host_http *h, struct host_loop *l, struct fw_camera *camera, const char *ca_file)
{
    *h = (struct host_http){.camera = camera, .ca_file = ca_file};
    host_timer_init(&h->timer, l, on_look, h);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        return false;
    h->multi = curl_multi_init();
    return h->multi != NULL;
}

void host_http_fini(struct host_http *h)
{
    host_http_cancel(h);
    (void)curl_multi_cleanup(h->multi);
    curl_global_cleanup();
}
