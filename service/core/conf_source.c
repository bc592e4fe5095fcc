#include "core/conf_source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

enum { FILE_MAX = 64 * 1024 };

/* The content of the file that NAME_FILE names, without one trailing newline. mem_free the result. */
static char *read_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    char *text = mem_alloc(FILE_MAX + 1);
    ssize_t n = text ? read(fd, text, FILE_MAX) : -1;
    close(fd);
    if (n < 0) {
        mem_free(text);
        return NULL;
    }
    if (n && text[n - 1] == '\n')
        n--;
    text[n] = 0;
    return text;
}

bool conf_source_lookup(const char *name, const char **value, char **owned)
{
    char file_name[64];
    *value = getenv(name);
    if (*value)
        return true;
    (void)snprintf(file_name, sizeof file_name, "%s_FILE", name);
    const char *path = getenv(file_name);
    if (!path || !*path)
        return true;
    *owned = read_file(path);
    *value = *owned;
    return *owned != NULL;
}

bool conf_source_find(const struct conf_knob *k, const char **value, char **owned)
{
    if (!conf_source_lookup(k->name, value, owned))
        return false;
    for (const char *p = k->alias; !*value && p && *p;) {
        char name[48];
        size_t n = strcspn(p, ",");
        (void)snprintf(name, sizeof name, "%.*s", (int)n, p);
        if (!conf_source_lookup(name, value, owned))
            return false;
        p += n + (p[n] == ',');
    }
    return true;
}

void conf_source_dotenv(const char *path)
{
    char *text = read_file(path);
    char *save = NULL;
    for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
        char *eq = strchr(line, '=');
        if (*line == '#' || !eq || eq == line)
            continue;
        *eq = 0;
        char *value = eq + 1;
        size_t n = strcspn(value, "\r");
        if (n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n - 1] == value[0]) {
            value++;
            n -= 2;
        }
        value[n] = 0;
        (void)setenv(line, value, 0);
    }
    if (text)
        mem_wipe(text, strlen(text));
    mem_free(text);
}
