/* SPDX-License-Identifier: MIT
 * Words of DIN SPEC 70121 and ISO 15118-2 that every part of this library speaks. Where the two
 * documents number a list alike, the numbers here are theirs.
 */
#ifndef V2G_PROTOCOL_H
#define V2G_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

enum v2g_protocol { V2G_PROTOCOL_NONE, V2G_PROTOCOL_DIN, V2G_PROTOCOL_ISO2 };

/* Requests and their responses, one word for both. */
#define V2G_KINDS(X)                                                                               \
    X(SESSION_SETUP)                                                                               \
    X(SERVICE_DISCOVERY)                                                                           \
    X(SERVICE_DETAIL)                                                                              \
    X(PAYMENT_SELECTION)                                                                           \
    X(PAYMENT_DETAILS)                                                                             \
    X(AUTHORIZATION)                                                                               \
    X(CHARGE_PARAMETERS)                                                                           \
    X(CABLE_CHECK)                                                                                 \
    X(PRE_CHARGE)                                                                                  \
    X(POWER_DELIVERY)                                                                              \
    X(CHARGING_STATUS)                                                                             \
    X(CURRENT_DEMAND)                                                                              \
    X(METERING_RECEIPT)                                                                            \
    X(WELDING_DETECTION)                                                                           \
    X(SESSION_STOP)                                                                                \
    X(CERTIFICATE_INSTALLATION)                                                                    \
    X(CERTIFICATE_UPDATE)

enum v2g_kind {
#define X(name) V2G_##name,
    V2G_KINDS(X)
#undef X
        V2G_KIND_COUNT
};

/* ISO 15118-2 responseCodeType, and one that only DIN SPEC 70121 knows. */
#define V2G_RESPONSES(X)                                                                           \
    X(OK)                                                                                          \
    X(OK_NEW_SESSION)                                                                              \
    X(OK_OLD_SESSION)                                                                              \
    X(OK_CERTIFICATE_EXPIRES_SOON)                                                                 \
    X(FAILED)                                                                                      \
    X(FAILED_SEQUENCE)                                                                             \
    X(FAILED_SERVICE_ID)                                                                           \
    X(FAILED_UNKNOWN_SESSION)                                                                      \
    X(FAILED_SERVICE_SELECTION)                                                                    \
    X(FAILED_PAYMENT_SELECTION)                                                                    \
    X(FAILED_CERTIFICATE_EXPIRED)                                                                  \
    X(FAILED_SIGNATURE)                                                                            \
    X(FAILED_NO_CERTIFICATE)                                                                       \
    X(FAILED_CERT_CHAIN)                                                                           \
    X(FAILED_CHALLENGE)                                                                            \
    X(FAILED_CONTRACT_CANCELED)                                                                    \
    X(FAILED_WRONG_CHARGE_PARAMETER)                                                               \
    X(FAILED_POWER_DELIVERY)                                                                       \
    X(FAILED_TARIFF_SELECTION)                                                                     \
    X(FAILED_CHARGING_PROFILE)                                                                     \
    X(FAILED_METERING_SIGNATURE)                                                                   \
    X(FAILED_NO_CHARGE_SERVICE)                                                                    \
    X(FAILED_ENERGY_TRANSFER)                                                                      \
    X(FAILED_CONTACTOR)                                                                            \
    X(FAILED_CERTIFICATE_NOT_ALLOWED)                                                              \
    X(FAILED_CERTIFICATE_REVOKED)                                                                  \
    X(FAILED_VOLTAGE_TOO_LOW)

enum v2g_response {
#define X(name) V2G_RESPONSE_##name,
    V2G_RESPONSES(X)
#undef X
        V2G_RESPONSE_COUNT
};

/* "CURRENT_DEMAND", "FAILED_SEQUENCE"; never NULL. */
const char *v2g_kind_name(enum v2g_kind kind);
const char *v2g_response_name(enum v2g_response code);
const char *v2g_protocol_name(enum v2g_protocol protocol);
static inline bool v2g_response_failed(enum v2g_response code)
{
    return code >= V2G_RESPONSE_FAILED;
}

/* EnergyTransferMode; both documents agree on 0..4, 5 is DC_unique. */
enum v2g_energy_mode {
    V2G_AC_SINGLE_PHASE,
    V2G_AC_THREE_PHASE,
    V2G_DC_CORE,
    V2G_DC_EXTENDED,
    V2G_DC_COMBO_CORE,
    V2G_DC_UNIQUE,
    V2G_ENERGY_MODE_COUNT
};
static inline bool v2g_energy_mode_dc(enum v2g_energy_mode mode)
{
    return mode >= V2G_DC_CORE;
}

