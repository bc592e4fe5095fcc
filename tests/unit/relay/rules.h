/* The relay's rules without sockets: a transport that writes into a list and is busy when told so, a clock
 * moved by hand, hooks that remember what they were told. */
#ifndef TESTS_UNIT_RELAY_RULES_H
#define TESTS_UNIT_RELAY_RULES_H

#include "provisioning/frame.h"
#include "relay/conn.h"

enum { WIRES = 4 };

/* One fake socket: what was written last and how often, by kind. */
struct wire {
    struct conn *conn;
    bool busy, wanted, held, killed, dead;
    int texts, pictures, pings;
    uint16_t closed;
    char text[1024];
    struct prov_frame frame;
};

/* What the hooks were asked and told. */
struct told {
    struct relay_ref asked;
    int questions, onlines, offlines, first_frames;
    struct relay_grant signed_in;
    uint64_t epoch_on, epoch_off;
    enum relay_offline_reason off_why;
    unsigned viewers;
};

extern struct hub hub;
extern struct wire wires[WIRES];
extern struct told told;
extern const struct id the_device, the_user;

int rules_setup(void **state);
int rules_teardown(void **state);

/* A place is an enum err: what sign_in answers for it. */
struct wire *open_wire(int i, struct relay_grant grant);
struct wire *open_user(int i);
struct wire *open_camera(int i);

/* A text message of the peer. */
void say(struct wire *w, const char *text);
/* A watch of the_device, answered with yes; more are further members. */
void watch(struct wire *w, const char *more);
void watch_unanswered(struct wire *w);
/* A good frame of the camera, of 64 or of len bytes. */
void picture(struct wire *camera);
void picture_of(struct wire *camera, size_t len);
/* The socket has room again. */
void drained(struct wire *w);
/* Time passes; sockets with room are written to. */
void pass(int ms);

#endif
