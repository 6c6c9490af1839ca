/* SPDX-License-Identifier: MIT
 * The files of a log in a directory: entries, bundles, tiles.0 ... tiles.7. The other side of
 * ledger/log.h.
 */
#ifndef LEDGER_FILES_H
#define LEDGER_FILES_H

#include <stdbool.h>

#include "ledger/log.h"

struct ledger_files {
    int fds[LEDGER_FILES]; /* all private; -1: does not exist and nothing was written */
    int directory;
    bool writable;
};

/* Makes the files unless it only reads. E_IO, and errno says why. The directory exists. */
int ledger_files_open(struct ledger_files *files, const char *directory, bool writable) MUST_USE;
void ledger_files_close(struct ledger_files *files);
struct ledger_disk ledger_files_disk(struct ledger_files *files);
/* The length of a file; 0 when it does not exist. */
uint64_t ledger_files_len(const struct ledger_files *files, unsigned file);

#endif
