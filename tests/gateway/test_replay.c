/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "ingest/replay.h"

static struct ingest_replay window;

static void fresh(void)
{
    window = (struct ingest_replay){.started = false};
}

static void an_empty_window_has_seen_nothing(void)
{
    fresh();
    CHECK(!ingest_replay_seen(&window, 0, 0));
    CHECK(!ingest_replay_seen(&window, 1, 1));
}

static void what_was_marked_is_seen_and_its_neighbours_are_not(void)
{
    fresh();
    ingest_replay_mark(&window, 3, 500);
    CHECK(ingest_replay_seen(&window, 3, 500));
    CHECK(!ingest_replay_seen(&window, 3, 499));
    CHECK(!ingest_replay_seen(&window, 3, 501));
    CHECK(!ingest_replay_seen(&window, 2, 500));
}

static void a_later_epoch_starts_the_window_again(void)
{
    fresh();
    ingest_replay_mark(&window, 1, 10);
    ingest_replay_mark(&window, 2, 1);
    CHECK(ingest_replay_seen(&window, 2, 1));
    CHECK(!ingest_replay_seen(&window, 1, 10));
    CHECK(!ingest_replay_seen(&window, 2, 10));
}

static void an_earlier_epoch_changes_nothing(void)
{
    fresh();
    ingest_replay_mark(&window, 5, 7);
    ingest_replay_mark(&window, 4, 9);
    CHECK(ingest_replay_seen(&window, 5, 7));
    CHECK(!ingest_replay_seen(&window, 4, 9));
    CHECK(!ingest_replay_seen(&window, 5, 9));
}

static void the_oldest_number_is_the_span_behind_the_newest(void)
{
    fresh();
    ingest_replay_mark(&window, 1, 1);
    ingest_replay_mark(&window, 1, INGEST_REPLAY_SPAN);
    CHECK(ingest_replay_seen(&window, 1, 1));
    ingest_replay_mark(&window, 1, INGEST_REPLAY_SPAN + 1);
    CHECK(!ingest_replay_seen(&window, 1, 1));
    ingest_replay_mark(&window, 1, 1); /* behind the window: forgotten at once */
    CHECK(!ingest_replay_seen(&window, 1, 1));
    CHECK(ingest_replay_seen(&window, 1, INGEST_REPLAY_SPAN));
}

static void the_last_number_of_all_is_a_number_like_others(void)
{
    fresh();
    ingest_replay_mark(&window, 1, UINT32_MAX - 3);
    ingest_replay_mark(&window, 1, UINT32_MAX);
    CHECK(ingest_replay_seen(&window, 1, UINT32_MAX));
    CHECK(ingest_replay_seen(&window, 1, UINT32_MAX - 3));
    CHECK(!ingest_replay_seen(&window, 1, UINT32_MAX - 1));
    CHECK(!ingest_replay_seen(&window, 1, 0));
}

/* A model: every number marked, of every epoch. */
enum { EPOCHS = 3, NUMBERS = 6000, STEPS = 20000 };
static bool model[EPOCHS][NUMBERS];
static uint32_t model_epoch;
static uint32_t model_newest;

static uint32_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % n;
}

static bool model_seen(uint32_t epoch, uint32_t sequence)
{
    return epoch == model_epoch && model[epoch][sequence] && sequence <= model_newest &&
           model_newest - sequence < INGEST_REPLAY_SPAN;
}

static void model_mark(uint32_t epoch, uint32_t sequence)
{
    if (epoch < model_epoch || (epoch == model_epoch && model_newest >= INGEST_REPLAY_SPAN &&
                                sequence <= model_newest - INGEST_REPLAY_SPAN)) {
        return;
    }
    if (epoch > model_epoch) {
        model_epoch = epoch;
        model_newest = 0;
    }
    model[epoch][sequence] = true;
    if (sequence > model_newest) {
        model_newest = sequence;
    }
}

static void run_against_the_model(uint32_t seed)
{
    uint32_t centre = 1;
    random_state = seed;
    fresh();
    model_epoch = 0;
    model_newest = 0;
    for (size_t e = 0; e < EPOCHS; e++) {
        for (size_t i = 0; i < NUMBERS; i++) {
            model[e][i] = false;
        }
    }
    for (size_t step = 0; step < STEPS; step++) {
        const uint32_t epoch = 1 + random_below(1 + (uint32_t)(step * (EPOCHS - 1) / STEPS));
        const uint32_t sequence = (centre + random_below(1500)) % NUMBERS;
        centre = random_below(40) == 0 ? random_below(NUMBERS) : centre + random_below(3);
        if (ingest_replay_seen(&window, epoch, sequence) != model_seen(epoch, sequence)) {
            CHECK(false);
            return;
        }
        if (random_below(2) == 0) {
            ingest_replay_mark(&window, epoch, sequence);
            model_mark(epoch, sequence);
            CHECK(ingest_replay_seen(&window, epoch, sequence) == model_seen(epoch, sequence));
        }
    }
}

static void it_agrees_with_a_set_on_random_histories(void)
{
    for (uint32_t seed = 1; seed <= 20; seed++) {
        run_against_the_model(seed * 2654435761u);
    }
}

CHECK_MAIN(TEST(an_empty_window_has_seen_nothing),
           TEST(what_was_marked_is_seen_and_its_neighbours_are_not),
           TEST(a_later_epoch_starts_the_window_again), TEST(an_earlier_epoch_changes_nothing),
           TEST(the_oldest_number_is_the_span_behind_the_newest),
           TEST(the_last_number_of_all_is_a_number_like_others),
           TEST(it_agrees_with_a_set_on_random_histories))
