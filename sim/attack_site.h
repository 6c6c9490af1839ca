/* SPDX-License-Identifier: MIT
 * What an attack on the protocol is played on: a gateway of its own, with its signer and broker,
 * and devices with real keys, certificates and sessions over mutual TLS.
 */
#ifndef SIM_ATTACK_SITE_H
#define SIM_ATTACK_SITE_H

#include "posix/mqtt.h"
#include "swarm_gateway.h"
#include "telemetry/ack.h"
#include "telemetry/reading.h"

enum { ATTACK_CERTIFICATE_CAP = 1024, ATTACK_REFUSALS_MAX = 16, ATTACK_PATIENCE_MS = 20000 };

struct attack_device {
    char id[48];
    uint8_t private_key[32];
    uint8_t public_key[65];
    uint8_t certificate[ATTACK_CERTIFICATE_CAP];
    size_t certificate_len;
    struct attack_site *site;
    struct posix_mqtt *mqtt;
    bool is_up;
    unsigned n_ended;                     /* sessions and attempts that ended */
    uint64_t n_acked[TELEMETRY_VERDICTS]; /* readings, by what the gateway said */
    uint64_t n_heard; /* messages on its topics that are none of the gateway's */
};

/* What the gateway has counted. */
struct attack_counts {
    int64_t stored;
    int64_t duplicates;
    int64_t refused;
    int64_t by_reason[ATTACK_REFUSALS_MAX];
    char reasons[ATTACK_REFUSALS_MAX][32];
    int n_reasons;
};

struct attack_site {
    struct swarm_gateway gateway; /* all private */
    struct posix_loop *loop;
    struct posix_est *est;
    struct runtime_timer look;
    char ca_file[256];
    bool (*until)(const void *context);
    const void *until_context;
    uint64_t give_up_ms;
    bool held;
    int64_t time_ms; /* of the first reading */
};

/* Exits with a sentence when the site cannot be had: an attack without a site says nothing. */
struct attack_site *attack_site_open(void);
void attack_site_close(struct attack_site *s);

/* Makes a device known, gives it a key and has it enrolled. A known one gets another key. */
void attack_site_enrol(struct attack_site *s, struct attack_device *d, const char *id);
/* The HTTP status of an enrolment as `d` with `token`; NULL: a renewal with its certificate. */
int attack_site_try_enrol(struct attack_site *s, struct attack_device *d, const char *token);
/* A session with its certificate, or without one. False when it was refused. */
bool attack_site_connect(struct attack_site *s, struct attack_device *d);
void attack_site_disconnect(struct attack_device *d);

/* Runs the site until it is so; false after a while. */
bool attack_site_wait(struct attack_site *s, bool (*until)(const void *context),
                      const void *context, uint64_t limit_ms);
void attack_publish(struct attack_device *d, const char *topic, const void *bytes, size_t len);
/* Signs a reading of `d` about `id`; returns its length. */
size_t attack_forge(const struct attack_device *d, const char *id, uint32_t boot_epoch,
                    uint32_t sequence, int64_t extra_mwh, uint8_t out[TELEMETRY_READING_MAX_LEN]);
/* Waits until the gateway has said so of so many more of its readings, or its session ended. */
bool attack_site_answers(struct attack_device *d, enum telemetry_verdict verdict, uint64_t more);
/* Sends an honest reading and waits for its acknowledgement: everything that this device published
 * before has then been looked at. False when it is not stored. */
bool attack_probe(struct attack_device *d);
struct attack_counts attack_site_counts(struct attack_site *s);
/* What the gateway says of a device: "active", "banned". */
void attack_site_state(struct attack_site *s, const char *id, char state[32]);

#endif
