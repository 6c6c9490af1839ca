/* SPDX-License-Identifier: MIT */
#include "control/terms_command.h"

#include "db/db.h"
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
        return "a name or price is out of range";
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
