/* Text messages going out: built once, sent to one or many, but not to those who speak another dialect
 * (dialect.h). The relay thread only. */
#ifndef RELAY_TEXT_H
#define RELAY_TEXT_H

#include "core/json.h"
#include "relay/conn.h"

struct text {
    struct buf buf; /* TRANSPORT_ROOM bytes, then the message */
    struct json_out out;
};

/* Starts {"type":type; members are added through t->out. */
void text_begin(struct text *t, const char *type);
/* Adds "id" when the request carried one. request may be NULL. */
void text_id(struct text *t, const struct json *request);
/* Starts from an object that is passed on whole. */
void text_of(struct text *t, const struct json *obj);
/* Completes the object; after it text_send may be called any number of times. */
void text_done(struct text *t);
void text_send(struct text *t, struct conn *c);
void text_free(struct text *t);
/* done + send + free. */
void text_say(struct text *t, struct conn *c);

/* {"type":"error",code,message,id?,device_id?}; code is one of contract §4's, request and device may be NULL.
 */
void text_error(struct conn *c, const char *code, const struct json *request, const struct id *device);
/* The same for what the service answered: the code that says it best. */
void text_refusal(struct conn *c, enum err err, const struct json *request, const struct id *device);

#endif
