/* SPDX-License-Identifier: MIT
 * The topics that devices publish on. The broker's ACL lets a device write only where the last
 * level is the common name of its certificate, so the name in a topic is the authenticated
 * identity.
 */
#ifndef INGEST_TOPIC_H
#define INGEST_TOPIC_H

#include "base/err.h"
#include "telemetry/device_id.h"

/* Both with a trailing slash; the device's id follows. */
#define INGEST_TOPIC_READINGS "wattward/readings/"
#define INGEST_TOPIC_SEED     "microgrid/production/"
#define INGEST_TOPIC_ACKS     "wattward/acks/"

enum { INGEST_TOPIC_MAX_LEN = 96 };

enum ingest_topic_kind {
    INGEST_READING, /* a COSE reading, acknowledged */
    INGEST_SEED     /* the seed's JSON, never acknowledged */
};

struct ingest_topic {
    enum ingest_topic_kind kind;
    char device_id[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
};

/* E_OK or E_MALFORMED. */
int ingest_topic_parse(const char *text, struct ingest_topic *out) MUST_USE;

#endif
