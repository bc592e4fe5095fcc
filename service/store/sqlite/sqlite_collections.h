/* Each collection fills its rows of the table. */
#ifndef STORE_SQLITE_SQLITE_COLLECTIONS_H
#define STORE_SQLITE_SQLITE_COLLECTIONS_H

#include "store/store.h"

void sqlite_users_plug(struct store *s);
void sqlite_sessions_plug(struct store *s);
void sqlite_onboarding_plug(struct store *s);
void sqlite_cameras_plug(struct store *s);

#endif
