/* Whom a request is for, by its head. Pure. */
#ifndef DOOR_KIND_H
#define DOOR_KIND_H

#include "door/door.h"
#include "door/head.h"

/* *refusal stays as it is, or becomes the status of an upgrade that must not go on: 400, 426. Paths are
 * compared as they are: an odd spelling is REST's, which knows no such thing. */
enum door_kind kind_of(const struct head *h, int *refusal);

#endif
