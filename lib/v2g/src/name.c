/* SPDX-License-Identifier: MIT */
#include "base/assert.h"
#include "v2g/protocol.h"

const char *v2g_kind_name(enum v2g_kind kind)
{
    static const char *const names[] = {
#define X(name) #name,
        V2G_KINDS(X)
#undef X
    };
    ASSERT(kind < V2G_KIND_COUNT);
    return names[kind];
}

const char *v2g_response_name(enum v2g_response code)
{
    static const char *const names[] = {
#define X(name) #name,
        V2G_RESPONSES(X)
#undef X
    };
    ASSERT(code < V2G_RESPONSE_COUNT);
    return names[code];
}

const char *v2g_protocol_name(enum v2g_protocol protocol)
{
    static const char *const names[] = {"none", "DIN SPEC 70121", "ISO 15118-2"};
    ASSERT(protocol <= V2G_PROTOCOL_ISO2);
    return names[protocol];
}
