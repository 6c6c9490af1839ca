/* fuzz: gateway_site */
/* SPDX-License-Identifier: MIT
 * Any message on any topic, through the whole way of a reading to the database: every message is
 * counted once, and nothing is stored that the device's key did not sign. The input is the topic up
 * to the first newline, then the payload.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "gateway_site.h"
#include "posix/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TOPIC_CAP = 128, COMMIT_EVERY = 64 };

static struct test_site t;

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void remove_site(void)
{
    test_site_close(&t);
}

/* One device, "meter", whose private key is the number 1: the seeds are signed with it. */
static void set_up(void)
{
    static const uint8_t private_key[32] = {[31] = 1};
    struct test_device device;
    log_open("fuzz", LOG_LEVEL_ERROR);
    test_site_open(&t);
    (void)atexit(remove_site);
    test_site_add(&t, &device, "meter");
    require(crypto_ec_public(CRYPTO_P256, private_key,
                             fleet_find(&t.site.fleet, "meter")->public_key) == E_OK);
}

static uint64_t counted(const struct ingest_counters *c)
{
    uint64_t n = c->stored + c->duplicates + c->lost;
    for (size_t i = 0; i < INGEST_REFUSAL_COUNT; i++) {
        n += c->refused[i];
    }
    for (size_t i = 0; i < t.ingest.n_pending; i++) {
        n += t.ingest.pending[i].stored;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned runs;
    char topic[TOPIC_CAP] = "";
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    const size_t topic_len = end ? (size_t)(end - data) : 0;
    if (!t.site.db) {
        set_up();
    }
    if (!end || topic_len >= sizeof topic) {
        return 0;
    }
    memcpy(topic, data, topic_len);
    const struct ingest_message message = {
        .topic = topic, .payload = end + 1, .len = size - topic_len - 1, .unix_ms = 1767225600000};
    t.now_ms += 2; /* as fast as a device may */
    ingest_message(&t.ingest, t.now_ms, &message);
    require(counted(&t.ingest.counters) == t.ingest.counters.received);
    if (++runs % COMMIT_EVERY == 0) {
        test_commit(&t);
        t.n_sent = 0;
    }
    return 0;
}
