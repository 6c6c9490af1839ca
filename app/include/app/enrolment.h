/* SPDX-License-Identifier: MIT
 * When a device asks for a certificate: at first with its claim token, later, at two thirds of the
 * certificate's life, with the certificate itself. Three tries, then exponential back-off with
 * jitter. The machine decides when; the port does the asking (RFC 7030).
 */
#ifndef APP_ENROLMENT_H
#define APP_ENROLMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "app/backoff.h"
#include "app/entropy.h"

#define ENROLMENT_STATES(X) X(UNENROLLED) X(ASKING) X(ENROLLED) X(RENEWING)
enum enrolment_state {
#define X(name) ENROLMENT_##name,
    ENROLMENT_STATES(X)
#undef X
};

struct enrolment_config {
    uint32_t n_quick_tries;  /* 1..: tries `quick_retry_ms` apart before backing off */
    uint32_t quick_retry_ms; /* > 0 */
    uint32_t backoff_max_ms; /* >= quick_retry_ms */
    const struct entropy *entropy;
};

/* The validity of a certificate, real time. */
struct enrolment_validity {
    int64_t not_before_unix_ms;
    int64_t not_after_unix_ms;
};

enum enrolment_request { ENROLMENT_NOTHING, ENROLMENT_ASK_NEW, ENROLMENT_ASK_RENEWAL };

struct enrolment {
    struct enrolment_config config; /* all private */
    struct enrolment_validity validity;
    struct backoff backoff;
    enum enrolment_state state;
    uint64_t now_ms;
    uint64_t next_try_ms;
    uint32_t n_tries; /* since the last success */
};

/* `validity` is NULL while there is no certificate. */
void enrolment_init(struct enrolment *e, const struct enrolment_config *config,
                    const struct enrolment_validity *validity, uint64_t now_ms);
/* What to ask for now, once: then one of the two functions below must follow. `real_unix_ms` is
 * real time (not the site's), which certificates live by. A certificate that has run out is asked
 * for anew, with a token. */
enum enrolment_request enrolment_tick(struct enrolment *e, uint64_t now_ms, int64_t real_unix_ms);
/* When to call tick again: NEVER_MS while asking. Renewals are looked for once an hour. */
uint64_t enrolment_deadline(const struct enrolment *e);

void enrolment_granted(struct enrolment *e, uint64_t now_ms,
                       const struct enrolment_validity *validity);
/* `retry_after_ms` is the least the other side asked for, 0 if nothing. `is_final` says that trying
 * again soon is useless (the token or the request was refused): no quick tries then. */
void enrolment_refused(struct enrolment *e, uint64_t now_ms, bool is_final,
                       uint32_t retry_after_ms);

static inline bool enrolment_has_certificate(const struct enrolment *e)
{
    return e->state == ENROLMENT_ENROLLED || e->state == ENROLMENT_RENEWING;
}
const char *enrolment_state_name(enum enrolment_state state);

#endif
