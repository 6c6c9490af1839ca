/* SPDX-License-Identifier: MIT
 * A log on a disk: entries in one file that only grows, and beside it the hashes of its tiles and
 * the places of its bundles, which can be made again from the entries. Fixed memory.
 *
 * Order of a batch: append entries, ledger_log_sync() (one sync), have the new head signed by
 * somebody who remembers what he signed last, ledger_log_keep(). After a cut at any point,
 * ledger_log_open() with the last signed head finds exactly the entries that were signed; what came
 * after them is cut off, and whoever appended it does so again.
 */
#ifndef LEDGER_LOG_H
#define LEDGER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ledger/proof.h"
#include "ledger/tile.h"
#include "ledger/tree.h"

/* The files of a log. */
enum {
    LEDGER_FILE_ENTRIES = 0, /* length (16 bits, big endian) and bytes of each entry */
    LEDGER_FILE_BUNDLES = 1, /* where entry 0, 256, 512 ... starts: 64 bits, big endian */
    LEDGER_FILE_TILES = 2,   /* + level: the hashes of that level of tiles */
    LEDGER_FILES = LEDGER_FILE_TILES + LEDGER_TILE_LEVELS_MAX
};

/* A disk, as the log needs it. Results are E_OK or an error that is handed on. */
struct ledger_disk {
    /* E_TRUNCATED when the file ends before `at + len`. */
    int (*read)(void *context, unsigned file, uint64_t at, void *out, size_t len);
    /* Grows the file where needed. Not durable before sync(). */
    int (*write)(void *context, unsigned file, uint64_t at, const void *bytes, size_t len);
    int (*sync)(void *context, unsigned file);
    int (*truncate)(void *context, unsigned file, uint64_t len);
    void *context;
};

/* A size and the root at it. */
struct ledger_head {
    uint64_t size;
    struct ledger_hash root;
};

enum { LEDGER_ENTRY_CAP = 65535 };

struct ledger_log {
    struct ledger_disk disk; /* all private */
    struct ledger_tree tree;
    uint64_t entries_len;    /* of the entries in `tree` */
    struct ledger_tree kept; /* what is signed */
    uint64_t kept_len;
    struct ledger_hash edge[LEDGER_LEVELS_MAX]; /* while opening */
    bool failed; /* a write failed since the last ledger_log_keep() */
};

/* `signed_head` is the last head that was signed; {0} for a new log, whatever is on the disk.
 * E_CORRUPT: the disk does not hold what was signed. */
int ledger_log_open(struct ledger_log *log, const struct ledger_disk *disk,
                    const struct ledger_head *signed_head) MUST_USE;
/* Entries have 1..LEDGER_ENTRY_CAP bytes. After an error only ledger_log_drop() helps. */
int ledger_log_append(struct ledger_log *log, const void *entry, size_t len) MUST_USE;
/* Size and root with everything that was appended. */
struct ledger_head ledger_log_head(const struct ledger_log *log);
struct ledger_head ledger_log_kept(const struct ledger_log *log);
/* Makes what was appended durable. */
int ledger_log_sync(struct ledger_log *log) MUST_USE;
/* The head is signed: nothing goes back behind it. */
void ledger_log_keep(struct ledger_log *log);
/* Forgets what was appended since ledger_log_keep(). */
void ledger_log_drop(struct ledger_log *log);

/* For making proofs, within the appended size. Valid as long as the log. */
struct ledger_hashes ledger_log_hashes(struct ledger_log *log);
/* The length of an entry, or E_NOTFOUND, E_NOSPACE, E_CORRUPT (also when its bytes do not have the
 * hash that is kept for it), or the disk's error. */
int ledger_log_entry(struct ledger_log *log, uint64_t index, uint8_t *out, size_t cap) MUST_USE;
/* Where the bundle of entries [256 * n, 256 * n + width) lies in LEDGER_FILE_ENTRIES. */
struct ledger_place {
    uint64_t at;
    uint64_t len;
};
int ledger_log_bundle(struct ledger_log *log, uint64_t bundle, unsigned width,
                      struct ledger_place *place) MUST_USE;

#endif
