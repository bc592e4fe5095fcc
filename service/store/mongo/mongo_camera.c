#include "store/mongo/mongo_camera.h"

#include "store/rules.h"

enum err mongo_camera_by_token(struct store *s, const struct secret_hash *token, struct mongo_camera *out)
{
    struct mongo_doc filter;
    if (!rules_has(token))
        return ERR_NOT_FOUND;
    mongo_doc_init(&filter);
    mongo_doc_token(&filter, token);
    return mongo_op_find(s, &mongo_doc_cameras, &filter, out);
}

enum err mongo_camera_settle(struct store *s, struct mongo_camera *c)
{
    struct mongo_doc filter;
    struct mongo_camera device;
    if (c->c.state != CAMERA_PENDING || id_is_none(&c->c.kept_id))
        return ERR_OK;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, &c->c.kept_id);
    mongo_doc_text(&filter, "status", "active");
    enum err e = mongo_op_find(s, &mongo_doc_cameras, &filter, &device);
    if (e && e != ERR_NOT_FOUND)
        return e;
    bool connected = !e && memcmp(&device.c.token, &c->c.token, sizeof c->c.token) == 0;
    if (connected || (c->kept && e))
        return ERR_NOT_FOUND;
    if (!c->kept && (e || !id_eq(&device.next_from, &c->c.id)))
        c->c.kept_id = (struct id){.s = ""};
    return ERR_OK;
}

enum err mongo_camera_withdraw(struct store *s, const struct id *device, const struct id *from)
{
    static const struct secret_hash none;
    static const struct id nobody;
    struct mongo_doc filter, change;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, device);
    mongo_doc_id(&filter, "next_from", from);
    mongo_doc_init(&change);
    mongo_doc_hash(&change, "next_key", &none);
    mongo_doc_id(&change, "next_from", &nobody);
    enum err e = mongo_op_change(s, &mongo_doc_cameras, &filter, &change);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err mongo_camera_remove_leading(struct store *s, const struct id *device)
{
    struct mongo_doc filter;
    mongo_doc_init(&filter);
    mongo_doc_id(&filter, "kept_id", device);
    mongo_doc_text(&filter, "status", "pending");
    return mongo_op_remove_all(s, &mongo_doc_cameras, &filter);
}

static enum err bury_one(struct store *s, const struct camera *c)
{
    struct mongo_doc filter;
    enum err e = id_is_none(&c->kept_id) ? ERR_OK : mongo_camera_withdraw(s, &c->kept_id, &c->id);
    if (e)
        return e;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, &c->id);
    return mongo_op_remove_all(s, &mongo_doc_cameras, &filter);
}

enum err mongo_camera_bury(struct store *s)
{
    enum { AT_ONCE = 16 };
    struct mongo_camera dead[AT_ONCE];
    size_t n = AT_ONCE;
    enum err e = ERR_OK;
    while (!e && n == AT_ONCE) {
        struct mongo_doc filter;
        mongo_doc_init(&filter);
        mongo_doc_text(&filter, "status", "removed");
        e = mongo_op_list(s, &mongo_doc_cameras, &filter, NULL, AT_ONCE, dead, &n);
        for (size_t i = 0; i < n && !e; i++)
            e = bury_one(s, &dead[i].c);
    }
    return e;
}
