/* SPDX-License-Identifier: MIT
 * Every list that a schema bounds, filled to its bound, each in the least message that has it: it
 * comes back, one item more is refused, and so is an arena of eight bytes less than it takes. The
 * items are complete (all that is optional is there; a list in an item has one item), so the table
 * below states what a list may need.
 */
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "../../../lib/exi/src/arena.h"
#include "../../../lib/exi/src/dictionary.h"
#include "check.h"
#include "exi/json.h"
#include "exi_random.h"

enum { ARENA_CAP = 512 << 10, MESSAGE_CAP = 160 << 10, LISTS_MAX = 96 };

/* Bytes of an arena on 64 bits and at most on 32, where the size of an enumeration varies. */
struct stated {
    const char *protocol;
    const char *message;
    const char *list;
    unsigned bound;
    size_t bytes_64;
    size_t bytes_32;
};

// clang-format off
static const struct stated stated[] = {
    {"sap", "supportedAppProtocolReq", "AppProtocol", 20, 656, 416},
    {"iso2", "CertificateInstallationReq", "RootCertificateID", 20, 896, 456},
    {"iso2", "CertificateInstallationRes", "Certificate", 4, 312, 160},
    {"iso2", "ChargeParameterDiscoveryRes", "SAScheduleTuple", 3, 888, 600},
    {"iso2", "ChargeParameterDiscoveryRes", "PMaxScheduleEntry", 1024, 49328, 36976},
    {"iso2", "ChargeParameterDiscoveryRes", "SalesTariffEntry", 1024, 106784, 78008},
    {"iso2", "ChargeParameterDiscoveryRes", "ConsumptionCost", 3, 488, 336},
    {"iso2", "ChargeParameterDiscoveryRes", "Cost", 3, 416, 288},
    {"iso2", "PaymentServiceSelectionReq", "SelectedService", 16, 176, 144},
    {"iso2", "PowerDeliveryReq", "ProfileEntry", 24, 584, 544},
    {"iso2", "ServiceDetailRes", "ParameterSet", 255, 16400, 9232},
    {"iso2", "ServiceDetailRes", "Parameter", 16, 744, 392},
    {"iso2", "ServiceDiscoveryRes", "PaymentOption", 2, 168, 96},
    {"iso2", "ServiceDiscoveryRes", "EnergyTransferMode", 6, 192, 120},
    {"iso2", "ServiceDiscoveryRes", "Service", 8, 632, 336},
    {"iso20", "AuthorizationReq", "Certificate", 3, 160, 96},
    {"iso20", "AuthorizationSetupRes", "AuthorizationServices", 2, 80, 64},
    {"iso20", "AuthorizationSetupRes", "ProviderID", 128, 2160, 1104},
    {"iso20", "CertificateInstallationReq", "RootCertificateID", 20, 904, 472},
    {"iso20", "CertificateInstallationReq", "EMAID", 8, 288, 160},
    {"iso20", "MeteringConfirmationReq", "TaxCosts", 10, 344, 264},
    {"iso20", "PowerDeliveryReq", "EVPowerProfileEntry", 2048, 82024, 65616},
    {"iso20", "ScheduleExchangeReq", "EVPowerScheduleEntry", 1024, 8392, 8328},
    {"iso20", "ScheduleExchangeReq", "EVPriceRuleStack", 1024, 32944, 20608},
    {"iso20", "ScheduleExchangeReq", "EVPriceRule", 8, 264, 200},
    {"iso20", "ScheduleExchangeRes", "TaxRule", 10, 704, 440},
    {"iso20", "ScheduleExchangeRes", "PriceRuleStack", 1024, 65768, 45216},
    {"iso20", "ScheduleExchangeRes", "PriceRule", 8, 576, 424},
    {"iso20", "ScheduleExchangeRes", "OverstayRule", 5, 480, 320},
    {"iso20", "ScheduleExchangeRes", "AdditionalService", 5, 424, 264},
    {"iso20", "ScheduleExchangeRes", "PriceLevelScheduleEntry", 1024, 8344, 8304},
    {"iso20", "ScheduleExchangeRes", "ScheduleTuple", 3, 3192, 2120},
    {"iso20", "ScheduleExchangeRes", "PowerScheduleEntry", 1024, 41104, 32872},
    {"iso20", "ServiceDetailRes", "ParameterSet", 32, 2104, 1200},
    {"iso20", "ServiceDetailRes", "Parameter", 32, 1360, 704},
    {"iso20", "ServiceDiscoveryReq", "ServiceID", 16, 96, 80},
    {"iso20", "ServiceDiscoveryRes", "Service", 8, 104, 88},
    {"iso20", "ServiceSelectionReq", "SelectedService", 16, 136, 112},
    {"iso20wpt", "WPT_AlignmentCheckReq", "VendorSpecificDataContainer", 16, 328, 176},
    {"iso20wpt", "WPT_AlignmentCheckRes", "VendorSpecificDataContainer", 16, 328, 176},
    {"iso20wpt", "WPT_ChargeLoopReq", "ManufacturerSpecificDataContainer", 16, 344, 192},
    {"iso20wpt", "WPT_ChargeLoopRes", "ManufacturerSpecificDataContainer", 16, 384, 208},
    {"iso20wpt", "WPT_ChargeParameterDiscoveryReq", "VendorSpecificDataContainer", 16, 320, 176},
    {"iso20wpt", "WPT_ChargeParameterDiscoveryRes", "SDManufacturerSpecificDataContainer", 16, 336, 192},
    {"iso20wpt", "WPT_FinePositioningReq", "VendorSpecificDataContainer", 16, 320, 176},
    {"iso20wpt", "WPT_FinePositioningRes", "VendorSpecificDataContainer", 16, 320, 176},
    {"iso20wpt", "WPT_FinePositioningSetupReq", "WPT_FinePositioningMethod", 8, 168, 120},
    {"iso20wpt", "WPT_FinePositioningSetupReq", "WPT_PairingMethod", 8, 168, 120},
    {"iso20wpt", "WPT_FinePositioningSetupReq", "WPT_AlignmentCheckMethod", 8, 176, 128},
    {"iso20wpt", "WPT_FinePositioningSetupReq", "VendorSpecificDataContainer", 16, 400, 224},
    {"iso20wpt", "WPT_FinePositioningSetupReq", "TxSpecData", 255, 4272, 4208},
    {"iso20wpt", "WPT_FinePositioningSetupReq", "PulseSequenceOrder", 255, 2280, 2216},
    {"iso20wpt", "WPT_FinePositioningSetupReq", "RxSpecData", 255, 4264, 4200},
    {"iso20wpt", "WPT_FinePositioningSetupRes", "VendorSpecificDataContainer", 16, 400, 224},
    {"iso20wpt", "WPT_PairingReq", "VendorSpecificDataContainer", 16, 320, 176},
    {"iso20wpt", "WPT_PairingRes", "AlternativeSECC", 8, 536, 296},
    {"iso20wpt", "WPT_PairingRes", "VendorSpecificDataContainer", 16, 328, 184},
};
// clang-format on

