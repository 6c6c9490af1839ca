/* SPDX-License-Identifier: MIT */
#include "site/site.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "db/devices.h"
#include "db/readings.h"
#include "db/sessions.h"
#include "ledger/book.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "site/ban.h"
#include "trust/trust_site.h"
#include "web/password.h"

#define PASSWORD_SETTING "operator_password"

/* ---- loading ---- */

static int decode_newest(const struct db_newest *newest, struct telemetry_envelope *e)
{
    const int result = newest->form == DB_FORM_COSE
                           ? telemetry_reading_decode(newest->bytes, newest->len, e)
                           : telemetry_seed_decode((const char *)newest->bytes, newest->len, e);
    if (result == E_OK) {
        e->reading.boot_epoch = newest->boot_epoch;
        e->reading.sequence = newest->sequence;
    }
    return result;
}

static int load_newest(struct site *site, struct fleet_device *device)
{
    struct db_newest newest;
    struct telemetry_envelope envelope;
    const int result = db_reading_newest(site->db, device->key, &newest);
    if (result == E_NOTFOUND) {
        return E_OK;
    }
    if (result == E_OK && decode_newest(&newest, &envelope) == E_OK) {
        fleet_report(&site->fleet, device, &envelope.reading, newest.received_unix_ms, 0);
        ingest_replay_mark(&device->replay, newest.boot_epoch, newest.sequence);
    }
    return result;
}

static int load_device(void *context, const struct fleet_device *device)
{
    struct fleet_device *added;
    return fleet_add(context, device, &added);
}

int site_load(struct site *site)
{
    int result = db_device_list(site->db, load_device, &site->fleet);
    for (size_t i = 0; result == E_OK && i < fleet_count(&site->fleet); i++) {
        struct fleet_device *device = fleet_at(&site->fleet, i);
        if (device->key != 0) {
            result = load_newest(site, device);
        }
        const int64_t n_sessions = result == E_OK ? db_session_count(site->db, device->row) : 0;
        device->n_sessions = n_sessions > 0 ? (uint64_t)n_sessions : 0;
    }
    return result;
}

/* ---- claim tokens ---- */

static int put_token(struct site *site, const struct fleet_device *device,
                     struct site_result *result)
{
    uint8_t digest[CLAIM_DIGEST_LEN];
    result->expires_unix_ms = posix_clock_real_ms() + CLAIM_LIFE_MS;
    if (claim_make(result->token) != E_OK ||
        claim_digest(device->id, result->token, digest) != E_OK) {
        (void)snprintf(result->why, sizeof result->why, "no random numbers are available");
        return E_IO;
    }
    const int put = db_token_put(site->db, device->row, digest, result->expires_unix_ms);
    if (put != E_OK) {
        (void)snprintf(result->why, sizeof result->why, "%s", db_reason(site->db));
    }
    return put;
}

/* ---- devices ---- */

static int refuse(struct site_result *result, int error, const char *why)
{
    (void)snprintf(result->why, sizeof result->why, "%s", why);
    return error;
}

static int refuse_unknown(struct site_result *result, const char *id)
{
    (void)snprintf(result->why, sizeof result->why, "there is no device called %s", id);
    return E_NOTFOUND;
}

static int check_new(const struct site *site, const char *id, int64_t peak_power_w,
                     struct site_result *result)
{
    if (!telemetry_device_id_valid(id, strlen(id)) || id[0] == '.' || id[0] == '-' ||
        id[0] == '_') {
        return refuse(result, E_ARG,
                      "a device's name is 1 to 64 letters, digits, dots, underscores or hyphens "
                      "and starts with a letter or digit");
    }
    if (strncmp(id, "wattward-", 9) == 0) {
        return refuse(result, E_ARG, "names that start with wattward- belong to the gateway");
    }
    if (peak_power_w < 1 || peak_power_w > SITE_PEAK_POWER_MAX_W) {
        return refuse(result, E_ARG, "the peak power is 1 to 100000000 W");
    }
    if (fleet_find(&site->fleet, id)) {
        return refuse(result, E_STATE, "there is a device of this name already");
    }
    if (fleet_count(&site->fleet) >= SITE_DEVICES_MAX) {
        return refuse(result, E_LIMIT, "a site has at most 100000 devices");
    }
    return E_OK;
}

static int add_rows(struct site *site, struct fleet_device *device, struct site_result *result)
{
    int error = db_begin(site->db);
    if (error == E_OK) {
        device->row = db_device_add(site->db, device, posix_clock_wall_ms());
        error = device->row < 0 ? (int)device->row : put_token(site, device, result);
        if (error == E_OK) {
            error = db_commit(site->db);
        }
    }
    if (error != E_OK) {
        (void)snprintf(result->why, sizeof result->why, "%s", db_reason(site->db));
        db_rollback(site->db);
    }
    return error;
}

