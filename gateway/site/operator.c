/* SPDX-License-Identifier: MIT
 * What the operator's key has signed. A number is used in the transaction of what it did, so an
 * action has either happened, once, or may be sent again.
 */
#include "site/operator.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "db/db.h"
#include "ledger/book.h"
#include "market/orders.h"
#include "posix/clock.h"
#include "posix/key_file.h"
#include "posix/log.h"
#include "site/ban.h"
#include "site/state.h"
#include "web/hex.h"

enum { HEX_CAP = 2 * 32 + 1 };
#define KEY_SETTING    "operator_key"
#define NUMBER_SETTING "operator_action"

static int refuse(struct site_result *result, int error, const char *why)
{
    (void)snprintf(result->why, sizeof result->why, "%s", why);
    return error;
}

/* ---- the key ---- */

static int put_key(struct db *db, const uint8_t key[32])
{
    char text[HEX_CAP];
    web_hex_write(key, 32, text);
    return db_setting_put(db, KEY_SETTING, text);
}

static int load(struct site *site)
{
    char text[HEX_CAP];
    int result = db_setting_get(site->db, KEY_SETTING, text, sizeof text);
    if (result != E_OK) {
        return result;
    }
    if (!web_hex_read(text, site->operator.key, 32)) {
        return E_CORRUPT;
    }
    site->operator.known = true;
    result = db_setting_get(site->db, NUMBER_SETTING, text, sizeof text);
    site->operator.number = result == E_OK ? strtoull(text, NULL, 10) : 0;
    return result == E_NOTFOUND ? E_OK : result;
}

static int keep_key(struct site *site, const uint8_t key[32])
{
    struct ledger_entry entry = {.type = LEDGER_OPERATOR, .unix_ms = posix_clock_wall_ms()};
    memcpy(entry.operator_key, key, sizeof entry.operator_key);
    int result = db_begin(site->db);
    if (result != E_OK) {
        return result;
    }
    result = put_key(site->db, key);
    if (result == E_OK) {
        result = ledger_record(site->db, &entry);
    }
    if (result == E_OK) {
        result = db_commit(site->db);
    }
    if (result != E_OK) {
        db_rollback(site->db);
    }
    return result;
}

/* The file first: a crash after it leaves a key that nobody believes, and the next start another.
 */
static int make_key(struct site *site, const char *path)
{
    uint8_t seed[32] = {0};
    uint8_t key[32] = {0};
    int result = crypto_random(seed, sizeof seed);
    if (result == E_OK) {
        result = crypto_ed25519_public(seed, key);
    }
    if (result == E_OK) {
        result = posix_key_file_write(path, seed);
        if (result != E_OK) {
            log_error("cannot write %s: %s", path, strerror(errno));
        }
    }
    crypto_wipe(seed, sizeof seed);
    return result == E_OK ? keep_key(site, key) : result;
}

int site_operator_open(struct site *site, const char *directory, bool renew)
{
    char path[SITE_PATH_CAP];
    int result = load(site);
    if (result == E_OK && !renew) {
        return E_OK;
    }
    if (result != E_OK && result != E_NOTFOUND) {
        log_error("the operator's key cannot be read: %s", db_reason(site->db));
        return result;
    }
    if (state_make_directory(directory) != E_OK ||
        state_path(directory, SITE_OPERATOR_KEY_FILE, path, sizeof path) != E_OK) {
        return E_IO;
    }
    if (make_key(site, path) != E_OK) {
        log_error("the operator has no key; bans and other decisions need one");
        return E_IO;
    }
    log_info("the operator's key is in %s; keep it where only he can read it", path);
    return load(site);
}

/* ---- actions ---- */

const char *site_operator_origin(struct site *site)
{
    static char origin[LEDGER_ORIGIN_CAP];
    const char *of_log = site->ledger ? ledger_book_origin(site->ledger) : "";
    if (of_log[0] != '\0') {
        return of_log;
    }
    ledger_origin_of(site->name, origin);
    return origin;
}

int site_order_record(struct site *site, const struct ledger_entry *order)
{
    char number[24];
    struct ledger_entry entry = *order;
    entry.unix_ms = posix_clock_wall_ms();
    int result = ledger_record(site->db, &entry);
    if (result == E_OK && order->authority.present) {
        (void)snprintf(number, sizeof number, "%" PRIu64, order->authority.number);
        result = db_setting_put(site->db, NUMBER_SETTING, number);
    }
    if (result == E_OK && order->type == LEDGER_OPERATOR) {
        result = put_key(site->db, order->operator_key);
    }
    return result;
}

/* A new key, signed with the old one: nothing else changes. */
static int change_key(struct site *site, const struct ledger_entry *order,
                      struct site_result *result)
{
    ingest_flush(site->ingest, posix_clock_mono_ms());
    int error = db_begin(site->db);
    if (error != E_OK) {
        return refuse(result, error, db_reason(site->db));
    }
    error = site_order_record(site, order);
    if (error == E_OK) {
        error = db_commit(site->db);
    }
    if (error != E_OK) {
        (void)refuse(result, error, db_reason(site->db));
        db_rollback(site->db);
    }
    return error;
}

static const struct {
    enum ledger_entry_type type;
    int (*carry_out)(struct site *site, const struct ledger_entry *order,
                     struct site_result *result);
} verbs[] = {
    {LEDGER_BAN, site_judge},
    {LEDGER_UNBAN, site_judge},
    {LEDGER_APPEAL, site_judge},
    {LEDGER_OPERATOR, change_key},
    {LEDGER_TARIFF, market_order_record},
    {LEDGER_MEMBER, market_order_record},
    {LEDGER_TRANSFER, market_order_record},
    {LEDGER_CORRECTION, market_order_record},
};

static int dispatch(struct site *site, const struct ledger_entry *order, struct site_result *result)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (verbs[i].type == order->type) {
            return verbs[i].carry_out(site, order, result);
        }
    }
    return refuse(result, E_UNSUPPORTED, "the gateway does not know this action");
}

static bool is_for_us(struct site *site, const struct ledger_action *action)
{
    const char *origin = site_operator_origin(site);
    return action->origin.len == strlen(origin) &&
           memcmp(action->origin.at, origin, action->origin.len) == 0;
}

int site_operator_act(struct site *site, const uint8_t *action, size_t len,
                      struct site_result *result)
{
    struct ledger_action order;
    int error = ledger_action_decode(action, len, &order);
    if (error != E_OK) {
        return refuse(result, error, "this is not a signed action; are both of one version?");
    }
    if (!is_for_us(site, &order)) {
        return refuse(result, E_AUTH, "the action was signed for another site");
    }
    struct ledger_operator next = site->operator;
    error = ledger_operator_check(&next, order.origin, &order.entry);
    site->operator_refused += error != E_OK;
    if (error == E_REPLAY) {
        return refuse(result, error,
                      "this action, or a later one, was carried out already; sign it anew");
    }
    if (error != E_OK) {
        log_warn("an action was refused: it is not signed by the operator");
        return refuse(result, error, "the action is not signed with the operator's key");
    }
    error = dispatch(site, &order.entry, result);
    if (error == E_OK) {
        site->operator= next;
        log_info("the operator decided action=%s number=%" PRIu64,
                 ledger_entry_name(order.entry.type), order.entry.authority.number);
    }
    return error;
}
