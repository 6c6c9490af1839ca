/* SPDX-License-Identifier: MIT
 * The ledger of a site: readings and entries on their way from the database into the log, and back
 * after every kind of interruption. The signer is a key and the rule it follows.
 */
#include "ledger/book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "crypto/crypto.h"
#include "gateway_site.h"
#include "ledger/blocks.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/proof_json.h"
#include "market/account.h"
#include "web/ledger.h"
#include "web/settlement.h"

enum { RECEIPTS_MAX = 64 };

static struct test_site t;
static struct test_device meter;
static struct ledger_book *book;
static char directory[96];
static int64_t unix_ms;

static struct {
    struct ledger_head head;
    bool silent;       /* does not answer */
    bool loses_answer; /* signs, and the answer is lost */
    unsigned forks;
} signer;

static struct {
    uint8_t bytes[LEDGER_RECEIPT_MAX_LEN];
    size_t len;
} receipts[RECEIPTS_MAX];
static size_t n_receipts;

static const uint8_t seed[32] = {42};

static int public_key(void *context, uint8_t key[32])
{
    (void)context;
    return signer.silent ? E_TIMEOUT : crypto_ed25519_public(seed, key);
}

static int head(void *context, struct ledger_head *out)
{
    (void)context;
    *out = signer.head;
    return signer.silent ? E_TIMEOUT : E_OK;
}

static int sign(void *context, const uint8_t *message, size_t len, uint8_t signature[64])
{
    (void)context;
    return signer.silent ? E_TIMEOUT : crypto_ed25519_sign(seed, message, len, signature);
}

static int seal(void *context, const char *text, size_t len, const struct ledger_proof *proof,
                uint8_t signature[64])
{
    struct ledger_checkpoint c;
    if (signer.silent) {
        return E_TIMEOUT;
    }
    CHECK_EQ(ledger_checkpoint_parse(text, len, &c), E_OK);
    const struct ledger_consistency claim = {
        .range = {0, signer.head.size}, .size = c.size, .old = signer.head.root, .root = c.root};
    if (signer.head.size > 0 && ledger_extension_check(&claim, proof) != E_OK) {
        signer.forks++;
        return E_MALFORMED;
    }
    signer.head = (struct ledger_head){c.size, c.root};
    return signer.loses_answer ? E_TIMEOUT : sign(context, (const uint8_t *)text, len, signature);
}

static void keep_receipt(void *context, const char *device_id, const uint8_t *bytes, size_t len)
{
    (void)context;
    CHECK_STR(device_id, "meter");
    if (n_receipts < RECEIPTS_MAX) {
        memcpy(receipts[n_receipts].bytes, bytes, len);
        receipts[n_receipts++].len = len;
    }
}

static void open_book(void)
{
    const struct ledger_book_config config = {
        .db = t.site.db,
        .directory = directory,
        .site = "Test site",
        .sealer = {.public_key = public_key, .head = head, .seal = seal, .sign = sign},
        .send_receipt = keep_receipt};
    book = ledger_book_open(&config);
    CHECK(book != NULL);
}

static void set_up(void)
{
    memset(&signer, 0, sizeof signer);
    n_receipts = 0;
    unix_ms = 1767225600000;
    test_site_open(&t);
    test_site_add(&t, &meter, "meter");
    (void)snprintf(directory, sizeof directory, "%s/ledger", t.directory);
    CHECK_EQ(mkdir(directory, 0700), 0);
    open_book();
}

static void tear_down(void)
{
    char command[160];
    ledger_book_close(book, t.now_ms, unix_ms);
    (void)snprintf(command, sizeof command, "rm -r %s", directory);
    CHECK_EQ(system(command), 0);
    test_site_close(&t);
    CHECK_EQ(signer.forks, 0);
}

/* As after a power cut: nothing is flushed. The book that is left behind is leaked on purpose. */
static void cut_and_restart(void)
{
    signer.silent = true;
    ledger_book_close(book, t.now_ms, unix_ms);
    signer.silent = signer.loses_answer = false;
    test_site_reopen(&t);
    open_book();
}

static void store_readings(uint32_t first, uint32_t last)
{
    static uint8_t message[TELEMETRY_READING_MAX_LEN];
    for (uint32_t i = first; i <= last; i++) {
        test_publish(&t, "meter", message,
                     test_reading(&meter, 1, i, 1000, message, sizeof message));
    }
    t.n_sent = 0;
    test_commit(&t);
}

static void flush(void)
{
    t.now_ms += LEDGER_RETRY_MS;
    ledger_book_flush(book, t.now_ms, unix_ms);
}