/* The way from a root to a list: a row in each type, and the choice it is an alternative of. */
struct step {
    const struct exi_module *module;
    const struct exi_row *row;
    const struct exi_row *choice;
};

static struct {
    alignas(8) uint8_t source[ARENA_CAP];
    alignas(8) uint8_t memory[ARENA_CAP];
    uint8_t in[MESSAGE_CAP];
    uint8_t again[MESSAGE_CAP];
    struct exi_arena arena;
    struct step path[EXI_MAX_DEPTH];
    int target; /* index of the list in the path */
    const struct exi_row *met[LISTS_MAX];
    size_t n_met;
    uint8_t *count_at; /* of the list: where its number of items is */
} t;

enum { NO_PATH = EXI_MAX_DEPTH };

static uint8_t *take(size_t size)
{
    uint8_t *at = exi_arena_take(&t.arena, size);
    CHECK(at != NULL);
    return at;
}

static void fill(const struct exi_module *module, unsigned type, uint8_t *base, int depth,
                 bool complete);

static void put_value(const struct exi_datatype *datatype, uint8_t *at)
{
    static const uint8_t zero[1] = {0};
    struct exi_integer big = {.groups = EXI_BLOB(zero, 1)};
    const struct exi_blob empty = EXI_BLOB(zero, 0);
    if (datatype->kind == EXI_BIG) {
        memcpy(at, &big, sizeof big);
    } else if (datatype->kind > EXI_BIG) {
        memcpy(at, &empty, sizeof empty);
    } else if (datatype->kind == EXI_NBIT8) {
        *at = (uint8_t)datatype->low;
    } else if (datatype->kind == EXI_NBIT16) {
        memcpy(at, &datatype->low, sizeof datatype->low);
    }
}

