#include "core/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_long fail_after = -1;
static atomic_int fail_for_good;
static atomic_int has_failed;

static int planned_failure(void)
{
    if (atomic_load_explicit(&fail_after, memory_order_relaxed) < 0)
        return 0;
    long left = atomic_fetch_sub(&fail_after, 1);
    if (left > 0)
        return 0;
    if (fail_for_good)
        atomic_store(&fail_after, 0);
    atomic_store(&has_failed, 1);
    return 1;
}

void *mem_alloc(size_t bytes)
{
    return planned_failure() ? NULL : malloc(bytes ? bytes : 1);
}

void *mem_zalloc(size_t bytes)
{
    return planned_failure() ? NULL : calloc(1, bytes ? bytes : 1);
}

void *mem_realloc(void *p, size_t bytes)
{
    return planned_failure() ? NULL : realloc(p, bytes ? bytes : 1);
}

void mem_free(void *p)
{
    free(p);
}

char *mem_strdup(const char *s)
{
    size_t bytes = strlen(s) + 1;
    char *copy = mem_alloc(bytes);
    if (copy)
        memcpy(copy, s, bytes);
    return copy;
}

void mem_wipe(void *p, size_t bytes)
{
    if (bytes)
        explicit_bzero(p, bytes);
}

int mem_equal_secret(const void *a, const void *b, size_t bytes)
{
    const unsigned char *x = a, *y = b;
    unsigned char diff = 0;
    for (size_t i = 0; i < bytes; i++)
        diff |= (unsigned char)(x[i] ^ y[i]);
    return diff == 0;
}

void mem_fail_after(long after, int for_good)
{
    atomic_store(&has_failed, 0);
    atomic_store(&fail_for_good, for_good);
    atomic_store(&fail_after, after);
}

int mem_failed(void)
{
    return atomic_load(&has_failed);
}
