/* What happens to a request, in this order: route → 404/405 → limits → who → body → handler. Device keys are
 * judged without limits, the bad ones are counted. Event threads.
 */
#ifndef HTTP_DISPATCH_H
#define HTTP_DISPATCH_H

#include "http/inside.h"

/* The head is there. Afterwards x->decided tells whether the reply is filled already, whatever the body will
 * be. */
void dispatch_head(struct http_exchange *x, const char *method);
/* Instead, with x->judging: suspends until the device key is judged; then as after dispatch_head. */
void dispatch_judge(struct http_exchange *x);
/* The body is there (or was thrown away). True: the reply is ready to be sent. False: the connection is
 * suspended. */
bool dispatch_run(struct http_exchange *x);

#endif
