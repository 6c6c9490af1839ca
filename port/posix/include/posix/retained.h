/* SPDX-License-Identifier: MIT
 * Memory that survives a reset, as a mapped file: what a process has written there outlives it
 * however it dies. With it the reason of the start, which a microcontroller reads from a register:
 * how the run before ended is noted here by whoever ends it (panic(), a fatal signal, the watchdog,
 * a clean stop); when nobody did, the kernel's boot id tells a machine that was switched off from a
 * killed process.
 */
#ifndef POSIX_RETAINED_H
#define POSIX_RETAINED_H

#include "base/err.h"
#include "runtime/crash.h"
#include "runtime/reset.h"

struct posix_retained_file;

struct posix_retained {
    enum runtime_reset reset; /* why this run started; RUNTIME_RESET_POWER at the first one */
    struct runtime_crash_area *crash; /* for runtime_crash_boot() */
    struct posix_retained_file *file; /* private */
};

/* Opens or makes the file (mode 0600). From now on panic() and SIGSEGV, SIGBUS, SIGILL, SIGFPE and
 * SIGABRT are noted there before the process dies of them. One a process: asserted. E_IO, errno
 * says why. */
int posix_retained_open(struct posix_retained *retained, const char *path) MUST_USE;
/* Ends the run on purpose: the next start is RUNTIME_RESET_REQUESTED. */
void posix_retained_close(struct posix_retained *retained);
/* For whoever is about to end the process; safe in a signal function. Only the first one counts,
 * and it does nothing when no file is open. */
void posix_retained_note_end(enum runtime_reset reason);

#endif
