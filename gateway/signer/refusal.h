/* SPDX-License-Identifier: MIT
 * Why the signer said no: one row a reason, with the sentence that a person reads.
 */
#ifndef SIGNER_REFUSAL_H
#define SIGNER_REFUSAL_H

/* name, sentence */
#define SIGNER_REFUSALS(X)                                                                         \
    X(NONE, "nothing was refused")                                                                 \
    X(MESSAGE, "the request to the signer is malformed")                                           \
    X(NAME, "a name is 1 to 64 letters, digits or . _ - and starts with a letter or digit")        \
    X(NAME_RESERVED, "this name belongs to the gateway")                                           \
    X(SAN, "the list of alternative names is not DNS:name or IP:address, separated by commas")     \
    X(CSR_SIZE, "the certificate request is empty or longer than 4096 bytes")                      \
    X(CSR_FORM, "the certificate request is not a PKCS #10 structure in DER")                      \
    X(CSR_VERSION, "the certificate request has a version other than 1")                           \
    X(CSR_SUBJECT, "the certificate request must have exactly one common name")                    \
    X(CSR_NAME, "the common name of the certificate request is not the device's id")               \
    X(CSR_KEY, "the key of the certificate request is not an uncompressed P-256 point")            \
    X(CSR_HASH, "the certificate request is not signed by ECDSA with SHA-256, SHA-384 or SHA-512") \
    X(CSR_SIGNATURE, "the signature of the certificate request does not hold")                     \
    X(MESSAGE_DOMAIN, "the message to sign does not start with a known origin")                    \
    X(CHECKPOINT, "the message is not a checkpoint of this site's ledger with its proof")          \
    X(FORK, "the checkpoint is not an extension of the ledger that was signed before")             \
    X(RATE, "too many requests to the signer; it answers again in a moment")                       \
    X(CLOCK, "the clock of this machine is not set")                                               \
    X(INTERNAL, "the signer failed; its log has more")

enum signer_refusal {
#define SIGNER_REFUSAL_ROW(name, text) SIGNER_REFUSED_##name,
    SIGNER_REFUSALS(SIGNER_REFUSAL_ROW)
#undef SIGNER_REFUSAL_ROW
        SIGNER_REFUSAL_COUNT
};

/* One sentence without a full stop; never NULL, also for a number that is no reason. */
const char *signer_refusal_text(enum signer_refusal refusal);

#endif
