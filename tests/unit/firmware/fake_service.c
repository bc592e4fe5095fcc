#include "fake_service.h"

#include <stdio.h>
#include <string.h>

void fake_service_key(unsigned key, char out[PROV_KEY_LEN + 1])
{
    (void)snprintf(out, PROV_KEY_LEN + 1,
                   "vcd_" FAKE_SERVICE_ID "_%04uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", key % 10000);
}

unsigned fake_service_activate(struct fake_service *s, unsigned code)
{
    if (s->code[code].over || (s->next && code == s->maker))
        return 0;
    if (!s->live)
        s->maker = code;
    s->code[code].key = ++s->keys;
    *(code == s->maker ? &s->live : &s->next) = s->keys;
    return s->keys;
}

static bool is_key(unsigned key, const char *text)
{
    char own[PROV_KEY_LEN + 1];
    fake_service_key(key, own);
    return key && strcmp(own, text) == 0;
}

bool fake_service_accepts(struct fake_service *s, const char *key)
{
    if (is_key(s->next, key)) {
        s->live = s->next;
        s->next = 0;
        for (unsigned i = 0; i < s->codes; i++)
            s->code[i].over |= s->code[i].key != 0;
    }
    if (!is_key(s->live, key))
        return false;
    if (!s->next)
        s->code[s->maker].over = true;
    return true;
}
