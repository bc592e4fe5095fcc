/* What embed.cmake writes: the page first, then the assets. */
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

#include "web/web.h"

extern const struct web_file web_assets[];
extern const size_t web_assets_count;

#endif
