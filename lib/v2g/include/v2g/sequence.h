/* SPDX-License-Identifier: MIT
 * The order of messages, once for everybody: the charger's machine refuses by it, the car's machine
 * and the dump follow it (ISO 15118-2 clause 8.8.4, DIN SPEC 70121 clause 9.4).
 */
#ifndef V2G_SEQUENCE_H
#define V2G_SEQUENCE_H

#include "v2g/message.h"

/* What the charger waits for. */
#define V2G_PHASES(X)                                                                              \
    X(HANDSHAKE)     /* supportedAppProtocolReq */                                                 \
    X(SETUP)         /* SessionSetupReq */                                                         \
    X(DISCOVERY)     /* ServiceDiscoveryReq */                                                     \
    X(SELECTION)     /* ServiceDetailReq, PaymentServiceSelectionReq */                            \
    X(CONTRACT)      /* PaymentDetailsReq, CertificateInstallationReq, CertificateUpdateReq */     \
    X(AUTHORIZATION) /* AuthorizationReq */                                                        \
    X(PARAMETERS)    /* ChargeParameterDiscoveryReq */                                             \
    X(CABLE_CHECK)   /* CableCheckReq */                                                           \
    X(PRE_CHARGE)    /* PreChargeReq, PowerDeliveryReq */                                          \
    X(READY)         /* PowerDeliveryReq (AC) */                                                   \
    X(CHARGING)      /* CurrentDemandReq or ChargingStatusReq, PowerDeliveryReq */                 \
    X(RECEIPT)       /* MeteringReceiptReq, PowerDeliveryReq */                                    \
    X(RENEGOTIATION) /* ChargeParameterDiscoveryReq, the supply being kept */                      \
    X(RESTART)       /* after that: PowerDeliveryReq, or CableCheckReq to begin anew */            \
    X(STOPPING)      /* WeldingDetectionReq, SessionStopReq, ChargeParameterDiscoveryReq */        \
    X(WELDING)       /* WeldingDetectionReq, SessionStopReq */                                     \
    X(ENDED)         /* nothing more */

enum v2g_phase {
#define X(name) V2G_PHASE_##name,
    V2G_PHASES(X)
#undef X
        V2G_PHASE_COUNT
};

const char *v2g_phase_name(enum v2g_phase phase);

/* Whether a request of this kind has its place there. */
bool v2g_phase_allows(enum v2g_phase phase, enum v2g_protocol protocol, bool is_dc,
                      enum v2g_kind kind);

/* Where a request and its response lead; a refused session ends. Precondition: both are of the same
 * kind, which the phase allows. */
enum v2g_phase v2g_phase_after(enum v2g_phase phase, const struct v2g_message *request,
                               const struct v2g_message *response);

#endif
