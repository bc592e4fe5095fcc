#include "store/mongo/mongo_doc.h"

#include "store/rules.h"

#define FIELD(type, name, form, member)                                                                      \
    {                                                                                                        \
        name, form, offsetof(struct type, member), sizeof(((struct type *)0)->member)                        \
    }

static const struct mongo_field user_fields[] = {
    FIELD(user, "_id", MONGO_KEY, id),
    FIELD(user, "email", MONGO_TEXT, email),
    FIELD(user, "username", MONGO_TEXT, username),
    FIELD(user, "password", MONGO_TEXT, password_hash),
    FIELD(user, "is_admin", MONGO_FLAG, is_admin),
    FIELD(user, "is_active", MONGO_FLAG_SET, is_active),
    FIELD(user, "created_at", MONGO_TIME, created_ms),
};

static const struct mongo_field session_fields[] = {
    FIELD(session, "_id", MONGO_KEY, id),
    FIELD(session, "user_id", MONGO_ID, user_id),
    FIELD(session, "refresh", MONGO_HASH, refresh),
    FIELD(session, "spent", MONGO_HASH, spent),
    FIELD(session, "spent_until", MONGO_TIME, spent_until_ms),
    FIELD(session, "cookie", MONGO_HASH, cookie),
    FIELD(session, "created_at", MONGO_TIME, created_ms),
    FIELD(session, "last_used_at", MONGO_TIME, last_used_ms),
    FIELD(session, "expires_at", MONGO_TIME, expires_ms),
    FIELD(session, "user_agent", MONGO_TEXT, user_agent),
    FIELD(session, "address", MONGO_TEXT, address),
};

static const struct mongo_field stream_password_fields[] = {
    FIELD(stream_password, "_id", MONGO_KEY, id),
    FIELD(stream_password, "user_id", MONGO_ID, user_id),
    FIELD(stream_password, "device_id", MONGO_ID, device_id),
    FIELD(stream_password, "name", MONGO_TEXT, name),
    FIELD(stream_password, "secret", MONGO_HASH, secret),
    FIELD(stream_password, "created_at", MONGO_TIME, created_ms),
};

#undef FIELD
#define FIELD(type, name, form, member)                                                                      \
    {                                                                                                        \
        name, form, offsetof(struct mongo_camera, c.member), sizeof(((struct type *)0)->member)              \
    }

