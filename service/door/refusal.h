/* What the door says when it lets nobody through: a whole HTTP/1.1 answer, problem+json (RFC 9457), then it
 * closes. */
#ifndef DOOR_REFUSAL_H
#define DOOR_REFUSAL_H

#include <stddef.h>

enum { REFUSAL_BYTES = 768 };

/* status: 400, 408, 426, 429, 431 or 503 (also for any other). Returns the length written. Any thread. */
size_t refusal_text(int status, const char *request_id, char out[REFUSAL_BYTES]);

/* The method at the start of the request head that is still in the kernel; "-" when it is none of RFC 9110 §9
 * and 5789, or not whole. Static. Any thread; never blocks. */
const char *refusal_method(int fd);

/* Answers on a socket whose request head is still in the kernel, perhaps with more behind it, and closes it.
 * Any thread; never blocks. */
void refusal_close(int fd, const char *text, size_t len);

#endif
