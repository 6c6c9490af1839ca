/* SPDX-License-Identifier: MIT */
#include "ledger/judgement.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/crypto.h"
#include "db/ledger_rows.h"
#include "ledger/book.h"

static const char *name_of(const struct site *site, int64_t row)
{
    for (size_t i = 0; i < fleet_count(&site->fleet); i++) {
        const struct fleet_device *device = fleet_at(&site->fleet, i);
        if (device->row == row) {
            return device->id;
        }
    }
    return NULL;
}

static struct ledger_text printable(const char *text, char out[LEDGER_TEXT_MAX_LEN])
{
    size_t len = 0;
    for (; len < LEDGER_TEXT_MAX_LEN && text[len] != 0; len++) {
        out[len] = text[len] >= 0x20 && text[len] <= 0x7e ? text[len] : '?';
    }
    return (struct ledger_text){out, len};
}

int ledger_record_ban(struct site *site, const struct db_decision *decision, bool banned)
{
    char by[LEDGER_TEXT_MAX_LEN];
    char reason[LEDGER_TEXT_MAX_LEN];
    const char *id = name_of(site, decision->device);
    struct ledger_entry entry = {.type = banned ? LEDGER_BAN : LEDGER_UNBAN,
                                 .unix_ms = decision->unix_ms};
    if (!id) {
        return E_OK; /* removed meanwhile; its removal is an entry */
    }
    entry.judgement.device = ledger_text_of(id);
    entry.judgement.by = printable(decision->by ? decision->by : "", by);
    entry.judgement.reason = printable(decision->reason ? decision->reason : "", reason);
    const int result = decision->evidence ? crypto_digest(CRYPTO_SHA256, decision->evidence,
                                                          strlen(decision->evidence),
                                                          entry.judgement.evidence_digest)
                                          : E_OK;
    return result == E_OK ? ledger_record(site->db, &entry) : result;
}

int ledger_record_uncredited(struct site *site, int64_t device, int64_t uncredited_mwh,
                             int64_t unix_ms)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    struct ledger_entry entry = {.type = LEDGER_CORRECTION, .unix_ms = unix_ms};
    struct ledger_log *log = site->ledger ? ledger_book_log(site->ledger) : NULL;
    uint64_t index = 0;
    ASSERT(uncredited_mwh > 0);
    if (!log) {
        return E_NOTFOUND;
    }
    const int found = db_ledger_block_newest(site->db, device, &index);
    const int len = found == E_OK ? ledger_log_entry(log, index, bytes, sizeof bytes) : found;
    if (len < 0) {
        return len;
    }
    entry.correction = (struct ledger_correction){
        .corrected = index,
        .leaf = ledger_leaf_hash(bytes, (size_t)len),
        .channel = LEDGER_PRODUCTION,
        .delta_mwh = -uncredited_mwh,
        .by = ledger_text_of(DB_BY_ENGINE),
        .reason = ledger_text_of("more than was to be expected is not credited")};
    return ledger_record(site->db, &entry);
}
