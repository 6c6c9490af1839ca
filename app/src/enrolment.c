/* SPDX-License-Identifier: MIT
 * When to ask for a certificate.
 */
#include "app/enrolment.h"

#include "base/assert.h"
#include "runtime/timer.h"

enum { LOOK_MS = 3600000 };

static const char *const state_names[] = {
#define X(name) #name,
    ENROLMENT_STATES(X)
#undef X
};

const char *enrolment_state_name(enum enrolment_state state)
{
    ASSERT((size_t)state < sizeof state_names / sizeof state_names[0]);
    return state_names[state];
}

static void enter(struct enrolment *e, enum enrolment_state state, uint64_t next_try_ms)
{
    ASSERT(next_try_ms >= e->now_ms);
    e->state = state;
    e->next_try_ms = next_try_ms;
}

static void advance(struct enrolment *e, uint64_t now_ms)
{
    ASSERT(now_ms >= e->now_ms);
    e->now_ms = now_ms;
}

void enrolment_init(struct enrolment *e, const struct enrolment_config *config,
                    const struct enrolment_validity *validity, uint64_t now_ms)
{
    ASSERT(config->n_quick_tries > 0 && config->quick_retry_ms > 0);
    ASSERT(config->backoff_max_ms >= config->quick_retry_ms && config->entropy != NULL);
    const uint32_t half_max_ms = config->backoff_max_ms / 2;
    *e = (struct enrolment){.config = *config, .now_ms = now_ms};
    e->backoff.max_ms = config->backoff_max_ms;
    e->backoff.first_ms =
        config->quick_retry_ms <= half_max_ms ? 2 * config->quick_retry_ms : config->backoff_max_ms;
    if (validity != NULL) {
        e->validity = *validity;
        enter(e, ENROLMENT_ENROLLED, now_ms);
    } else {
        enter(e, ENROLMENT_UNENROLLED, now_ms);
    }
}

/* Two thirds of the life, without overflow. */
static int64_t renewal_unix_ms(const struct enrolment_validity *v)
{
    const int64_t life_ms = v->not_after_unix_ms - v->not_before_unix_ms;
    return v->not_before_unix_ms + life_ms / 3 * 2;
}

static enum enrolment_request look_at_certificate(struct enrolment *e, int64_t real_unix_ms)
{
    if (real_unix_ms >= e->validity.not_after_unix_ms) {
        enter(e, ENROLMENT_ASKING, NEVER_MS);
        return ENROLMENT_ASK_NEW;
    }
    if (real_unix_ms >= renewal_unix_ms(&e->validity)) {
        enter(e, ENROLMENT_RENEWING, NEVER_MS);
        return ENROLMENT_ASK_RENEWAL;
    }
    /* An hour is well below a third of any certificate's life here, except in tests. */
    const int64_t left_ms = renewal_unix_ms(&e->validity) - real_unix_ms;
    enter(e, ENROLMENT_ENROLLED, e->now_ms + (left_ms < LOOK_MS ? (uint64_t)left_ms : LOOK_MS));
    return ENROLMENT_NOTHING;
}

enum enrolment_request enrolment_tick(struct enrolment *e, uint64_t now_ms, int64_t real_unix_ms)
{
    advance(e, now_ms);
    if (now_ms < e->next_try_ms || e->state == ENROLMENT_ASKING || e->state == ENROLMENT_RENEWING) {
        return ENROLMENT_NOTHING;
    }
    if (e->state == ENROLMENT_ENROLLED) {
        return look_at_certificate(e, real_unix_ms);
    }
    enter(e, ENROLMENT_ASKING, NEVER_MS);
    return ENROLMENT_ASK_NEW;
}

uint64_t enrolment_deadline(const struct enrolment *e)
{
    return e->next_try_ms;
}

void enrolment_granted(struct enrolment *e, uint64_t now_ms,
                       const struct enrolment_validity *validity)
{
    ASSERT(e->state == ENROLMENT_ASKING || e->state == ENROLMENT_RENEWING);
    advance(e, now_ms);
    e->validity = *validity;
    e->n_tries = 0;
    backoff_reset(&e->backoff);
    enter(e, ENROLMENT_ENROLLED, now_ms + 1000);
}

void enrolment_refused(struct enrolment *e, uint64_t now_ms, bool is_final, uint32_t retry_after_ms)
{
    ASSERT(e->state == ENROLMENT_ASKING || e->state == ENROLMENT_RENEWING);
    advance(e, now_ms);
    e->n_tries++;
    uint32_t wait_ms = e->config.quick_retry_ms;
    if (is_final || e->n_tries >= e->config.n_quick_tries) {
        wait_ms = backoff_next_ms(&e->backoff, e->config.entropy);
    }
    if (wait_ms < retry_after_ms) {
        wait_ms = retry_after_ms;
    }
    enter(e, e->state == ENROLMENT_RENEWING ? ENROLMENT_ENROLLED : ENROLMENT_UNENROLLED,
          now_ms + wait_ms);
}
