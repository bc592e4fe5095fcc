/* Holds a back end to store/store.h. Each test gets a store of its own, fresh from the factory. */
#ifndef TESTS_CONTRACT_STORE_SUITE_H
#define TESTS_CONTRACT_STORE_SUITE_H

#include "store/store.h"

struct store_factory {
    /* Opens an empty store. */
    enum err (*fresh)(struct store_factory *f, struct store **out);
    /* Opens the last fresh one again, once it was closed or its process was killed; also in a forked child.
     */
    enum err (*reopen)(struct store_factory *f, struct store **out);
    /* Whether what lies there, closed, is whole. */
    bool (*is_whole)(struct store_factory *f);
};

/* Runs everything; returns the number of failed tests. */
int store_suite_run(struct store_factory *f);

#endif
