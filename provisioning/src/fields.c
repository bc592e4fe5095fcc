#include "fields.h"

#include <string.h>

#include "provisioning/json.h"

static struct prov_field *find(const char *name, struct prov_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(name, fields[i].name) == 0 ||
            (fields[i].alias != NULL && strcmp(name, fields[i].alias) == 0)) {
            return &fields[i];
        }
    }
    return NULL;
}

static enum prov_err fill(struct prov_field *f, struct prov_json v)
{
    if (f->seen) {
        return PROV_INVALID;
    }
    f->seen = true;
    if (f->out != NULL) {
        return prov_json_string(v, f->out, f->max + 1);
    }
    int64_t number;
    if (!prov_json_int(v, 0, UINT32_MAX, &number)) {
        return PROV_INVALID;
    }
    *f->number = (uint32_t)number;
    return PROV_OK;
}

enum prov_err prov_fields_read(const char *text, size_t len, size_t text_max, struct prov_field *fields,
                               size_t n)
{
    struct prov_json object, value;
    char name[PROV_JSON_NAME_MAX];
    enum prov_err err = prov_json_parse(text, len, text_max, &object);
    if (err != PROV_OK) {
        return err;
    }
    if (!prov_json_is_object(object)) {
        return PROV_INVALID;
    }
    for (size_t at = 0; prov_json_next(object, &at, name, &value);) {
        struct prov_field *field = find(name, fields, n);
        err = field == NULL ? PROV_OK : fill(field, value);
        if (err != PROV_OK) {
            return err;
        }
    }
    return PROV_OK;
}
