/* One value: from text into its member of struct conf, and back out. For the files of conf alone. */
#ifndef CORE_CONF_VALUE_H
#define CORE_CONF_VALUE_H

#include "core/conf.h"
#include "core/conf_table.h"

enum { CONF_WHY_BYTES = 128 };

/* NULL, or what is wrong with the text: for people, in why or static; c is untouched then. */
const char *conf_value_set(struct conf *c, const struct conf_knob *k, const char *text,
                           char why[CONF_WHY_BYTES]);
/* Wipes and frees what the member holds. */
void conf_value_clear(struct conf *c, const struct conf_knob *k);
/* A whole number and nothing else. */
bool conf_value_int(const char *text, int64_t *out);

#endif
