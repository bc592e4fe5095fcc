#include "store/mongo/mongo_adopt_doc.h"

#include <stdio.h>
#include <time.h>

/* ---- reading what may have any form ---- */

static bool find(const bson_t *doc, const char *field, bson_iter_t *out)
{
    return bson_iter_init_find(out, doc, field);
}

/* NULL: absent, or no text. */
static const char *text_of(const bson_t *doc, const char *field)
{
    bson_iter_t it;
    return find(doc, field, &it) && BSON_ITER_HOLDS_UTF8(&it) ? bson_iter_utf8(&it, NULL) : NULL;
}

static bool is_empty(const bson_t *doc, const char *field)
{
    bson_iter_t it;
    if (!find(doc, field, &it))
        return false;
    return BSON_ITER_HOLDS_NULL(&it) || (BSON_ITER_HOLDS_UTF8(&it) && !*bson_iter_utf8(&it, NULL));
}

static void drop(struct mongo_doc *change, const char *field)
{
    BSON_APPEND_INT32(&change->unset, field, 1);
}

static void drop_if_there(const bson_t *doc, struct mongo_doc *change, const char *field)
{
    bson_iter_t it;
    if (find(doc, field, &it))
        drop(change, field);
}

static void drop_if_empty(const bson_t *doc, struct mongo_doc *change, const char *field)
{
    if (is_empty(doc, field))
        drop(change, field);
}

/* ---- times ---- */

/* "Z" or "+01:30" after the seconds, in ms; 0 without. */
static int64_t zone_ms(const char *text)
{
    int hours, minutes;
    char sign;
    if (sscanf(text, "%c%2d:%2d", &sign, &hours, &minutes) != 3 || (sign != '+' && sign != '-'))
        return 0;
    int64_t ms = (hours * 60 + minutes) * 60000LL;
    return sign == '+' ? ms : -ms;
}

int64_t mongo_adopt_doc_time(const char *text)
{
    struct tm t = {.tm_isdst = 0};
    int used = 0, digits = 0;
    int64_t ms = 0;
    if (sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour,
               &t.tm_min, &t.tm_sec, &used) != 6 ||
        !used)
        return -1;
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    text += used;
    if (*text == '.') {
        for (text++; *text >= '0' && *text <= '9'; text++, digits++)
            ms = digits < 3 ? ms * 10 + (*text - '0') : ms;
        for (; digits < 3; digits++)
            ms *= 10;
    }
    time_t seconds = timegm(&t);
    return seconds < 0 ? -1 : (int64_t)seconds * 1000 + ms - zone_ms(text);
}

/* A time field's value in any form; -1: none. */
static int64_t time_of(const bson_t *doc, const char *field)
{
    bson_iter_t it;
    if (!find(doc, field, &it))
        return -1;
    if (BSON_ITER_HOLDS_DATE_TIME(&it))
        return bson_iter_date_time(&it);
    return BSON_ITER_HOLDS_UTF8(&it) ? mongo_adopt_doc_time(bson_iter_utf8(&it, NULL)) : -1;
}

static int64_t born(const bson_t *doc)
{
    bson_iter_t it;
    return find(doc, "_id", &it) && BSON_ITER_HOLDS_OID(&it)
               ? bson_oid_get_time_t(bson_iter_oid(&it)) * 1000LL
               : 1;
}

/* Every document has a created_at: pages go by it. Returns it. */
static int64_t adopt_created(const bson_t *doc, struct mongo_doc *change)
{
    bson_iter_t it;
    int64_t ms = time_of(doc, "created_at");
    if (ms <= 0)
        ms = born(doc);
    if (!find(doc, "created_at", &it) || !BSON_ITER_HOLDS_DATE_TIME(&it))
        mongo_doc_time(change, "created_at", ms);
    return ms;
}

static void adopt_time(const bson_t *doc, struct mongo_doc *change, const char *field)
{
    bson_iter_t it;
    if (!find(doc, field, &it) || BSON_ITER_HOLDS_DATE_TIME(&it))
        return;
    int64_t ms = time_of(doc, field);
    mongo_doc_time(change, field, ms > 0 ? ms : 0);
}

/* ---- users ---- */

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ' || c == 127;
}

