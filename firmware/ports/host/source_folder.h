/* JPEG files of a folder, by name, round and round: one each time a picture is asked for. */
#ifndef PORTS_HOST_SOURCE_FOLDER_H
#define PORTS_HOST_SOURCE_FOLDER_H

#include "platform/source.h"

struct host_folder {
    char **paths; /* sorted */
    size_t count, next;
    uint8_t *buf;
};

/* False, with a line in the log: not readable, or no .jpg or .jpeg in it. */
bool host_folder_init(struct host_folder *f, const char *path);
void host_folder_fini(struct host_folder *f);
struct fw_source host_folder_ops(struct host_folder *f);

#endif
