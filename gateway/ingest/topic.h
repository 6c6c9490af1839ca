/* SPDX-License-Identifier: MIT
 * The topics that devices publish on. The broker's ACL lets a device write only where the last
 * level is the common name of its certificate, so the name in a topic is the authenticated
 * identity.
 */
#ifndef INGEST_TOPIC_H
#define INGEST_TOPIC_H

#include "base/err.h"
#include "telemetry/device_id.h"

/* With a trailing slash; the device's id follows. */
#define INGEST_TOPIC_READINGS     "wattward/readings/"
#define INGEST_TOPIC_SEED         "microgrid/production/"
#define INGEST_TOPIC_SESSIONS     "wattward/sessions/"
#define INGEST_TOPIC_ACKS         "wattward/acks/"
#define INGEST_TOPIC_SESSION_ACKS "wattward/session-acks/"
#define INGEST_TOPIC_WANTS        "wattward/wants/" /* receipts once more */

enum { INGEST_TOPIC_MAX_LEN = 96 };

enum ingest_topic_kind {
    INGEST_READING, /* a COSE reading, acknowledged */
    INGEST_SESSION, /* a piece of the record of a charging session, acknowledged */
    INGEST_SEED     /* the seed's JSON, never acknowledged */
};

struct ingest_topic {
    enum ingest_topic_kind kind;
    char device_id[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
};

/* E_OK or E_MALFORMED: not the topic of readings. */
int ingest_topic_parse(const char *text, struct ingest_topic *out) MUST_USE;
/* The device on whose behalf INGEST_TOPIC_WANTS asks; payload: boot epoch and sequence of a
 * reading, 4 bytes each, big endian. E_OK or E_MALFORMED. */
int ingest_topic_parse_want(const char *text,
                            char device_id[TELEMETRY_DEVICE_ID_MAX_LEN + 1]) MUST_USE;

#endif