static uint64_t size(void)
{
    struct ledger_log *log = ledger_book_log(book);
    return log ? ledger_log_head(log).size : 0;
}

/* Every reading of the meter is in the log exactly once, whatever else is. */
static uint32_t readings_in_log(void)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    static bool seen[4096];
    uint32_t n = 0;
    memset(seen, 0, sizeof seen);
    for (uint64_t i = 0; i < size(); i++) {
        struct ledger_entry e;
        const int len = ledger_log_entry(ledger_book_log(book), i, bytes, sizeof bytes);
        CHECK(len > 0);
        CHECK_EQ(ledger_entry_decode(bytes, (size_t)len, &e), E_OK);
        CHECK_EQ(e.index, i);
        for (int k = 0; e.type == LEDGER_READINGS && k < e.readings.n_ranges; k++) {
            const struct ledger_range_of_readings *r = &e.readings.ranges[k];
            for (uint32_t s = r->first_sequence; s <= r->last_sequence; s++, n++) {
                CHECK(!seen[s]);
                seen[s] = true;
            }
        }
    }
    return n;
}

static uint32_t entries_of(enum ledger_entry_type type)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    uint32_t n = 0;
    for (uint64_t i = 0; i < size(); i++) {
        const int len = ledger_log_entry(ledger_book_log(book), i, bytes, sizeof bytes);
        n += len > 1 && bytes[1] == type;
    }
    return n;
}

static void a_fresh_log_starts_with_its_name_and_the_enrolment(void)
{
    set_up();
    flush();
    CHECK_EQ(size(), 2);
    CHECK_EQ(entries_of(LEDGER_START), 1);
    CHECK_EQ(entries_of(LEDGER_ENROLMENT), 1);
    struct ledger_note note;
    struct ledger_key key;
    const char *text = ledger_book_checkpoint(book);
    const char *vkey = ledger_book_vkey(book);
    CHECK_EQ(ledger_note_parse(text, strlen(text), &note), E_OK);
    CHECK_EQ(ledger_key_parse(vkey, strlen(vkey), &key), E_OK);
    CHECK_STR(key.name, "wattward/ledger/Test-site");
    CHECK_EQ(ledger_note_verify(&note, &key, NULL), E_OK);
    CHECK(ledger_book_trouble(book) == NULL);
    flush();
    CHECK_EQ(size(), 2); /* nothing new, nothing written */
    tear_down();
}

/* Else nobody who settles from the log could believe them. */
static void an_enrolment_stands_before_readings_that_came_at_once(void)
{
    static uint8_t bytes[LEDGER_ENTRY_MAX_LEN];
    uint64_t enrolment = 0;
    uint64_t block = UINT64_MAX;
    set_up();
    store_readings(1, 600); /* of more than an interval, so a block is closed at once */
    flush();
    for (uint64_t i = size(); i-- > 0;) {
        CHECK(ledger_log_entry(ledger_book_log(book), i, bytes, sizeof bytes) > 1);
        enrolment = bytes[1] == LEDGER_ENROLMENT ? i : enrolment;
        block = bytes[1] == LEDGER_READINGS ? i : block;
    }
    CHECK(enrolment > 0 && enrolment < block && block < size());
    tear_down();
}

static void a_reading_is_proved_from_its_bytes_to_the_checkpoint(void)
{
    static uint8_t message[TELEMETRY_READING_MAX_LEN];
    struct ledger_receipt receipt;
    uint8_t key[32];
    set_up();
    const size_t len = test_reading(&meter, 1, 1, 1000, message, sizeof message);
    test_publish(&t, "meter", message, len);
    test_commit(&t);
    flush();
    CHECK_EQ(n_receipts, 1);
    CHECK_EQ(public_key(NULL, key), E_OK);
    CHECK_EQ(ledger_receipt_verify(receipts[0].bytes, receipts[0].len, key), E_OK);
    CHECK_EQ(ledger_receipt_decode(receipts[0].bytes, receipts[0].len, &receipt), E_OK);
    CHECK_EQ(receipt.count, 1);
    const struct ledger_hash leaf = ledger_leaf_hash(message, len);
    CHECK_BYTES(receipt.root.bytes, 32, leaf.bytes, 32);
    tear_down();
}

