/* The camera's small store as files in a folder (mode 0700), a file (0600) a value. A value is replaced by
 * writing beside it, fsync and rename. One program at a time: the folder is locked. */
#ifndef PORTS_HOST_KV_H
#define PORTS_HOST_KV_H

#include <stdbool.h>

#include "platform/kv.h"

struct host_kv {
    int dir; /* descriptor of the folder, -1: closed */
    int lock;
};

/* Makes the folder (and those above it) when needed. False, with a line in the log: not possible, or in use.
 */
bool host_kv_open(struct host_kv *kv, const char *folder);
void host_kv_close(struct host_kv *kv);
struct fw_kv host_kv_ops(struct host_kv *kv);

#endif
