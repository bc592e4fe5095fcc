/* What an MJPEG stream does with time, room, memory and the end of a right: real sockets, a clock moved by
 * hand. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "relay/stream.h"
#include "rules.h"
#include "support/check.h"

enum { STREAMS = 2, LARGE = 60000 };

/* ---- sockets whose readiness the test tells ---- */

struct ready {
    void (*fn)(void *arg, int what);
    void *arg;
    int wanted;
};

static struct reader {
    struct ready ready;
    bool ended; /* by the stream */
    int fd;     /* the client's end */
    size_t parts, bytes;
    char last[256]; /* the beginning of what was read last */
} readers[STREAMS];

static enum err fake_begin(struct ready **out, void *loop, int fd, void (*fn)(void *arg, int what), void *arg)
{
    for (int i = 0; i < STREAMS; i++)
        if (!readers[i].ready.fn) {
            readers[i].ready = (struct ready){fn, arg, READY_READ};
            *out = &readers[i].ready;
            return ERR_OK;
        }
    return ERR_NO_MEMORY;
}

static void fake_want(struct ready *r, int what)
{
    r->wanted = what;
}

static void fake_end(struct ready *r)
{
    for (int i = 0; i < STREAMS; i++)
        readers[i].ended |= r == &readers[i].ready;
}

static const struct ready_ops fake_ready = {.begin = fake_begin, .want = fake_want, .end = fake_end};

static int setup(void **state)
{
    memset(readers, 0, sizeof readers);
    for (int i = 0; i < STREAMS; i++)
        readers[i].fd = -1;
    (void)rules_setup(state);
    hub.ready = &fake_ready;
    return 0;
}

static int teardown(void **state)
{
    mem_fail_after(-1, 0);
    stream_end_all(&hub);
    for (int i = 0; i < STREAMS; i++)
        if (readers[i].fd >= 0)
            close(readers[i].fd);
    assert_int_equal(hub.stats.streams, 0);
    return rules_teardown(state);
}

static struct reader *open_reader(int i, struct relay_grant grant, double fps)
{
    int pair[2], least = 1; /* the kernel makes it the least it can */
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &least, sizeof least), 0);
    readers[i].fd = pair[0];
    hub.sockets++;
    const struct relay_stream s = {.fd = pair[1],
                                   .head = SPAN_LIT("HEAD\r\n\r\n"),
                                   .address = "192.0.2.1",
                                   .grant = grant,
                                   .device = the_device,
                                   .fps = fps};
    stream_begin(&hub, &s);
    return &readers[i];
}

static struct reader *open_stream(int i, double fps)
{
    return open_reader(i, (struct relay_grant){.role = RELAY_USER, .user_id = the_user}, fps);
}

static size_t occurrences(const char *data, size_t len, const char *what)
{
    size_t n = 0;
    const char *at = data;
    while ((at = memmem(at, len - (size_t)(at - data), what, strlen(what)))) {
        at++;
        n++;
    }
    return n;
}

/* Reads what is there. False: the stream has ended and nothing is left. */
static bool take(struct reader *r)
{
    static char data[256 * 1024];
    size_t len = 0;
    ssize_t n;
    while ((n = recv(r->fd, data + len, sizeof data - len, MSG_DONTWAIT)) > 0)
        len += (size_t)n;
    assert_true(n == 0 || errno == EAGAIN || errno == ECONNRESET);
    r->bytes += len;
    r->parts += occurrences(data, len, "Content-Type: image/jpeg\r\n");
    (void)snprintf(r->last, sizeof r->last, "%.*s", (int)len, data);
    return n < 0 && errno == EAGAIN;
}

/* Room again for what waits, and read until there is nothing. */
static bool take_all(struct reader *r)
{
    size_t before;
    bool open;
    do {
        before = r->bytes;
        open = take(r);
        assert_true(r->bytes < (size_t)100 * LARGE); /* nothing is sent twice */
        if (!r->ended && (r->ready.wanted & READY_WRITE))
            r->ready.fn(r->ready.arg, READY_WRITE);
    } while (r->bytes != before);
    /* room there is for ever: who still asked for it would be told for ever */
    assert_true(r->ended || r->ready.wanted == READY_READ);
    return open;
}

