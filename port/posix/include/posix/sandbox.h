/* SPDX-License-Identifier: MIT
 * One-way doors a program of ours goes through once it has opened what it needs and before it reads
 * a byte from a peer. None can be undone, and children inherit them. A refused system call fails
 * with EPERM; a system call of a foreign architecture kills the process.
 *
 * Order: sandbox_paths() first, then one of the two profiles. Single-threaded callers only.
 */
#ifndef POSIX_SANDBOX_H
#define POSIX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct sandbox_path {
    const char *path; /* a directory, with all beneath it, or a file; must exist */
    bool writable;    /* also create, rename and remove; else read only */
};

/* No file but those beneath `paths` can be opened any more (Landlock); descriptors that are open
 * stay usable, and nothing is executable. E_ARG when a path cannot be opened, E_UNSUPPORTED when
 * the kernel has no Landlock (before 5.13, or switched off): the caller may go on without. */
int sandbox_paths(const struct sandbox_path *paths, size_t n) MUST_USE;

/* Gives up all capabilities and the right to gain any: for a child before it runs another program.
 * E_IO when the kernel refuses. */
int sandbox_no_privileges(void) MUST_USE;

/* For a process that holds keys and talks over descriptors it already has. Gives up all
 * capabilities and the right to gain any, makes the process undumpable, and allows only: reading,
 * writing, sending and receiving on open descriptors, files, memory that is not executable, time,
 * randomness and its own signals. So there is no socket, no fork, no exec, no ptrace and no signal
 * to others. E_IO when the kernel refuses: the caller must then end. */
int sandbox_no_network(void) MUST_USE;

/* For a daemon with a network. Gives up all capabilities and the right to gain any, and forbids:
 * exec, ptrace and other processes' memory, mounts, namespaces, kernel modules, bpf, perf,
 * io_uring, keyrings, clocks, host names, swap, reboot, sockets other than UNIX, IPv4, IPv6 and
 * netlink, memory that is writable and executable, and typing into a terminal. Fork stays. Children
 * that need exec (signer, broker) must be started before. E_IO as above. */
int sandbox_daemon(void) MUST_USE;

#endif
