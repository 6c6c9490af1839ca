/* SPDX-License-Identifier: MIT */
#include "ingest/topic.h"

#include <string.h>

static int take_id(const char *text, const char *prefix, enum ingest_topic_kind kind,
                   struct ingest_topic *out)
{
    const char *id = text + strlen(prefix);
    size_t len = strnlen(id, TELEMETRY_DEVICE_ID_MAX_LEN + 1);
    if (!telemetry_device_id_valid(id, len))
        return E_MALFORMED;
    out->kind = kind;
    memcpy(out->device_id, id, len);
    out->device_id[len] = 0;
    return E_OK;
}

int ingest_topic_parse(const char *text, struct ingest_topic *out)
{
    if (strncmp(text, INGEST_TOPIC_READINGS, strlen(INGEST_TOPIC_READINGS)) == 0)
        return take_id(text, INGEST_TOPIC_READINGS, INGEST_READING, out);
    if (strncmp(text, INGEST_TOPIC_SESSIONS, strlen(INGEST_TOPIC_SESSIONS)) == 0)
        return take_id(text, INGEST_TOPIC_SESSIONS, INGEST_SESSION, out);
    if (strncmp(text, INGEST_TOPIC_SEED, strlen(INGEST_TOPIC_SEED)) == 0)
        return take_id(text, INGEST_TOPIC_SEED, INGEST_SEED, out);
    return E_MALFORMED;
}

int ingest_topic_parse_want(const char *text, char device_id[TELEMETRY_DEVICE_ID_MAX_LEN + 1])
{
    struct ingest_topic topic;
    if (strncmp(text, INGEST_TOPIC_WANTS, strlen(INGEST_TOPIC_WANTS)) != 0)
        return E_MALFORMED;
    const int result = take_id(text, INGEST_TOPIC_WANTS, INGEST_READING, &topic);
    if (result == E_OK)
        memcpy(device_id, topic.device_id, sizeof topic.device_id);
    return result;
}
