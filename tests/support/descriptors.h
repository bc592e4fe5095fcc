/* Group setup and teardown for cmocka_run_group_tests: no descriptor is left open. */
#ifndef TESTS_SUPPORT_DESCRIPTORS_H
#define TESTS_SUPPORT_DESCRIPTORS_H

#include <unistd.h>

static int descriptors_lowest;

static inline int descriptors_next(void)
{
    int fd = dup(STDOUT_FILENO);
    close(fd);
    return fd;
}

static inline int descriptors_remember(void **state)
{
    descriptors_lowest = descriptors_next();
    return 0;
}

static inline int descriptors_check(void **state)
{
    return descriptors_next() == descriptors_lowest ? 0 : -1;
}

#endif
