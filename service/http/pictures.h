/* The memory of pictures on their way in: bounded for each device, so that one camera cannot take what the
 * others need, and in all. What a request promises counts from its head on, until it is freed. Any thread. */
#ifndef HTTP_PICTURES_H
#define HTTP_PICTURES_H

#include "http/inside.h"

/* x->who.device_id is known. ERR_RATE_LIMITED: this device has too much under way; ERR_BUSY: all together
 * have; ERR_NO_MEMORY. */
MUST_CHECK enum err pictures_enter(struct http_exchange *x);
/* Nothing when it did not enter. */
void pictures_leave(struct http_exchange *x);

#endif
