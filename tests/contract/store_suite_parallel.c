/* Many threads at one document: each does its own thing at the same moment, what came of it is judged
 * afterwards. */
#include <pthread.h>

#include "contract/store_suite_case.h"
#include "core/mem.h"

enum { CROWD = 64 };

struct member {
    struct store *s;
    unsigned n; /* 1..CROWD */
    enum err err;
    struct camera camera;
};

struct crowd {
    pthread_barrier_t start;
    void (*act)(struct member *m);
    struct member member[CROWD];
};

struct seat {
    struct crowd *crowd;
    struct member *member;
};

static void *run(void *arg)
{
    struct seat *seat = arg;
    pthread_barrier_wait(&seat->crowd->start);
    seat->crowd->act(seat->member);
    return NULL;
}

static void together(struct suite *t, struct crowd *crowd, void (*act)(struct member *m))
{
    pthread_t thread[CROWD];
    struct seat seat[CROWD];
    crowd->act = act;
    assert_int_equal(pthread_barrier_init(&crowd->start, NULL, CROWD), 0);
    for (unsigned i = 0; i < CROWD; i++) {
        crowd->member[i] = (struct member){.s = t->s, .n = i + 1};
        seat[i] = (struct seat){crowd, &crowd->member[i]};
        assert_int_equal(pthread_create(&thread[i], NULL, run, &seat[i]), 0);
    }
    for (unsigned i = 0; i < CROWD; i++)
        pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&crowd->start);
}

/* How many succeeded; all others must have failed with lost. */
static unsigned winners(const struct crowd *crowd, enum err lost)
{
    unsigned n = 0;
    for (unsigned i = 0; i < CROWD; i++) {
        if (crowd->member[i].err)
            ASSERT_ERR(lost, crowd->member[i].err);
        else
            n++;
    }
    return n;
}

static void register_one_email(struct member *m)
{
    struct user u = suite_user(m->n);
    memcpy(u.email, "one@example.org", sizeof "one@example.org");
    m->err = m->s->user_create(m->s, &u);
}

static void register_one_name(struct member *m)
{
    struct user u = suite_user(m->n);
    memcpy(u.username, "one", sizeof "one");
    m->err = m->s->user_create(m->s, &u);
}

static void test_one_registration_of_an_email(void **state)
{
    static struct crowd crowd;
    together(*state, &crowd, register_one_email);
    assert_int_equal(winners(&crowd, ERR_EMAIL_TAKEN), 1);
}

static void test_one_registration_of_a_name(void **state)
{
    static struct crowd crowd;
    together(*state, &crowd, register_one_name);
    assert_int_equal(winners(&crowd, ERR_USERNAME_TAKEN), 1);
}

static void set_password(struct member *m)
{
    struct id id = suite_id(1);
    char hash[] = "hash of ?";
    hash[8] = (char)('0' + m->n);
    m->err = m->s->user_set_password(m->s, &id, "first", hash);
}

static void test_one_change_of_a_password(void **state)
{
    static struct crowd crowd;
    struct suite *t = *state;
    suite_add_user(t->s, 1);
    together(t, &crowd, set_password);
    assert_int_equal(winners(&crowd, ERR_CONFLICT), 1);
}

static void activate_as_many(struct member *m)
{
    char uid[] = "uid ?";
    uid[4] = (char)('0' + m->n);
    m->err = suite_activate(m->s, m->n % 2 ? suite_token(1) : suite_claim(1), uid, m->n, 0, &m->camera);
}

static void test_one_uid_wins_a_token(void **state)
{
    static struct crowd crowd;
    struct suite *t = *state;
    suite_add_user(t->s, 1);
    suite_add_camera(t->s, 1, 1);
    together(t, &crowd, activate_as_many);
    assert_int_equal(winners(&crowd, ERR_TOKEN_USED), 1);
    for (unsigned i = 0; i < CROWD; i++)
        assert_int_equal(suite_key_good(t->s, suite_id(1001), i + 1), !crowd.member[i].err);
}

static void activate_as_one(struct member *m)
{
    m->err = suite_activate(m->s, suite_token(1), "uid", m->n, 0, &m->camera);
}

static unsigned good_keys(struct store *s, struct id device)
{
    unsigned n = 0;
    for (unsigned i = 1; i <= CROWD; i++)
        n += suite_key_good(s, device, i);
    return n;
}

static void test_one_key_is_left_of_repeats(void **state)
{
    static struct crowd crowd;
    struct suite *t = *state;
    suite_add_user(t->s, 1);
    suite_add_camera(t->s, 1, 1);
    together(t, &crowd, activate_as_one);
    assert_int_equal(winners(&crowd, ERR_OK), CROWD);
    assert_int_equal(good_keys(t->s, suite_id(1001)), 1);
}

