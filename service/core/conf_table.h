/* The knobs: the only place that knows a setting's name, default, range and text. For the files of conf
 * alone. */
#ifndef CORE_CONF_TABLE_H
#define CORE_CONF_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum conf_kind { CONF_TEXT, CONF_SECRET, CONF_INT, CONF_RATE, CONF_CHOICE, CONF_OPEN_CLOSED, CONF_ON_OFF };

struct conf_knob {
    const char *name;
    const char *alias; /* another name people already use, comma-separated; NULL = none */
    enum conf_kind kind;
    size_t offset;        /* of its member in struct conf */
    const char *standard; /* the default, as text */
    int64_t min, max;     /* INT: value; TEXT and SECRET: bytes */
    const char *choices;  /* CHOICE, OPEN_CLOSED, ON_OFF: words between blanks */
    const char *text;
};

extern const struct conf_knob conf_table[];
extern const size_t conf_table_count;

#endif
