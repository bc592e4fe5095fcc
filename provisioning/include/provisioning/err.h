/* What can go wrong in provisioning. Functions return it and leave out pointers untouched on failure. */
#ifndef PROVISIONING_ERR_H
#define PROVISIONING_ERR_H

enum prov_err {
    PROV_OK,
    PROV_INVALID,    /* not of this form */
    PROV_TOO_LONG,   /* a value over its limit */
    PROV_NO_SPACE,   /* the caller's buffer is too small; for pictures: out of memory */
    PROV_INCOMPLETE, /* more parts are wanted */
};

#define PROV_MUST_CHECK __attribute__((warn_unused_result))

#endif