static struct camera again(const struct member *m)
{
    struct camera c = suite_camera(m->n, 1);
    memcpy(c.idempotency_key, "again", sizeof "again");
    c.idempotency_body = suite_hash(7);
    return c;
}

static void onboard_again(struct member *m)
{
    struct camera c = again(m);
    m->err = m->s->camera_repeat(m->s, &c, &m->camera);
    if (m->err != ERR_NOT_FOUND)
        return;
    m->err = m->s->camera_create(m->s, &c);
    if (m->err == ERR_CONFLICT)
        m->err = m->s->camera_repeat(m->s, &c, &m->camera);
}

static void test_one_onboarding_of_a_repeated_call(void **state)
{
    static struct crowd crowd;
    struct suite *t = *state;
    struct id user = suite_add_user(t->s, 1);
    struct store_camera_filter f = {.now_ms = SUITE_T0, .limit = 200};
    struct camera_page page;
    struct camera c;
    together(t, &crowd, onboard_again);
    assert_int_equal(winners(&crowd, ERR_OK), CROWD);
    ASSERT_OK(t->s->camera_list(t->s, &user, &f, &page));
    assert_int_equal(page.count, 1);
    mem_free(page.data);
    unsigned good = 0;
    for (unsigned n = 1; n <= CROWD; n++) {
        struct secret_hash token = suite_token(n);
        good += !t->s->camera_by_token(t->s, &token, NULL, &c);
    }
    assert_int_equal(good, 1);
}

static void activate_own_token(struct member *m)
{
    m->err = suite_activate(m->s, suite_token(m->n), "uid", m->n, 0, &m->camera);
}

static void test_one_device_comes_of_many_tokens(void **state)
{
    static struct crowd crowd;
    struct suite *t = *state;
    suite_add_user(t->s, 1);
    for (unsigned n = 1; n <= CROWD; n++)
        suite_add_camera(t->s, n, 1);
    together(t, &crowd, activate_own_token);
    assert_int_equal(winners(&crowd, ERR_OK), CROWD);
    struct id device = crowd.member[0].camera.id;
    for (unsigned i = 0; i < CROWD; i++)
        assert_string_equal(crowd.member[i].camera.id.s, device.s);
    /* the key of the first, who made the device, and of the last, who found it */
    assert_int_equal(good_keys(t->s, device), 2);
}

static void rotate(struct member *m)
{
    struct id id = suite_id(51);
    struct secret_hash presented = suite_hash(1000), next = suite_hash(m->n);
    m->err = m->s->session_rotate(m->s, &id, &presented, &next, SUITE_T0, 30000, SUITE_T0 + SUITE_TTL_MS);
}

static void test_a_token_is_spent_twice_at_most(void **state)
{
    static struct crowd crowd;
    struct suite *t = *state;
    struct session n = {.id = suite_id(51),
                        .user_id = suite_add_user(t->s, 1),
                        .refresh = suite_hash(1000),
                        .expires_ms = SUITE_T0 + SUITE_TTL_MS};
    ASSERT_OK(t->s->session_create(t->s, &n));
    together(t, &crowd, rotate);
    assert_int_equal(winners(&crowd, ERR_UNAUTHENTICATED), 2);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->session_get(t->s, &n.id, SUITE_T0, &n));
}

static void read_and_write(struct member *m)
{
    struct id user = suite_id(1);
    struct store_camera_filter f = {.now_ms = SUITE_T0, .limit = 200};
    struct camera c = suite_camera(m->n, 1);
    m->err = m->s->camera_create(m->s, &c);
    for (int i = 0; i < 10 && !m->err; i++) {
        struct camera_page page;
        m->err = m->s->camera_list(m->s, &user, &f, &page);
        if (m->err)
            return;
        mem_free(page.data);
        m->err = m->s->camera_get(m->s, &user, &c.id, SUITE_T0, &m->camera);
    }
}

static void test_readers_and_writers_together(void **state)
{
    static struct crowd crowd;
    struct suite *t = *state;
    suite_add_user(t->s, 1);
    together(t, &crowd, read_and_write);
    assert_int_equal(winners(&crowd, ERR_OK), CROWD);
}

int suite_parallel(void)
{
    const struct CMUnitTest parallel[] = {
        SUITE_CASE(test_one_registration_of_an_email),      SUITE_CASE(test_one_registration_of_a_name),
        SUITE_CASE(test_one_change_of_a_password),          SUITE_CASE(test_one_uid_wins_a_token),
        SUITE_CASE(test_one_key_is_left_of_repeats),        SUITE_CASE(test_one_device_comes_of_many_tokens),
        SUITE_CASE(test_one_onboarding_of_a_repeated_call), SUITE_CASE(test_a_token_is_spent_twice_at_most),
        SUITE_CASE(test_readers_and_writers_together),
    };
    return cmocka_run_group_tests(parallel, NULL, NULL);
}
