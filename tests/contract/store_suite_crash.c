/* A process writes and tells each acknowledged step over a pipe until it is killed. Whoever opens the store
 * afterwards finds every step that was told, and the one that was under way wholly or not at all. */
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract/store_suite_case.h"
#include "core/rand.h"

enum { ROUNDS = 10, STORIES = 1000, MAX_STEPS = 80, DEADLINE_MS = 120000 };

/* The life of user n, device 1000 + n and its second onboarding. */
static unsigned second(unsigned n)
{
    return 500000 + n;
}

static unsigned first_key(unsigned n)
{
    return 0x30000000 + n;
}

static unsigned second_key(unsigned n)
{
    return 0x40000000 + n;
}

enum {
    DID_REGISTER = 1,
    DID_ONBOARD,
    DID_ACTIVATE,
    DID_CONNECT,
    DID_ONBOARD_AGAIN,
    DID_ACTIVATE_AGAIN,
    DID_CONNECT_AGAIN,
    DID_CHANGE_PASSWORD,
    ALL_STEPS = DID_CHANGE_PASSWORD
};

static enum err do_step(struct store *s, unsigned n, int step)
{
    struct user u = suite_user(n);
    struct camera a = suite_camera(n, n), b = suite_camera(second(n), n), out;
    switch (step) {
    case DID_REGISTER:
        return s->user_create(s, &u);
    case DID_ONBOARD:
        return s->camera_create(s, &a);
    case DID_ACTIVATE:
        return suite_activate(s, a.token, "uid", first_key(n), 0, &out);
    case DID_CONNECT:
        return suite_connect(s, a.id, first_key(n), 1, NULL);
    case DID_ONBOARD_AGAIN:
        return s->camera_create(s, &b);
    case DID_ACTIVATE_AGAIN:
        return suite_activate(s, b.token, "uid", second_key(n), 2, &out);
    case DID_CONNECT_AGAIN:
        return suite_connect(s, a.id, second_key(n), 3, NULL);
    default:
        return s->user_set_password(s, &u.id, "first", "second");
    }
}

/* How far the second onboarding of a connected device has come. */
static int observe_again(struct store *s, unsigned n, const struct camera *device)
{
    struct id owner = suite_id(n), pending_id = suite_id(1000 + second(n));
    struct secret_hash key = suite_hash(second_key(n));
    struct camera pending;
    bool old_good = suite_key_good(s, device->id, first_key(n));
    if (s->camera_get(s, &owner, &pending_id, SUITE_T0, &pending)) {
        if (memcmp(&device->key, &key, sizeof key) != 0)
            return DID_CONNECT;
        struct secret_hash token = suite_token(second(n));
        ASSERT_SAME(device->token, token);
        assert_true(!old_good && device->connected_ms == SUITE_T0 + 3);
        return DID_CONNECT_AGAIN;
    }
    assert_true(old_good);
    if (id_is_none(&pending.kept_id)) {
        assert_false(suite_key_good(s, device->id, second_key(n)));
        return DID_ONBOARD_AGAIN;
    }
    ASSERT_SAME(pending.kept_id, device->id);
    ASSERT_SAME(device->next_key, key);
    return DID_ACTIVATE_AGAIN;
}

/* How many steps of n the store holds. */
static int observe(struct store *s, unsigned n)
{
    struct id owner = suite_id(n), device_id = suite_id(1000 + n);
    static const struct secret_hash none;
    struct camera device;
    struct user u;
    if (s->user_get(s, &owner, &u))
        return 0;
    if (s->camera_get(s, &owner, &device_id, SUITE_T0, &device))
        return DID_REGISTER;
    if (device.state == CAMERA_PENDING)
        return DID_ONBOARD;
    if (!device.connected_ms && memcmp(&device.next_key, &none, sizeof none) == 0) {
        assert_true(suite_key_good(s, device_id, first_key(n)));
        return DID_ACTIVATE;
    }
    int step = observe_again(s, n, &device);
    bool changed = strcmp(u.password_hash, "second") == 0;
    assert_true(!changed || step == DID_CONNECT_AGAIN);
    return changed ? DID_CHANGE_PASSWORD : step;
}

static _Noreturn void write_until_killed(struct store_factory *f, unsigned first, int told)
{
    struct store *s;
    if (f->reopen(f, &s))
        _exit(1);
    for (unsigned n = first; n < first + STORIES; n++) {
        for (unsigned char step = 1; step <= ALL_STEPS; step++) {
            if (do_step(s, n, step) || write(told, &step, 1) != 1)
                _exit(2);
        }
    }
    _exit(3);
}

/* Reads up to n told steps; fewer when the writer has gone. */
static size_t hear(int told, size_t n)
{
    size_t heard = 0;
    while (heard < n) {
        struct pollfd p = {.fd = told, .events = POLLIN};
        assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
        unsigned char steps[ALL_STEPS];
        size_t want = n - heard < sizeof steps ? n - heard : sizeof steps;
        ssize_t got = read(told, steps, want);
        assert_true(got >= 0);
        if (got == 0)
            break;
        heard += (size_t)got;
    }
    return heard;
}

/* Returns how many steps were told before the writer died. */
static size_t kill_a_writer(struct suite *t, unsigned first)
{
    int told[2], status;
    assert_int_equal(pipe(told), 0);
    pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        close(told[0]);
        write_until_killed(t->factory, first, told[1]);
    }
    close(told[1]);
    size_t wanted = 1 + rand_u64() % MAX_STEPS, heard = hear(told[0], wanted);
    kill(writer, SIGKILL);
    heard += hear(told[0], SIZE_MAX);
    close(told[0]);
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_true(WIFSIGNALED(status));
    assert_true(heard >= wanted);
    return heard;
}

static void test_nothing_told_is_lost(void **state)
{
    struct suite *t = *state;
    t->s->close(t->s);
    for (unsigned round = 0; round < ROUNDS; round++) {
        t->s = NULL;
        unsigned first = 1 + round * STORIES;
        size_t told = kill_a_writer(t, first);
        assert_true(round % 2 ||
                    t->factory->is_whole(t->factory)); /* the other rounds recover by the store itself */
        ASSERT_OK(t->factory->reopen(t->factory, &t->s));
        unsigned n = first;
        for (; told >= ALL_STEPS; told -= ALL_STEPS, n++)
            assert_int_equal(observe(t->s, n), ALL_STEPS);
        int held = observe(t->s, n);
        assert_true(held == (int)told || held == (int)told + 1);
        assert_int_equal(observe(t->s, n + 1), 0);
        t->s->close(t->s);
        t->s = NULL;
        assert_true(t->factory->is_whole(t->factory));
    }
}

int suite_crash(void)
{
    const struct CMUnitTest crash[] = {SUITE_CASE(test_nothing_told_is_lost)};
    return cmocka_run_group_tests(crash, NULL, NULL);
}
