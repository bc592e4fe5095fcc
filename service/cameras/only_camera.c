#include "cameras/only_camera.h"

#include "core/mem.h"

enum {
    PAGE = 200,
    PAGES_MAX = 50, /* one request shall not keep a thread and the store busy for long */
};

/* Adds the page's online ones to *n, up to two; *found becomes the last of them. */
static void look(struct presence *presence, const struct camera_page *page, unsigned *n, struct id *found)
{
    struct presence_state s;
    for (size_t i = 0; i < page->count && *n < 2; i++) {
        presence_get(presence, &page->data[i].id, &s);
        if (!s.online)
            continue;
        *found = page->data[i].id;
        ++*n;
    }
}

enum err only_camera_find(struct store *store, struct presence *presence, const struct id *user,
                          int64_t now_ms, struct id *out)
{
    struct camera_page page = {.count = 0};
    struct id found = {0};
    unsigned n = 0;
    int pages = 0;
    do {
        char cursor[sizeof page.next_cursor];
        memcpy(cursor, page.next_cursor, sizeof cursor);
        struct store_camera_filter f = {.now_ms = now_ms, .limit = PAGE, .cursor = cursor};
        enum err err = store->camera_list(store, user, &f, &page);
        if (err)
            return err;
        look(presence, &page, &n, &found);
        mem_free(page.data);
    } while (n < 2 && *page.next_cursor && ++pages < PAGES_MAX);
    if (n == 2 || *page.next_cursor)
        return ERR_INVALID;
    if (n == 0)
        return ERR_CAMERA_OFFLINE;
    *out = found;
    return ERR_OK;
}
