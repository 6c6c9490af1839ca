/* SPDX-License-Identifier: MIT
 * A site's log as files in a directory, for those who only read it.
 */
#ifndef TOOLS_LEDGER_PLACE_H
#define TOOLS_LEDGER_PLACE_H

#include "command.h"
#include "ledger/checkpoint.h"
#include "ledger/files.h"
#include "ledger/note.h"

enum { LEDGER_NOTE_CAP = 8192, LEDGER_DIRECTORY_CAP = 600 };

struct ledger_place_of_log {
    char directory[LEDGER_DIRECTORY_CAP];
    struct ledger_files files;
    struct ledger_disk disk;
    char note_text[LEDGER_NOTE_CAP + 1];
    struct ledger_note note;
    struct ledger_checkpoint checkpoint; /* views into note_text */
    struct ledger_key key;
    bool key_is_given; /* by whoever calls, not by who keeps the log */
};

/* Opens --log DIR or the log of --state, reads its checkpoint and verifies that with --key or the
 * log's own key. COMMAND_DONE, or COMMAND_FAILED after a complaint. */
int ledger_place_open(struct ledger_place_of_log *place, const struct invocation *i);
void ledger_place_close(struct ledger_place_of_log *place);
/* Reads a small text file, terminated. Its length, or negative. */
int ledger_place_read_text(const char *path, char *out, size_t cap);
/* Reads --key: the key itself, or the name of a file that has it. */
bool ledger_place_read_key(const char *text, struct ledger_key *key);

/* The commands in their own files. */
int ledger_verify_run(const struct invocation *i);
int ledger_export_run(const struct invocation *i);
int ledger_transfer_run(const struct invocation *i);
int ledger_correct_run(const struct invocation *i);
int ledger_witness_run(const struct invocation *i);
int ledger_cosign_run(const struct invocation *i);
/* Judges the hash chain of an exported table of the seed. */
int ledger_verify_seed(const struct invocation *i, const char *path);

#endif
