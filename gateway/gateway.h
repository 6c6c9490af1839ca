/* SPDX-License-Identifier: MIT
 * The whole gateway: what it is made of, and the order of its start and its end.
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include "options.h"

struct gateway;

/* NULL without memory. */
struct gateway *gateway_make(const struct options *options);
/* Directories, lock, ports, programs: what can be known before anything is started. The exit
 * status, or -1 when all is well. */
int gateway_prepare(struct gateway *g);
/* Starts everything and runs until a signal. The exit status. */
int gateway_run(struct gateway *g);
/* Ends everything that was started. */
void gateway_free(struct gateway *g);

#endif
