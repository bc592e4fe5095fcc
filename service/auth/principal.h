/* Who a request comes from, once its credential was found good. Plain data. */
#ifndef AUTH_PRINCIPAL_H
#define AUTH_PRINCIPAL_H

#include <stdbool.h>
#include <stdint.h>

#include "store/model.h"

struct principal {
    bool is_user; /* false: a device, or nobody */
    bool by_cookie;
    struct id user_id, session_id; /* session_id: the stream password behind one, none behind a ticket */
    struct id device_id;           /* the one device it opens, or it is; none = whatever the user may see */
    struct secret_hash device_key; /* of a device: the hash of the one it came with */
    int64_t expires_ms;            /* when the credential ends, Unix ms; 0 = with the session */
};

#endif
