#include <stdio.h>
#include <string.h>

#include "auth/token.h"
#include "cli/cli.h"
#include "core/conf.h"

int cli_check_config(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--example") == 0) {
        conf_print_example(stdout);
        return 0;
    }
    struct conf conf;
    if (conf_load(&conf, stderr))
        return 1;
    const char *fault = *conf.secret_key ? token_secret_fault(span_of(conf.secret_key)) : NULL;
    if (fault)
        (void)fprintf(stderr, "SECRET_KEY: %s; make one with: openssl rand -hex 32\n", fault);
    else
        (void)printf("configuration is good\n");
    conf_fini(&conf);
    return fault ? 1 : 0;
}

void cli_print_configuration(FILE *out)
{
    conf_print_help(out);
}
