/* SPDX-License-Identifier: MIT
 * What panic() tells the rest of the port.
 */
#ifndef POSIX_SRC_PANIC_H
#define POSIX_SRC_PANIC_H

/* Set by retained.c while a retained file is open; NULL otherwise. */
extern void (*volatile panic_note)(const char *file, int line);

#endif
