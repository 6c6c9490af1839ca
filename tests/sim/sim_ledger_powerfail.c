/* SPDX-License-Identifier: MIT
 * The power fails at every write and sync of a log's life, and again in every operation of its
 * recovery. What was not synced is then there, gone or torn, file by file and in any order. The
 * signer, who remembers the last head he signed, never sees a tree that is not an extension of it,
 * and every signed entry is read back.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "ledger/log.h"

enum {
    FILE_CAP = 1 << 20,
    WRITES_MAX = 4096,
    WRITE_CAP = 512,
    BATCHES = 12,
    BATCH = 45,
    ENTRY_CAP = 200
};

struct pending_write {
    unsigned file;
    uint64_t at;
    size_t len;
    uint8_t bytes[WRITE_CAP];
};

/* A disk that remembers what a power cut may take away. */
static struct {
    uint8_t *bytes[LEDGER_FILES]; /* as read back now */
    uint64_t len[LEDGER_FILES];
    uint8_t *durable[LEDGER_FILES];
    uint64_t durable_len[LEDGER_FILES];
    struct pending_write writes[WRITES_MAX];
    size_t n_writes;
    long operations;
    long cut_at; /* -1: never */
    uint64_t random;
} disk;

static uint32_t draw(uint32_t below)
{
    disk.random = disk.random * 6364136223846793005U + 1442695040888963407U;
    return (uint32_t)(disk.random >> 33) % below;
}

static bool is_cut(void)
{
    return disk.cut_at >= 0 && disk.operations++ >= disk.cut_at;
}

static int read_disk(void *context, unsigned file, uint64_t at, void *out, size_t len)
{
    (void)context;
    if (at + len > disk.len[file]) {
        return E_TRUNCATED;
    }
    memcpy(out, disk.bytes[file] + at, len);
    return E_OK;
}

static void put(uint8_t *image, uint64_t *image_len, const struct pending_write *w, size_t len)
{
    if (w->at > *image_len) {
        memset(image + *image_len, 0, w->at - *image_len);
    }
    memcpy(image + w->at, w->bytes, len);
    *image_len = w->at + len > *image_len ? w->at + len : *image_len;
}

static int write_disk(void *context, unsigned file, uint64_t at, const void *bytes, size_t len)
{
    (void)context;
    CHECK(at + len <= FILE_CAP && len <= WRITE_CAP);
    if (is_cut()) {
        return E_IO;
    }
    if (disk.n_writes == WRITES_MAX) { /* the oldest has reached the disk by itself */
        const struct pending_write *w = &disk.writes[0];
        put(disk.durable[w->file], &disk.durable_len[w->file], w, w->len);
        memmove(disk.writes, disk.writes + 1, (WRITES_MAX - 1) * sizeof disk.writes[0]);
        disk.n_writes--;
    }
    struct pending_write *w = &disk.writes[disk.n_writes++];
    w->file = file;
    w->at = at;
    w->len = len;
    memcpy(w->bytes, bytes, len);
    put(disk.bytes[file], &disk.len[file], w, len);
    return E_OK;
}

static int sync_disk(void *context, unsigned file)
{
    (void)context;
    size_t left = 0;
    if (is_cut()) {
        return E_IO;
    }
    for (size_t i = 0; i < disk.n_writes; i++) {
        if (disk.writes[i].file == file) {
            put(disk.durable[file], &disk.durable_len[file], &disk.writes[i], disk.writes[i].len);
        } else {
            disk.writes[left++] = disk.writes[i];
        }
    }
    disk.n_writes = left;
    return E_OK;
}

static int truncate_disk(void *context, unsigned file, uint64_t len)
{
    (void)context;
    if (is_cut()) {
        return E_IO;
    }
    disk.len[file] = len < disk.len[file] ? len : disk.len[file];
    disk.durable_len[file] = len < disk.durable_len[file] ? len : disk.durable_len[file];
    size_t left = 0;
    for (size_t i = 0; i < disk.n_writes; i++) {
        if (disk.writes[i].file != file || disk.writes[i].at < len) {
            disk.writes[left++] = disk.writes[i];
        }
    }
    disk.n_writes = left;
    return E_OK;
}

static const struct ledger_disk interface = {
    .read = read_disk, .write = write_disk, .sync = sync_disk, .truncate = truncate_disk};

static void clear_disk(uint64_t seed)
{
    for (unsigned file = 0; file < LEDGER_FILES; file++) {
        if (disk.bytes[file] == NULL) {
            disk.bytes[file] = malloc(FILE_CAP);
            disk.durable[file] = malloc(FILE_CAP);
        }
        disk.len[file] = disk.durable_len[file] = 0;
    }
    disk.n_writes = 0;
    disk.operations = 0;
    disk.random = seed;
}

