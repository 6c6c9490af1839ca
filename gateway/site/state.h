/* SPDX-License-Identifier: MIT
 * The state directory: made with mode 0700, and used by one gateway at a time.
 */
#ifndef SITE_STATE_H
#define SITE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Joins `directory` and `name`. E_NOSPACE when it does not fit. */
int state_path(const char *directory, const char *name, char *out, size_t cap) MUST_USE;
/* Makes `directory` with mode 0700 unless it is there. What failed is logged. */
int state_make_directory(const char *directory) MUST_USE;
/* The absolute path of a directory that is there. */
int state_absolute(const char *directory, char *out, size_t cap) MUST_USE;
/* The descriptor of the lock, held until it is closed or the process ends; E_STATE when another
 * gateway has it. */
int state_lock(const char *directory) MUST_USE;
/* Replaces a file, mode 0600. */
int state_write(const char *path, const void *bytes, size_t len) MUST_USE;

/* Whether we could listen there. *port 0 becomes a free one. Retries for a moment, because the
 * broker of a gateway that was killed needs it to end. E_STATE when it is taken, E_ARG when the
 * address is not ours. */
int state_claim_port(const char *address, uint16_t *port) MUST_USE;

#endif
