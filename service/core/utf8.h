/* UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF. */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "core/span.h"

/* Length (1..4) of the sequence at p, 0 when it is not one. left (>= 1): bytes from p on. */
size_t utf8_len(const unsigned char *p, size_t left);
bool utf8_is_valid(struct span text);

#endif
