/* SPDX-License-Identifier: MIT
 * A message of DIN SPEC 70121 or ISO 15118-2 without its dialect: what both machines, the dump and
 * the tests read and write. Physical values are integers with the unit in the name; a value beyond
 * 32 bits saturates. Pointers lead into the codec's memory and live until its next use, or into the
 * sender's configuration.
 */
#ifndef V2G_MESSAGE_H
#define V2G_MESSAGE_H

#include <stddef.h>

#include "exi/exi.h"
#include "v2g/protocol.h"

struct v2g_ev_status {
    bool ready;
    enum v2g_ev_error error;
    int8_t soc_pct; /* 0..100 */
};

struct v2g_evse_status {
    enum v2g_notification notification;
    uint16_t notification_delay_s;
    bool has_isolation; /* DC */
    enum v2g_isolation isolation;
    enum v2g_evse_status_code code;
    bool rcd; /* AC: the residual current device tripped */
};

/* Limits of a charger or a car; an optional one is 0 when it was not given. */
struct v2g_dc_limits {
    int32_t max_mv;
    int32_t max_ma;
    int32_t max_w;
    int32_t min_mv;
    int32_t min_ma;
    int32_t ripple_ma;
    int32_t tolerance_ma;
};

struct v2g_power_step {
    uint32_t start_s;    /* from now */
    uint32_t duration_s; /* 0: until the next, or for ever */
    int32_t max_w;
};

/* Price level of each step of a tariff; 0 levels: none. */
struct v2g_tariff_step {
    uint32_t start_s;
    uint32_t duration_s;
    uint8_t price_level;
};

struct v2g_tariff {
    uint8_t id; /* 1..255 */
    uint8_t n_levels;
    uint8_t n_steps; /* 1..V2G_MAX_STEPS */
    const struct v2g_tariff_step *steps;
};

struct v2g_schedule {
    uint8_t id;      /* 1..255 */
    uint8_t n_steps; /* 1..V2G_MAX_STEPS */
    const struct v2g_power_step *steps;
    const struct v2g_tariff *tariff; /* ISO 15118-2 only; may be NULL */
};

struct v2g_meter {
    const char *id; /* up to 32 characters; NULL: no meter */
    uint64_t reading_wh;
    int64_t unix_s; /* 0: not known */
};

struct v2g_service {
    uint16_t id; /* V2G_SERVICE_* */
    uint8_t category;
    bool free;
};

struct v2g_session_setup {
    uint8_t evcc_id[V2G_EVCC_ID_MAX_LEN]; /* request */
    uint8_t evcc_id_len;
    char evse_id[V2G_EVSE_ID_MAX_LEN + 1]; /* response */
    int64_t unix_s;                        /* response; 0: not given */
};

struct v2g_service_discovery {
    bool has_category; /* request */
    uint8_t category;
    bool offers_contract; /* response */
    bool offers_external;
    bool free;
    uint8_t modes; /* bit (1 << enum v2g_energy_mode) */
    uint8_t n_services;
    struct v2g_service services[V2G_MAX_SERVICES];
};

struct v2g_service_detail {
    uint16_t service_id;
    uint8_t n_sets; /* response: parameter sets 1..n_sets (Internet: one a protocol) */
};

struct v2g_selected_service {
    uint16_t id;
    int16_t set; /* of its parameters; -1: none */
};

struct v2g_payment_selection {
    enum v2g_payment payment;
    uint8_t n_selected; /* 1..V2G_MAX_SELECTED */
    struct v2g_selected_service selected[V2G_MAX_SELECTED];
};

/* Plug & Charge as far as messages go: nothing here is verified. Texts and blobs are views into the
 * message that was decoded, or into the sender's memory. */
struct v2g_certificate_chain {
    struct exi_text id; /* what a signature refers to; `at` NULL: none */
    struct exi_blob leaf;
    uint8_t n_subs;
    struct exi_blob subs[V2G_MAX_SUB_CERTIFICATES];
};

struct v2g_root_id {
    struct exi_text issuer;
    struct exi_integer serial;
};

/* CertificateInstallationReq, where the chain is the OEM's provisioning certificate alone, and
 * CertificateUpdateReq, where it is the contract's. */
struct v2g_contract_request {
    struct exi_text id, emaid;
    struct v2g_certificate_chain chain;
    uint8_t n_roots; /* 1..V2G_MAX_ROOTS */
    struct v2g_root_id roots[V2G_MAX_ROOTS];
};

/* CertificateInstallationRes, CertificateUpdateRes. */
struct v2g_contract_response {
    struct v2g_certificate_chain provisioning, chain;
    struct exi_text key_id, dh_id, emaid_id, emaid;
    struct exi_blob encrypted_key, dh_public;
    int16_t retry_counter; /* of an update; 0: not given */
};

