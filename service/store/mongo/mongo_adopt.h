/* Takes over the documents of the older system where they lie (docs/mongodb.md says which and how). May be
 * interrupted anywhere and repeated: what is done once is not found again. The keeper's thread. */
#ifndef STORE_MONGO_MONGO_ADOPT_H
#define STORE_MONGO_MONGO_ADOPT_H

#include "store/mongo/mongo_db.h"

/* use: a connection to work with. alive(arg) is called now and then; its failure ends the work. */
MUST_CHECK enum err mongo_adopt(struct mongo_use *use, enum err (*alive)(void *arg), void *arg);

#endif
