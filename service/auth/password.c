#include "auth/password.h"

#include <argon2.h>
#include <stdio.h>

#include "auth/legacy_password.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/rand.h"

/* OWASP's and RFC 9106's floor for a machine that also has other work. */
enum { MEMORY_KIB = 19 * 1024, PASSES = 2, LANES = 1, SALT_BYTES = 16, HASH_BYTES = 32 };

enum err password_hash(struct span password, char out[MODEL_PASSWORD_HASH_MAX + 1])
{
    unsigned char salt[SALT_BYTES];
    char encoded[MODEL_PASSWORD_HASH_MAX + 1];
    rand_bytes(salt, sizeof salt);
    int e = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.p, password.len, salt, sizeof salt,
                                  HASH_BYTES, encoded, sizeof encoded);
    if (e != ARGON2_OK)
        return e == ARGON2_MEMORY_ALLOCATION_ERROR ? ERR_NO_MEMORY : ERR_INTERNAL;
    memcpy(out, encoded, sizeof encoded);
    return ERR_OK;
}

/* As much work as a check, for nothing. */
static void waste(struct span password)
{
    static const unsigned char salt[SALT_BYTES] = {0};
    unsigned char hash[HASH_BYTES];
    (void)argon2id_hash_raw(PASSES, MEMORY_KIB, LANES, password.p, password.len, salt, sizeof salt, hash,
                            sizeof hash);
    mem_wipe(hash, sizeof hash);
}

static bool is_weak(const char *encoded)
{
    unsigned version, memory_kib, passes, lanes;
    int n = sscanf(encoded, "$argon2id$v=%u$m=%u,t=%u,p=%u$", &version, &memory_kib, &passes, &lanes);
    return n != 4 || version < ARGON2_VERSION_13 || memory_kib < MEMORY_KIB || passes < PASSES;
}

bool password_check(struct span password, const char *encoded, bool *weak)
{
    if (!encoded || !*encoded) {
        waste(password);
        return false;
    }
    if (legacy_password_is(encoded)) {
        bool good = legacy_password_check(password, encoded);
        if (good && weak)
            *weak = true;
        return good;
    }
    int e = argon2id_verify(encoded, password.p, password.len);
    if (e != ARGON2_OK && e != ARGON2_VERIFY_MISMATCH)
        log_event(LOG_ERROR, "auth.password_unchecked", "reason=\"%s\"", argon2_error_message(e));
    if (e == ARGON2_OK && weak)
        *weak = is_weak(encoded);
    return e == ARGON2_OK;
}
