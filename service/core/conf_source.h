/* Where values come from: the environment, files it names, .env. For the files of conf alone. */
#ifndef CORE_CONF_SOURCE_H
#define CORE_CONF_SOURCE_H

#include <stdbool.h>

#include "core/conf_table.h"

/* Lines NAME=value of a .env file become environment where it has none; quotes around a value are dropped. */
void conf_source_dotenv(const char *path);
/* Looks NAME, NAME_FILE up; *value stays NULL when there is neither. *owned, which may be NULL, is to be
 * wiped and mem_freed. False: NAME_FILE cannot be read. */
bool conf_source_lookup(const char *name, const char **value, char **owned);
/* The same for a knob, by its name or else by its aliases. */
bool conf_source_find(const struct conf_knob *k, const char **value, char **owned);

#endif