static void put_one(const struct exi_module *module, const struct exi_row *row, uint8_t *at,
                    int depth, bool complete)
{
    if (exi_row_kind(row) == EXI_ROW_COMPLEX) {
        fill(module, row->type, at, depth, complete);
    } else {
        put_value(&module->datatypes[row->type], at);
    }
}

/* The items of a list; the first may be on the path. */
static void put_list(const struct exi_module *module, const struct exi_row *row, uint8_t *base,
                     int depth, bool complete)
{
    const struct exi_occurs *occurs = &exi_occurs[row->n];
    const bool is_target = depth < NO_PATH && depth == t.target;
    const uint16_t count = is_target ? occurs->high : occurs->low == 0 ? 1 : occurs->low;
    const size_t size = exi_row_size(module, row);
    uint8_t *items = take(size * (count + (is_target ? 1U : 0U)));
    if (items == NULL) {
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        const int next = depth < NO_PATH && !is_target && i == 0 ? depth + 1 : NO_PATH;
        put_one(module, row, items + i * size, next, complete || is_target);
    }
    if (is_target) { /* one more, for what is refused */
        put_one(module, row, items + count * size, NO_PATH, true);
        t.count_at = base + row->offset + sizeof items;
    }
    memcpy(base + row->offset, &items, sizeof items);
    memcpy(base + row->offset + sizeof items, &count, sizeof count);
}

static void put_row(const struct exi_module *module, const struct exi_row *row, uint8_t *base,
                    int depth, bool complete)
{
    uint8_t *at = base + row->offset;
    if ((row->kind & EXI_LIST) != 0) {
        put_list(module, row, base, depth, complete);
        return;
    }
    if ((row->kind & EXI_POINTER) != 0) {
        uint8_t *own = take(exi_row_size(module, row));
        memcpy(at, &own, sizeof own);
        at = own;
    }
    if (at == NULL) {
        return;
    }
    put_one(module, row, at, depth < NO_PATH ? depth + 1 : NO_PATH, complete);
    if ((row->kind & EXI_FLAGGED) != 0) {
        at[exi_row_size(module, row)] = true;
    }
}

static void put_choice(const struct exi_module *module, const struct exi_row *head, uint8_t *base,
                       int depth, bool complete)
{
    const struct exi_row *row = head + 1;
    if (depth < NO_PATH) {
        row = t.path[depth].row;
    }
    while (exi_row_kind(row) >= EXI_ROW_CHOICE && row < head + head->n) {
        row++;
    }
    if (exi_row_kind(row) < EXI_ROW_CHOICE) {
        exi_enum_store(base + head->offset, (unsigned)(row - head));
        put_row(module, row, base, depth, complete);
    }
}

static void fill(const struct exi_module *module, unsigned type, uint8_t *base, int depth,
                 bool complete)
{
    module = exi_module_of(module, type);
    const struct exi_type *own = &module->types[type - module->first];
    const struct exi_row *row = &module->rows[own->row];
    const struct exi_row *end = row + own->n_rows;
    for (; row != end; row = exi_row_after(row)) {
        const bool on_path = depth < NO_PATH && depth <= t.target &&
                             (t.path[depth].row == row || t.path[depth].choice == row);
        const int here = on_path ? depth : NO_PATH;
        if ((row->kind & EXI_OPTIONAL) != 0 && !on_path && !complete) {
            continue;
        }
        if (exi_row_kind(row) == EXI_ROW_CHOICE) {
            put_choice(module, row, base, here, complete);
        } else if (exi_row_kind(row) < EXI_ROW_CHOICE) {
            put_row(module, row, base, here, complete);
        }
    }
}

/* Decodes in an arena of `cap` bytes. */
static int decode(const struct exi_set *set, int len, size_t cap, struct exi_message *back)
{
    struct exi_arena arena;
    exi_arena_init(&arena, t.memory, cap);
    const int result = exi_decode(set, t.in, (size_t)len, &arena, back);
    CHECK(result == E_OK || (back->error == EXI_ARENA && result == E_NOSPACE && arena.used == 0));
    return result;
}

/* The least arena that suffices. */
static size_t least_arena(const struct exi_set *set, int len)
{
    struct exi_message back;
    size_t low = 0;
    size_t high = ARENA_CAP / 8;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (decode(set, len, 8 * middle, &back) == E_OK) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return 8 * low;
}

