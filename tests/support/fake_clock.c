#include "support/fake_clock.h"

static int64_t wall_us(const struct clock *c)
{
    return __atomic_load_n(&((const struct fake_clock *)c)->wall_now_us, __ATOMIC_SEQ_CST);
}

static int64_t mono_us(const struct clock *c)
{
    return __atomic_load_n(&((const struct fake_clock *)c)->mono_now_us, __ATOMIC_SEQ_CST);
}

void fake_clock_init(struct fake_clock *f, int64_t wall_ms)
{
    *f = (struct fake_clock){.clock = {.wall_us = wall_us, .mono_us = mono_us},
                             .wall_now_us = wall_ms * 1000,
                             .mono_now_us = 1000000};
}

void fake_clock_advance_ms(struct fake_clock *f, int64_t ms)
{
    __atomic_add_fetch(&f->wall_now_us, ms * 1000, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&f->mono_now_us, ms * 1000, __ATOMIC_SEQ_CST);
}
