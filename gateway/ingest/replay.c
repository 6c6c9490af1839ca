/* SPDX-License-Identifier: MIT */
#include "ingest/replay.h"

#include <string.h>

#include "base/assert.h"

_Static_assert(INGEST_REPLAY_SPAN % 64 == 0, "the bitmap is made of whole words");
_Static_assert(sizeof(struct ingest_replay) <= 144, "RAM budget per device");

static uint64_t bit_of(uint32_t sequence)
{
    return UINT64_C(1) << (sequence % 64);
}

static uint32_t word_of(uint32_t sequence)
{
    return sequence % INGEST_REPLAY_SPAN / 64;
}

static bool inside(const struct ingest_replay *w, uint32_t sequence)
{
    return sequence <= w->newest && w->newest - sequence < INGEST_REPLAY_SPAN;
}

bool ingest_replay_seen(const struct ingest_replay *w, uint32_t boot_epoch, uint32_t sequence)
{
    if (!w->started || boot_epoch != w->boot_epoch || !inside(w, sequence))
        return false;
    return (w->stored[word_of(sequence)] & bit_of(sequence)) != 0;
}

static void restart(struct ingest_replay *w, uint32_t boot_epoch, uint32_t sequence)
{
    memset(w->stored, 0, sizeof w->stored);
    w->started = true;
    w->boot_epoch = boot_epoch;
    w->newest = sequence;
}

/* The numbers between the old and the new end take the places of those that fall out. */
static void advance(struct ingest_replay *w, uint32_t sequence)
{
    ASSERT(sequence > w->newest);
    if (sequence - w->newest >= INGEST_REPLAY_SPAN) {
        restart(w, w->boot_epoch, sequence);
        return;
    }
    for (uint32_t s = w->newest + 1; s != sequence + 1; s++)
        w->stored[word_of(s)] &= ~bit_of(s);
    w->newest = sequence;
}

void ingest_replay_mark(struct ingest_replay *w, uint32_t boot_epoch, uint32_t sequence)
{
    if (!w->started || boot_epoch > w->boot_epoch)
        restart(w, boot_epoch, sequence);
    if (boot_epoch < w->boot_epoch)
        return;
    if (sequence > w->newest)
        advance(w, sequence);
    if (inside(w, sequence))
        w->stored[word_of(sequence)] |= bit_of(sequence);
}
