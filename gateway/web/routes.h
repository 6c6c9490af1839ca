/* SPDX-License-Identifier: MIT
 * What a method and a path ask for. Pure; paths come decoded and without the query.
 */
#ifndef WEB_ROUTES_H
#define WEB_ROUTES_H

#include <stdbool.h>

#include "ingest/topic.h"

enum web_method { WEB_GET, WEB_POST, WEB_OTHER_METHOD };

enum web_target {
    WEB_NOT_FOUND,
    WEB_METHOD_NOT_ALLOWED,
    WEB_ASSET, /* perhaps: the table of assets decides */
    WEB_LOGIN,
    WEB_LOGOUT,
    WEB_SITE,
    WEB_DEVICES,
    WEB_DEVICE,
    WEB_CURVE,
    WEB_SESSIONS,
    WEB_SESSION_RECORD,
    WEB_SITE_CURVE,
    WEB_EVENTS,
    WEB_SETTLEMENT, /* and everything below it */
    WEB_LEDGER,     /* and everything below it */
    WEB_HEALTH,
    WEB_METRICS,
    WEB_TRUST,
    WEB_TRUST_DEVICE,
    WEB_OPERATOR,
    WEB_OPERATOR_ACT
};

struct web_route {
    enum web_target target;
    bool needs_session;
    long long session; /* of WEB_SESSION_RECORD */
    char device_id[TELEMETRY_DEVICE_ID_MAX_LEN +
                   1]; /* of WEB_DEVICE, WEB_CURVE and WEB_TRUST_DEVICE */
};

struct web_route web_route_of(enum web_method method, const char *path);

/* The value of `name` in a query "a=1&b=2" as an integer; `missing` when absent. False when it is
 * there and no integer. */
bool web_query_int(const char *query, const char *name, long long missing, long long *out);
/* Copies the value of a plain word; false when absent or longer than `cap` - 1. */
bool web_query_word(const char *query, const char *name, char *out, unsigned cap);

#endif
