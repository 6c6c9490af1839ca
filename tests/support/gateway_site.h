/* SPDX-License-Identifier: MIT
 * A site without sockets for tests: a database in a file of its own, devices with real keys, and a
 * list of the acknowledgements that were sent.
 */
#ifndef TESTS_GATEWAY_SITE_H
#define TESTS_GATEWAY_SITE_H

#include "site/site.h"
#include "web/api.h"

enum { SENT_ACKS_MAX = 64 };

struct test_device {
    char id[65];
    uint8_t private_key[32];
    uint8_t public_key[65];
};

struct test_site {
    char directory[64];
    char path[96]; /* of the database */
    struct site site;
    struct ingest ingest;
    struct est est;
    struct web_api api;
    uint64_t now_ms;
    struct sent_ack {
        char device_id[65];
        int n_ranges;
        struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];
    } sent[SENT_ACKS_MAX];
    size_t n_sent;
};

/* A fresh site; ends the test program when it cannot be made. */
void test_site_open(struct test_site *t);
/* Closes the database and opens it again, as after a restart. */
void test_site_reopen(struct test_site *t);
void test_site_close(struct test_site *t);
/* Adds and enrols a device with a key of its own. */
void test_site_add(struct test_site *t, struct test_device *device, const char *id);

/* A signed reading with one production channel; returns its length. */
size_t test_reading(const struct test_device *device, uint32_t boot_epoch, uint32_t sequence,
                    int32_t power_mw, uint8_t *out, size_t cap);
/* Hands a message to the ingest, on the device's topic. */
void test_publish(struct test_site *t, const char *device_id, const uint8_t *bytes, size_t len);
/* Lets the batch grow old, so that it is committed. */
void test_commit(struct test_site *t);
/* The verdict on a reading in what was sent, or -1. */
int test_verdict(const struct test_site *t, const char *device_id, uint32_t boot_epoch,
                 uint32_t sequence);

/* The operator's word as if its signature had been checked; site_judge() of it. */
int test_judge(struct test_site *t, enum ledger_entry_type type, const char *id, const char *reason,
               struct site_result *result);

#endif
