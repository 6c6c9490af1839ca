/* SPDX-License-Identifier: MIT
 * One piece of the record of a charging session on its way to the disk.
 */
#ifndef INGEST_SESSION_H
#define INGEST_SESSION_H

#include "ingest/ingest.h"

/* Decodes, checks and stores a piece in a transaction of its own, which is over when this returns.
 * The verdict that the device is to hear of, with the name in `envelope` (zeros for one that cannot
 * be read), and for a refusal why it is counted; negative when the database failed. A repetition
 * costs no signature. */
int ingest_session_take(struct db *db, struct fleet_device *device,
                        const struct ingest_message *message,
                        struct telemetry_session_envelope *envelope,
                        enum ingest_refusal *why) MUST_USE;

#endif
