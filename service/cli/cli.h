/* The subcommands of visionconnect, one file each. They return the exit status. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

/* Runs until SIGTERM or SIGINT; 0 after an orderly end, 1 when it could not start. */
int cli_serve(int argc, char **argv);
/* Says what is wrong with the configuration; --example prints a file to start from (deploy/env.example). */
int cli_check_config(int argc, char **argv);
/* Asks GET /healthz on loopback at PORT. */
int cli_healthcheck(int argc, char **argv);

/* Moves everything from the embedded database to MongoDB; 1 when both are not the same afterwards, 2 on bad
 * usage. */
int cli_migrate(int argc, char **argv);

/* The knobs, for --help. */
void cli_print_configuration(FILE *out);

#endif
