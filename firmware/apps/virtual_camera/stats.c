#include "apps/virtual_camera/stats.h"

#include "ports/host/log.h"

enum { PERIOD_MS = 5000 };

const char *stats_rating(double fps)
{
    return fps >= 25 ? "EXCELLENT" : fps >= 15 ? "GOOD" : fps >= 8 ? "MODERATE" : "NEEDS OPTIMIZATION";
}

static void print(void *ctx)
{
    struct stats *s = ctx;
    const struct fw_camera *c = s->camera;
    const struct fw_session *now = &c->session;
    struct fw_health health = {0};
    c->platform->board.health(c->platform->board.ctx, &health);
    uint32_t frames = now->sent - s->sent, total = now->sent + now->dropped;
    double seconds = PERIOD_MS / 1000.0, kb = (double)(now->sent_bytes - s->bytes) / 1024;
    double fps = frames / seconds;
    host_log(FW_LOG_INFO, "camera.stats",
             "runtime=%llds fps=%.1f target=%.1f total=%u success=%u dropped=%u success_rate=%.1f%% "
             "frame_size=%.1fKB throughput=%.1fKB/s memory_free=%llu rssi=%ddBm rating=\"%s\"",
             (long long)((host_clock_ms() - s->began_ms) / 1000), fps, now->pace.fps_milli / 1000.0,
             (unsigned)total, (unsigned)now->sent, (unsigned)now->dropped,
             total ? 100.0 * now->sent / total : 100.0, frames ? kb / frames : 0.0, kb / seconds,
             (unsigned long long)health.heap_bytes, health.rssi_dbm, stats_rating(fps));
    s->sent = now->sent;
    s->bytes = now->sent_bytes;
    host_timer_set(&s->timer, PERIOD_MS);
}

void stats_start(struct stats *s, struct host_loop *loop, const struct fw_camera *camera)
{
    *s = (struct stats){.camera = camera, .began_ms = host_clock_ms()};
    host_timer_init(&s->timer, loop, print, s);
    host_timer_set(&s->timer, PERIOD_MS);
}
