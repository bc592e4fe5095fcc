/* A chunked body: where it ends, whole or in two parts. */
#include <assert.h>
#include <stdint.h>

#include "http/chunks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chunks whole = {0}, parts = {0};
    size_t used = 0, first = 0, second = 0, at = size ? data[0] % size : 0;
    const char *text = (const char *)data;
    bool sound = chunks_take(&whole, (struct span){text, size}, &used);
    assert(used <= size && (used == size || !sound || chunks_done(&whole)));
    bool same = chunks_take(&parts, (struct span){text, at}, &first) &&
                chunks_take(&parts, (struct span){text + at, size - at}, &second);
    assert(same == sound && (!sound || first + second == used));
    return 0;
}
