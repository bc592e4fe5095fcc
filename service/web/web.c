#include "web/web.h"

#include "web/assets.h"

const char web_csp[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
                       "connect-src 'self'; worker-src 'self'; manifest-src 'self'; font-src 'none'; "
                       "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
                       "require-trusted-types-for 'script'; trusted-types app";
const char web_referrer_policy[] = "no-referrer";
const char web_opener_policy[] = "same-origin";
const char web_permissions_policy[] = "camera=(self), microphone=(), geolocation=()";
const char web_cache_index[] = "no-cache";
const char web_cache_asset[] = "public, max-age=31536000, immutable";

const struct web_file *web_find(struct span path)
{
    for (size_t i = 1; i < web_assets_count; i++) {
        if (span_is(path, web_assets[i].path))
            return &web_assets[i];
    }
    return NULL;
}

const struct web_file *web_index(void)
{
    return &web_assets[0];
}
