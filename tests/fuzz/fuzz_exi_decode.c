/* fuzz: exi exi_random */
/* SPDX-License-Identifier: MIT
 * Arbitrary bytes as a message; the first says of which set and how large the arena is. What is
 * taken is written again, and that decodes to the same; what is refused leaves the arena alone.
 */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "exi/json.h"
#include "exi_random.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_CAP = 64 << 10, OUT_CAP = 256 << 10 };

static alignas(8) uint8_t memory[ARENA_CAP];
static alignas(8) uint8_t memory_again[ARENA_CAP];
static uint8_t out[OUT_CAP];

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_again(const struct exi_set *set, struct exi_message *message)
{
    struct exi_arena arena;
    struct exi_message back;
    const int len = exi_encode(set, message, out, sizeof out);
    require(len > 0 || len == E_NOSPACE);
    if (len > 0) {
        exi_arena_init(&arena, memory_again, sizeof memory_again);
        const int result = exi_decode(set, out, (size_t)len, &arena, &back);
        require(result == E_OK || back.error == EXI_ARENA);
        require(result != E_OK || exi_messages_equal(set, message, &back));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    const struct exi_set *set = exi_random_set(data[0] & 15);
    const size_t cap = data[0] >> 4 == 0 ? ARENA_CAP : (size_t)(data[0] >> 4) * 128;
    /* a copy of its own, so that the sanitizer sees a byte too many */
    uint8_t *in = malloc(size);
    require(in != NULL);
    memcpy(in, data + 1, size - 1);
    struct exi_arena arena;
    struct exi_message message;
    exi_arena_init(&arena, memory, cap);
    const int result = exi_decode(set, in, size - 1, &arena, &message);
    require(message.bits <= (size - 1) * 8);
    require((result == E_OK) == (message.error == EXI_OK));
    if (result == E_OK) {
        check_again(set, &message);
    } else {
        require(arena.used == 0);
    }
    free(in);
    return 0;
}