/* Each write that was not synced is there, gone, or there in part. */
static void cut_power(void)
{
    for (size_t i = 0; i < disk.n_writes; i++) {
        const struct pending_write *w = &disk.writes[i];
        const uint32_t fate = draw(3);
        if (fate > 0) {
            const size_t len = fate == 1 ? w->len : draw((uint32_t)w->len + 1);
            put(disk.durable[w->file], &disk.durable_len[w->file], w, len);
        }
    }
    disk.n_writes = 0;
    for (unsigned file = 0; file < LEDGER_FILES; file++) {
        memcpy(disk.bytes[file], disk.durable[file], disk.durable_len[file]);
        disk.len[file] = disk.durable_len[file];
    }
    disk.operations = 0;
}

/* ---- the life of a log ---- */

static struct ledger_log ledger;
static struct ledger_head signed_head;

/* Entries of many lengths, different after each power cut: what was not signed may be another. */
static size_t entry_of(uint64_t index, uint32_t life, uint8_t out[ENTRY_CAP])
{
    const size_t len = 9 + (index * 37 + life * 11) % (ENTRY_CAP - 9);
    memset(out, (int)(index + life), len);
    memcpy(out, &index, sizeof index);
    out[8] = (uint8_t)life;
    return len;
}

static uint32_t life_of[2 * BATCHES * BATCH];

/* Refuses what does not extend what he signed. */
static void sign(const struct ledger_head *head)
{
    static struct ledger_hash hashes[LEDGER_PROOF_MAX];
    const struct ledger_hashes stored = ledger_log_hashes(&ledger);
    const int n = ledger_consistency_make(&stored, signed_head.size, head->size, hashes);
    CHECK(n >= 0);
    if (signed_head.size > 0) {
        const struct ledger_consistency claim = {.range = {0, signed_head.size},
                                                 .size = head->size,
                                                 .old = signed_head.root,
                                                 .root = head->root};
        const struct ledger_proof proof = {hashes, (size_t)n};
        CHECK_EQ(ledger_extension_check(&claim, &proof), E_OK);
    }
    signed_head = *head;
}

/* Appends until the power fails; true when it did not. */
static bool live(uint32_t life, unsigned batches)
{
    for (unsigned b = 0; b < batches; b++) {
        for (unsigned i = 0; i < BATCH; i++) {
            uint8_t entry[ENTRY_CAP];
            const uint64_t index = ledger_log_head(&ledger).size;
            const size_t len = entry_of(index, life, entry);
            life_of[index] = life;
            if (ledger_log_append(&ledger, entry, len) != E_OK) {
                return false;
            }
        }
        if (ledger_log_sync(&ledger) != E_OK) {
            return false;
        }
        const struct ledger_head head = ledger_log_head(&ledger);
        sign(&head);
        if (draw(4) == 0 && disk.cut_at >= 0) {
            return false; /* signed, and gone before anybody could note it */
        }
        ledger_log_keep(&ledger);
    }
    return true;
}

static void check_entries(void)
{
    CHECK_EQ(ledger_log_head(&ledger).size, signed_head.size);
    for (uint64_t i = 0; i < signed_head.size; i++) {
        uint8_t want[ENTRY_CAP];
        uint8_t got[ENTRY_CAP];
        const size_t want_len = entry_of(i, life_of[i], want);
        const int got_len = ledger_log_entry(&ledger, i, got, sizeof got);
        CHECK_EQ(got_len, want_len);
        CHECK_BYTES(got, (size_t)got_len, want, want_len);
    }
    const struct ledger_hashes stored = ledger_log_hashes(&ledger);
    struct ledger_hash root;
    CHECK_EQ(ledger_root_read(&stored, signed_head.size, &root), E_OK);
    if (signed_head.size > 0) {
        CHECK_BYTES(root.bytes, 32, signed_head.root.bytes, 32);
    }
}

static void start(uint64_t seed)
{
    clear_disk(seed);
    signed_head = (struct ledger_head){0};
    disk.cut_at = -1;
    CHECK_EQ(ledger_log_open(&ledger, &interface, &signed_head), E_OK);
}

/* One life cut at `first`, its recovery cut at `second`. */
static void live_with_cuts(uint64_t seed, long first, long second)
{
    start(seed);
    disk.operations = 0;
    disk.cut_at = first;
    (void)live(0, BATCHES);
    cut_power();
    disk.cut_at = second;
    if (second >= 0) {
        const int opened = ledger_log_open(&ledger, &interface, &signed_head);
        if (opened == E_OK) {
            (void)live(1, 1);
        }
        cut_power();
    }
    disk.cut_at = -1;
    CHECK_EQ(ledger_log_open(&ledger, &interface, &signed_head), E_OK);
    check_entries();
    CHECK(live(2, 2));
    check_entries();
}

static void a_cut_at_any_operation_loses_nothing_that_was_signed(void)
{
    const long step = getenv("WATTWARD_LONG") != NULL ? 1 : 7;
    start(1);
    disk.cut_at = 1000000;
    CHECK(live(0, 1) || true);
    const long of_batch = disk.operations;
    CHECK(of_batch > BATCH);
    for (long cut = 0; cut < of_batch * 3; cut += step) {
        live_with_cuts((uint64_t)cut + 1, cut, -1);
    }
}

