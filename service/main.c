/* visionconnect: argv to subcommand, nothing else. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *text;
};

static const struct command commands[] = {
    {"serve", cli_serve, "run the service (the default)"},
    {"check-config", cli_check_config, "say what is wrong with the configuration, exit 1 if anything is"},
    {"migrate", cli_migrate, "move everything from the embedded database to MongoDB (--help)"},
    {"healthcheck", cli_healthcheck, "exit 0 when the service on this machine answers"},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int usage(FILE *out, int status)
{
    (void)fprintf(out, "usage: visionconnect [command]\n\ncommands:\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)fprintf(out, "  %-16s %s\n", commands[i].name, commands[i].text);
    (void)fprintf(out,
                  "\nconfiguration, by environment or .env (NAME_FILE=path reads a value from a file):\n");
    cli_print_configuration(out);
    return status;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "serve";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
        return usage(stdout, 0);
    if (strcmp(name, "--version") == 0) {
        (void)printf("visionconnect %s\n", VC_VERSION);
        return 0;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    (void)fprintf(stderr, "visionconnect: no such command: %s\n\n", name);
    return usage(stderr, 2);
}
