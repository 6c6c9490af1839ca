/* SPDX-License-Identifier: MIT
 * A small process between the gateway and the broker. It is forked first of all, before there is a
 * secret in memory and before the gateway gives up the right to start programs. Told to, it starts
 * mosquitto, starts it again with growing delays when it ends, passes on what it logs, and ends it
 * when the gateway ends, however that happens.
 */
#ifndef BROKER_KEEPER_H
#define BROKER_KEEPER_H

#include <stdint.h>

#include "base/err.h"

struct broker_keeper {
    int fd; /* all private but the count */
    int pid;
    uint32_t starts; /* of the broker */
};

enum { BROKER_BACKOFF_FIRST_MS = 250, BROKER_BACKOFF_MAX_MS = 10000, BROKER_STEADY_MS = 30000 };

/* The next delay: doubled up to the maximum; the first again once the broker ran BROKER_STEADY_MS.
 */
uint32_t broker_backoff_ms(uint32_t last_ms, uint64_t ran_ms);

/* Forks. Call before any loop is opened. */
int broker_keeper_fork(struct broker_keeper *k, const char *program, const char *config) MUST_USE;
/* The configuration is written: the broker may start. */
int broker_keeper_go(struct broker_keeper *k) MUST_USE;
/* The files have changed: ends the broker, so that it is started again. */
int broker_keeper_restart(struct broker_keeper *k) MUST_USE;
/* Readable when there is news, or at the keeper's end. */
int broker_keeper_fd(const struct broker_keeper *k);
/* Takes the news; E_STATE when the keeper has ended. */
int broker_keeper_read(struct broker_keeper *k);
/* Ends the broker and the keeper, within about three seconds. May be called on a zeroed struct. */
void broker_keeper_stop(struct broker_keeper *k);

#endif
