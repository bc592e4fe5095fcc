/* What both files of cameras need. Any thread. */
#ifndef STORE_MONGO_MONGO_CAMERA_H
#define STORE_MONGO_MONGO_CAMERA_H

#include "store/mongo/mongo_op.h"

/* A lost race is tried again this often; each time somebody else has got on. */
enum { MONGO_CAMERA_TRIES = 64 };

/* ERR_NOT_FOUND. */
MUST_CHECK enum err mongo_camera_by_token(struct store *s, const struct secret_hash *token,
                                          struct mongo_camera *out);
/* An onboarding that names a device to keep: whether the device knows of it is the device's word. Clears
 * kept_id when not. ERR_NOT_FOUND: device or onboarding are over. */
MUST_CHECK enum err mongo_camera_settle(struct store *s, struct mongo_camera *c);
/* The key that the device has from this onboarding dies; from is left as it is. */
MUST_CHECK enum err mongo_camera_withdraw(struct store *s, const struct id *device, const struct id *from);
/* Removes the onboardings that led to a device. */
MUST_CHECK enum err mongo_camera_remove_leading(struct store *s, const struct id *device);
/* Ends what camera_delete had begun. */
MUST_CHECK enum err mongo_camera_bury(struct store *s);

#endif
