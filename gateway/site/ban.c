/* SPDX-License-Identifier: MIT */
#include "site/ban.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/decisions.h"
#include "db/devices.h"
#include "ledger/judgement.h"
#include "plugin/ban_list.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "site/state.h"
#include "trust/trust_site.h"

/* ---- the broker's list ---- */

static void count_name(void *context, const char *id)
{
    size_t *len = context;
    *len += strlen(id) + 1;
}

static void add_name(void *context, const char *id)
{
    ban_list_add(context, id);
}

int site_bans_write(struct site *site)
{
    size_t cap = sizeof BAN_LIST_FIRST + sizeof BAN_LIST_LAST;
    if (site->bans_path[0] == '\0') {
        return E_OK;
    }
    int result = db_barred_list(site->db, count_name, &cap);
    char *text = result == E_OK ? malloc(cap) : NULL;
    if (!text) {
        return result == E_OK ? E_NOSPACE : result;
    }
    struct wbuf w = wbuf_of(text, cap);
    ban_list_begin(&w);
    result = db_barred_list(site->db, add_name, &w);
    ban_list_end(&w);
    if (result == E_OK) {
        result = wbuf_ok(&w) ? state_write(site->bans_path, text, wbuf_len(&w)) : E_NOSPACE;
    }
    free(text);
    return result;
}

/* ---- the operator's verbs ---- */

static int refuse(struct site_result *result, int error, const char *why)
{
    (void)snprintf(result->why, sizeof result->why, "%s", why);
    return error;
}

static struct fleet_device *find(struct site *site, const char *id, const char *reason,
                                 struct site_result *result)
{
    struct fleet_device *device = fleet_find(&site->fleet, id);
    const size_t len = strlen(reason);
    if (!device) {
        (void)snprintf(result->why, sizeof result->why, "there is no device called %s", id);
    } else if (len == 0 || len > SITE_REASON_MAX_LEN) {
        (void)snprintf(result->why, sizeof result->why, "a reason is 1 to %d bytes long",
                       SITE_REASON_MAX_LEN);
        return NULL;
    }
    return device;
}

static int keep(struct site *site, const struct db_decision *decision, bool changes_ban,
                bool banned)
{
    ingest_flush(site->ingest, posix_clock_mono_ms());
    int result = db_begin(site->db);
    if (result != E_OK) {
        return result;
    }
    result = db_decision_add(site->db, decision);
    if (result >= 0) {
        result = changes_ban ? db_device_ban(site->db, decision->device, banned) : E_OK;
    }
    if (result == E_OK && changes_ban) {
        result = ledger_record_ban(site, decision, banned);
    }
    if (result == E_OK) {
        return db_commit(site->db);
    }
    db_rollback(site->db);
    return result;
}

static const char *action_of(const struct site *site, const struct fleet_device *device)
{
    return trust_action_name(trust_site_view(site->trust, device).action);
}

static int set_ban(struct site *site, const char *id, const char *reason, bool banned,
                   struct site_result *result)
{
    struct fleet_device *device = find(site, id, reason, result);
    if (!device) {
        return E_ARG;
    }
    if (device->banned == banned && (banned || !device->quarantined)) {
        return refuse(result, E_STATE, banned ? "it is banned already" : "it is not banned");
    }
    const struct db_decision decision = {.device = device->row,
                                         .unix_ms = posix_clock_wall_ms(),
                                         .kind = "action",
                                         .action = banned ? "ban" : "none",
                                         .before = action_of(site, device),
                                         .by = DB_BY_OPERATOR,
                                         .reason = reason};
    const int error = keep(site, &decision, true, banned);
    if (error != E_OK) {
        return refuse(result, error, db_reason(site->db));
    }
    device->banned = banned;
    if (site->trust) {
        trust_site_banned(site->trust, device, decision.unix_ms, banned);
    }
    fleet_changed(&site->fleet, device);
    log_info("device %s id=%s by=operator", banned ? "banned" : "unbanned", device->id);
    if (site_bans_write(site) != E_OK) {
        return refuse(result, E_IO, "it is decided, but the broker's list cannot be written");
    }
    return E_OK;
}

int site_device_ban(struct site *site, const char *id, const char *reason,
                    struct site_result *result)
{
    return set_ban(site, id, reason, true, result);
}

int site_device_unban(struct site *site, const char *id, const char *reason,
                      struct site_result *result)
{
    return set_ban(site, id, reason, false, result);
}

int site_device_appeal(struct site *site, const char *id, const char *reason,
                       struct site_result *result)
{
    const struct fleet_device *device = find(site, id, reason, result);
    if (!device) {
        return E_ARG;
    }
    const char *action = action_of(site, device);
    const struct db_decision decision = {.device = device->row,
                                         .unix_ms = posix_clock_wall_ms(),
                                         .kind = "appeal",
                                         .action = action,
                                         .before = action,
                                         .by = DB_BY_OPERATOR,
                                         .reason = reason};
    const int error = keep(site, &decision, false, false);
    return error == E_OK ? E_OK : refuse(result, error, db_reason(site->db));
}
