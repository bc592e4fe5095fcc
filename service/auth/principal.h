/* Who a request comes from, once its credential was found good. Plain data. */
#ifndef AUTH_PRINCIPAL_H
#define AUTH_PRINCIPAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/id.h"

struct principal {
    bool is_user; /* false: nobody */
    bool by_cookie;
    struct id user_id, session_id; /* session_id: the stream password behind one, none behind a ticket */
    struct id device_id;           /* the one device it opens; none = whatever the user may see */
    int64_t expires_ms;            /* when the credential ends, Unix ms; 0 = with the session */
};

#endif
