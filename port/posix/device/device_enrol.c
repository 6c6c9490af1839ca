/* SPDX-License-Identifier: MIT
 * Enrolment: the machine decides when, the EST client asks, the store keeps the answer.
 */
#include <stdio.h>
#include <string.h>

#include "app/csr.h"
#include "base/assert.h"
#include "device.h"
#include "posix/clock.h"
#include "posix/log.h"

enum { BACKOFF_MAX_MS = 300000 };

static void arm(struct device *d)
{
    const uint64_t at_ms = enrolment_deadline(&d->enrolment);
    if (at_ms == NEVER_MS) {
        runtime_timer_stop(posix_loop_timers(d->loop), &d->enrolment_timer);
    } else {
        runtime_timer_start(posix_loop_timers(d->loop), &d->enrolment_timer, at_ms);
    }
}

/* A certificate in the store is only of use for this name and this key. */
static bool read_validity(struct device *d, struct enrolment_validity *validity)
{
    struct posix_certificate facts;
    struct identity *id = &d->identity;
    if (id->certificate_len == 0) {
        return false;
    }
    if (posix_certificate_read(id->certificate_der, id->certificate_len, &facts) != E_OK ||
        strcmp(facts.common_name, d->config.device_id) != 0 ||
        memcmp(facts.public_key, id->public_key, sizeof facts.public_key) != 0 ||
        posix_certificate_check(id->certificate_der, id->certificate_len, d->config.ca_file) !=
            E_OK) {
        log_warn("enrol: the stored certificate is for another name or from another authority; "
                 "asking anew");
        return false;
    }
    *validity = (struct enrolment_validity){facts.not_before_unix_ms, facts.not_after_unix_ms};
    return true;
}

static void on_refused(struct device *d, const struct posix_est_result *result)
{
    const bool is_final = result->status >= 400 && result->status < 500 && result->status != 429;
    const uint64_t now_ms = posix_clock_mono_ms();
    d->counts.n_enrol_refusals++;
    enrolment_refused(&d->enrolment, now_ms, is_final, result->retry_after_s * 1000);
    log_warn("enrol: no certificate: %s retry_in_ms=%llu", result->why,
             (unsigned long long)(enrolment_deadline(&d->enrolment) - now_ms));
}

static void take_certificate(struct device *d, const struct posix_est_result *result)
{
    struct enrolment_validity validity;
    const int error =
        identity_set_certificate(&d->identity, result->certificate_der, result->certificate_len);
    if (error != E_OK || !read_validity(d, &validity)) {
        log_error("enrol: the certificate cannot be kept: %s", err_name(error));
        enrolment_refused(&d->enrolment, posix_clock_mono_ms(), true, 0);
        return;
    }
    d->counts.n_enrolled++;
    enrolment_granted(&d->enrolment, posix_clock_mono_ms(), &validity);
    log_info("enrol: certificate received valid_days=%lld",
             (long long)((validity.not_after_unix_ms - posix_clock_real_ms()) / 86400000));
    device_link_renew(d);
}

static void on_answer(void *context, const struct posix_est_result *result)
{
    struct device *d = context;
    device_guard_begin(&d->guard, DEVICE_TASK_NET);
    if (result->certificate_len > 0) {
        take_certificate(d, result);
    } else {
        on_refused(d, result);
    }
    arm(d);
    device_guard_end(&d->guard, DEVICE_TASK_NET);
}

static int ask(struct device *d, bool is_renewal)
{
    uint8_t csr[CSR_MAX_LEN];
    const int len = csr_write(d->config.device_id, d->identity.private_key, csr, sizeof csr);
    if (len < 0) {
        return len;
    }
    const struct posix_est_request request = {
        .host = d->config.gateway_host,
        .port = d->config.est_port,
        .ca_file = d->config.ca_file,
        .device_id = d->config.device_id,
        .token = is_renewal ? NULL : d->config.claim_token,
        .identity = {.certificate_der = d->identity.certificate_der,
                     .certificate_len = d->identity.certificate_len,
                     .private_key = d->identity.private_key},
        .csr_der = csr,
        .csr_len = (size_t)len,
        .public_key = d->identity.public_key};
    log_info("enrol: asking for a certificate renewal=%d", is_renewal);
    return posix_est_start(d->est, &request, on_answer, d);
}

static void look(struct device *d)
{
    const enum enrolment_request request =
        enrolment_tick(&d->enrolment, posix_clock_mono_ms(), posix_clock_real_ms());
    if (request != ENROLMENT_NOTHING) {
        struct posix_est_result failed = {0};
        const bool is_renewal = request == ENROLMENT_ASK_RENEWAL;
        int error = E_OK;
        if (!is_renewal && d->config.claim_token[0] == '\0') {
            snprintf(failed.why, sizeof failed.why, "there is no claim_token in the configuration");
            failed.status = 401;
            error = E_AUTH;
        } else {
            error = ask(d, is_renewal);
            snprintf(failed.why, sizeof failed.why, "cannot ask: %s", err_name(error));
        }
        if (error != E_OK) {
            on_refused(d, &failed);
        }
    }
    arm(d);
}

static void on_timer(void *context, uint64_t now_ms)
{
    (void)now_ms;
    struct device *d = context;
    device_guard_begin(&d->guard, DEVICE_TASK_NET);
    if (!d->stopping) {
        look(d);
    }
    device_guard_end(&d->guard, DEVICE_TASK_NET);
}

int device_enrol_open(struct device *d)
{
    const struct enrolment_config config = {.n_quick_tries = d->config.max_provisioning_retries,
                                            .quick_retry_ms = d->config.provisioning_retry_ms,
                                            .backoff_max_ms =
                                                d->config.provisioning_retry_ms > BACKOFF_MAX_MS
                                                    ? d->config.provisioning_retry_ms
                                                    : BACKOFF_MAX_MS,
                                            .entropy = &d->entropy};
    struct enrolment_validity validity;
    const bool has_certificate = read_validity(d, &validity);
    if (!has_certificate && d->identity.certificate_len > 0 &&
        identity_drop_certificate(&d->identity) != E_OK) {
        return E_IO;
    }
    d->est = posix_est_open(d->loop);
    if (d->est == NULL) {
        return E_NOSPACE;
    }
    enrolment_init(&d->enrolment, &config, has_certificate ? &validity : NULL,
                   posix_clock_mono_ms());
    d->enrolment_timer.fire = on_timer;
    d->enrolment_timer.context = d;
    look(d);
    return E_OK;
}

void device_enrol_close(struct device *d)
{
    runtime_timer_stop(posix_loop_timers(d->loop), &d->enrolment_timer);
    posix_est_close(d->est);
    d->est = NULL;
}
