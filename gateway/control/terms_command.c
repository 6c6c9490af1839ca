/* SPDX-License-Identifier: MIT */
#include "control/terms_command.h"

#include <string.h>

#include "db/db.h"
#include "ledger/blocks.h"
#include "ledger/book.h"
#include "market/terms.h"
#include "posix/clock.h"

/* False when it is there and no integer. */
static bool read_int(const struct json_reader *in, const char *name, int64_t missing, int64_t *out)
{
    const int value = json_member(in, 0, name);
    *out = missing;
    return value == JSON_ABSENT || json_int(in, value, out) == E_OK;
}

static const char *verdict(struct site *site, int result)
{
    if (result == E_ARG) {
        return "a name, reason, price or energy is out of range";
    }
    return result == E_OK ? NULL : db_reason(site->db);
}

const char *control_tariff_set(struct site *site, const struct json_reader *in)
{
    char name[LEDGER_TEXT_MAX_LEN + 1];
    char sharing[16];
    const int64_t now_ms = posix_clock_wall_ms();
    struct ledger_tariff t = {.sharing = LEDGER_SHARE_DYNAMIC};
    if (json_string(in, json_member(in, 0, "name"), name, sizeof name) < 1) {
        return "a tariff has a name";
    }
    if (json_string(in, json_member(in, 0, "sharing"), sharing, sizeof sharing) < 0 ||
        terms_parse_sharing(sharing, &t.sharing) != E_OK) {
        return "sharing is static, dynamic or auction";
    }
    if (!read_int(in, "from_unix_ms", now_ms, &t.from_unix_ms) ||
        !read_int(in, "import_price", 0, &t.import_price) ||
        !read_int(in, "export_price", 0, &t.export_price) ||
        !read_int(in, "community_price", 0, &t.community_price) ||
        !read_int(in, "grid_fee", 0, &t.grid_fee)) {
        return "prices are integers: millionths of a cent for a kWh";
    }
    t.name = ledger_text_of(name);
    ingest_flush(site->ingest, posix_clock_mono_ms());
    return verdict(site, terms_set_tariff(site->db, &t, now_ms));
}

const char *control_member_set(struct site *site, const struct json_reader *in)
{
    char id[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
    const int64_t now_ms = posix_clock_wall_ms();
    struct ledger_member m = {.weight = 1};
    int64_t weight;
    if (json_string(in, json_member(in, 0, "id"), id, sizeof id) < 1 ||
        !fleet_find(&site->fleet, id)) {
        return "there is no device of this name";
    }
    if (!read_int(in, "from_unix_ms", now_ms, &m.from_unix_ms) ||
        !read_int(in, "weight", 1, &weight) || weight < 0 || weight > UINT32_MAX ||
        !read_int(in, "bid_price", 0, &m.bid_price) ||
        !read_int(in, "ask_price", 0, &m.ask_price)) {
        return "weight and prices are integers";
    }
    m.weight = (uint32_t)weight;
    m.device = ledger_text_of(id);
    ingest_flush(site->ingest, posix_clock_mono_ms());
    return verdict(site, terms_set_member(site->db, &m, now_ms));
}

/* ---- energy ---- */

/* The member `name` of the question, a device of the site. */
static bool read_device(struct site *site, const struct json_reader *in, const char *name,
                        char id[TELEMETRY_DEVICE_ID_MAX_LEN + 1])
{
    return json_string(in, json_member(in, 0, name), id, TELEMETRY_DEVICE_ID_MAX_LEN + 1) > 0 &&
           fleet_find(&site->fleet, id);
}

const char *control_ledger_transfer(struct site *site, const struct json_reader *in)
{
    char from[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
    char to[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
    const int64_t step_ms = LEDGER_INTERVAL_S * INT64_C(1000);
    const int64_t now_ms = posix_clock_wall_ms();
    struct ledger_transfer t = {.energy_wh = 0};
    int64_t interval_s;
    if (!read_device(site, in, "from", from) || !read_device(site, in, "to", to)) {
        return "there is no device of this name";
    }
    if (strcmp(from, to) == 0) {
        return "a transfer is between two members";
    }
    if (!read_int(in, "interval_unix_ms", now_ms / step_ms * step_ms, &t.interval_unix_ms) ||
        !read_int(in, "interval_s", LEDGER_INTERVAL_S, &interval_s) || interval_s <= 0 ||
        interval_s > UINT32_MAX || interval_s % LEDGER_INTERVAL_S != 0 ||
        t.interval_unix_ms % step_ms != 0) {
        return "a transfer starts at a quarter of an hour and takes whole ones";
    }
    if (!read_int(in, "energy_wh", 0, &t.energy_wh) || t.energy_wh <= 0 ||
        !read_int(in, "price", 0, &t.price_microcent_per_kwh)) {
        return "the energy is a whole number of Wh above 0, the price an integer";
    }
    t.from = ledger_text_of(from);
    t.to = ledger_text_of(to);
    t.interval_s = (uint32_t)interval_s;
    ingest_flush(site->ingest, posix_clock_mono_ms());
    return verdict(site, terms_add_transfer(site->db, &t, now_ms));
}

/* The leaf hash of entry `index` when it is a block of readings; NULL, or a sentence. */
static const char *find_block(struct site *site, int64_t index, struct ledger_correction *c)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    struct ledger_entry e;
    struct ledger_log *log = site->ledger ? ledger_book_log(site->ledger) : NULL;
    if (!log) {
        return "the ledger stands still; `wattward status` says why";
    }
    if (index < 0 || (uint64_t)index >= ledger_log_kept(log).size) {
        return "the ledger has no such entry yet";
    }
    const int len = ledger_log_entry(log, (uint64_t)index, bytes, sizeof bytes);
    if (len < 0 || ledger_entry_decode(bytes, (size_t)len, &e) != E_OK) {
        return "the entry cannot be read";
    }
    if (e.type != LEDGER_READINGS) {
        return "only blocks of readings can be corrected, and that entry is none";
    }
    c->corrected = (uint64_t)index;
    c->leaf = ledger_leaf_hash(bytes, (size_t)len);
    return NULL;
}

const char *control_ledger_correct(struct site *site, const struct json_reader *in)
{
    char channel[16];
    char reason[LEDGER_TEXT_MAX_LEN + 1];
    int64_t index;
    struct ledger_correction c = {.by = ledger_text_of("operator")};
    if (!read_int(in, "entry", -1, &index)) {
        return "an entry has a whole number";
    }
    if (json_string(in, json_member(in, 0, "channel"), channel, sizeof channel) < 0 ||
        (strcmp(channel, "production") != 0 && strcmp(channel, "consumption") != 0)) {
        return "the channel is production or consumption";
    }
    if (!read_int(in, "delta_mwh", 0, &c.delta_mwh) || c.delta_mwh == 0) {
        return "a correction adds or takes away a whole number of mWh";
    }
    if (json_string(in, json_member(in, 0, "reason"), reason, sizeof reason) < 1) {
        return "a correction has a reason of 1 to 255 characters";
    }
    c.channel = strcmp(channel, "production") == 0 ? LEDGER_PRODUCTION : LEDGER_CONSUMPTION;
    c.reason = ledger_text_of(reason);
    const char *wrong = find_block(site, index, &c);
    if (wrong) {
        return wrong;
    }
    ingest_flush(site->ingest, posix_clock_mono_ms());
    return verdict(site, terms_add_correction(site->db, &c, posix_clock_wall_ms()));
}
