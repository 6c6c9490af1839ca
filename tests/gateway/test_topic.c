/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "ingest/topic.h"

#include <string.h>

static void the_last_level_is_the_device(void)
{
    struct ingest_topic t;
    CHECK_EQ(ingest_topic_parse("wattward/readings/barn-2.east_1", &t), E_OK);
    CHECK_EQ(t.kind, INGEST_READING);
    CHECK_STR(t.device_id, "barn-2.east_1");
    CHECK_EQ(ingest_topic_parse("wattward/sessions/charger-1", &t), E_OK);
    CHECK_EQ(t.kind, INGEST_SESSION);
    CHECK_STR(t.device_id, "charger-1");
    CHECK_EQ(ingest_topic_parse("microgrid/production/SimMeter_0001", &t), E_OK);
    CHECK_EQ(t.kind, INGEST_SEED);
    CHECK_STR(t.device_id, "SimMeter_0001");
}

static void other_topics_and_other_names_are_malformed(void)
{
    static const char *const wrong[] = {"",
                                        "wattward/readings",
                                        "wattward/readings/",
                                        "wattward/readings/a/b",
                                        "wattward/readings/a b",
                                        "wattward/readings/+",
                                        "wattward/readings/#",
                                        "wattward/readings/\xc3\xa4",
                                        "wattward/acks/a",
                                        "Wattward/readings/a",
                                        "microgrid/production",
                                        "/wattward/readings/a"};
    struct ingest_topic t;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_EQ(ingest_topic_parse(wrong[i], &t), E_MALFORMED);
    }
}

static void a_name_of_64_characters_is_the_longest(void)
{
    char topic[sizeof INGEST_TOPIC_READINGS + 66] = INGEST_TOPIC_READINGS;
    struct ingest_topic t;
    memset(topic + strlen(INGEST_TOPIC_READINGS), 'x', 64);
    CHECK_EQ(ingest_topic_parse(topic, &t), E_OK);
    CHECK_EQ(strlen(t.device_id), 64);
    topic[strlen(topic)] = 'x';
    CHECK_EQ(ingest_topic_parse(topic, &t), E_MALFORMED);
}

static void a_device_asks_for_itself(void)
{
    char id[TELEMETRY_DEVICE_ID_MAX_LEN + 1];
    struct ingest_topic t;
    CHECK_EQ(ingest_topic_parse_want("wattward/wants/barn", id), E_OK);
    CHECK_STR(id, "barn");
    CHECK_EQ(ingest_topic_parse_want("wattward/wants/", id), E_MALFORMED);
    CHECK_EQ(ingest_topic_parse_want("wattward/readings/barn", id), E_MALFORMED);
    CHECK_EQ(ingest_topic_parse("wattward/wants/barn", &t), E_MALFORMED);
}

CHECK_MAIN(TEST(a_device_asks_for_itself), TEST(the_last_level_is_the_device),
           TEST(other_topics_and_other_names_are_malformed),
           TEST(a_name_of_64_characters_is_the_longest))
