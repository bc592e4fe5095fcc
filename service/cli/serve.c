#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "cli/cli.h"
#include "core/log.h"

enum { DRAIN_MS = 8000 };

static enum log_level level_of(const char *word)
{
    if (strcmp(word, "debug") == 0)
        return LOG_DEBUG;
    if (strcmp(word, "warn") == 0)
        return LOG_WARN;
    return strcmp(word, "error") == 0 ? LOG_ERROR : LOG_INFO;
}

static enum err open_log(const struct conf *c)
{
    enum log_format format = strcmp(c->log_format, "json") == 0 ? LOG_JSON : LOG_TEXT;
    return log_open(level_of(c->log_level), format, *c->log_file ? c->log_file : NULL);
}

int cli_serve(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct conf conf;
    if (conf_load(&conf, stderr))
        return 1;
    if (open_log(&conf)) {
        (void)fprintf(stderr, "LOG_FILE: cannot be opened\n");
        conf_fini(&conf);
        return 1;
    }
    /* Blocked before any thread is made, so that all inherit it and only sigwait below sees them. */
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
    (void)signal(SIGPIPE, SIG_IGN);

    struct app *app;
    enum err e = app_start(&app, &conf);
    if (!e) {
        int sig;
        const char *host = *conf.host ? conf.host : "0.0.0.0";
        bool v6 = strchr(host, ':');
        (void)printf("listening on http://%s%s%s:%d\n", v6 ? "[" : "", host, v6 ? "]" : "", app_port(app));
        (void)fflush(stdout);
        (void)sigwait(&ends, &sig);
        log_event(LOG_INFO, "app.stopping", "signal=%d", sig);
        app_stop(app, DRAIN_MS);
        log_event(LOG_INFO, "app.stopped", "status=0");
    }
    log_close();
    conf_fini(&conf);
    return e ? 1 : 0;
}
