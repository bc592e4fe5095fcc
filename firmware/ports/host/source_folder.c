#include "ports/host/source_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ports/host/file.h"
#include "ports/host/log.h"
#include "ports/host/loop.h"

static int is_jpeg_name(const struct dirent *e)
{
    const char *dot = strrchr(e->d_name, '.');
    return e->d_name[0] != '.' && dot && (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

bool host_folder_init(struct host_folder *f, const char *path)
{
    *f = (struct host_folder){0};
    struct dirent **names = NULL;
    int n = scandir(path, &names, is_jpeg_name, by_bytes);
    f->paths = n > 0 ? calloc((size_t)n, sizeof *f->paths) : NULL;
    for (int i = 0; i < n; i++) {
        if (f->paths && asprintf(&f->paths[f->count], "%s/%s", path, names[i]->d_name) > 0)
            f->count++;
        free(names[i]);
    }
    free(names);
    f->buf = malloc(HOST_FRAME_MAX);
    if (f->count && f->buf)
        return true;
    host_log(FW_LOG_ERROR, "source.unusable", "folder=\"%s\" reason=\"no .jpg or .jpeg files\"", path);
    return false;
}

void host_folder_fini(struct host_folder *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->paths[i]);
    free(f->paths);
    free(f->buf);
}

static void folder_start(void *ctx, uint32_t fps_milli)
{
}

static void folder_stop(void *ctx)
{
}

static bool folder_configure(void *ctx, uint16_t width, uint16_t height, uint8_t quality)
{
    return false;
}

/* The next file that can be read; one that cannot is passed over. */
static bool folder_take(void *ctx, struct fw_frame *out)
{
    struct host_folder *f = ctx;
    for (size_t tries = 0; tries < f->count; tries++) {
        const char *path = f->paths[f->next];
        f->next = (f->next + 1) % f->count;
        size_t len;
        if (host_file_read(path, f->buf, HOST_FRAME_MAX, &len)) {
            *out = (struct fw_frame){f->buf, len, host_clock_wall_us()};
            return true;
        }
    }
    return false;
}

static void folder_release(void *ctx)
{
}

struct fw_source host_folder_ops(struct host_folder *f)
{
    return (struct fw_source){.ctx = f,
                              .start = folder_start,
                              .stop = folder_stop,
                              .configure = folder_configure,
                              .take = folder_take,
                              .release = folder_release};
}
