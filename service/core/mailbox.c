#include "core/mailbox.h"

#include "core/mem.h"

enum err mailbox_init(struct mailbox *m, size_t cap, void (*wake)(void *arg), void *wake_arg)
{
    void **ring = mem_alloc(cap * sizeof *ring);
    if (!ring)
        return ERR_NO_MEMORY;
    *m = (struct mailbox){.ring = ring, .cap = cap, .wake = wake, .wake_arg = wake_arg};
    pthread_mutex_init(&m->lock, NULL);
    return ERR_OK;
}

void mailbox_fini(struct mailbox *m)
{
    if (!m->ring)
        return;
    pthread_mutex_destroy(&m->lock);
    mem_free(m->ring);
    m->ring = NULL;
}

enum err mailbox_post(struct mailbox *m, void *msg)
{
    enum err e = ERR_OK;
    bool was_empty = false;
    pthread_mutex_lock(&m->lock);
    if (m->closed) {
        e = ERR_UNAVAILABLE;
    } else if (m->count == m->cap) {
        e = ERR_BUSY;
    } else {
        m->ring[(m->head + m->count) % m->cap] = msg;
        was_empty = m->count++ == 0;
    }
    pthread_mutex_unlock(&m->lock);
    if (!e && was_empty && m->wake)
        m->wake(m->wake_arg);
    return e;
}

void *mailbox_take(struct mailbox *m)
{
    void *msg = NULL;
    pthread_mutex_lock(&m->lock);
    if (m->count) {
        msg = m->ring[m->head];
        m->head = (m->head + 1) % m->cap;
        m->count--;
    }
    pthread_mutex_unlock(&m->lock);
    return msg;
}

void mailbox_close(struct mailbox *m)
{
    pthread_mutex_lock(&m->lock);
    m->closed = true;
    pthread_mutex_unlock(&m->lock);
}
