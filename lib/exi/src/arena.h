/* SPDX-License-Identifier: MIT
 * An arena that grows from both ends. What is finished lies at the bottom. The items of a list that
 * is still being read are stacked downwards from the top, because items may hold lists of their own
 * and the length of a list is known only at its end; then they move to the bottom, in order.
 */
#ifndef EXI_SRC_ARENA_H
#define EXI_SRC_ARENA_H

#include "exi/exi.h"

/* Zeroed memory from the bottom; NULL when there is none. */
void *exi_arena_take(struct exi_arena *arena, size_t size);
/* Zeroed room for one more item of the list on top; NULL when there is none. The first item of a
 * list aligns, so the caller keeps arena->top from before it. */
void *exi_arena_push(struct exi_arena *arena, size_t size, bool first);
/* Moves the `count` items on top to the bottom and sets the top back; NULL when the gap between
 * them is too small. */
void *exi_arena_settle(struct exi_arena *arena, size_t size, size_t count, size_t top_before);

#endif