static void blocks_close_with_the_interval_and_with_age(void)
{
    set_up();
    store_readings(1, 200); /* five seconds apart: two intervals */
    ledger_book_tick(book, t.now_ms, unix_ms);
    CHECK_EQ(entries_of(LEDGER_READINGS), 1);
    CHECK_EQ(readings_in_log(), 179);
    t.now_ms += LEDGER_BLOCK_AGE_MS;
    ledger_book_tick(book, t.now_ms, unix_ms);
    CHECK_EQ(readings_in_log(), 200);
    CHECK_EQ(n_receipts, 2);
    tear_down();
}

static void receipts_are_given_once_more_to_who_asks(void)
{
    struct ledger_receipt receipt;
    set_up();
    store_readings(1, 400); /* blocks of 179, 180 and 41 */
    flush();
    CHECK_EQ(n_receipts, 3);
    const struct fleet_device *device = fleet_find(&t.site.fleet, "meter");
    struct db_ledger_name from = {device->row, device->key, 1, 200};
    ledger_book_want(book, &from);
    ledger_book_tick(book, t.now_ms, unix_ms);
    CHECK_EQ(n_receipts, 5); /* of the block with it, and of the next */
    CHECK_BYTES(receipts[3].bytes, receipts[3].len - 64, receipts[1].bytes, receipts[1].len - 64);
    CHECK_EQ(ledger_receipt_decode(receipts[4].bytes, receipts[4].len, &receipt), E_OK);
    CHECK_EQ(receipt.ranges[0].last_sequence, 400);
    ledger_book_tick(book, t.now_ms, unix_ms);
    CHECK_EQ(n_receipts, 5); /* once a question */
    from.sequence = 999;
    ledger_book_want(book, &from);
    from.boot_epoch = 9;
    ledger_book_want(book, &from);
    ledger_book_tick(book, t.now_ms, unix_ms);
    CHECK_EQ(n_receipts, 5); /* there is no such reading */
    tear_down();
}

static void open_blocks_survive_a_restart(void)
{
    set_up();
    store_readings(1, 50);
    ledger_book_tick(book, t.now_ms, unix_ms);
    cut_and_restart();
    store_readings(51, 60);
    flush();
    CHECK_EQ(readings_in_log(), 60);
    CHECK_EQ(entries_of(LEDGER_ENROLMENT), 1);
    tear_down();
}

static void a_lost_answer_of_the_signer_writes_nothing_twice(void)
{
    set_up();
    flush();
    store_readings(1, 20);
    signer.loses_answer = true;
    flush();
    CHECK(ledger_book_trouble(book) != NULL);
    signer.loses_answer = false;
    store_readings(21, 30);
    flush();
    CHECK(ledger_book_trouble(book) == NULL);
    CHECK_EQ(readings_in_log(), 30);
    tear_down();
}

static void the_same_after_a_power_cut(void)
{
    set_up();
    store_readings(1, 20);
    signer.loses_answer = true;
    flush();
    cut_and_restart();
    store_readings(21, 30);
    flush();
    CHECK_EQ(readings_in_log(), 30);
    CHECK_EQ(entries_of(LEDGER_ENROLMENT), 1);
    CHECK_EQ(entries_of(LEDGER_START), 1);
    tear_down();
}

static void a_signer_that_is_away_delays_and_loses_nothing(void)
{
    set_up();
    signer.silent = true;
    for (uint32_t i = 0; i < 5; i++) {
        store_readings(i * 10 + 1, i * 10 + 10);
        flush();
        CHECK(ledger_book_trouble(book) != NULL);
    }
    signer.silent = false;
    flush();
    CHECK_EQ(readings_in_log(), 50);
    tear_down();
}

static void files_that_lost_what_was_signed_are_not_used(void)
{
    char path[128];
    set_up();
    store_readings(1, 20);
    flush();
    const struct ledger_head before = signer.head;
    (void)snprintf(path, sizeof path, "%s/entries", directory);
    CHECK_EQ(truncate(path, 100), 0);
    cut_and_restart();
    flush();
    CHECK(ledger_book_log(book) == NULL);
    CHECK(ledger_book_trouble(book) != NULL);
    CHECK_EQ(signer.head.size, before.size);
    tear_down();
}

static void a_ban_and_an_unban_are_recorded(void)
{
    struct site_result result;
    set_up();
    CHECK_EQ(test_judge(&t, LEDGER_BAN, "meter", "reports at night", &result), E_OK);
    CHECK_EQ(test_judge(&t, LEDGER_UNBAN, "meter", "it was the clock", &result), E_OK);
    flush();
    CHECK_EQ(entries_of(LEDGER_BAN), 1);
    CHECK_EQ(entries_of(LEDGER_UNBAN), 1);
    tear_down();
}

