/* SPDX-License-Identifier: MIT
 * When a device asks for a certificate.
 */
#include "app/enrolment.h"

#include "check.h"
#include "runtime/timer.h"

static uint32_t seed;

static int fill(void *context, void *out, size_t len)
{
    (void)context;
    uint8_t *bytes = out;
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(seed >> 24);
    }
    return E_OK;
}

static const struct entropy entropy = {.fill = fill};
static const struct enrolment_config config = {
    .n_quick_tries = 3, .quick_retry_ms = 5000, .backoff_max_ms = 300000, .entropy = &entropy};
#define DAY_MS ((int64_t)86400000)

static void a_new_device_asks_at_once_and_once(void)
{
    struct enrolment e;
    enrolment_init(&e, &config, NULL, 100);
    CHECK(!enrolment_has_certificate(&e));
    CHECK_EQ(enrolment_deadline(&e), 100);
    CHECK_EQ(enrolment_tick(&e, 100, 0), ENROLMENT_ASK_NEW);
    CHECK_EQ(enrolment_tick(&e, 200, 0), ENROLMENT_NOTHING);
    CHECK_EQ(enrolment_deadline(&e), NEVER_MS);
}

static void three_tries_then_growing_waits_with_jitter(void)
{
    struct enrolment e;
    uint64_t now_ms = 0;
    uint64_t longest_ms = 0;
    enrolment_init(&e, &config, NULL, 0);
    for (int try = 1; try <= 20; try++) {
        CHECK_EQ(enrolment_tick(&e, now_ms, 0), ENROLMENT_ASK_NEW);
        enrolment_refused(&e, now_ms, false, 0);
        const uint64_t wait_ms = enrolment_deadline(&e) - now_ms;
        if (try < 3) {
            CHECK_EQ(wait_ms, 5000);
        } else {
            const uint64_t ceiling_ms = try - 3 < 5 ? (uint64_t)10000 << (try - 3) : 300000;
            CHECK(wait_ms > ceiling_ms / 2 && wait_ms <= ceiling_ms);
        }
        CHECK_EQ(enrolment_tick(&e, now_ms + wait_ms - 1, 0), ENROLMENT_NOTHING);
        now_ms += wait_ms;
        longest_ms = wait_ms > longest_ms ? wait_ms : longest_ms;
    }
    CHECK(longest_ms > 150000 && longest_ms <= 300000);
}

static void a_final_refusal_skips_the_quick_tries(void)
{
    struct enrolment e;
    enrolment_init(&e, &config, NULL, 0);
    CHECK_EQ(enrolment_tick(&e, 0, 0), ENROLMENT_ASK_NEW);
    enrolment_refused(&e, 0, true, 0);
    CHECK(enrolment_deadline(&e) > 5000);
}

static void the_other_side_may_ask_for_more_patience(void)
{
    struct enrolment e;
    enrolment_init(&e, &config, NULL, 0);
    CHECK_EQ(enrolment_tick(&e, 0, 0), ENROLMENT_ASK_NEW);
    enrolment_refused(&e, 0, false, 60000);
    CHECK_EQ(enrolment_deadline(&e), 60000);
}

static void a_certificate_is_renewed_at_two_thirds_of_its_life(void)
{
    struct enrolment e;
    const struct enrolment_validity year = {0, 300 * DAY_MS};
    enrolment_init(&e, &config, &year, 0);
    CHECK(enrolment_has_certificate(&e));
    CHECK_EQ(enrolment_tick(&e, 0, 100 * DAY_MS), ENROLMENT_NOTHING);
    CHECK_EQ(enrolment_deadline(&e), 3600000);
    CHECK_EQ(enrolment_tick(&e, 3600000, 200 * DAY_MS - 1000), ENROLMENT_NOTHING);
    CHECK_EQ(enrolment_deadline(&e), 3601000);
    CHECK_EQ(enrolment_tick(&e, 3601000, 200 * DAY_MS), ENROLMENT_ASK_RENEWAL);
    CHECK(enrolment_has_certificate(&e)); /* the old one still serves */
    enrolment_refused(&e, 3601000, false, 0);
    CHECK(enrolment_has_certificate(&e));
    CHECK_EQ(enrolment_tick(&e, 3606000, 200 * DAY_MS), ENROLMENT_ASK_RENEWAL);
    const struct enrolment_validity next = {200 * DAY_MS, 500 * DAY_MS};
    enrolment_granted(&e, 3607000, &next);
    CHECK_EQ(enrolment_tick(&e, 3608000, 200 * DAY_MS), ENROLMENT_NOTHING);
}

