/* SPDX-License-Identifier: MIT */
#include "ledger/judgement.h"

#include <string.h>

#include "crypto/crypto.h"
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
