/* What a range or a choice cannot say: forms of texts, and values that must fit each other. For conf.c alone.
 */
#ifndef CORE_CONF_CHECK_H
#define CORE_CONF_CHECK_H

#include "core/conf.h"

/* Writes a line that names the knob for each fault; false when there was one. c may lack what was refused
 * already. Takes slashes off the end of public_url. */
bool conf_check(struct conf *c, FILE *faults);

#endif
