/* The service's allocator: every room allocates through it, so that tests can make the N-th allocation fail.
 * Any thread. Every result is checked by its caller; mem_free(NULL) does nothing. */
#ifndef CORE_MEM_H
#define CORE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t bytes);
void *mem_zalloc(size_t bytes);
void *mem_realloc(void *p, size_t bytes);
void mem_free(void *p);
char *mem_strdup(const char *s);

/* Overwrites bytes with zeros in a way the compiler keeps; for secrets. */
void mem_wipe(void *p, size_t bytes);

/* Equal in time that depends on bytes alone; for secrets. */
int mem_equal_secret(const void *a, const void *b, size_t bytes);

/* Tests: the next allocations succeed `after` times, then one fails (once) or all do (for_good).
 * after < 0 switches it off. Not thread-safe: set it while one thread runs. */
void mem_fail_after(long after, int for_good);

/* Tests: whether a planned failure has happened since mem_fail_after. */
int mem_failed(void);

#endif
