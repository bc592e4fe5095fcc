#include "auth/legacy_password.h"

#include <crypt.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>

#include "core/mem.h"

enum {
    PASSWORD_MAX = 128,
    HASH_MAX = 64,
    PBKDF2_BYTES = 32,
    SCRYPT_BYTES = 64,
    MOST_ITERATIONS = 10000000,
    MOST_SCRYPT_N = 1 << 20,
    MOST_SCRYPT_R = 32,
    MOST_SCRYPT_P = 16,
    SCRYPT_MEMORY = 256 * 1024 * 1024,
};

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool is_bcrypt(const char *encoded)
{
    return begins(encoded, "$2a$") || begins(encoded, "$2b$") || begins(encoded, "$2y$");
}

bool legacy_password_is(const char *encoded)
{
    return is_bcrypt(encoded) || begins(encoded, "pbkdf2:sha256") || begins(encoded, "scrypt");
}

/* ---- Werkzeug: method$salt$hex, the salt's characters used as bytes ---- */

struct werkzeug {
    struct span method, salt;
    unsigned char hash[HASH_MAX];
    size_t len;
};

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_hex(const char *hex, struct werkzeug *w)
{
    size_t digits = strlen(hex);
    if (digits == 0 || digits % 2 || digits / 2 > HASH_MAX)
        return false;
    w->len = digits / 2;
    for (size_t i = 0; i < w->len; i++) {
        int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        w->hash[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static bool parse(const char *encoded, struct werkzeug *w)
{
    const char *salt = strchr(encoded, '$');
    const char *hash = salt ? strchr(salt + 1, '$') : NULL;
    if (!hash)
        return false;
    w->method = (struct span){encoded, (size_t)(salt - encoded)};
    w->salt = (struct span){salt + 1, (size_t)(hash - salt - 1)};
    return w->salt.len && parse_hex(hash + 1, w);
}

static bool same(const struct werkzeug *w, unsigned char *made, size_t len)
{
    bool good = w->len == len && mem_equal_secret(w->hash, made, len);
    mem_wipe(made, len);
    return good;
}

static bool check_pbkdf2(struct span password, const struct werkzeug *w, int iterations)
{
    unsigned char made[PBKDF2_BYTES];
    return iterations > 0 && iterations <= MOST_ITERATIONS &&
           PKCS5_PBKDF2_HMAC(password.p, (int)password.len, (const unsigned char *)w->salt.p,
                             (int)w->salt.len, iterations, EVP_sha256(), sizeof made, made) == 1 &&
           same(w, made, sizeof made);
}

static bool check_scrypt(struct span password, const struct werkzeug *w, unsigned n, unsigned r, unsigned p)
{
    unsigned char made[SCRYPT_BYTES];
    return n <= MOST_SCRYPT_N && r <= MOST_SCRYPT_R && p <= MOST_SCRYPT_P &&
           EVP_PBE_scrypt(password.p, password.len, (const unsigned char *)w->salt.p, w->salt.len, n, r, p,
                          SCRYPT_MEMORY, made, sizeof made) == 1 &&
           same(w, made, sizeof made);
}

static bool check_werkzeug(struct span password, const char *encoded)
{
    struct werkzeug w;
    int iterations;
    unsigned n, r, p;
    if (!parse(encoded, &w))
        return false;
    if (sscanf(encoded, "pbkdf2:sha256:%d$", &iterations) == 1)
        return check_pbkdf2(password, &w, iterations);
    if (sscanf(encoded, "scrypt:%u:%u:%u$", &n, &r, &p) == 3)
        return check_scrypt(password, &w, n, r, p);
    /* Without numbers: the library's defaults, of the years that wrote such hashes. */
    if (span_is(w.method, "scrypt"))
        return check_scrypt(password, &w, 32768, 8, 1);
    return span_is(w.method, "pbkdf2:sha256") &&
           (check_pbkdf2(password, &w, 600000) || check_pbkdf2(password, &w, 260000));
}

/* ---- bcrypt: 72 bytes of the password count ---- */

static bool check_bcrypt(struct span password, const char *encoded)
{
    char text[PASSWORD_MAX + 1];
    if (!span_copy(password, text, sizeof text))
        return false;
    struct crypt_data *data = mem_zalloc(sizeof *data);
    const char *made = data ? crypt_r(text, encoded, data) : NULL;
    size_t len = strlen(encoded);
    bool good = made && strlen(made) == len && mem_equal_secret(made, encoded, len);
    if (data)
        mem_wipe(data, sizeof *data);
    mem_free(data);
    mem_wipe(text, sizeof text);
    return good;
}

bool legacy_password_check(struct span password, const char *encoded)
{
    return is_bcrypt(encoded) ? check_bcrypt(password, encoded) : check_werkzeug(password, encoded);
}
