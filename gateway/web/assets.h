/* SPDX-License-Identifier: MIT
 * The page's files, embedded by cmake/embed.cmake at build time as web/assets lists them.
 */
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H

#include <stddef.h>
#include <stdint.h>

struct web_asset {
    const char *path; /* "/app.js" */
    const char *content_type;
    const char *etag; /* with its quotes */
    const uint8_t *plain;
    size_t plain_len;
    const uint8_t *gzip; /* NULL where it is not smaller */
    size_t gzip_len;
};

extern const struct web_asset web_assets[];
extern const size_t web_assets_count;

/* NULL when there is none. */
const struct web_asset *web_asset_find(const char *path);

#endif
