/* SPDX-License-Identifier: MIT
 * What enrolment (enrol/est.h) asks and tells about devices.
 */
#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "db/devices.h"
#include "ledger/book.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "site/site.h"

_Static_assert((int)DB_TOKEN_DIGEST_LEN == (int)CLAIM_DIGEST_LEN, "one digest");

static int find(void *context, const char *device_id, struct est_device *out)
{
    struct site *site = context;
    struct db_token token;
    const struct fleet_device *device = fleet_find(&site->fleet, device_id);
    if (!device) {
        return E_NOTFOUND;
    }
    const int result = db_token_get(site->db, device->row, &token);
    if (result != E_OK && result != E_NOTFOUND) {
        return E_IO;
    }
    *out = (struct est_device){.has_claim = result == E_OK, .has_key = device->key != 0};
    if (out->has_claim) {
        out->claim_used = token.used;
        out->claim_expires_unix_ms = token.expires_unix_ms;
        memcpy(out->claim_digest, token.digest, sizeof out->claim_digest);
    }
    memcpy(out->public_key, device->public_key, sizeof out->public_key);
    return E_OK;
}

/* A key that is the device's already keeps its row, so its readings keep their numbers. */
static int64_t key_of(struct site *site, const struct fleet_device *device,
                      const uint8_t public_key[65])
{
    if (device->key != 0 && memcmp(device->public_key, public_key, 65) == 0) {
        return device->key;
    }
    return db_key_add(site->db, device->row, public_key, posix_clock_wall_ms());
}

static int record(struct site *site, const struct fleet_device *device,
                  const struct est_enrolment *e)
{
    struct ledger_entry entry = {
        .type = LEDGER_ENROLMENT,
        .unix_ms = posix_clock_wall_ms(),
        .enrolment = {.device = ledger_text_of(device->id), .peak_power_w = device->peak_power_w}};
    memcpy(entry.enrolment.public_key, e->facts.public_key, sizeof entry.enrolment.public_key);
    const int result = crypto_digest(CRYPTO_SHA256, e->certificate_der, e->certificate_len,
                                     entry.enrolment.certificate_digest);
    return result == E_OK ? ledger_record(site->db, &entry) : result;
}

/* One transaction; *key is set when it holds. */
static int keep(struct site *site, const struct fleet_device *device, const struct est_enrolment *e,
                int64_t *key)
{
    const struct db_certificate row = {.serial = e->facts.serial,
                                       .not_after_unix_ms = e->facts.not_after_unix_ms,
                                       .der = e->certificate_der,
                                       .der_len = e->certificate_len};
    int error = db_begin(site->db);
    if (error != E_OK) {
        return error;
    }
    *key = key_of(site, device, e->facts.public_key);
    error = *key < 0 ? (int)*key : db_certificate_add(site->db, *key, &row, e->unix_ms);
    if (error == E_OK) {
        error = record(site, device, e);
    }
    if (error == E_OK && e->used_claim) {
        error = db_token_use(site->db, device->row, e->unix_ms);
    }
    if (error == E_OK) {
        error = db_commit(site->db);
    }
    if (error != E_OK) {
        db_rollback(site->db);
    }
    return error;
}

static int enrolled(void *context, const struct est_enrolment *e)
{
    struct site *site = context;
    struct fleet_device *device = fleet_find(&site->fleet, e->device_id);
    int64_t key = 0;
    ASSERT(device); /* find() knew it, and nothing ran in between */
    ingest_flush(site->ingest, posix_clock_mono_ms());
    const int error = keep(site, device, e, &key);
    if (error != E_OK) {
        log_error("the certificate of %s cannot be kept: %s", device->id, db_reason(site->db));
        return E_IO;
    }
    if (key != device->key) {
        device->replay = (struct ingest_replay){.started = false};
        device->reported = false; /* its numbers start again */
    }
    device->key = key;
    memcpy(device->public_key, e->facts.public_key, sizeof device->public_key);
    _Static_assert(sizeof device->serial == sizeof e->facts.serial, "one serial");
    memcpy(device->serial, e->facts.serial, sizeof device->serial);
    device->not_after_unix_ms = e->facts.not_after_unix_ms;
    fleet_changed(&site->fleet, device);
    log_info("device enrolled id=%s serial=%s", device->id, device->serial);
    return E_OK;
}

struct est_registry site_registry(struct site *site)
{
    return (struct est_registry){.find = find, .enrolled = enrolled, .context = site};
}
