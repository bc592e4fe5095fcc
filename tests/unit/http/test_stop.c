/* The end of the server while connections arrive: each is answered, each place comes back, nothing leaks. */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rig.h"
#include "support/descriptors.h"

enum { ROUNDS = 20, ARRIVALS = 64 };

static const struct http_route no_routes[] = {{0}};

/* As from the door: a place, and the descriptor, with a request. Returns the client's end. */
static int arrive(struct rig *r)
{
    static const char head[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(write(pair[1], head, sizeof head - 1), sizeof head - 1);
    struct http_arrival a = {.fd = pair[0],
                             .address = (const struct sockaddr *)&address,
                             .address_len = sizeof address,
                             .head_bytes = sizeof head - 1};
    struct limits_place *place;
    assert_int_equal(limits_enter(r->limits, a.address, &place), ERR_OK);
    a.place = place;
    http_server_adopt(r->server, &a);
    return pair[1];
}

static void stop_while_connections_arrive(bool hastily)
{
    for (int i = 0; i < ROUNDS; i++) {
        struct rig r;
        int clients[ARRIVALS];
        char status[13] = "";
        rig_init(&r);
        rig_start(&r, no_routes, NULL);
        for (int n = 0; n < ARRIVALS; n++)
            clients[n] = arrive(&r);
        if (hastily)
            http_server_stop(r.server, 0);
        rig_stop(&r); /* counts the places */
        for (int n = 0; n < ARRIVALS; n++) {
            bool told = read(clients[n], status, sizeof status - 1) > 0;
            assert_true(hastily || (told && (strcmp(status, "HTTP/1.1 404") == 0 ||
                                             strcmp(status, "HTTP/1.1 503") == 0)));
            close(clients[n]);
        }
    }
}

static void test_answers_each(void **state)
{
    stop_while_connections_arrive(false);
}

/* libmicrohttpd closes those that still wait without a word about them, and without its lock: what its flag
 * orders, ThreadSanitizer cannot see. */
static void test_in_haste(void **state)
{
#ifdef __SANITIZE_THREAD__
    skip();
#endif
    stop_while_connections_arrive(true);
}

int main(void)
{
    descriptors_remember();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_each),
        cmocka_unit_test(test_in_haste),
        cmocka_unit_test(descriptors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