static const struct mongo_field camera_fields[] = {
    FIELD(camera, "_id", MONGO_KEY, id),
    FIELD(camera, "owner_id", MONGO_ID, owner_id),
    FIELD(camera, "status", MONGO_STATE, state),
    FIELD(camera, "device_name", MONGO_TEXT, device_name),
    FIELD(camera, "camera_model", MONGO_TEXT, camera_model),
    FIELD(camera, "asked_model", MONGO_TEXT, asked_model),
    FIELD(camera, "device_uid", MONGO_TEXT, device_uid),
    FIELD(camera, "wifi_ssid", MONGO_TEXT, wifi_ssid),
    FIELD(camera, "local_ip", MONGO_TEXT, local_ip),
    FIELD(camera, "firmware", MONGO_TEXT, firmware),
    FIELD(camera, "token", MONGO_HASH, token),
    FIELD(camera, "claim", MONGO_HASH, claim),
    FIELD(camera, "token_expires_at", MONGO_TIME, token_expires_ms),
    FIELD(camera, "idempotency_key", MONGO_TEXT, idempotency_key),
    FIELD(camera, "idempotency_body", MONGO_HASH, idempotency_body),
    FIELD(camera, "key", MONGO_HASH, key),
    FIELD(camera, "next_key", MONGO_HASH, next_key),
    FIELD(camera, "kept_id", MONGO_ID, kept_id),
    FIELD(camera, "created_at", MONGO_TIME, created_ms),
    FIELD(camera, "activated_at", MONGO_TIME, activated_ms),
    FIELD(camera, "connected_at", MONGO_TIME, connected_ms),
    FIELD(camera, "first_frame_at", MONGO_TIME, first_frame_ms),
    FIELD(camera, "last_seen_at", MONGO_TIME, last_seen_ms),
    {"next_from", MONGO_ID, offsetof(struct mongo_camera, next_from), sizeof(struct id)},
    {"kept", MONGO_FLAG, offsetof(struct mongo_camera, kept), sizeof(bool)},
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

const struct mongo_kind mongo_doc_users = {"users", sizeof(struct user), user_fields, COUNT(user_fields)};
const struct mongo_kind mongo_doc_sessions = {"sessions", sizeof(struct session), session_fields,
                                              COUNT(session_fields)};
const struct mongo_kind mongo_doc_stream_passwords = {"stream_passwords", sizeof(struct stream_password),
                                                      stream_password_fields, COUNT(stream_password_fields)};
const struct mongo_kind mongo_doc_cameras = {"cameras", sizeof(struct mongo_camera), camera_fields,
                                             COUNT(camera_fields)};

void mongo_doc_init(struct mongo_doc *d)
{
    bson_init(&d->set);
    bson_init(&d->unset);
    bson_init(&d->max);
}

void mongo_doc_fini(struct mongo_doc *d)
{
    bson_destroy(&d->set);
    bson_destroy(&d->unset);
    bson_destroy(&d->max);
}

/* ---- writing ---- */

/* The empty id is nobody's and less than all others. */
static bson_oid_t oid_of(const struct id *id)
{
    bson_oid_t oid = {.bytes = {0}};
    if (bson_oid_is_valid(id->s, strlen(id->s)))
        bson_oid_init_from_string(&oid, id->s);
    return oid;
}

void mongo_doc_key(struct mongo_doc *d, const struct id *id)
{
    const bson_oid_t oid = oid_of(id);
    BSON_APPEND_OID(&d->set, "_id", &oid);
}

static void unset(struct mongo_doc *d, const char *field)
{
    BSON_APPEND_INT32(&d->unset, field, 1);
}

void mongo_doc_text(struct mongo_doc *d, const char *field, const char *text)
{
    char copy[MODEL_NAME_MAX + 1];
    size_t len = strlen(text);
    if (!len) {
        unset(d, field);
        return;
    }
    /* What a peer sent in a header need not be UTF-8, but a document must be. */
    if (!bson_utf8_validate(text, len, false) && span_copy(span_of(text), copy, sizeof copy)) {
        for (char *p = copy; *p; p++)
            *p = (unsigned char)*p < 0x80 ? *p : '?';
        text = copy;
    }
    bson_append_utf8(&d->set, field, -1, text, (int)len);
}

void mongo_doc_id(struct mongo_doc *d, const char *field, const struct id *id)
{
    mongo_doc_text(d, field, id->s);
}

void mongo_doc_hash(struct mongo_doc *d, const char *field, const struct secret_hash *h)
{
    if (rules_has(h))
        bson_append_binary(&d->set, field, -1, BSON_SUBTYPE_BINARY, h->b, sizeof h->b);
    else
        unset(d, field);
}

void mongo_doc_time(struct mongo_doc *d, const char *field, int64_t ms)
{
    if (ms)
        BSON_APPEND_DATE_TIME(&d->set, field, ms);
    else
        unset(d, field);
}

void mongo_doc_at_least(struct mongo_doc *d, const char *field, int64_t ms)
{
    BSON_APPEND_DATE_TIME(&d->max, field, ms);
}

static void write_field(struct mongo_doc *d, const struct mongo_field *f, const void *at)
{
    switch (f->form) {
    case MONGO_KEY:
        mongo_doc_key(d, at);
        break;
    case MONGO_ID:
        mongo_doc_id(d, f->name, at);
        break;
    case MONGO_TEXT:
        mongo_doc_text(d, f->name, at);
        break;
    case MONGO_HASH:
        mongo_doc_hash(d, f->name, at);
        break;
    case MONGO_TIME:
        mongo_doc_time(d, f->name, *(const int64_t *)at);
        break;
    case MONGO_FLAG:
        if (*(const bool *)at)
            BSON_APPEND_BOOL(&d->set, f->name, true);
        else
            unset(d, f->name);
        break;
    case MONGO_FLAG_SET:
        BSON_APPEND_BOOL(&d->set, f->name, *(const bool *)at);
        break;
    case MONGO_STATE:
        mongo_doc_text(d, f->name, *(const enum camera_state *)at == CAMERA_ACTIVE ? "active" : "pending");
        break;
    }
}

void mongo_doc_record(struct mongo_doc *d, const struct mongo_kind *k, const void *record)
{
    for (size_t i = 0; i < k->count; i++)
        write_field(d, &k->fields[i], (const char *)record + k->fields[i].offset);
}

/* ---- filters ---- */

void mongo_doc_when(struct mongo_doc *d, const char *field, const char *compare, int64_t ms)
{
    bson_t inner;
    BSON_APPEND_DOCUMENT_BEGIN(&d->set, field, &inner);
    BSON_APPEND_DATE_TIME(&inner, compare, ms);
    bson_append_document_end(&d->set, &inner);
}

void mongo_doc_key_after(struct mongo_doc *d, const struct id *id)
{
    const bson_oid_t oid = oid_of(id);
    bson_t inner;
    BSON_APPEND_DOCUMENT_BEGIN(&d->set, "_id", &inner);
    BSON_APPEND_OID(&inner, "$gt", &oid);
    bson_append_document_end(&d->set, &inner);
}

void mongo_doc_absent(struct mongo_doc *d, const char *field)
{
    BSON_APPEND_NULL(&d->set, field);
}

void mongo_doc_absent_or(struct mongo_doc *d, const char *field, const char *text)
{
    bson_t inner, array;
    BSON_APPEND_DOCUMENT_BEGIN(&d->set, field, &inner);
    BSON_APPEND_ARRAY_BEGIN(&inner, "$in", &array);
    BSON_APPEND_NULL(&array, "0");
    BSON_APPEND_UTF8(&array, "1", text);
    bson_append_array_end(&inner, &array);
    bson_append_document_end(&d->set, &inner);
}

void mongo_doc_not_hash(struct mongo_doc *d, const char *field, const struct secret_hash *h)
{
    bson_t inner;
    BSON_APPEND_DOCUMENT_BEGIN(&d->set, field, &inner);
    bson_append_binary(&inner, "$ne", -1, BSON_SUBTYPE_BINARY, h->b, sizeof h->b);
    bson_append_document_end(&d->set, &inner);
}

void mongo_doc_any(struct mongo_doc *d, struct mongo_doc *alternatives, uint32_t count)
{
    bson_t array;
    BSON_APPEND_ARRAY_BEGIN(&d->set, "$or", &array);
    for (uint32_t i = 0; i < count; i++) {
        char room[16];
        const char *index;
        bson_uint32_to_string(i, &index, room, sizeof room);
        BSON_APPEND_DOCUMENT(&array, index, &alternatives[i].set);
        mongo_doc_fini(&alternatives[i]);
    }
    bson_append_array_end(&d->set, &array);
}

void mongo_doc_token(struct mongo_doc *d, const struct secret_hash *h)
{
    struct mongo_doc either[2];
    mongo_doc_init(&either[0]);
    mongo_doc_init(&either[1]);
    mongo_doc_hash(&either[0], "token", h);
    mongo_doc_hash(&either[1], "claim", h);
    mongo_doc_any(d, either, 2);
}

/* ---- reading ---- */

/* Cut where a character begins. */
static void read_text(const bson_iter_t *it, char *out, size_t cap)
{
    uint32_t len;
    const char *text = bson_iter_utf8(it, &len);
    if (len >= cap) {
        len = (uint32_t)cap - 1;
        while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    if (!span_copy((struct span){text, len}, out, cap))
        *out = 0;
}

static void read_hash(const bson_iter_t *it, struct secret_hash *out)
{
    bson_subtype_t subtype;
    uint32_t len;
    const uint8_t *bytes;
    bson_iter_binary(it, &subtype, &len, &bytes);
    if (len == sizeof out->b)
        memcpy(out->b, bytes, sizeof out->b);
}

static void read_field(const bson_iter_t *it, const struct mongo_field *f, void *at)
{
    bson_type_t type = bson_iter_type(it);
    if (f->form == MONGO_KEY && type == BSON_TYPE_OID)
        bson_oid_to_string(bson_iter_oid(it), at);
    else if ((f->form == MONGO_TEXT || f->form == MONGO_ID) && type == BSON_TYPE_UTF8)
        read_text(it, at, f->size);
    else if (f->form == MONGO_HASH && type == BSON_TYPE_BINARY)
        read_hash(it, at);
    else if (f->form == MONGO_TIME && type == BSON_TYPE_DATE_TIME)
        *(int64_t *)at = bson_iter_date_time(it);
    else if ((f->form == MONGO_FLAG || f->form == MONGO_FLAG_SET) && type == BSON_TYPE_BOOL)
        *(bool *)at = bson_iter_bool(it);
    else if (f->form == MONGO_STATE && type == BSON_TYPE_UTF8)
        *(enum camera_state *)at =
            strcmp(bson_iter_utf8(it, NULL), "active") == 0 ? CAMERA_ACTIVE : CAMERA_PENDING;
}

void mongo_doc_read(const bson_t *doc, const struct mongo_kind *k, void *record)
{
    bson_iter_t it;
    memset(record, 0, k->record_bytes);
    for (size_t i = 0; i < k->count; i++)
        if (k->fields[i].form == MONGO_FLAG_SET)
            *(bool *)((char *)record + k->fields[i].offset) = true;
    if (!bson_iter_init(&it, doc))
        return;
    while (bson_iter_next(&it))
        for (size_t i = 0; i < k->count; i++)
            if (strcmp(bson_iter_key(&it), k->fields[i].name) == 0)
                read_field(&it, &k->fields[i], (char *)record + k->fields[i].offset);
}
