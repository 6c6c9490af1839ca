/* SPDX-License-Identifier: MIT
 * The charger's answers from SessionSetup to Authorization.
 */
#include <string.h>

#include "base/assert.h"
#include "secc_parts.h"

static bool is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

static bool resumes(const struct v2g_secc *s, const struct v2g_message *request)
{
    const struct v2g_paused *p = s->config->paused;
    return p != NULL && p->valid && request->session_id_len == V2G_SESSION_ID_LEN &&
           memcmp(p->session_id, request->session_id, V2G_SESSION_ID_LEN) == 0 &&
           p->evcc_id_len == s->car.evcc_id_len &&
           memcmp(p->evcc_id, s->car.evcc_id, p->evcc_id_len) == 0;
}

enum v2g_response v2g_secc_on_setup(struct v2g_secc *s, const struct v2g_message *request)
{
    const struct v2g_session_setup *in = &request->session_setup;
    /* ISO 15118-2: a MAC address. DIN allows up to 8 bytes, and a Model X sends none. */
    if (s->protocol == V2G_PROTOCOL_ISO2 && in->evcc_id_len != 6) {
        return V2G_RESPONSE_FAILED;
    }
    memcpy(s->car.evcc_id, in->evcc_id, in->evcc_id_len);
    s->car.evcc_id_len = in->evcc_id_len;
    s->quirks =
        v2g_quirk_find(s->config->quirks, s->config->n_quirks, s->car.evcc_id, s->car.evcc_id_len);
    if (s->suspended && (s->quirks & V2G_QUIRK_SUSPEND_BY_STOP) != 0) {
        v2g_secc_pause(s); /* it was suspended before it was known that this car takes no zero */
    }
    enum v2g_response code = V2G_RESPONSE_OK_NEW_SESSION; /* [V2G2-463] */
    if (resumes(s, request)) {
        memcpy(s->session_id, request->session_id, V2G_SESSION_ID_LEN);
        code = V2G_RESPONSE_OK_OLD_SESSION; /* [V2G2-741, 754] */
    } else {
        do {
            if (s->config->entropy.fill(s->config->entropy.context, s->session_id,
                                        V2G_SESSION_ID_LEN) < 0) {
                return V2G_RESPONSE_FAILED;
            }
        } while (is_zero(s->session_id, V2G_SESSION_ID_LEN)); /* 0 asks for a new one */
    }
    if (s->config->paused != NULL) {
        s->config->paused->valid = false; /* used, or another car came */
    }
    v2g_secc_tell(s, V2G_SECC_EVENT_SESSION, (uint32_t)code);
    return code;
}

enum v2g_response v2g_secc_on_discovery(struct v2g_secc *s, const struct v2g_message *request)
{
    const struct v2g_service_discovery *in = &request->service_discovery;
    struct v2g_service_discovery *out = &s->response.service_discovery;
    if (in->has_category) { /* only what was asked for */
        uint8_t kept = 0;
        for (uint8_t i = 0; i < out->n_services; i++) {
            if (out->services[i].category == in->category) {
                out->services[kept++] = out->services[i];
            }
        }
        out->n_services = kept;
    }
    return V2G_RESPONSE_OK;
}

enum v2g_response v2g_secc_on_detail(struct v2g_secc *s, const struct v2g_message *request)
{
    enum { INTERNET_SETS = 4 };
    const uint16_t id = request->service_detail.service_id;
    s->response.service_detail.service_id = id;
    for (uint8_t i = 0; i < s->config->n_services; i++) {
        if (s->config->services[i].id == id) {
            s->response.service_detail.n_sets = id == V2G_SERVICE_INTERNET ? INTERNET_SETS : 0;
            return V2G_RESPONSE_OK;
        }
    }
    return id == V2G_SERVICE_CHARGE ? V2G_RESPONSE_OK /* [V2G2-425] */
                                    : V2G_RESPONSE_FAILED_SERVICE_ID;
}

static bool offers_service(const struct v2g_secc_config *config, uint16_t id)
{
    bool offered = id == V2G_SERVICE_CHARGE;
    for (uint8_t i = 0; i < config->n_services; i++) {
        offered = offered || config->services[i].id == id;
    }
    return offered;
}

enum v2g_response v2g_secc_on_selection(struct v2g_secc *s, const struct v2g_message *request)
{
    const struct v2g_payment_selection *in = &request->payment_selection;
    if (in->payment != V2G_PAYMENT_EXTERNAL) { /* not offered [V2G2-465] */
        return V2G_RESPONSE_FAILED_PAYMENT_SELECTION;
    }
    bool charges = false;
    for (uint8_t i = 0; i < in->n_selected; i++) {
        if (!offers_service(s->config, in->selected[i].id)) {
            return V2G_RESPONSE_FAILED_SERVICE_SELECTION; /* [V2G2-467] */
        }
        charges = charges || in->selected[i].id == V2G_SERVICE_CHARGE;
    }
    if (!charges) { /* [V2G2-804] */
        return s->protocol == V2G_PROTOCOL_DIN ? V2G_RESPONSE_FAILED_SERVICE_SELECTION
                                               : V2G_RESPONSE_FAILED_NO_CHARGE_SERVICE;
    }
    return V2G_RESPONSE_OK;
}

/* Contract payment is never offered here, so nothing of it is ever in its place. */
enum v2g_response v2g_secc_on_contract(struct v2g_secc *s, const struct v2g_message *request)
{
    (void)s;
    (void)request;
    return V2G_RESPONSE_FAILED_SEQUENCE;
}

enum v2g_response v2g_secc_on_authorization(struct v2g_secc *s, const struct v2g_message *request)
{
    (void)request;
    struct v2g_authorization *out = &s->response.authorization;
    if (s->auth == V2G_AUTH_REJECTED) {
        return V2G_RESPONSE_FAILED;
    }
    if (s->auth == V2G_AUTH_ACCEPTED) {
        out->processing = V2G_FINISHED;
        return V2G_RESPONSE_OK;
    }
    const bool din = s->protocol == V2G_PROTOCOL_DIN;
    if (s->now_ms - s->since_ms >= (din ? V2G_SECC_READY_MS : V2G_SECC_ONGOING_MS)) {
        /* [V2G2-712, 713] */
        return V2G_RESPONSE_FAILED;
    }
    if (s->since_ms == s->now_ms || !s->asked) {
        s->asked = true;
        v2g_secc_tell(s, V2G_SECC_EVENT_WANTS_AUTHORIZATION, 0);
    }
    out->processing = din ? V2G_ONGOING : V2G_WAITING_FOR_CUSTOMER; /* [V2G2-854] */
    return V2G_RESPONSE_OK;
}

int64_t v2g_secc_unix_s(const struct v2g_secc *s)
{
    return s->unix_offset_ms == 0 ? 0 : ((int64_t)s->now_ms + s->unix_offset_ms) / 1000;
}