/* A name that came or went changes whom the broker lets in. */
static int renew_bans(struct site *site, struct site_result *result)
{
    if (site_bans_write(site) != E_OK) {
        return refuse(result, E_IO, "it is done, but the broker's list cannot be written");
    }
    return E_OK;
}

int site_device_add(struct site *site, const char *id, int64_t peak_power_w,
                    struct site_result *result)
{
    const struct weather_place nowhere = {.known = false};
    return site_device_add_at(site, id, peak_power_w, &nowhere, result);
}

static int check_place(const struct weather_place *p, struct site_result *result)
{
    enum { DEG = 1000000, MDEG = 1000 };
    if (p->known && (p->latitude_udeg < -90 * DEG || p->latitude_udeg > 90 * DEG ||
                     p->longitude_udeg < -180 * DEG || p->longitude_udeg > 180 * DEG)) {
        return refuse(result, E_ARG, "a latitude is -90 to 90 degrees, a longitude -180 to 180");
    }
    if (p->has_plane && (!p->known || p->tilt_mdeg < 0 || p->tilt_mdeg > 90 * MDEG ||
                         p->azimuth_mdeg < 0 || p->azimuth_mdeg > 360 * MDEG)) {
        return refuse(
            result, E_ARG,
            "with its place a device may have a tilt of 0 to 90 degrees and an azimuth of "
            "0 to 360 from north over east");
    }
    return E_OK;
}

int site_device_add_at(struct site *site, const char *id, int64_t peak_power_w,
                       const struct weather_place *place, struct site_result *result)
{
    struct fleet_device device = {.place = *place};
    struct fleet_device *added;
    int error = check_new(site, id, peak_power_w, result);
    error = error == E_OK ? check_place(place, result) : error;
    if (error != E_OK) {
        return error;
    }
    (void)snprintf(device.id, sizeof device.id, "%s", id);
    device.peak_power_w = (uint32_t)peak_power_w;
    ingest_flush(site->ingest, posix_clock_mono_ms());
    error = add_rows(site, &device, result);
    if (error == E_OK && fleet_add(&site->fleet, &device, &added) != E_OK) {
        return refuse(result, E_NOSPACE, "out of memory");
    }
    if (error != E_OK) {
        return error;
    }
    log_info("device added id=%s peak_power_w=%u", device.id, device.peak_power_w);
    return renew_bans(site, result);
}

int site_device_token(struct site *site, const char *id, struct site_result *result)
{
    struct fleet_device *device = fleet_find(&site->fleet, id);
    if (!device) {
        return refuse_unknown(result, id);
    }
    ingest_flush(site->ingest, posix_clock_mono_ms());
    return put_token(site, device, result);
}

/* The row and its entry for the ledger go together. */
static int remove_rows(struct site *site, const struct fleet_device *device)
{
    const struct ledger_entry entry = {.type = LEDGER_REMOVAL,
                                       .unix_ms = posix_clock_wall_ms(),
                                       .removed = ledger_text_of(device->id)};
    int error = db_begin(site->db);
    if (error != E_OK) {
        return error;
    }
    error = db_device_remove(site->db, device->row, posix_clock_wall_ms());
    if (error == E_OK) {
        error = ledger_record(site->db, &entry);
    }
    if (error == E_OK) {
        return db_commit(site->db);
    }
    db_rollback(site->db);
    return error;
}

int site_device_remove(struct site *site, const char *id, struct site_result *result)
{
    struct fleet_device *device = fleet_find(&site->fleet, id);
    if (!device) {
        return refuse_unknown(result, id);
    }
    ingest_flush(site->ingest, posix_clock_mono_ms());
    const int error = remove_rows(site, device);
    if (error != E_OK) {
        return refuse(result, error, db_reason(site->db));
    }
    log_info("device removed id=%s", id);
    if (site->trust) {
        trust_site_removed(site->trust, device);
    }
    fleet_remove(&site->fleet, device);
    return renew_bans(site, result);
}

/* ---- the operator, and health ---- */

int site_password_renew(struct site *site, char *password, size_t cap)
{
    char hash[WEB_PASSWORD_HASH_CAP];
    ASSERT(cap >= WEB_PASSWORD_CAP);
    if (web_password_make(password) != E_OK || web_password_hash(password, hash) != E_OK) {
        return E_IO;
    }
    ingest_flush(site->ingest, posix_clock_mono_ms());
    return db_setting_put(site->db, PASSWORD_SETTING, hash);
}

int site_password_hash(struct site *site, char *hash, size_t cap)
{
    return db_setting_get(site->db, PASSWORD_SETTING, hash, cap);
}

const char *site_trouble(struct site *site)
{
    if (site->ingest->failing || db_check(site->db) != E_OK) {
        return db_reason(site->db);
    }
    if (!site->broker_up) {
        return "the broker is not connected";
    }
    if (site->ledger && ledger_book_trouble(site->ledger)) {
        return ledger_book_trouble(site->ledger);
    }
    return site->signer_up ? NULL : "the signer has ended";
}
