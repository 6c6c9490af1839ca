/* SPDX-License-Identifier: MIT
 * Every bound of the signer in one place.
 */
#ifndef SIGNER_LIMITS_H
#define SIGNER_LIMITS_H

/* The common name of the gateway's own certificates; no device can have it. */
#define SIGNER_GATEWAY_NAME "wattward-gateway"

enum {
    SIGNER_NAME_MAX_LEN = 64,      /* device id or common name (X.520 ub-common-name) */
    SIGNER_SAN_MAX_LEN = 512,      /* the text "DNS:...,IP:..." */
    SIGNER_SAN_MAX_ENTRIES = 16,   /* names in one server certificate */
    SIGNER_CSR_MAX_LEN = 4096,     /* DER */
    SIGNER_BODY_MAX_LEN = 4096,    /* CSR or message to sign */
    SIGNER_CERT_MAX_LEN = 2048,    /* DER of what is issued; ours have about 450 bytes */
    SIGNER_MESSAGE_MAX_LEN = 5120, /* one datagram either way */

    SIGNER_LEAF_DAYS = 365,
    SIGNER_CA_DAYS = 3650,
    SIGNER_BACKDATE_S = 7200, /* a device whose clock lags still accepts its certificate */
    SIGNER_CA_BACKDATE_S = 86400,

    /* What a gateway in the wrong hands can take out of the signer. A fleet of a thousand meters
     * that enrols at once is served at once. */
    SIGNER_ISSUE_BURST = 1000,
    SIGNER_ISSUE_PER_S = 50,
    SIGNER_SIGN_BURST = 2000,
    SIGNER_SIGN_PER_S = 1000,

    SIGNER_REPLY_TIMEOUT_MS = 5000,
    SIGNER_START_TIMEOUT_MS = 20000 /* a slow board makes two keys and syncs them to its card */
};

#endif
