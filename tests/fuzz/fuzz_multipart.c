/* The input's first line is a Content-Type, the rest a body. Then the whole input as the content of a part:
 * it must come back as it was, unless it holds the delimiter. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/multipart.h"

#define DELIMITER "--edge"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void find(struct span input)
{
    const char *newline = input.len ? memchr(input.p, '\n', input.len) : NULL;
    if (!newline)
        return;
    struct span type = {input.p, (size_t)(newline - input.p)}, got;
    struct span body = {newline + 1, input.len - type.len - 1};
    if (multipart_find(type, body, "image", &got) == ERR_OK &&
        (got.p < body.p || got.p + got.len > body.p + body.len))
        abort();
}

static void round_trip(struct span input)
{
    static const char head[] = DELIMITER "\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n";
    static const char tail[] = "\r\n" DELIMITER "--\r\n";
    size_t len = sizeof head - 1 + input.len + sizeof tail - 1;
    char *body = malloc(len);
    if (!body)
        return;
    memcpy(body, head, sizeof head - 1);
    if (input.len)
        memcpy(body + sizeof head - 1, input.p, input.len);
    memcpy(body + sizeof head - 1 + input.len, tail, sizeof tail - 1);
    struct span got;
    if (multipart_find(SPAN_LIT("multipart/form-data; boundary=edge"), (struct span){body, len}, "image",
                       &got))
        abort();
    bool same = got.len == input.len && (!got.len || memcmp(got.p, input.p, got.len) == 0);
    if (!same && !(input.len && memmem(input.p, input.len, DELIMITER, sizeof DELIMITER - 1)))
        abort();
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = {(const char *)data, size};
    find(input);
    round_trip(input);
    return 0;
}
