#include "store/mongo/mongo_adopt.h"

enum err mongo_adopt(struct mongo_store *m, enum err (*alive)(void *arg), void *arg)
{
    return alive(arg);
}
