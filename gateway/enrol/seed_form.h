/* SPDX-License-Identifier: MIT
 * The enrolment form of the seed's devices: POST /enroll with
 *   {"device_id":..,"csr":"-----BEGIN CERTIFICATE REQUEST...","peak_power":W,"bootstrap_token":..}
 * answered by {"status":"success","certificate":PEM,"ca_certificate":PEM} or {"error":..}.
 */
#ifndef ENROL_SEED_FORM_H
#define ENROL_SEED_FORM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wbuf.h"
#include "signer/limits.h"

struct seed_form {
    char device_id[SIGNER_NAME_MAX_LEN + 1]; /* without the blanks around it */
    char token[72];                          /* "" when there is none */
    int64_t peak_power_w;                    /* 1 or more, rounded */
    uint8_t csr[SIGNER_CSR_MAX_LEN];
    int csr_len; /* as csr_text_decode() */
};

/* E_OK, or E_MALFORMED and one sentence in *complaint. */
int seed_form_read(struct seed_form *form, const uint8_t *body, size_t len,
                   const char **complaint) MUST_USE;

struct seed_certificates {
    const uint8_t *device_der;
    size_t device_len;
    const uint8_t *ca_der;
    size_t ca_len;
};
void seed_form_put_success(struct wbuf *w, const struct seed_certificates *certificates);
void seed_form_put_error(struct wbuf *w, const char *sentence);

#endif
