/* SPDX-License-Identifier: MIT */
#include "site/ban.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/decisions.h"
#include "db/devices.h"
#include "plugin/ban_list.h"
#include "posix/clock.h"
#include "posix/log.h"
#include "site/operator.h"
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

/* ---- the operator's word ---- */

struct judging {
    struct site *site;
    const struct ledger_entry *order;
    struct fleet_device *device;
    char reason[LEDGER_TEXT_MAX_LEN + 1];
    bool bans;
    bool unbans;
};

static int refuse(struct site_result *result, int error, const char *why)
{
    (void)snprintf(result->why, sizeof result->why, "%s", why);
    return error;
}

static void text_of(struct ledger_text text, char out[LEDGER_TEXT_MAX_LEN + 1])
{
    memcpy(out, text.at, text.len);
    out[text.len] = '\0';
}

/* Whom it is about, and whether it can be done. */
static int read_order(struct judging *g, struct site_result *result)
{
    char text[LEDGER_TEXT_MAX_LEN + 1];
    const struct ledger_judgement *word = &g->order->judgement;
    text_of(word->by, text);
    if (strcmp(text, LEDGER_BY_OPERATOR) != 0) {
        return refuse(result, E_ARG, "only the operator can decide this");
    }
    text_of(word->device, text);
    text_of(word->reason, g->reason);
    g->device = fleet_find(&g->site->fleet, text);
    g->bans = g->order->type == LEDGER_BAN;
    g->unbans = g->order->type == LEDGER_UNBAN;
    if (!g->device) {
        (void)snprintf(result->why, sizeof result->why, "there is no device called %.100s", text);
        return E_ARG;
    }
    if (g->reason[0] == '\0') {
        return refuse(result, E_ARG, "a decision needs a reason");
    }
    if (g->bans && g->device->banned) {
        return refuse(result, E_STATE, "it is banned already");
    }
    if (g->unbans && !g->device->banned && !g->device->quarantined) {
        return refuse(result, E_STATE, "it is not banned");
    }
    return E_OK;
}

static int keep(const struct judging *g, const struct db_decision *decision)
{
    struct db *db = g->site->db;
    ingest_flush(g->site->ingest, posix_clock_mono_ms());
    int result = db_begin(db);
    if (result != E_OK) {
        return result;
    }
    result = db_decision_add(db, decision);
    if (result >= 0) {
        result = g->bans || g->unbans ? db_device_ban(db, decision->device, g->bans) : E_OK;
    }
    if (result == E_OK) {
        result = site_order_record(g->site, g->order);
    }
    if (result == E_OK) {
        return db_commit(db);
    }
    db_rollback(db);
    return result;
}

static int take_effect(const struct judging *g, int64_t unix_ms, struct site_result *result)
{
    struct site *site = g->site;
    g->device->banned = g->bans;
    if (site->trust) {
        trust_site_banned(site->trust, g->device, unix_ms, g->bans);
    }
    fleet_changed(&site->fleet, g->device);
    log_info("device %s id=%s by=operator", g->bans ? "banned" : "unbanned", g->device->id);
    if (site_bans_write(site) != E_OK) {
        return refuse(result, E_OK,
                      "it is decided, but the broker's list cannot be written; see the log");
    }
    return E_OK;
}

int site_judge(struct site *site, const struct ledger_entry *order, struct site_result *result)
{
    struct judging g = {.site = site, .order = order};
    int error = read_order(&g, result);
    if (error != E_OK) {
        return error;
    }
    const char *before = trust_action_name(trust_site_view(site->trust, g.device).action);
    const struct db_decision decision = {.device = g.device->row,
                                         .unix_ms = posix_clock_wall_ms(),
                                         .kind = g.bans || g.unbans ? "action" : "appeal",
                                         .action = g.bans     ? "ban"
                                                   : g.unbans ? "none"
                                                              : before,
                                         .before = before,
                                         .by = DB_BY_OPERATOR,
                                         .reason = g.reason};
    error = keep(&g, &decision);
    if (error != E_OK) {
        return refuse(result, error, db_reason(site->db));
    }
    return g.bans || g.unbans ? take_effect(&g, decision.unix_ms, result) : E_OK;
}