enum v2g_payment { V2G_PAYMENT_CONTRACT, V2G_PAYMENT_EXTERNAL };
enum v2g_processing { V2G_FINISHED, V2G_ONGOING, V2G_WAITING_FOR_CUSTOMER };
enum v2g_notification { V2G_NOTIFY_NONE, V2G_NOTIFY_STOP, V2G_NOTIFY_RENEGOTIATE };
enum v2g_isolation {
    V2G_ISOLATION_INVALID,
    V2G_ISOLATION_VALID,
    V2G_ISOLATION_WARNING,
    V2G_ISOLATION_FAULT
};
enum v2g_evse_status_code {
    V2G_EVSE_NOT_READY,
    V2G_EVSE_READY,
    V2G_EVSE_SHUTDOWN,
    V2G_EVSE_UTILITY_INTERRUPT,
    V2G_EVSE_ISOLATION_MONITORING,
    V2G_EVSE_EMERGENCY_SHUTDOWN,
    V2G_EVSE_MALFUNCTION
};
enum v2g_ev_error {
    V2G_EV_NO_ERROR,
    V2G_EV_TEMPERATURE_INHIBIT,
    V2G_EV_SHIFT_POSITION,
    V2G_EV_CONNECTOR_LOCK_FAULT,
    V2G_EV_BATTERY_MALFUNCTION,
    V2G_EV_CURRENT_DIFFERENTIAL,
    V2G_EV_VOLTAGE_OUT_OF_RANGE,
    V2G_EV_INCOMPATIBLE = 10,
    V2G_EV_NO_DATA = 11
};
enum v2g_progress { V2G_PROGRESS_START, V2G_PROGRESS_STOP, V2G_PROGRESS_RENEGOTIATE };
enum v2g_session_end { V2G_SESSION_TERMINATE, V2G_SESSION_PAUSE };

enum {
    V2G_SERVICE_CHARGE = 1, /* ISO 15118-2 table 105 */
    V2G_SERVICE_CERTIFICATE = 2,
    V2G_SERVICE_INTERNET = 3,
    V2G_SERVICE_USE_CASE = 4
};

enum {
    V2G_SESSION_ID_LEN = 8,
    V2G_EVCC_ID_MAX_LEN = 8, /* DIN allows 8, ISO 15118-2 has 6 */
    V2G_EVSE_ID_MAX_LEN = 37,
    V2G_MAX_SCHEDULES = 3, /* SAScheduleTuples, by the schema of ISO 15118-2 */
    V2G_MAX_STEPS = 24,    /* of a schedule or profile that we keep or send */
    V2G_MAX_SERVICES = 8,
    V2G_MAX_SELECTED = 16, /* services, by the schema of ISO 15118-2 */
    V2G_MAX_SUB_CERTIFICATES = 4,
    V2G_MAX_ROOTS = 20,
    V2G_EMAID_MAX_LEN = 24 /* DIN; ISO 15118-2 has 18 */
};

/* Times of DIN SPEC 70121 table 75 and ISO 15118-2 table 109, milliseconds. */
enum {
    V2G_SECC_SEQUENCE_TIMEOUT_MS = 60000, /* [V2G2-443] */
    V2G_SECC_SETUP_TIMEOUT_MS = 18000,    /* plug-in to SessionSetupRes [V2G2-714, 716] */
    V2G_SECC_CABLE_CHECK_MS = 38000,
    V2G_SECC_PRE_CHARGE_MS = 5000, /* pre-charge performance of the charger */
    V2G_SECC_ONGOING_MS = 55000,   /* ISO 15118-2 */
    V2G_SECC_READY_MS = 145000,    /* DIN: somebody must have authorized; the car waits 150 s */
    V2G_SECC_CONTACTOR_MS = 3000,  /* closing, so that PowerDeliveryRes comes within 4.5 s */
    V2G_SECC_DELIVERY_MS = 4000,   /* the same with the rest of a pre-charge before it */
    V2G_SECC_RAMP_MS = 200,   /* a PreChargeRes waits so long for the voltage: 1.5 s are allowed,
                                 chargers in the field take 5 to 215 ms */
    V2G_SECC_CLOSE_MS = 5000, /* TCP after SessionStop or a failure [V2G2-034] */
    V2G_EVCC_MESSAGE_TIMEOUT_MS = 2000,
    V2G_EVCC_LONG_MESSAGE_TIMEOUT_MS = 5000,
    V2G_EVCC_CURRENT_DEMAND_TIMEOUT_MS = 250,
    V2G_EVCC_CABLE_CHECK_TIMEOUT_MS = 40000,
    V2G_EVCC_PRE_CHARGE_TIMEOUT_MS = 7000,
    V2G_EVCC_ONGOING_TIMEOUT_MS = 60000,
    V2G_EVCC_SETUP_TIMEOUT_MS = 20000,
    V2G_EVCC_READY_TIMEOUT_MS = 150000 /* DIN: ReadyToCharge */
};

#define V2G_NEVER_MS UINT64_MAX

#endif
