#include "core/conf.h"

#include <string.h>

#include "core/conf_check.h"
#include "core/conf_source.h"
#include "core/conf_table.h"
#include "core/conf_value.h"
#include "core/mem.h"

static bool load_one(struct conf *c, const struct conf_knob *k, FILE *faults)
{
    const char *value = NULL, *fault = "its _FILE cannot be read";
    char *owned = NULL, why[CONF_WHY_BYTES];
    if (conf_source_find(k, &value, &owned)) {
        bool given = value && (*value || k->kind != CONF_INT);
        fault = conf_value_set(c, k, given ? value : k->standard, why);
    }
    if (fault)
        (void)fprintf(faults, "%s: %s\n", k->name, fault);
    if (owned)
        mem_wipe(owned, strlen(owned));
    mem_free(owned);
    return !fault;
}

enum err conf_load(struct conf *out, FILE *faults)
{
    struct conf c = {0};
    bool good = true;
    conf_source_dotenv(".env");
    for (size_t i = 0; i < conf_table_count; i++)
        good = load_one(&c, &conf_table[i], faults) && good;
    good = conf_check(&c, faults) && good;
    if (!good) {
        conf_fini(&c);
        return ERR_INVALID;
    }
    *out = c;
    return ERR_OK;
}

void conf_fini(struct conf *c)
{
    for (size_t i = 0; i < conf_table_count; i++)
        conf_value_clear(c, &conf_table[i]);
}

void conf_print_help(FILE *out)
{
    for (size_t i = 0; i < conf_table_count; i++)
        (void)fprintf(out, "  %-16s %s%s%s%s\n", conf_table[i].name, conf_table[i].text,
                      *conf_table[i].standard ? " (" : "", conf_table[i].standard,
                      *conf_table[i].standard ? ")" : "");
}

void conf_print_example(FILE *out)
{
    for (size_t i = 0; i < conf_table_count; i++)
        (void)fprintf(out, "# %s\n#%s=%s\n\n", conf_table[i].text, conf_table[i].name,
                      conf_table[i].standard);
}
