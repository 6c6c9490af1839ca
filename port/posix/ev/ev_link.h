/* SPDX-License-Identifier: MIT
 * The kernel's side of a cable: namespaces and a pair of interfaces (rtnetlink).
 */
#ifndef EV_LINK_H
#define EV_LINK_H

#include <sys/types.h>

#include "base/err.h"

/* This process goes on in a network namespace of its own; who is not root becomes root of a user
 * namespace as well. E_AUTH when the system refuses, with errno. */
int ev_link_leave(void) MUST_USE;
/* A pair of virtual interfaces, `far` in the network namespace of process `pid`. E_IO, errno. */
int ev_link_pair(const char *near, const char *far, pid_t pid) MUST_USE;
int ev_link_up(const char *name) MUST_USE;

#endif
