#include "accounts/account.h"

enum { EMAIL_MIN = 3, USERNAME_MIN = 3 };

static bool is_blank_or_control(char c)
{
    return (unsigned char)c <= ' ' || c == 127;
}

static struct span trimmed(struct span s)
{
    while (s.len && is_blank_or_control(s.p[0]))
        s = (struct span){s.p + 1, s.len - 1};
    while (s.len && is_blank_or_control(s.p[s.len - 1]))
        s.len--;
    return s;
}

static bool is_email(struct span s)
{
    const char *at = s.len ? memchr(s.p, '@', s.len) : NULL;
    if (s.len < EMAIL_MIN || !at || at == s.p || at == s.p + s.len - 1)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (is_blank_or_control(s.p[i]) || (s.p[i] == '@' && s.p + i != at))
            return false;
    return true;
}

enum err account_email(struct span text, char out[MODEL_EMAIL_MAX + 1])
{
    return is_email(trimmed(text)) ? account_name(text, out) : ERR_INVALID;
}

enum err account_username(struct span text, char out[MODEL_USERNAME_MAX + 1])
{
    if (text.len < USERNAME_MIN)
        return ERR_INVALID;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
            return ERR_INVALID;
    }
    return span_copy(text, out, MODEL_USERNAME_MAX + 1) ? ERR_OK : ERR_INVALID;
}

enum err account_name(struct span text, char out[MODEL_EMAIL_MAX + 1])
{
    struct span s = trimmed(text);
    if (!s.len || !span_copy(s, out, MODEL_EMAIL_MAX + 1))
        return ERR_INVALID;
    for (char *c = out; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return ERR_OK;
}

bool account_password_fits(struct span password, int64_t min_bytes)
{
    return (int64_t)password.len >= min_bytes && password.len <= ACCOUNT_PASSWORD_MAX &&
           !(password.len && memchr(password.p, 0, password.len));
}
