#include "door/conn.h"

void conn_enter(struct conn_queue queues[CONN_STAGES], struct conn *c, enum conn_stage stage,
                int64_t deadline_us)
{
    conn_leave(queues, c);
    struct conn_queue *q = &queues[stage];
    c->stage = stage;
    c->deadline_us = deadline_us;
    c->queued = true;
    c->prev = q->last;
    c->next = NULL;
    *(q->last ? &q->last->next : &q->first) = c;
    q->last = c;
    q->count++;
}

void conn_leave(struct conn_queue queues[CONN_STAGES], struct conn *c)
{
    if (!c->queued)
        return;
    struct conn_queue *q = &queues[c->stage];
    *(c->prev ? &c->prev->next : &q->first) = c->next;
    *(c->next ? &c->next->prev : &q->last) = c->prev;
    q->count--;
    c->queued = false;
}

int64_t conn_next_us(const struct conn_queue queues[CONN_STAGES])
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < CONN_STAGES; i++)
        if (queues[i].first && queues[i].first->deadline_us < next)
            next = queues[i].first->deadline_us;
    return next;
}
