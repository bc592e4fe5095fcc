/* Whole files into memory, with a limit. */
#ifndef PORTS_HOST_FILE_H
#define PORTS_HOST_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOST_FRAME_MAX = 5 * 1024 * 1024 }; /* longest JPEG this port handles */

/* Reads path into buf. False: not readable, no regular file, or longer than cap. */
bool host_file_read(const char *path, uint8_t *buf, size_t cap, size_t *len);

#endif