static void a_second_cut_during_the_recovery_does_no_harm(void)
{
    const long step = getenv("WATTWARD_LONG") != NULL ? 3 : 29;
    for (long first = 100; first < 700; first += 97) {
        for (long second = 0; second < 400; second += step) {
            live_with_cuts((uint64_t)(first * 1000 + second), first, second);
        }
    }
}

static void a_disk_that_lost_its_hashes_makes_them_again(void)
{
    start(5);
    CHECK(live(0, BATCHES));
    for (unsigned file = LEDGER_FILE_BUNDLES; file < LEDGER_FILES; file++) {
        disk.len[file] = 0;
    }
    CHECK_EQ(ledger_log_open(&ledger, &interface, &signed_head), E_OK);
    check_entries();
}

static void a_flipped_bit_or_a_lost_end_is_told(void)
{
    start(6);
    CHECK(live(0, BATCHES));
    disk.bytes[LEDGER_FILE_ENTRIES][5000] ^= 1;
    CHECK_EQ(ledger_log_open(&ledger, &interface, &signed_head), E_CORRUPT);
    disk.bytes[LEDGER_FILE_ENTRIES][5000] ^= 1;
    CHECK_EQ(ledger_log_open(&ledger, &interface, &signed_head), E_OK);
    disk.len[LEDGER_FILE_ENTRIES]--;
    CHECK_EQ(ledger_log_open(&ledger, &interface, &signed_head), E_CORRUPT);
}

static void a_bit_that_flips_later_is_told_when_its_entry_is_read(void)
{
    static uint8_t entry[LEDGER_ENTRY_CAP];
    start(6);
    CHECK(live(0, BATCHES));
    CHECK_EQ(ledger_log_open(&ledger, &interface, &signed_head), E_OK);
    disk.bytes[LEDGER_FILE_ENTRIES][5000] ^= 1;
    uint64_t n_corrupt = 0;
    for (uint64_t i = 0; i < signed_head.size; i++) {
        const int len = ledger_log_entry(&ledger, i, entry, sizeof entry);
        CHECK(len > 0 || len == E_CORRUPT);
        n_corrupt += len == E_CORRUPT;
    }
    CHECK(n_corrupt >= 1);
    disk.bytes[LEDGER_FILE_ENTRIES][5000] ^= 1;
    check_entries();
}

static void a_batch_that_failed_is_dropped_and_the_next_one_holds(void)
{
    start(7);
    CHECK(live(0, 2));
    disk.operations = 0;
    disk.cut_at = 20;
    CHECK(!live(1, 1));
    disk.cut_at = -1;
    ledger_log_drop(&ledger);
    CHECK(live(2, 2));
    CHECK_EQ(ledger_log_open(&ledger, &interface, &signed_head), E_OK);
    check_entries();
}

/* More than the entries whose hashes opening makes again. */
static void a_long_log_opens_from_its_hashes_and_from_its_entries_alone(void)
{
    enum { MANY = 20000 };
    start(8);
    for (uint32_t i = 0; i < MANY; i++) {
        uint8_t entry[4];
        memcpy(entry, &i, sizeof entry);
        CHECK_EQ(ledger_log_append(&ledger, entry, sizeof entry), E_OK);
        if (i % 1000 == 999) {
            CHECK_EQ(ledger_log_sync(&ledger), E_OK);
            const struct ledger_head head = ledger_log_head(&ledger);
            sign(&head);
            ledger_log_keep(&ledger);
        }
    }
    cut_power();
    CHECK_EQ(ledger_log_open(&ledger, &interface, &signed_head), E_OK);
    CHECK_EQ(ledger_log_head(&ledger).size, MANY);
    disk.bytes[LEDGER_FILE_TILES][32 * 5] ^= 1; /* old hash: only the whole walk heals it */
    disk.len[LEDGER_FILE_TILES + 1] = 32;
    CHECK_EQ(ledger_log_open(&ledger, &interface, &signed_head), E_OK);
    const struct ledger_hashes stored = ledger_log_hashes(&ledger);
    struct ledger_hash root;
    CHECK_EQ(ledger_root_read(&stored, MANY, &root), E_OK);
    CHECK_BYTES(root.bytes, 32, signed_head.root.bytes, 32);
}

CHECK_MAIN(TEST(a_cut_at_any_operation_loses_nothing_that_was_signed),
           TEST(a_second_cut_during_the_recovery_does_no_harm),
           TEST(a_disk_that_lost_its_hashes_makes_them_again),
           TEST(a_flipped_bit_or_a_lost_end_is_told),
           TEST(a_bit_that_flips_later_is_told_when_its_entry_is_read),
           TEST(a_batch_that_failed_is_dropped_and_the_next_one_holds),
           TEST(a_long_log_opens_from_its_hashes_and_from_its_entries_alone))
