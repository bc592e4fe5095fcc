/* Any bytes as the body of a request: read as the members of an activation are, and as the other kinds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span token = {0}, uid = {0}, local_ip = {0};
    const struct json *object;
    struct json *doc;
    bool truth;
    int64_t whole;
    double number;
    struct json_fault faults[2];
    const struct json_field fields[] = {
        {.name = "device_token", .kind = JSON_KIND_STRING, .out = &token},
        {.name = "device_uid", .kind = JSON_KIND_STRING, .min = 1, .max = 128, .out = &uid},
        {.name = "local_ip",
         .kind = JSON_KIND_STRING,
         .optional = true,
         .allow_empty = true,
         .max = 45,
         .out = &local_ip},
        {.name = "b", .kind = JSON_KIND_BOOL, .optional = true, .out = &truth},
        {.name = "i", .kind = JSON_KIND_INT, .optional = true, .min = -9, .max = 9, .out = &whole},
        {.name = "n", .kind = JSON_KIND_NUMBER, .optional = true, .out = &number},
        {.name = "o", .kind = JSON_KIND_OBJECT, .optional = true, .out = &object},
    };
    if (json_parse((struct span){(const char *)data, size}, &doc))
        return 0;
    if (json_is_obj(doc) && json_read(doc, fields, sizeof fields / sizeof *fields, faults, 2) == 0) {
        char room[129];
        if (token.len == 0 || !span_copy(uid, room, sizeof room) || local_ip.len > 45)
            abort();
    }
    json_free(doc);
    return 0;
}
