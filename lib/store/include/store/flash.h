/* SPDX-License-Identifier: MIT
 * What the store needs of a flash memory. Implemented by port/posix/flash_file.c and sim/flash.c.
 *
 * NOR rules: erased bytes read 0xFF; programming can only clear bits; a program touches whole
 * units of `program_len`; a unit is programmed at most once between erases; an erase covers one
 * whole sector. After a power cut a unit or a sector under work may read anything, and may read
 * differently each time (unstable bits).
 */
#ifndef STORE_FLASH_H
#define STORE_FLASH_H

#include <stdint.h>

#include "base/err.h"

struct flash {
    /* Each returns E_OK or E_IO; on E_IO of program or erase the content is as after a cut. */
    int (*read)(void *context, uint32_t address, void *out, uint32_t len);
    /* `address` and `len` are multiples of program_len. */
    int (*program)(void *context, uint32_t address, const void *bytes, uint32_t len);
    int (*erase)(void *context, uint32_t sector_index);
    /* NULL where every program and erase is durable when it returns. Otherwise what came before is
     * durable when this returns, and may until then reach the medium in any order. */
    int (*sync)(void *context);
    void *context;
    uint32_t sector_len;  /* bytes, a power of two, 256..262144 */
    uint32_t n_sectors;   /* 2..4096 */
    uint32_t program_len; /* bytes per program unit: 1, 2, 4, 8, 16 or 32 */
};

#endif
