#include "cameras/one_online.h"

#include "core/mem.h"

enum { PAGE = 200 };

/* How many of the page are online, two at most; *out: the last of them. */
static int count_online(struct presence *presence, const struct camera_page *page, struct id *out)
{
    struct presence_state s;
    int n = 0;
    for (size_t i = 0; i < page->count && n < 2; i++) {
        presence_get(presence, &page->data[i].id, &s);
        if (!s.online)
            continue;
        *out = page->data[i].id;
        n++;
    }
    return n;
}

enum err one_online_find(struct store *store, struct presence *presence, const struct id *user,
                         int64_t now_ms, struct id *out)
{
    struct camera_page page = {.next_cursor = ""};
    char cursor[sizeof page.next_cursor];
    struct id found;
    int n = 0;
    do {
        memcpy(cursor, page.next_cursor, sizeof cursor);
        const struct store_camera_filter f = {.now_ms = now_ms, .limit = PAGE, .cursor = cursor};
        enum err e = store->camera_list(store, user, &f, &page);
        if (e)
            return e;
        n += count_online(presence, &page, &found);
        mem_free(page.data);
    } while (n < 2 && page.next_cursor[0]);
    if (n == 1)
        *out = found;
    return n == 1 ? ERR_OK : n ? ERR_CONFLICT : ERR_CAMERA_OFFLINE;
}
