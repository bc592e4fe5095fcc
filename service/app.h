/* The whole service, put together: the only place that knows every room. Ordered start, reverse stop. */
#ifndef SERVICE_APP_H
#define SERVICE_APP_H

#include "core/conf.h"
#include "core/err.h"

struct app;

/* Starts everything; on ERR_OK the port accepts. conf must outlive the app. Main thread. */
MUST_CHECK enum err app_start(struct app **out, const struct conf *conf);
/* The port in use (PORT=0 takes a free one). */
int app_port(const struct app *a);
/* Says goaway to all sockets, lets what is under way finish (about drain_ms), ends every thread and frees. */
void app_stop(struct app *a, int drain_ms);

#endif
