#include "metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/jobs.h"
#include "door/door.h"
#include "http/server.h"
#include "relay/relay.h"

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
    buf_printf(b, "# HELP visionconnect_%s %s\n# TYPE visionconnect_%s %s\n", name, help, name, type);
}

/* labels: with braces, or "". */
static void value(struct buf *b, const char *name, const char *labels, uint64_t v)
{
    buf_printf(b, "visionconnect_%s%s %" PRIu64 "\n", name, labels, v);
}

static void one(struct buf *b, const char *name, const char *type, const char *help, uint64_t v)
{
    head(b, name, type, help);
    value(b, name, "", v);
}

static void histogram(struct buf *b, const char *name, const char *help, const struct relay_histogram *h)
{
    uint64_t below = 0;
    head(b, name, "histogram", help);
    for (size_t i = 0; i < RELAY_BOUNDS; i++) {
        below += h->counts[i];
        buf_printf(b, "visionconnect_%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
                   (double)relay_bounds_us[i] / 1e6, below);
    }
    below += h->counts[RELAY_BOUNDS];
    buf_printf(b, "visionconnect_%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, below);
    buf_printf(b, "visionconnect_%s_sum %g\nvisionconnect_%s_count %" PRIu64 "\n", name,
               (double)h->sum_us / 1e6, name, below);
}

/* ---- the rooms ---- */

static void write_connections(const struct metrics *m, const struct relay_stats *r, struct buf *b)
{
    struct door_stats d;
    door_stats(m->door, &d);
    head(b, "connections", "gauge", "Open connections by kind.");
    value(b, "connections", "{kind=\"waiting\"}", d.waiting);
    value(b, "connections", "{kind=\"idle\"}", d.idle);
    value(b, "connections", "{kind=\"http\"}", http_server_connections(m->http));
    value(b, "connections", "{kind=\"camera\"}", r->devices);
    value(b, "connections", "{kind=\"user\"}", r->users);
    value(b, "connections", "{kind=\"stream\"}", r->streams);
    one(b, "cameras_pushing", "gauge", "Cameras online by pictures sent by HTTP.", r->pushing);
    one(b, "watches", "gauge", "Watches of a camera by WebSocket users.", r->watches);
    one(b, "connections_accepted_total", "counter", "Connections accepted.", d.accepted);
    head(b, "connections_refused_total", "counter", "Connections the door or the relay refused.");
    value(b, "connections_refused_total", "{reason=\"full\"}", d.refused_full);
    value(b, "connections_refused_total", "{reason=\"share\"}", d.refused_share);
    value(b, "connections_refused_total", "{reason=\"head\"}", d.refused_bad);
    value(b, "connections_refused_total", "{reason=\"relay\"}", r->sockets_refused);
    head(b, "sockets_closed_total", "counter", "WebSockets closed by us for a fault of the peer.");
    value(b, "sockets_closed_total", "{reason=\"silent\"}", r->closed_silent);
    value(b, "sockets_closed_total", "{reason=\"misbehaved\"}", r->closed_misbehaved);
}

static void write_frames(const struct relay_stats *r, struct buf *b)
{
    one(b, "frames_in_total", "counter", "Pictures received from cameras.", r->frames_in);
    one(b, "frames_out_total", "counter", "Pictures written to viewers.", r->frames_out);
    one(b, "frame_bytes_in_total", "counter", "Bytes of pictures received.", r->bytes_in);
    one(b, "frame_bytes_out_total", "counter", "Bytes of pictures written.", r->bytes_out);
    head(b, "frames_dropped_total", "counter", "Pictures not written to a viewer, or not taken, by reason.");
    value(b, "frames_dropped_total", "{reason=\"newer\"}", r->dropped_newer);
    value(b, "frames_dropped_total", "{reason=\"paced\"}", r->dropped_paced);
    value(b, "frames_dropped_total", "{reason=\"old\"}", r->dropped_old);
    value(b, "frames_dropped_total", "{reason=\"bad\"}", r->dropped_bad);
    histogram(b, "relay_latency_seconds", "From a picture received whole to the last idle viewer.",
              &r->latency);
    histogram(b, "frame_age_seconds", "Age of a picture when it is written to a viewer.", &r->age);
    histogram(b, "loop_lag_seconds", "How late deadlines of the relay's thread ran.", &r->lag);
}

struct requests {
    struct buf *out;
    uint64_t unauthenticated;
};

static const char *const methods[HTTP_METHODS] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

static void write_request(void *arg, const struct http_route *route, int status, uint64_t n)
{
    struct requests *r = arg;
    char code[8] = "other";
    if (status)
        (void)snprintf(code, sizeof code, "%d", status);
    buf_printf(r->out,
               "visionconnect_http_requests_total{method=\"%s\",route=\"%s\",status=\"%s\"} %" PRIu64 "\n",
               route ? methods[route->method] : "other", route ? route->path : "other", code, n);
    if (status == 401)
        r->unauthenticated += n;
}

/* An onboarding's steps, told by how their requests ended. */
static void write_onboarding(void *arg, const struct http_route *route, int status, uint64_t n)
{
    struct requests *r = arg;
    bool begins = route && strcmp(route->path, "/api/camera/onboard") == 0;
    bool activates = route && strcmp(route->path, "/api/camera/activate") == 0;
    if (!begins && !activates)
        return;
    const char *result = status < 300    ? "ok"
                         : status == 404 ? "unknown"
                         : status == 409 ? "used"
                         : status == 410 ? "expired"
                         : status == 422 ? "invalid"
                         : status == 429 ? "rate_limited"
                                         : "failed";
    buf_printf(r->out,
               "visionconnect_onboarding_total{step=\"%s\",result=\"%s\",status=\"%d\"} %" PRIu64 "\n",
               begins ? "onboard" : "activate", result, status, n);
}

static void write_requests(const struct metrics *m, const struct relay_stats *relay, struct buf *b)
{
    struct requests r = {.out = b};
    head(b, "http_requests_total", "counter", "Requests answered, by route template and status.");
    http_server_each_count(m->http, write_request, &r);
    head(b, "onboarding_total", "counter", "Onboardings begun and cameras activated, by result.");
    http_server_each_count(m->http, write_onboarding, &r);
    head(b, "auth_failures_total", "counter", "Credentials refused.");
    value(b, "auth_failures_total", "{by=\"http\"}", r.unauthenticated);
    value(b, "auth_failures_total", "{by=\"socket\"}", relay->auth_failed);
}

static void write_process(const struct metrics *m, struct buf *b)
{
    head(b, "jobs_queued", "gauge", "Jobs that wait for a thread.");
    value(b, "jobs_queued", "{pool=\"store\"}", jobs_queued(m->jobs));
    value(b, "jobs_queued", "{pool=\"passwords\"}", jobs_queued(m->hash_jobs));
    one(b, "connections_counted", "gauge", "Connections that hold a place among MAX_CONNECTIONS.",
        limits_count(m->limits));
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%*u %lu", &pages) == 1)
        one(b, "resident_bytes", "gauge", "Resident memory.",
            (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE));
    if (f)
        (void)fclose(f);
    buf_puts(b, "# TYPE visionconnect_info gauge\nvisionconnect_info{version=\"" VC_VERSION "\"} 1\n");
}

void metrics_write(void *arg, struct buf *out)
{
    const struct metrics *m = arg;
    struct relay_stats r;
    relay_stats(m->relay, &r);
    write_connections(m, &r, out);
    write_frames(&r, out);
    write_requests(m, &r, out);
    write_process(m, out);
}