struct v2g_contract {
    const struct v2g_contract_request *request;
    const struct v2g_contract_response *response; /* NULL when sent: a refusal */
};

struct v2g_payment_details {
    char emaid[V2G_EMAID_MAX_LEN + 1];         /* request */
    const struct v2g_certificate_chain *chain; /* request */
    uint8_t challenge_len;                     /* response */
    uint8_t challenge[16];
    int64_t unix_s;
};

struct v2g_authorization {
    uint8_t challenge_len; /* request; 0 with external payment */
    uint8_t challenge[16];
    enum v2g_processing processing; /* response */
};

struct v2g_charge_parameters {
    enum v2g_energy_mode mode; /* request */
    bool is_dc;                /* which parameters follow, both ways */
    bool has_parameters;
    uint32_t departure_s; /* request; 0: not given */
    struct v2g_ev_status ev;
    struct v2g_dc_limits dc;                 /* request: of the car; response: of the charger */
    int32_t capacity_wh;                     /* request; 0: not given */
    int32_t energy_wh;                       /* request: wanted (AC: EAmount) */
    int8_t full_soc_pct, bulk_soc_pct;       /* request; -1: not given */
    int32_t ac_max_mv, ac_max_ma, ac_min_ma; /* both; response: nominal voltage, max current */
    struct v2g_evse_status evse;             /* response */
    enum v2g_processing processing;
    uint8_t n_schedules;
    const struct v2g_schedule *schedules;
};

struct v2g_cable_check {
    struct v2g_ev_status ev;
    struct v2g_evse_status evse;
    enum v2g_processing processing;
};

struct v2g_pre_charge {
    struct v2g_ev_status ev;
    int32_t target_mv, target_ma;
    struct v2g_evse_status evse;
    int32_t present_mv;
};

struct v2g_power_delivery {
    enum v2g_progress progress; /* DIN: ReadyToChargeState */
    uint8_t schedule_id;
    bool has_profile;
    uint8_t n_steps;
    const struct v2g_power_step *profile;
    bool has_ev; /* DC_EVPowerDeliveryParameter */
    struct v2g_ev_status ev;
    bool charging_complete;
    bool is_dc; /* response: which status follows */
    struct v2g_evse_status evse;
};

struct v2g_charging_status {
    char evse_id[V2G_EVSE_ID_MAX_LEN + 1];
    uint8_t schedule_id;
    int32_t max_ma; /* -1: not given */
    struct v2g_meter meter;
    bool receipt_required;
    struct v2g_evse_status evse;
};

struct v2g_current_demand {
    struct v2g_ev_status ev;
    int32_t target_mv, target_ma;
    int32_t max_mv, max_ma, max_w; /* both ways; -1: not given */
    bool bulk_complete, charging_complete;
    int32_t full_soc_s; /* remaining time; -1: not given */
    struct v2g_evse_status evse;
    int32_t present_mv, present_ma;
    bool current_limited, voltage_limited, power_limited;
    char evse_id[V2G_EVSE_ID_MAX_LEN + 1]; /* ISO 15118-2 */
    uint8_t schedule_id;
    struct v2g_meter meter;
    bool receipt_required;
};

struct v2g_metering_receipt {
    uint8_t session_id[V2G_SESSION_ID_LEN];
    uint8_t session_id_len;
    uint8_t schedule_id;
    struct v2g_meter meter;
    bool is_dc;
    struct v2g_evse_status evse;
};

struct v2g_welding_detection {
    struct v2g_ev_status ev;
    struct v2g_evse_status evse;
    int32_t present_mv;
};

struct v2g_message {
    enum v2g_kind kind;
    bool is_response;
    uint8_t session_id_len; /* 0..8 */
    uint8_t session_id[V2G_SESSION_ID_LEN];
    enum v2g_response code; /* of a response */
    union {
        struct v2g_session_setup session_setup;
        struct v2g_service_discovery service_discovery;
        struct v2g_service_detail service_detail;
        struct v2g_payment_selection payment_selection;
        struct v2g_payment_details payment_details;
        struct v2g_contract contract; /* CERTIFICATE_INSTALLATION, CERTIFICATE_UPDATE */
        struct v2g_authorization authorization;
        struct v2g_charge_parameters charge_parameters;
        struct v2g_cable_check cable_check;
        struct v2g_pre_charge pre_charge;
        struct v2g_power_delivery power_delivery;
        struct v2g_charging_status charging_status;
        struct v2g_current_demand current_demand;
        struct v2g_metering_receipt metering_receipt;
        struct v2g_welding_detection welding_detection;
        enum v2g_session_end session_end;
    };
};

#endif
