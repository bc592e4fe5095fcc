#include "support/check.h"

#include "accounts/session.h"

static const struct id owner = {"0123456789abcdef01234567"};

static struct token_keys *keys;

static int make_keys(void **state)
{
    (void)state;
    return token_keys_create(&keys, SPAN_LIT("a secret of this test, 32 bytes or more")) != ERR_OK;
}

static int free_keys(void **state)
{
    (void)state;
    token_keys_free(keys);
    return 0;
}

static struct session_start start(void)
{
    return (struct session_start){.keys = keys,
                                  .user_id = owner,
                                  .now_ms = 1700000000123,
                                  .ttl_s = 3600,
                                  .user_agent = "curl/8",
                                  .address = "192.0.2.7",
                                  .with_cookie = true};
}

static void test_begin(void **state)
{
    struct session_start s = start();
    struct session record, second;
    struct session_secrets secrets;
    struct id named;
    struct secret_hash hash;
    session_begin(&s, &record, &secrets);
    assert_true(id_eq(&record.user_id, &owner));
    assert_int_equal(record.created_ms, s.now_ms);
    assert_int_equal(record.last_used_ms, s.now_ms);
    assert_int_equal(record.expires_ms, s.now_ms + 3600000);
    assert_string_equal(record.user_agent, "curl/8");
    assert_string_equal(record.address, "192.0.2.7");
    assert_true(secret_session_parse(span_of(secrets.refresh), &named, &hash));
    assert_true(id_eq(&named, &record.id));
    assert_true(secret_hash_eq(&hash, &record.refresh));
    assert_true(secret_session_parse(span_of(secrets.cookie), &named, &hash));
    assert_true(id_eq(&named, &record.id));
    assert_true(secret_hash_eq(&hash, &record.cookie));
    assert_true(secret_hash_is_none(&record.spent));
    session_begin(&s, &second, &secrets);
    assert_false(id_eq(&second.id, &record.id));
}

static void test_begin_without(void **state)
{
    char agent[300];
    struct session_start s = start();
    struct session record;
    struct session_secrets secrets;
    memset(agent, 'x', sizeof agent);
    agent[299] = 0;
    s.with_cookie = false;
    s.user_agent = agent;
    s.address = NULL;
    session_begin(&s, &record, &secrets);
    assert_true(secret_hash_is_none(&record.cookie));
    assert_string_equal(secrets.cookie, "");
    assert_int_equal(strlen(record.user_agent), MODEL_AGENT_MAX);
    assert_string_equal(record.address, "");
}

static void test_next_refresh(void **state)
{
    char text[SECRET_SESSION_TEXT];
    struct secret_hash hash, parsed;
    struct id named;
    session_next_refresh(keys, &owner, text, &hash);
    struct secret_hash again;
    assert_true(session_refresh_is_ours(keys, span_of(text), &named, &again));
    assert_true(id_eq(&named, &owner) && secret_hash_eq(&again, &hash));
    text[strlen(text) - 20] ^= 1; /* nobody but us can make one for a session they know */
    assert_false(session_refresh_is_ours(keys, span_of(text), &named, &again));
    text[strlen(text) - 20] ^= 1;
    assert_true(secret_session_parse(span_of(text), &named, &parsed));
    assert_true(id_eq(&named, &owner));
    assert_true(secret_hash_eq(&hash, &parsed));
}

static void test_claims(void **state)
{
    const struct user u = {.id = owner, .email = "a@b.c"};
    const struct id session = {"fedcba987654321001234567"};
    struct token_claims c = session_claims(&u, &session, 5000, 60);
    assert_true(id_eq(&c.user_id, &owner));
    assert_true(id_eq(&c.session_id, &session));
    assert_string_equal(c.email, "a@b.c");
    assert_int_equal(c.issued_ms, 5000);
    assert_int_equal(c.expires_ms, 65000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begin),
        cmocka_unit_test(test_begin_without),
        cmocka_unit_test(test_next_refresh),
        cmocka_unit_test(test_claims),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
