/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <string.h>

#include "base/assert.h"

static size_t aligned(size_t size)
{
    return (size + EXI_ALIGNMENT - 1) & ~(size_t)(EXI_ALIGNMENT - 1);
}

void exi_arena_init(struct exi_arena *arena, void *memory, size_t cap)
{
    ASSERT(memory != NULL || cap == 0);
    const size_t skip = (size_t)(-(uintptr_t)memory & (EXI_ALIGNMENT - 1));
    arena->base = (uint8_t *)memory + (skip <= cap ? skip : 0);
    arena->cap = skip <= cap ? (cap - skip) & ~(size_t)(EXI_ALIGNMENT - 1) : 0;
    exi_arena_reset(arena);
}

void exi_arena_reset(struct exi_arena *arena)
{
    arena->used = 0;
    arena->top = arena->cap;
}

void *exi_arena_take(struct exi_arena *arena, size_t size)
{
    ASSERT(arena->used <= arena->top);
    const size_t need = aligned(size);
    if (arena->top - arena->used < need) {
        return NULL;
    }
    void *at = arena->base + arena->used;
    arena->used += need;
    memset(at, 0, size);
    return at;
}

void *exi_arena_push(struct exi_arena *arena, size_t size, bool first)
{
    ASSERT(arena->used <= arena->top);
    if (arena->top - arena->used < size) {
        return NULL;
    }
    size_t top = arena->top - size;
    if (first) {
        top &= ~(size_t)(EXI_ALIGNMENT - 1);
        if (top < arena->used) {
            return NULL;
        }
    }
    arena->top = top;
    memset(arena->base + top, 0, size);
    return arena->base + top;
}

/* Where there is no room beside them: the items change places, then all move down together. */
static void turn_in_place(uint8_t *to, uint8_t *items, size_t size, size_t count)
{
    for (size_t i = 0, j = count - 1; i < j; i++, j--) {
        uint8_t *a = items + i * size;
        uint8_t *b = items + j * size;
        for (size_t k = 0; k < size; k++) {
            const uint8_t byte = a[k];
            a[k] = b[k];
            b[k] = byte;
        }
    }
    memmove(to, items, count * size);
}

void *exi_arena_settle(struct exi_arena *arena, size_t size, size_t count, size_t top_before)
{
    ASSERT(count > 0 && arena->top + count * size <= top_before);
    const size_t need = aligned(count * size);
    if (top_before - arena->used < need) {
        return NULL;
    }
    uint8_t *to = arena->base + arena->used;
    uint8_t *from = arena->base + arena->top;
    if (arena->top - arena->used < need) {
        turn_in_place(to, from, size, count);
    } else {
        for (size_t i = 0; i < count; i++) { /* the last item lies lowest */
            memcpy(to + i * size, from + (count - 1 - i) * size, size);
        }
    }
    arena->used += need;
    arena->top = top_before;
    return to;
}
