/* What /metrics tells, in Prometheus' text format (0.0.4): figures of every room, gathered when asked. */
#ifndef SERVICE_METRICS_H
#define SERVICE_METRICS_H

#include "core/buf.h"

struct door;
struct http_server;
struct jobs;
struct limits;
struct relay;

struct metrics {
    struct door *door;
    struct limits *limits;
    struct http_server *http;
    struct relay *relay;
    struct jobs *jobs, *hash_jobs;
};

/* Any thread. arg: a struct metrics. */
void metrics_write(void *arg, struct buf *out);

#endif
