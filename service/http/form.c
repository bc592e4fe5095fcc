#include "http/form.h"

#include "core/mem.h"
#include "provisioning/utf8.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

size_t form_unescape(char *text, size_t len, bool plus)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        bool escape = text[i] == '%' && i + 2 < len && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
        if (escape) {
            text[n++] = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            text[n++] = plus && text[i] == '+' ? ' ' : text[i];
        }
    }
    return n;
}

bool form_is_utf8(struct span text)
{
    return prov_utf8_is_valid(text.p, text.len);
}

static size_t count_pairs(struct span text)
{
    size_t n = text.len > 0;
    for (size_t i = 0; i < text.len; i++)
        n += text.p[i] == '&';
    return n;
}

/* Splits in place: each pair is decoded where it stands, so it can only become shorter. */
static void split(char *text, size_t len, struct form *f)
{
    char *end = text + len;
    while (text < end) {
        char *amp = memchr(text, '&', (size_t)(end - text));
        char *stop = amp ? amp : end;
        char *equals = memchr(text, '=', (size_t)(stop - text));
        char *value = equals ? equals + 1 : stop;
        if (stop > text) {
            struct form_pair *p = &f->pairs[f->n++];
            p->name =
                (struct span){text, form_unescape(text, (size_t)((equals ? equals : stop) - text), true)};
            p->value = (struct span){value, form_unescape(value, (size_t)(stop - value), true)};
            value[p->value.len] = 0;
        }
        text = stop + 1;
    }
}

enum err form_parse(struct span text, struct form *out)
{
    struct form f = {0};
    size_t most = count_pairs(text);
    if (most > FORM_PAIRS_MAX)
        return ERR_TOO_LARGE;
    if (most) {
        f.pairs = mem_alloc(most * sizeof *f.pairs);
        f.text = mem_alloc(text.len + 1);
        if (!f.pairs || !f.text) {
            form_fini(&f);
            return ERR_NO_MEMORY;
        }
        memcpy(f.text, text.p, text.len);
        f.text[text.len] = 0;
        f.text_bytes = text.len;
        split(f.text, text.len, &f);
    }
    enum err e = ERR_OK;
    for (size_t i = 0; i < f.n && !e; i++) {
        struct form_pair *p = &f.pairs[i];
        if (memchr(p->name.p, 0, p->name.len) || memchr(p->value.p, 0, p->value.len))
            e = ERR_INVALID;
        else if (!form_is_utf8(p->name) || !form_is_utf8(p->value))
            e = ERR_MALFORMED;
    }
    if (e)
        form_fini(&f);
    else
        *out = f;
    return e;
}

void form_fini(struct form *f)
{
    mem_wipe(f->text, f->text_bytes);
    mem_free(f->pairs);
    mem_free(f->text);
    *f = (struct form){0};
}

struct span form_get(const struct form *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (span_is(f->pairs[i].name, name))
            return f->pairs[i].value;
    return (struct span){0};
}
