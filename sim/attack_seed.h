/* SPDX-License-Identifier: MIT
 * The original's gateway, as its text and code had it, as far as the attacks meet it: enrolment
 * without a token, a signature over the message, a window of time, its rule of trust, no number and
 * no bond between topic, name and certificate. It gets the same attacks as ours, in its own form of
 * messages.
 */
#ifndef SIM_ATTACK_SEED_H
#define SIM_ATTACK_SEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trust/seed.h"

enum { SEED_DEVICES_MAX = 4, SEED_MESSAGE_CAP = 400 };

struct seed_device {
    const char *id;
    uint8_t public_key[65];
    struct trust_seed trust;
};

struct seed_gateway {
    struct trust_seed_config config;
    struct seed_device devices[SEED_DEVICES_MAX];
    size_t n_devices;
    int64_t now_s;
    uint64_t n_verified; /* signatures looked at */
    uint64_t n_taken;
    uint64_t credited_wh; /* the original booked a power in W as so many Wh */
};

void seed_gateway_init(struct seed_gateway *g);
/* Whoever asks gets the name: a new key replaces the old one and lifts a ban. */
void seed_gateway_enrol(struct seed_gateway *g, const char *id, const uint8_t public_key[65]);
/* True when the message is taken. */
bool seed_gateway_message(struct seed_gateway *g, const char *text, size_t len);
/* A transfer: only the payload inside is signed, what is around it is believed. */
bool seed_gateway_transfer(struct seed_gateway *g, const char *payload, size_t len,
                           uint64_t wh_amount);
bool seed_gateway_banned(const struct seed_gateway *g, const char *id);

/* A message in the original's form, signed; its length. */
size_t seed_message(const char *id, int64_t unix_s, int64_t production_w,
                    const uint8_t private_key[32], char out[SEED_MESSAGE_CAP]);

#endif