static void a_removed_device_is_recorded(void)
{
    struct site_result result;
    set_up();
    flush();
    CHECK_EQ(site_device_remove(&t.site, "meter", &result), E_OK);
    flush();
    CHECK_EQ(entries_of(LEDGER_REMOVAL), 1);
    tear_down();
}

/* ---- over HTTP ---- */

static struct web_response answer;

static int get(const char *path, const char *query)
{
    static struct web_request q;
    free(answer.owned);
    memset(&answer, 0, sizeof answer);
    (void)snprintf(q.path, sizeof q.path, "%s", path);
    (void)snprintf(q.query, sizeof q.query, "%s", query);
    t.site.ledger = book;
    if (strncmp(path, WEB_SETTLEMENT_PATH, strlen(WEB_SETTLEMENT_PATH)) == 0) {
        web_settlement_respond(&t.site, &q, &answer);
    } else {
        web_ledger_respond(&t.site, &q, &answer);
    }
    return answer.status;
}

static void every_entry_is_proved_over_http_and_every_size_is_consistent(void)
{
    static struct ledger_proof_reader reader;
    char query[64];
    set_up();
    for (uint32_t i = 0; i < 9; i++) {
        store_readings(i + 1, i + 1);
        flush();
    }
    for (uint64_t i = 0; i < size(); i++) {
        (void)snprintf(query, sizeof query, "index=%u", (unsigned)i);
        CHECK_EQ(get("/api/ledger/proof", query), 200);
        CHECK_EQ(ledger_proof_judge(&reader, (const char *)answer.body, answer.body_len), E_OK);
        CHECK_BYTES(reader.root.bytes, 32, signer.head.root.bytes, 32);
        (void)snprintf(query, sizeof query, "old=%u", (unsigned)i + 1);
        CHECK_EQ(get("/api/ledger/consistency", query), 200);
        CHECK_EQ(ledger_proof_judge(&reader, (const char *)answer.body, answer.body_len), E_OK);
        CHECK_EQ(reader.kind, LEDGER_PROOF_CONSISTENCY);
    }
    CHECK_EQ(get("/api/ledger/proof", "index=11"), 400);
    CHECK_EQ(get("/api/ledger/proof", "index=1&size=12"), 400);
    CHECK_EQ(get("/api/ledger/proof", ""), 400);
    CHECK_EQ(get("/api/ledger/consistency", "old=0"), 400);
    tear_down();
    free(answer.owned);
    answer.owned = NULL;
}

static void a_month_is_settled_over_http(void)
{
    set_up();
    flush();
    CHECK_EQ(get("/api/settlement", ""), 404);
    store_readings(1, 400);
    flush();
    CHECK_EQ(get("/api/settlement", ""), 200);
    CHECK(memmem(answer.body, answer.body_len, "\"month\":\"2026-01\"", 17) != NULL);
    CHECK_EQ(get("/api/settlement", "month=2026-01&format=csv"), 200);
    CHECK_EQ(memcmp(answer.body, "member,production_wh,", 21), 0);
    CHECK_EQ(get("/api/settlement", "month=2026-13"), 400);
    CHECK_EQ(get("/api/settlement/meter", ""), 200);
    CHECK(memmem(answer.body, answer.body_len, "\"step_ms\":86400000", 18) != NULL);
    CHECK_EQ(get("/api/settlement/meter", "month=2026-01&day=1"), 200);
    CHECK(memmem(answer.body, answer.body_len, "\"step_ms\":900000", 16) != NULL);
    CHECK_EQ(get("/api/settlement/meter", "month=2026-01&day=1&format=csv"), 200);
    CHECK_EQ(memcmp(answer.body, "start,production_wh,", 20), 0);
    CHECK_EQ(get("/api/settlement/meter", "day=32"), 400);
    CHECK_EQ(get("/api/settlement/nobody", ""), 404);
    free(answer.owned);
    answer.owned = NULL;
    market_account_free(t.site.account);
    tear_down();
}

/* The number of times that `what` stands in the answer. */
static int answer_holds(const char *what)
{
    const uint8_t *at = answer.body;
    int n = 0;
    size_t left = answer.body_len;
    for (const uint8_t *hit; (hit = memmem(at, left, what, strlen(what))) != NULL; n++) {
        left -= (size_t)(hit - at) + 1;
        at = hit + 1;
    }
    return n;
}

