/* SPDX-License-Identifier: MIT */
#include "web/ledger_entries.h"

#include <string.h>

#include "base/assert.h"
#include "ledger/entry.h"
#include "ledger/proof_json.h"
#include "telemetry/device_id.h"
#include "web/device_json.h"
#include "web/routes.h"

enum { ENTRY_JSON_CAP = 4096, TYPE_CAP = 32 };
#define JSON "application/json"

/* `out` holds views into `bytes`. */
static bool read_entry(struct ledger_log *log, uint64_t index, uint8_t bytes[LEDGER_ENTRY_MAX_LEN],
                       struct ledger_entry *out)
{
    const int len = ledger_log_entry(log, index, bytes, LEDGER_ENTRY_MAX_LEN);
    return len >= 0 && ledger_entry_decode(bytes, (size_t)len, out) == E_OK;
}

static void put_entry(struct json_writer *j, const struct ledger_entry *e)
{
    json_begin_object(j);
    ledger_entry_put_json(j, e);
    json_end(j);
}

static void begin(struct json_writer *j, struct wbuf *w, long long size)
{
    json_writer_init(j, w);
    json_begin_object(j);
    json_field_int(j, "size", size);
    json_key(j, "entries");
    json_begin_array(j);
}

static void end(struct json_writer *j, struct wbuf *w, bool read, struct web_response *r)
{
    json_end(j);
    if (read) {
        web_answer_end(r, w, 200, JSON);
    } else {
        web_answer_error(r, 503, "the ledger cannot be read");
    }
}

static struct wbuf room_for(struct web_response *r, long long entries)
{
    ASSERT(entries <= WEB_LEDGER_ENTRIES_MAX);
    return web_answer_begin(r, (size_t)entries * ENTRY_JSON_CAP + 128);
}

void web_ledger_entries(struct ledger_log *log, const char *query, struct web_response *r)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    const long long size = (long long)ledger_log_kept(log).size;
    struct ledger_entry e;
    long long from = 0;
    long long count = 0;
    bool read = true;
    if (!web_query_int(query, "from", 0, &from) ||
        !web_query_int(query, "count", WEB_LEDGER_ENTRIES_MAX, &count) || from < 0 || count < 1 ||
        count > WEB_LEDGER_ENTRIES_MAX) {
        web_answer_error(r, 400, "from is an index, count is 1 to 100");
        return;
    }
    struct json_writer j;
    struct wbuf w = room_for(r, count);
    begin(&j, &w, size);
    for (long long i = from; read && i < size && i - from < count; i++) {
        read = read_entry(log, (uint64_t)i, bytes, &e);
        if (read) {
            put_entry(&j, &e);
        }
    }
    json_end(&j);
    end(&j, &w, read, r);
}

/* ---- search ---- */

struct wanted {
    char type[TYPE_CAP]; /* "" is every one; after '-' the one that is not wanted */
    char device[TELEMETRY_DEVICE_ID_MAX_LEN + 1]; /* "" is every one */
};

static bool text_is(struct ledger_text text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

static bool is_of(const struct ledger_entry *e, const char *device)
{
    switch (e->type) {
    case LEDGER_READINGS:
        return text_is(e->readings.device, device);
    case LEDGER_ENROLMENT:
        return text_is(e->enrolment.device, device);
    case LEDGER_REMOVAL:
        return text_is(e->removed, device);
    case LEDGER_BAN:
    case LEDGER_UNBAN:
    case LEDGER_APPEAL:
        return text_is(e->judgement.device, device);
    case LEDGER_TRANSFER:
        return text_is(e->transfer.from, device) || text_is(e->transfer.to, device);
    case LEDGER_MEMBER:
        return text_is(e->member.device, device);
    case LEDGER_START:
    case LEDGER_TARIFF:
    case LEDGER_CORRECTION:
    case LEDGER_STATEMENT:
    case LEDGER_OPERATOR:
        break;
    }
    return false;
}

static bool is_wanted(const struct ledger_entry *e, const struct wanted *wanted)
{
    const char *type = wanted->type;
    const bool inverted = type[0] == '-';
    if (type[0] != 0 && (strcmp(ledger_entry_name(e->type), type + inverted) == 0) == inverted) {
        return false;
    }
    return wanted->device[0] == 0 || is_of(e, wanted->device);
}

/* A word of the query that may be absent; false when it is too long. */
static bool optional_word(const char *query, const char *name, char *out, unsigned cap)
{
    out[0] = 0;
    return web_query_word(query, name, out, cap) || !strstr(query, name);
}

void web_ledger_search(struct ledger_log *log, const char *query, struct web_response *r)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    const long long size = (long long)ledger_log_kept(log).size;
    struct wanted wanted;
    struct ledger_entry e;
    long long before = 0;
    long long count = 0;
    bool read = true;
    if (!web_query_int(query, "before", size, &before) ||
        !web_query_int(query, "count", WEB_LEDGER_ENTRIES_MAX, &count) || before < 0 || count < 1 ||
        count > WEB_LEDGER_ENTRIES_MAX) {
        web_answer_error(r, 400, "before is an index, count is 1 to 100");
        return;
    }
    if (!optional_word(query, "type", wanted.type, sizeof wanted.type) ||
        !optional_word(query, "device", wanted.device, sizeof wanted.device)) {
        web_answer_error(r, 400, "type and device are names");
        return;
    }
    struct json_writer j;
    struct wbuf w = room_for(r, count);
    begin(&j, &w, size);
    long long at = before < size ? before : size;
    const long long stop = at > WEB_LEDGER_SEARCH_MAX ? at - WEB_LEDGER_SEARCH_MAX : 0;
    while (read && count > 0 && at > stop) {
        read = read_entry(log, (uint64_t)--at, bytes, &e);
        if (read && is_wanted(&e, &wanted)) {
            put_entry(&j, &e);
            count--;
        }
    }
    json_end(&j);
    web_put_known_int(&j, "next", at > 0, at);
    end(&j, &w, read, r);
}
