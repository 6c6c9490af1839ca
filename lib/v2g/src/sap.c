/* SPDX-License-Identifier: MIT
 * supportedAppProtocol, the first message pair of every session (ISO 15118-2 clause 8.2).
 */
#include <string.h>

#include "base/assert.h"
#include "exi/sap.h"
#include "secc_parts.h"

struct dialect {
    enum v2g_protocol protocol;
    const char *name_space;
    uint32_t major, minor;
};
/* In the order in which our car prefers them. */
static const struct dialect dialects[] = {{V2G_PROTOCOL_ISO2, "urn:iso:15118:2:2013:MsgDef", 2, 0},
                                          {V2G_PROTOCOL_DIN, "urn:din:70121:2012:MsgDef", 2, 0}};
enum { N_DIALECTS = sizeof dialects / sizeof dialects[0] };

/* The whole name counts, not a part of it: "urn:iso:15118:2:2010:MsgDef" is a draft. */
static const struct dialect *find(const struct sap_app_protocol *offer, uint8_t protocols)
{
    for (unsigned i = 0; i < N_DIALECTS; i++) {
        const bool ours = (protocols & 1U << dialects[i].protocol) != 0;
        if (ours && offer->version_number_major == dialects[i].major &&
            exi_text_equal(offer->protocol_namespace, dialects[i].name_space)) {
            return &dialects[i];
        }
    }
    return NULL;
}

int v2g_sap_choose(const struct v2g_codec *codec, const uint8_t *exi, size_t len, uint8_t protocols,
                   struct sap_choice *choice)
{
    struct exi_arena arena;
    struct exi_message message;
    exi_arena_init(&arena, codec->memory, codec->cap);
    const int result = exi_decode(&exi_set_sap, exi, len, &arena, &message);
    if (result < 0) {
        return result;
    }
    if (message.root != SAP_SUPPORTED_APP_PROTOCOL_REQ) {
        return E_UNSUPPORTED;
    }
    const struct sap_supported_app_protocol_req *req = message.value;
    struct sap_choice best = {.protocol = V2G_PROTOCOL_NONE,
                              .code = SAP_RESPONSE_CODE_FAILED_NO_NEGOTIATION};
    uint8_t best_priority = UINT8_MAX;
    for (uint16_t i = 0; i < req->app_protocol_count; i++) {
        const struct sap_app_protocol *offer = &req->app_protocol[i];
        const struct dialect *known = find(offer, protocols);
        if (known == NULL || offer->priority >= best_priority) {
            continue; /* [V2G2-169]: 1 is the highest, and the first of equals wins */
        }
        best_priority = offer->priority;
        best.protocol = known->protocol;
        best.schema_id = offer->schema_id;
        best.code = offer->version_number_minor == known->minor
                        ? SAP_RESPONSE_CODE_OK_SUCCESSFUL_NEGOTIATION
                        : SAP_RESPONSE_CODE_OK_SUCCESSFUL_NEGOTIATION_WITH_MINOR_DEVIATION;
    }
    *choice = best;
    return E_OK;
}

int v2g_sap_answer(const struct v2g_codec *codec, uint8_t code, uint8_t schema_id, uint8_t *out,
                   size_t cap)
{
    (void)codec;
    const struct sap_supported_app_protocol_res res = {
        .response_code = (enum sap_response_code)code,
        .schema_id = schema_id,
        .has_schema_id = code != SAP_RESPONSE_CODE_FAILED_NO_NEGOTIATION};
    struct exi_message message = {.root = SAP_SUPPORTED_APP_PROTOCOL_RES, .value = &res};
    return exi_encode(&exi_set_sap, &message, out, cap);
}

int v2g_sap_ask(const struct v2g_codec *codec, uint8_t protocols, uint8_t *out, size_t cap)
{
    (void)codec;
    struct sap_app_protocol offers[N_DIALECTS];
    memset(offers, 0, sizeof offers);
    uint8_t n = 0;
    for (unsigned i = 0; i < N_DIALECTS; i++) {
        if ((protocols & 1U << dialects[i].protocol) == 0) {
            continue;
        }
        offers[n].protocol_namespace = exi_text_of(dialects[i].name_space);
        offers[n].version_number_major = dialects[i].major;
        offers[n].version_number_minor = dialects[i].minor;
        offers[n].schema_id = (uint8_t)dialects[i].protocol;
        offers[n].priority = (uint8_t)(n + 1);
        n++;
    }
    ASSERT(n > 0);
    const struct sap_supported_app_protocol_req req = {.app_protocol = offers,
                                                       .app_protocol_count = n};
    struct exi_message message = {.root = SAP_SUPPORTED_APP_PROTOCOL_REQ, .value = &req};
    return exi_encode(&exi_set_sap, &message, out, cap);
}

int v2g_sap_read_answer(const struct v2g_codec *codec, const uint8_t *exi, size_t len,
                        uint8_t protocols, enum v2g_protocol *protocol)
{
    struct exi_arena arena;
    struct exi_message message;
    exi_arena_init(&arena, codec->memory, codec->cap);
    const int result = exi_decode(&exi_set_sap, exi, len, &arena, &message);
    if (result < 0) {
        return result;
    }
    if (message.root != SAP_SUPPORTED_APP_PROTOCOL_RES) {
        return E_UNSUPPORTED;
    }
    const struct sap_supported_app_protocol_res *res = message.value;
    if (res->response_code == SAP_RESPONSE_CODE_FAILED_NO_NEGOTIATION) {
        return E_AUTH;
    }
    /* Without a schema id the answer means the only one that was offered (field oddity). */
    uint8_t id = res->schema_id;
    if (!res->has_schema_id) {
        id = (protocols & 1U << V2G_PROTOCOL_ISO2) != 0 ? V2G_PROTOCOL_ISO2 : V2G_PROTOCOL_DIN;
    }
    if ((id != V2G_PROTOCOL_DIN && id != V2G_PROTOCOL_ISO2) || (protocols & 1U << id) == 0) {
        return E_MALFORMED;
    }
    *protocol = (enum v2g_protocol)id;
    return E_OK;
}