/* Trimmed and lower, as names are kept (accounts/account.h). False: longer than an email is. */
static bool normalise(const char *email, char *out, size_t cap)
{
    while (*email && is_blank(*email))
        email++;
    size_t len = strlen(email);
    while (len && is_blank(email[len - 1]))
        len--;
    if (!span_copy((struct span){email, len}, out, cap))
        return false;
    for (char *p = out; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return true;
}

void mongo_adopt_doc_user(const bson_t *doc, struct mongo_doc *change, struct mongo_adopt_count *count)
{
    char email[MODEL_EMAIL_MAX + 1];
    const char *given = text_of(doc, "email");
    drop_if_empty(doc, change, "email");
    drop_if_empty(doc, change, "username");
    if (given && *given && normalise(given, email, sizeof email) && strcmp(email, given) != 0)
        mongo_doc_text(change, "email", email);
    adopt_created(doc, change);
    drop_if_there(doc, change, "is_admin"); /* nobody becomes an administrator by moving */
    count->users++;
}

/* ---- cameras ---- */

static void adopt_owner(const bson_t *doc, struct mongo_doc *change)
{
    bson_iter_t it;
    struct id owner;
    if (!find(doc, "owner_id", &it) || !BSON_ITER_HOLDS_OID(&it))
        return;
    bson_oid_to_string(bson_iter_oid(&it), owner.s);
    mongo_doc_id(change, "owner_id", &owner);
}

/* An older name of a field, which yields to the newer one. */
static void rename_text(const bson_t *doc, struct mongo_doc *change, const char *old, const char *name)
{
    const char *value = text_of(doc, old), *newer = text_of(doc, name);
    if (value && *value && (!newer || !*newer))
        mongo_doc_text(change, name, value);
    else
        drop_if_empty(doc, change, name);
    drop_if_there(doc, change, old);
}

static void adopt_token(const bson_t *doc, struct secret_hash (*hash)(struct span), int64_t created_ms,
                        struct mongo_doc *change)
{
    const char *token = text_of(doc, "device_token");
    bson_iter_t it;
    if (token && *token && hash) {
        const struct secret_hash h = hash(span_of(token));
        mongo_doc_hash(change, "token", &h);
    }
    drop_if_there(doc, change, "device_token");
    drop_if_there(doc, change, "setup_token");
    if (!find(doc, "token_expires_at", &it))
        mongo_doc_time(change, "token_expires_at", created_ms); /* nobody waits for it any more */
}

/* Cameras that were added by address: their passwords are not kept, nor addresses that hold one. */
static void adopt_onvif(const bson_t *doc, struct mongo_doc *change, struct mongo_adopt_count *count)
{
    static const char *const secret[] = {"onvif_password", "rtsp_url_main", "rtsp_url_sub", "rtsp_url"};
    bson_iter_t it;
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++) {
        count->secrets += i == 0 && find(doc, secret[i], &it);
        drop_if_there(doc, change, secret[i]);
    }
    const char *address = text_of(doc, "camera_ip"), *model = text_of(doc, "camera_model");
    if (address && !text_of(doc, "local_ip"))
        mongo_doc_text(change, "local_ip", address);
    else
        drop_if_empty(doc, change, "local_ip");
    if (address && (!model || !*model))
        mongo_doc_text(change, "camera_model", "GENERIC_ONVIF");
}

static bool is_active(const bson_t *doc)
{
    const char *status = text_of(doc, "status");
    bool works = status && (strcmp(status, "active") == 0 || strcmp(status, "offline") == 0);
    return works || text_of(doc, "camera_ip") != NULL;
}

static void adopt_status(const bson_t *doc, struct mongo_doc *change, struct mongo_adopt_count *count)
{
    const char *status = text_of(doc, "status"), *now = is_active(doc) ? "active" : "pending";
    bson_iter_t it;
    if (!status || strcmp(status, now) != 0)
        mongo_doc_text(change, "status", now);
    count->keyless += *now == 'a' && !find(doc, "key", &it);
}

void mongo_adopt_doc_camera(const bson_t *doc, struct secret_hash (*hash)(struct span),
                            struct mongo_doc *change, struct mongo_adopt_count *count)
{
    adopt_owner(doc, change);
    adopt_status(doc, change, count);
    rename_text(doc, change, "uid", "device_uid");
    if (!text_of(doc, "camera_ip"))
        rename_text(doc, change, "model", "camera_model");
    adopt_onvif(doc, change, count);
    adopt_token(doc, hash, adopt_created(doc, change), change);
    adopt_time(doc, change, "activated_at");
    count->cameras++;
}
