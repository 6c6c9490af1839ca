/* SPDX-License-Identifier: MIT
 * What a program pays for reading and writing messages: scripts/size_exi.sh links it for a
 * microcontroller with SETS defined as the sets it speaks, X(sap) X(din) ..., and once with none.
 */
#include "base/assert.h"
#include "exi/exi.h"

void _start(void); /* instead of a C library's; never run */

_Noreturn void panic(const char *file, int line)
{
    (void)file;
    (void)line;
    for (;;) {
    }
}

#define X(name) extern const struct exi_set exi_set_##name;
SETS
#undef X

    static const struct exi_set *const sets[] = {
#define X(name) &exi_set_##name,
        SETS
#undef X
            NULL};

/* Somebody else's, so that the compiler cannot know what is in them. */
extern volatile unsigned choice;
extern uint8_t buffer[4096];
extern uint8_t memory[4096];

#ifdef WITH_CODEC
static int answer(const struct exi_set *set)
{
    struct exi_arena arena;
    struct exi_message message;
    exi_arena_init(&arena, memory, sizeof memory);
    const int result = exi_decode(set, buffer, choice, &arena, &message);
    return result < 0 ? result : exi_encode(set, &message, buffer, sizeof buffer);
}
#else
static int answer(const struct exi_set *set)
{
    /* the C library's part, which is not the codec's: both programs have it */
    memory[0] = set == NULL;
    __builtin_memcpy(buffer, memory, choice);
    __builtin_memmove(buffer, buffer + 1, choice);
    __builtin_memset(memory, 0, choice);
    return (int)((uint64_t)choice << buffer[0] >> 60);
}
#endif

void _start(void)
{
    choice = (unsigned)answer(sets[choice]);
}