/* Time passes while the camera gives signs of life. */
static void pass_with(struct wire *camera, int ms)
{
    for (; ms > 0; ms -= 1000) {
        pass(ms < 1000 ? ms : 1000);
        conn_heard(camera->conn);
    }
}

static void lose(struct wire *camera)
{
    conn_free(camera->conn);
    *camera = (struct wire){0};
}

/* ---- the parts ---- */

static void test_the_answer_comes_with_the_first_frame(void **state)
{
    struct wire *camera = open_camera(0);
    struct reader *r = open_stream(0, 0);
    assert_int_equal(told.viewers, 1);
    assert_true(take(r));
    assert_int_equal(r->bytes, 0);
    picture(camera);
    assert_true(take(r));
    const char *begins = "HEAD\r\n\r\n--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 64\r\n"
                         "X-Timestamp: 1700000000.000000\r\n\r\n\xff\xd8";
    assert_memory_equal(r->last, begins, strlen(begins));
    pass(1500);
    picture(camera);
    assert_true(take(r)); /* the boundary went with the frame before */
    begins =
        "Content-Type: image/jpeg\r\nContent-Length: 64\r\nX-Timestamp: 1700000001.500000\r\n\r\n\xff\xd8";
    assert_memory_equal(r->last, begins, strlen(begins));
    struct reader *late = open_stream(1, 0); /* gets the kept one */
    assert_true(take(late));
    assert_int_equal(late->parts, 1);
}

static void test_the_newest_wins(void **state)
{
    struct wire *camera = open_camera(0);
    struct reader *r = open_stream(0, 0);
    for (int i = 0; i < 10; i++)
        picture_of(camera, LARGE);
    assert_true(take_all(r));
    assert_int_equal(r->parts, 2); /* the one that was under way, and the last */
    struct relay_stats s;
    figures_read(&hub.stats, &s);
    assert_int_equal(s.frames_out, 2);
    assert_int_equal(s.dropped_newer, 8);
}

static void test_pacing(void **state)
{
    struct wire *camera = open_camera(0);
    struct reader *slow = open_stream(0, 2.5), *all = open_stream(1, 0);
    for (int i = 0; i < 200; i++) { /* 20 a second for 10 s */
        picture(camera);
        assert_true(take(slow) && take(all));
        pass(50);
    }
    assert_int_equal(all->parts, 200);
    assert_in_range(slow->parts, 25, 26);
    pass(1000); /* the last of a burst comes when its time has */
    size_t before = slow->parts;
    picture(camera);
    picture(camera);
    assert_true(take(slow));
    assert_int_equal(slow->parts, before + 1);
    pass(401);
    assert_true(take(slow));
    assert_int_equal(slow->parts, before + 2);
}

/* ---- the end ---- */

static void test_it_ends_a_minute_after_the_camera(void **state)
{
    struct wire *camera = open_camera(0);
    struct reader *r = open_stream(0, 0);
    picture(camera);
    lose(camera);
    pass(60000);
    assert_true(take(r));
    pass(5000); /* a moment for the camera to start again */
    assert_false(take(r));
    assert_true(r->ended);
    assert_int_equal(told.viewers, 0);
    assert_int_equal(hub.channels.count, 0);
}

static void test_it_goes_on_with_a_camera_that_returns(void **state)
{
    struct wire *camera = open_camera(0);
    struct reader *r = open_stream(0, 0);
    picture(camera);
    for (int i = 1; i < 4; i++) { /* each loss has its own minute */
        lose(camera);
        pass(59999);
        camera = open_camera(i % 2);
        assert_non_null(strstr(camera->text, "\"start\"")); /* it is wanted at once */
        picture(camera);
        assert_true(take(r));
        assert_int_equal(r->parts, i + 1);
        pass_with(camera, 20000);
    }
    assert_true(take(r));
    pass_with(camera, 120000); /* there, but with nothing to say */
    assert_true(take(r));
    assert_int_equal(told.viewers, 1);
}

