#include "ports/host/file.h"

#include <stdio.h>
#include <sys/stat.h>

bool host_file_read(const char *path, uint8_t *buf, size_t cap, size_t *len)
{
    struct stat about;
    FILE *f = fopen(path, "rbe");
    if (!f)
        return false;
    bool ok = fstat(fileno(f), &about) == 0 && S_ISREG(about.st_mode) && (uintmax_t)about.st_size <= cap;
    if (ok) {
        *len = fread(buf, 1, (size_t)about.st_size, f);
        ok = *len == (size_t)about.st_size;
    }
    (void)fclose(f);
    return ok;
}
