/* SPDX-License-Identifier: MIT
 * One try to enrol, on its way through the checks. Private to this folder.
 */
#ifndef ENROL_ATTEMPT_H
#define ENROL_ATTEMPT_H

#include "enrol/est.h"

struct attempt {
    const char *device_id; /* NULL: nobody was named */
    const char *token;     /* NULL: by certificate */
    uint8_t csr[SIGNER_CSR_MAX_LEN];
    int csr_len;           /* negative: what csr_text_decode() said */
    const char *complaint; /* set before the run: the form itself is wrong */
    int64_t declared_peak_w;

    /* results */
    struct est_device device;
    struct est_enrolment enrolment;
    uint8_t certificate[SIGNER_CERT_MAX_LEN];
    unsigned retry_after_s;
};

/* A row of EST_OUTCOMES. */
struct outcome {
    const char *result;
    const char *reason;
    int status;
    const char *sentence;
};
const struct outcome *outcome_of(enum est_outcome outcome);

/* Runs all checks, counts and logs. On EST_OK and EST_RENEWED the certificate is in
 * a->enrolment; on EST_VALIDATION a->complaint is the sentence. */
enum est_outcome attempt_run(struct est *e, const struct est_request *q, struct attempt *a);

#endif
