#include "ports/host/source_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ports/host/loop.h"

static const uint32_t WHITE = 0xffffff, BLACK = 0x101014, ACCENT = 0xffb020;

static void paint_background(struct host_canvas *c)
{
    static const uint32_t bars[] = {0xc0c0c0, 0xc0c000, 0x00c0c0, 0x00c000, 0xc000c0, 0xc00000, 0x0000c0};
    enum { BARS = sizeof bars / sizeof *bars, GREYS = 16 };
    int split = c->height * 2 / 3;
    for (int i = 0; i < BARS; i++)
        host_draw_box(c, c->width * i / BARS, 0, c->width / BARS + 1, split, bars[i]);
    for (int i = 0; i < GREYS; i++)
        host_draw_box(c, c->width * i / GREYS, split, c->width / GREYS + 1, c->height - split,
                      (uint32_t)(i * 255 / (GREYS - 1)) * 0x010101);
}

static void text_panel(struct host_test *t, int y, int scale, const char *text)
{
    int width = (int)strlen(text) * HOST_GLYPH_WIDTH * scale;
    int x = (t->canvas.width - width) / 2;
    host_draw_box(&t->canvas, x - 2 * scale, y - 2 * scale, width + 3 * scale,
                  (HOST_GLYPH_HEIGHT + 3) * scale, BLACK);
    host_draw_text(&t->canvas, x, y, scale, text, WHITE);
}

/* A square that goes to and fro, a line that sweeps, a cross where the servos point, a lamp. */
static void paint_moving(struct host_test *t, uint64_t ms)
{
    struct host_canvas *c = &t->canvas;
    int side = c->height / 10, way = c->width - side;
    int at = (int)(ms / 4 % (uint64_t)(2 * way));
    host_draw_box(c, at < way ? at : 2 * way - at, c->height * 2 / 3 - side, side, side, ACCENT);
    host_draw_box(c, (int)((uint64_t)c->width * (ms % 4000) / 4000), 0, 2, c->height, WHITE);
    int x = c->width * t->actuators.x / 180, y = c->height * (180 - t->actuators.y) / 180;
    host_draw_box(c, x - side / 2, y - 1, side, 3, BLACK);
    host_draw_box(c, x - 1, y - side / 2, 3, side, BLACK);
    uint32_t lamp = t->actuators.light ? 255 : t->actuators.flash;
    if (lamp)
        host_draw_box(c, c->width - side, 0, side, side, lamp * 0x010100 + 0x40);
}

static void paint(struct host_test *t, uint64_t wall_us)
{
    struct host_canvas *c = &t->canvas;
    memcpy(c->rgb, t->background.rgb, (size_t)c->width * (size_t)c->height * 3);
    paint_moving(t, wall_us / 1000);
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm utc;
    char clock[32], line[48];
    gmtime_r(&seconds, &utc);
    (void)strftime(clock, sizeof clock, "%Y-%m-%d %H:%M:%S", &utc);
    (void)snprintf(line, sizeof line, "%s.%03u", clock, (unsigned)(wall_us / 1000 % 1000));
    int scale = c->width / 160 < 1 ? 1 : c->width / 160;
    text_panel(t, c->height / 6, scale, line);
    (void)snprintf(line, sizeof line, "FRAME #%u", (unsigned)t->frames);
    text_panel(t, c->height * 3 / 8, scale * 2, line);
    if (t->name[0])
        text_panel(t, c->height - 14 * scale, scale, t->name);
}

/* Sensors count 4 (best) to 63, libjpeg 100 (best) to 1. */
static int jpeg_quality(uint8_t quality)
{
    return 100 - quality * 5 / 4;
}

static void test_start(void *ctx, uint32_t fps_milli)
{
}

static void test_stop(void *ctx)
{
}

static bool test_configure(void *ctx, uint16_t width, uint16_t height, uint8_t quality)
{
    struct host_test *t = ctx;
    t->quality = quality;
    if (t->canvas.width == width && t->canvas.height == height)
        return true;
    struct host_canvas background, canvas;
    if (!host_canvas_init(&background, width, height))
        return false;
    if (!host_canvas_init(&canvas, width, height)) {
        host_canvas_fini(&background);
        return false;
    }
    host_canvas_fini(&t->background);
    host_canvas_fini(&t->canvas);
    t->background = background;
    t->canvas = canvas;
    paint_background(&t->background);
    return true;
}

static bool test_take(void *ctx, struct fw_frame *out)
{
    struct host_test *t = ctx;
    uint64_t now_us = host_clock_wall_us();
    t->frames++;
    paint(t, now_us);
    size_t len = host_draw_jpeg(&t->canvas, jpeg_quality(t->quality), &t->jpeg, &t->jpeg_cap);
    *out = (struct fw_frame){t->jpeg, len, now_us};
    return true;
}

static void test_release(void *ctx)
{
}

bool host_test_init(struct host_test *t, uint16_t width, uint16_t height, uint8_t quality, const char *name)
{
    *t = (struct host_test){.name = name, .actuators = {.x = 90, .y = 90}};
    return test_configure(t, width, height, quality);
}

void host_test_fini(struct host_test *t)
{
    host_canvas_fini(&t->background);
    host_canvas_fini(&t->canvas);
    free(t->jpeg);
}

void host_test_actuate(struct host_test *t, const struct fw_actuators *a)
{
    t->actuators = *a;
}

struct fw_source host_test_ops(struct host_test *t)
{
    return (struct fw_source){.ctx = t,
                              .adjustable = true,
                              .start = test_start,
                              .stop = test_stop,
                              .configure = test_configure,
                              .take = test_take,
                              .release = test_release};
}
