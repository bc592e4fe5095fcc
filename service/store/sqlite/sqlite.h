/* The embedded back end: one SQLite file in WAL mode, created with mode 0600. Several processes may open it
 * at once. An operation that has waited 5 s for a connection or for another process's write is
 * ERR_UNAVAILABLE; so is a full disk. */
#ifndef STORE_SQLITE_SQLITE_H
#define STORE_SQLITE_SQLITE_H

#include "store/store.h"

/* Opens or makes the database and brings its schema up to date; ended by (*out)->close. May block.
 * ERR_NO_MEMORY; ERR_IO: cannot be opened or is no database; ERR_UNAVAILABLE: locked for 5 s;
 * ERR_INVALID: written by a newer version of the service. */
MUST_CHECK enum err sqlite_store_open(const char *path, struct store **out);

#endif
