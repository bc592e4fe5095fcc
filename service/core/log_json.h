/* An event's attributes as members of a JSON object. log.c only; any thread. */
#ifndef CORE_LOG_JSON_H
#define CORE_LOG_JSON_H

#include <stddef.h>

/* Turns text, `k=v k="v w"`, which was printed by fmt, into `,"k":"v","k":"v w"` with its NUL; what does not
 * fit in cap is left out. Returns the length. fmt decides what is a number: a value that stands there
 * unquoted, as one %d, %u or %f or in digits. What comes by %s is text, an id of digits too. */
size_t log_json_members(const char *fmt, const char *text, char *out, size_t cap);

#endif