static void test_who_takes_nothing_for_half_a_minute_is_ended(void **state)
{
    struct wire *camera = open_camera(0);
    struct reader *r = open_stream(0, 0), *idle = open_stream(1, 0);
    picture_of(camera, LARGE);
    assert_true(take_all(idle)); /* has all there was: it may wait for ever */
    pass_with(camera, 29000);
    assert_true(take(r)); /* a slow one that takes something has half a minute more */
    assert_true(r->ready.wanted & READY_WRITE);
    r->ready.fn(r->ready.arg, READY_WRITE);
    pass_with(camera, 29999);
    assert_false(r->ended);
    pass_with(camera, 1);
    assert_true(r->ended);
    assert_false(idle->ended);
    struct relay_stats s;
    figures_read(&hub.stats, &s);
    assert_int_equal(s.closed_silent, 1);
    assert_int_equal(told.viewers, 1);
}

static void test_it_ends_with_its_token(void **state)
{
    struct wire *camera = open_camera(0);
    struct relay_grant grant = {
        .role = RELAY_USER, .user_id = the_user, .expires_ms = hub_wall_us(&hub) / 1000 + 3000};
    struct reader *r = open_reader(0, grant, 0);
    picture(camera);
    pass(2999);
    assert_true(take(r));
    pass(1);
    assert_false(take(r));
}

static void test_what_ended_on_the_way_is_not_let_in(void **state)
{
    const struct ended_entry right = {
        .what = ENDED_RIGHT, .at_us = hub_now_us(&hub), .user = the_user, .other = the_device};
    struct relay_grant grant = {.role = RELAY_USER, .user_id = the_user, .judged_us = hub_now_us(&hub)};
    (void)open_camera(0);
    hub_ended(&hub, &right);
    struct reader *r = open_reader(0, grant, 0);
    assert_false(take(r));
    assert_int_equal(told.viewers, 0);
    grant.judged_us++;
    r = open_reader(1, grant, 0);
    assert_true(take(r));
    hub_ended(&hub, &right);
    assert_false(take(r));
}

static void test_a_client_that_leaves_or_talks(void **state)
{
    static char flood[65 * 1024];
    struct reader *r = open_stream(0, 0), *talker = open_stream(1, 0);
    close(r->fd);
    r->fd = -1;
    r->ready.fn(r->ready.arg, READY_READ);
    assert_true(r->ended);
    assert_int_equal(told.viewers, 1);
    for (size_t sent = 0; sent < sizeof flood && !talker->ended; sent += 4096) {
        ssize_t n = send(talker->fd, flood, 4096, MSG_DONTWAIT | MSG_NOSIGNAL);
        assert_int_equal(n, 4096);
        talker->ready.fn(talker->ready.arg, READY_READ);
        assert_int_equal(talker->ended, sent >= 64 * 1024);
    }
    assert_true(talker->ended);
}

/* Every allocation fails once: a stream may be refused for it, nothing may leak or crash. */
static void test_without_memory(void **state)
{
    bool failed = true;
    for (long n = 0; failed; n++) {
        assert_true(n < 20);
        mem_fail_after(n, 0);
        struct reader *r = open_stream(0, 0);
        failed = mem_failed();
        mem_fail_after(-1, 0);
        assert_true(failed || take(r));
        stream_end_all(&hub);
        assert_false(take(r));
        assert_int_equal(hub.channels.count, 0);
        assert_int_equal(hub.sockets, 0);
        close(r->fd);
        *r = (struct reader){.fd = -1};
    }
}

int main(void)
{
#define STREAM(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        STREAM(test_the_answer_comes_with_the_first_frame),
        STREAM(test_the_newest_wins),
        STREAM(test_pacing),
        STREAM(test_it_ends_a_minute_after_the_camera),
        STREAM(test_it_goes_on_with_a_camera_that_returns),
        STREAM(test_who_takes_nothing_for_half_a_minute_is_ended),
        STREAM(test_it_ends_with_its_token),
        STREAM(test_what_ended_on_the_way_is_not_let_in),
        STREAM(test_a_client_that_leaves_or_talks),
        STREAM(test_without_memory),
    };
#undef STREAM
    return cmocka_run_group_tests(tests, NULL, NULL);
}
