/* Each collection fills its rows of the table. */
#ifndef STORE_MONGO_MONGO_COLLECTIONS_H
#define STORE_MONGO_MONGO_COLLECTIONS_H

#include "store/store.h"

void mongo_users_plug(struct store *s);
void mongo_sessions_plug(struct store *s);
void mongo_stream_passwords_plug(struct store *s);
void mongo_onboarding_plug(struct store *s);
void mongo_cameras_plug(struct store *s);

/* All of a device. */
MUST_CHECK enum err mongo_stream_passwords_remove(struct store *s, const struct id *device);

/* ERR_NOT_FOUND. */
MUST_CHECK enum err mongo_users_exists(struct store *s, const struct id *id);

#endif
