/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "ingest/ack_list.h"

static struct telemetry_ack_range ranges[TELEMETRY_ACK_RANGES_MAX];

static struct ingest_ack ack(uint32_t device, uint32_t epoch, uint32_t sequence,
                             enum telemetry_verdict verdict)
{
    return (struct ingest_ack){device, epoch, sequence, verdict};
}

static bool range_is(size_t i, uint32_t epoch, uint32_t first, uint32_t last,
                     enum telemetry_verdict verdict)
{
    return ranges[i].boot_epoch == epoch && ranges[i].first_sequence == first &&
           ranges[i].last_sequence == last && ranges[i].verdict == verdict;
}

static void neighbours_and_repetitions_become_one_range(void)
{
    struct ingest_ack list[] = {ack(1, 1, 3, TELEMETRY_STORED), ack(1, 1, 1, TELEMETRY_STORED),
                                ack(1, 1, 2, TELEMETRY_STORED), ack(1, 1, 2, TELEMETRY_STORED)};
    size_t pos = 0;
    uint32_t device = 0;
    ingest_ack_list_sort(list, 4);
    CHECK_EQ(ingest_ack_list_next(list, 4, &pos, ranges, &device), 1);
    CHECK_EQ(device, 1);
    CHECK(range_is(0, 1, 1, 3, TELEMETRY_STORED));
    CHECK_EQ(ingest_ack_list_next(list, 4, &pos, ranges, &device), 0);
}

static void a_gap_another_epoch_and_another_verdict_start_a_range(void)
{
    struct ingest_ack list[] = {ack(1, 1, 1, TELEMETRY_STORED), ack(1, 1, 3, TELEMETRY_STORED),
                                ack(1, 2, 4, TELEMETRY_STORED),
                                ack(1, 2, 5, TELEMETRY_BAD_SIGNATURE)};
    size_t pos = 0;
    uint32_t device = 0;
    ingest_ack_list_sort(list, 4);
    CHECK_EQ(ingest_ack_list_next(list, 4, &pos, ranges, &device), 4);
    CHECK(range_is(0, 1, 1, 1, TELEMETRY_STORED));
    CHECK(range_is(1, 1, 3, 3, TELEMETRY_STORED));
    CHECK(range_is(2, 2, 4, 4, TELEMETRY_STORED));
    CHECK(range_is(3, 2, 5, 5, TELEMETRY_BAD_SIGNATURE));
}

static void each_device_gets_its_own_message(void)
{
    struct ingest_ack list[] = {ack(2, 1, 1, TELEMETRY_STORED), ack(1, 1, 1, TELEMETRY_STORED),
                                ack(2, 1, 2, TELEMETRY_STORED)};
    size_t pos = 0;
    uint32_t device = 0;
    ingest_ack_list_sort(list, 3);
    CHECK_EQ(ingest_ack_list_next(list, 3, &pos, ranges, &device), 1);
    CHECK_EQ(device, 1);
    CHECK_EQ(ingest_ack_list_next(list, 3, &pos, ranges, &device), 1);
    CHECK_EQ(device, 2);
    CHECK(range_is(0, 1, 1, 2, TELEMETRY_STORED));
    CHECK_EQ(ingest_ack_list_next(list, 3, &pos, ranges, &device), 0);
}

/* Every second number: nothing merges. */
static void more_ranges_than_fit_take_another_message(void)
{
    enum { N = TELEMETRY_ACK_RANGES_MAX * 2 + 1 };
    struct ingest_ack list[N];
    size_t pos = 0;
    uint32_t device = 0;
    for (uint32_t i = 0; i < N; i++) {
        list[i] = ack(7, 1, 2 * i + 1, TELEMETRY_STORED);
    }
    ingest_ack_list_sort(list, N);
    CHECK_EQ(ingest_ack_list_next(list, N, &pos, ranges, &device), TELEMETRY_ACK_RANGES_MAX);
    CHECK_EQ(ingest_ack_list_next(list, N, &pos, ranges, &device), TELEMETRY_ACK_RANGES_MAX);
    CHECK_EQ(ingest_ack_list_next(list, N, &pos, ranges, &device), 1);
    CHECK_EQ(ingest_ack_list_next(list, N, &pos, ranges, &device), 0);
}

static void the_highest_and_the_lowest_number_are_no_neighbours(void)
{
    struct ingest_ack list[] = {ack(1, 1, UINT32_MAX, TELEMETRY_STORED),
                                ack(1, 1, 0, TELEMETRY_STORED)};
    size_t pos = 0;
    uint32_t device = 0;
    ingest_ack_list_sort(list, 2);
    CHECK_EQ(ingest_ack_list_next(list, 2, &pos, ranges, &device), 2);
}

static void an_empty_list_is_no_message(void)
{
    size_t pos = 0;
    uint32_t device = 0;
    ingest_ack_list_sort(NULL, 0);
    CHECK_EQ(ingest_ack_list_next(NULL, 0, &pos, ranges, &device), 0);
}

CHECK_MAIN(TEST(neighbours_and_repetitions_become_one_range),
           TEST(a_gap_another_epoch_and_another_verdict_start_a_range),
           TEST(each_device_gets_its_own_message), TEST(more_ranges_than_fit_take_another_message),
           TEST(the_highest_and_the_lowest_number_are_no_neighbours),
           TEST(an_empty_list_is_no_message))
