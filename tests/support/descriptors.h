/* Whether a test program leaves descriptors open: remember first in main, check as the last test. */
#ifndef TESTS_SUPPORT_DESCRIPTORS_H
#define TESTS_SUPPORT_DESCRIPTORS_H

#include "support/check.h"

#include <unistd.h>

static int descriptors_lowest;

static inline int descriptors_next(void)
{
    int fd = dup(STDOUT_FILENO);
    close(fd);
    return fd;
}

static inline void descriptors_remember(void)
{
    descriptors_lowest = descriptors_next();
}

static inline void descriptors_check(void **state)
{
    assert_int_equal(descriptors_next(), descriptors_lowest);
}

#endif