static void a_certificate_that_ran_out_is_asked_for_anew(void)
{
    struct enrolment e;
    const struct enrolment_validity old = {0, 10 * DAY_MS};
    enrolment_init(&e, &config, &old, 0);
    CHECK_EQ(enrolment_tick(&e, 0, 10 * DAY_MS), ENROLMENT_ASK_NEW);
    CHECK(!enrolment_has_certificate(&e));
    enrolment_refused(&e, 0, false, 0);
    CHECK_EQ(enrolment_tick(&e, 5000, 10 * DAY_MS), ENROLMENT_ASK_NEW);
}

static void success_makes_the_next_waits_short_again(void)
{
    struct enrolment e;
    const struct enrolment_validity old = {0, 10 * DAY_MS};
    uint64_t now_ms = 0;
    enrolment_init(&e, &config, NULL, 0);
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(enrolment_tick(&e, now_ms, 0), ENROLMENT_ASK_NEW);
        enrolment_refused(&e, now_ms, false, 0);
        now_ms = enrolment_deadline(&e);
    }
    CHECK_EQ(enrolment_tick(&e, now_ms, 0), ENROLMENT_ASK_NEW);
    enrolment_granted(&e, now_ms, &old);
    now_ms = enrolment_deadline(&e);
    CHECK_EQ(enrolment_tick(&e, now_ms, 11 * DAY_MS), ENROLMENT_ASK_NEW);
    enrolment_refused(&e, now_ms, false, 0);
    CHECK_EQ(enrolment_deadline(&e), now_ms + 5000);
}

static void waits_of_two_devices_differ(void)
{
    struct backoff a = {.first_ms = 1000, .max_ms = 1000000};
    struct backoff b = a;
    int n_same = 0;
    for (int i = 0; i < 10; i++) {
        n_same += backoff_next_ms(&a, &entropy) == backoff_next_ms(&b, &entropy);
    }
    CHECK(n_same < 3);
}

static void backing_off_never_wraps(void)
{
    struct backoff b = {.first_ms = 3000000000, .max_ms = 4000000000};
    for (int i = 0; i < 100; i++) {
        const uint32_t wait_ms = backoff_next_ms(&b, &entropy);
        CHECK(wait_ms >= 1500000000 && wait_ms <= 4000000000);
    }
    backoff_reset(&b);
    CHECK(backoff_next_ms(&b, &entropy) <= 3000000000);
}

static void every_state_has_a_name(void)
{
    CHECK_STR(enrolment_state_name(ENROLMENT_UNENROLLED), "UNENROLLED");
    CHECK_STR(enrolment_state_name(ENROLMENT_RENEWING), "RENEWING");
}

CHECK_MAIN(TEST(a_new_device_asks_at_once_and_once),
           TEST(three_tries_then_growing_waits_with_jitter),
           TEST(a_final_refusal_skips_the_quick_tries),
           TEST(the_other_side_may_ask_for_more_patience),
           TEST(a_certificate_is_renewed_at_two_thirds_of_its_life),
           TEST(a_certificate_that_ran_out_is_asked_for_anew),
           TEST(success_makes_the_next_waits_short_again), TEST(waits_of_two_devices_differ),
           TEST(backing_off_never_wraps), TEST(every_state_has_a_name))
