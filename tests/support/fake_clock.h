/* A clock that stands still until the test moves it. */
#ifndef TESTS_SUPPORT_FAKE_CLOCK_H
#define TESTS_SUPPORT_FAKE_CLOCK_H

#include "core/clock.h"

struct fake_clock {
    struct clock clock; /* first: hand &f.clock to the code under test */
    int64_t wall_now_us, mono_now_us;
};

void fake_clock_init(struct fake_clock *f, int64_t wall_ms);
void fake_clock_advance_ms(struct fake_clock *f, int64_t ms);

#endif
