/* The request head: the first bytes any stranger sends. */
#include <assert.h>
#include <stdint.h>

#include "door/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct span s, struct span all)
{
    assert(s.len == 0 || (s.p >= all.p && s.p + s.len <= all.p + all.len) || span_is(s, "/"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct head h;
    struct span all = {(const char *)data, size};
    enum head_result r = head_parse(all, 512, 10, &h);
    if (r == HEAD_OK) {
        assert(h.bytes <= size && h.bytes <= 512 && h.n_fields <= 10);
        assert(head_parse((struct span){all.p, h.bytes}, 512, 10, &h) == HEAD_OK);
        assert(head_parse((struct span){all.p, h.bytes - 1}, 512, 10, &h) == HEAD_MORE);
        assert(head_parse(all, 512, 10, &h) == HEAD_OK);
        for (size_t i = 0; i < h.n_fields; i++) {
            inside(h.fields[i].name, all);
            inside(h.fields[i].value, all);
        }
        inside(h.path, all);
        inside(h.query, all);
        inside(head_cookie(&h, "session"), all);
        (void)head_has_token(head_field(&h, "Connection"), "upgrade");
    } else if (r == HEAD_MORE) {
        assert(size < 512);
    }
    return 0;
}