static void check_stated(const struct exi_dictionary *d, const struct exi_message *m, int len)
{
    const struct step *last = &t.path[t.target];
    const char *list = exi_names_of(d, last->module)->rows[last->row - last->module->rows];
    const unsigned bound = exi_occurs[last->row->n].high;
    const size_t bytes = least_arena(d->set, len);
    struct exi_message back;
    CHECK_EQ(decode(d->set, len, bytes, &back), E_OK);
    CHECK(exi_messages_equal(d->set, m, &back)); /* where there is no room beside the list */
    const struct stated *s = t.n_met < sizeof stated / sizeof stated[0] ? &stated[t.n_met] : NULL;
    printf("{\"%s\", \"%s\", \"%s\", %u, %zu, %zu}, /* %d bytes */\n", d->protocol,
           exi_message_name(d, m), list, bound, bytes, bytes, len);
    if (CHECK(s != NULL)) {
        CHECK_STR(s->list, list);
        CHECK_EQ(s->bound, bound);
        CHECK(sizeof(void *) == 8 ? bytes == s->bytes_64 : bytes <= s->bytes_32);
    }
}

static void check_list(const struct exi_dictionary *d, unsigned root, int target)
{
    struct exi_message m = {.root = root};
    struct exi_message back;
    const unsigned type = d->set->roots[root].type;
    const struct exi_module *module = exi_module_of(d->set->module, type);
    t.target = target;
    exi_arena_init(&t.arena, t.source, sizeof t.source);
    uint8_t *base = take(module->types[type - module->first].size);
    fill(d->set->module, type, base, 0, false);
    m.value = base;
    const int len = exi_encode(d->set, &m, t.in, sizeof t.in);
    if (!CHECK(len > 0) || !CHECK_EQ(decode(d->set, len, ARENA_CAP, &back), E_OK)) {
        return;
    }
    CHECK(exi_messages_equal(d->set, &m, &back));
    const int again = exi_encode(d->set, &back, t.again, sizeof t.again);
    CHECK_BYTES(t.again, again < 0 ? 0 : (size_t)again, t.in, (size_t)len);
    check_stated(d, &m, len);
    const uint16_t more = (uint16_t)(exi_occurs[t.path[target].row->n].high + 1U);
    memcpy(t.count_at, &more, sizeof more);
    CHECK_EQ(exi_encode(d->set, &m, t.again, sizeof t.again), E_ARG);
    CHECK_EQ(m.error, EXI_COUNT);
}

static bool is_new(const struct exi_row *row)
{
    const unsigned high = exi_occurs[row->n].high;
    bool met = (row->kind & EXI_LIST) == 0 || high == EXI_MAX_COUNT || t.n_met == LISTS_MAX;
    for (size_t i = 0; i < t.n_met && !met; i++) {
        met = t.met[i] == row;
    }
    return !met;
}

static void visit(const struct exi_dictionary *d, unsigned root, const struct exi_module *module,
                  unsigned type, int depth)
{
    module = exi_module_of(module, type);
    const struct exi_type *own = &module->types[type - module->first];
    const struct exi_row *row = &module->rows[own->row];
    const struct exi_row *end = row + own->n_rows;
    const struct exi_row *choice = NULL;
    const struct exi_row *choice_end = NULL;
    for (; row != end; row++) {
        if (exi_row_kind(row) == EXI_ROW_CHOICE) {
            choice = row;
            choice_end = row + row->n + 1;
        }
        if (exi_row_kind(row) >= EXI_ROW_CHOICE) {
            continue;
        }
        t.path[depth] = (struct step){module, row, row < choice_end ? choice : NULL};
        if (is_new(row)) {
            check_list(d, root, depth);
            t.met[t.n_met++] = row;
        }
        if (exi_row_kind(row) == EXI_ROW_COMPLEX) {
            visit(d, root, module, row->type, depth + 1);
        }
    }
}

static void every_list_of_every_set_can_be_full(void)
{
    const struct exi_dictionary *d;
    for (unsigned i = 0; (d = exi_dictionary_at(i)) != NULL; i++) {
        for (unsigned root = 0; root < d->set->root_count; root++) {
            visit(d, root, d->set->module, d->set->roots[root].type, 0);
        }
    }
    CHECK_EQ(t.n_met, sizeof stated / sizeof stated[0]);
}

CHECK_MAIN(TEST(every_list_of_every_set_can_be_full))