static void entries_are_found_from_the_newest_by_type_and_by_device(void)
{
    set_up();
    store_readings(1, 400);
    flush();
    const int all = (int)size();
    CHECK(all > 4);
    CHECK_EQ(get("/api/ledger/search", "count=2"), 200);
    CHECK_EQ(answer_holds("\"index\":"), 2);
    char query[64];
    (void)snprintf(query, sizeof query, "\"next\":%d", all - 2);
    CHECK_EQ(answer_holds(query), 1);
    CHECK_EQ(get("/api/ledger/search", "type=-readings"), 200);
    CHECK_EQ(answer_holds("\"index\":"), 2); /* the start and the enrolment */
    CHECK_EQ(answer_holds("\"type\":\"readings\""), 0);
    CHECK_EQ(answer_holds("\"next\":null"), 1);
    CHECK_EQ(get("/api/ledger/search", "type=readings&device=nobody"), 200);
    CHECK_EQ(answer_holds("\"index\":"), 0);
    CHECK_EQ(get("/api/ledger/search", "type=readings"), 200);
    CHECK_EQ(answer_holds("\"index\":"), all - 2);
    CHECK_EQ(get("/api/ledger/search", "before=2"), 200);
    CHECK_EQ(answer_holds("\"index\":"), 2);
    CHECK_EQ(get("/api/ledger/search", "count=0"), 400);
    CHECK_EQ(get("/api/ledger/search", "before=-1"), 400);
    CHECK_EQ(get("/api/ledger/search", "type=a-name-that-is-longer-than-any-type-of-entry"), 400);
    free(answer.owned);
    answer.owned = NULL;
    tear_down();
}

static void tiles_and_bundles_are_served_as_far_as_they_are_signed(void)
{
    set_up();
    store_readings(1, 3);
    flush();
    CHECK_EQ(get("/api/ledger/tile/0/000.p/3", ""), 200);
    CHECK_EQ(answer.body_len, 96);
    struct ledger_tree tree;
    ledger_tree_init(&tree);
    for (size_t i = 0; i < 3; i++) {
        struct ledger_hash hash;
        memcpy(hash.bytes, answer.body + 32 * i, 32);
        ledger_tree_append(&tree, &hash, NULL);
    }
    const struct ledger_hash root = ledger_tree_root(&tree);
    CHECK_BYTES(root.bytes, 32, signer.head.root.bytes, 32);
    CHECK_EQ(get("/api/ledger/tile/0/000.p/4", ""), 404);
    CHECK_EQ(get("/api/ledger/tile/0/000", ""), 404);
    CHECK_EQ(get("/api/ledger/tile/1/000", ""), 404);
    CHECK_EQ(get("/api/ledger/tile/entries/000.p/2", ""), 200);
    const size_t first = (size_t)answer.body[0] << 8 | answer.body[1];
    CHECK_EQ(answer.body_len,
             2 + first + 2 + ((size_t)answer.body[2 + first] << 8) + answer.body[3 + first]);
    CHECK_EQ(get("/api/ledger", ""), 200);
    CHECK_EQ(get("/api/ledger/checkpoint", ""), 200);
    CHECK_BYTES(answer.body, answer.body_len, ledger_book_checkpoint(book),
                strlen(ledger_book_checkpoint(book)));
    CHECK_EQ(get("/api/ledger/entries", "from=0&count=3"), 200);
    CHECK_EQ(get("/api/ledger/entries", "count=101"), 400);
    CHECK_EQ(get("/api/ledger/nothing", ""), 404);
    free(answer.owned);
    answer.owned = NULL;
    tear_down();
}

CHECK_MAIN(TEST(a_fresh_log_starts_with_its_name_and_the_enrolment),
           TEST(an_enrolment_stands_before_readings_that_came_at_once),
           TEST(a_reading_is_proved_from_its_bytes_to_the_checkpoint),
           TEST(blocks_close_with_the_interval_and_with_age),
           TEST(receipts_are_given_once_more_to_who_asks), TEST(open_blocks_survive_a_restart),
           TEST(a_lost_answer_of_the_signer_writes_nothing_twice), TEST(the_same_after_a_power_cut),
           TEST(a_signer_that_is_away_delays_and_loses_nothing),
           TEST(files_that_lost_what_was_signed_are_not_used),
           TEST(a_ban_and_an_unban_are_recorded), TEST(a_removed_device_is_recorded),
           TEST(every_entry_is_proved_over_http_and_every_size_is_consistent),
           TEST(a_month_is_settled_over_http),
           TEST(entries_are_found_from_the_newest_by_type_and_by_device),
           TEST(tiles_and_bundles_are_served_as_far_as_they_are_signed))
