/* SPDX-License-Identifier: MIT
 * An entry of a sector's log: 8 bytes of head, a payload, padding to whole program units. Its
 * checksum covers the sector's generation, so that nothing left from an earlier use of the sector
 * is ever taken for an entry. Bytes: docs/spec/store.md.
 */
#ifndef STORE_ENTRY_H
#define STORE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "store/flash.h"

enum { ENTRY_HEAD_LEN = 8, ENTRY_PAYLOAD_MAX_LEN = 1024, ENTRY_KIND_MAX = 31 };

struct entry {
    uint32_t crc;
    uint16_t tag; /* a key, or a sequence number's low half */
    uint16_t len; /* of the payload */
    uint8_t kind; /* 0..31, the meaning is the caller's */
};

/* Where an entry stands: its address, and the generation of its sector. */
struct entry_place {
    uint32_t address;
    uint32_t generation;
};

/* Bytes an entry takes on the medium. */
uint32_t store_entry_size(const struct flash *flash, uint32_t payload_len);
/* Reads the head alone, unchecked. E_NOTFOUND when no entry can stand there, E_IO. */
int store_entry_peek(const struct flash *flash, uint32_t address, struct entry *out) MUST_USE;
/* Reads an entry and checks it whole. E_NOTFOUND when none is valid there, E_IO. */
int store_entry_read(const struct flash *flash, struct entry_place at, struct entry *out) MUST_USE;
/* Copies the payload of the entry whose head is given; E_CORRUPT when it does not check. */
int store_entry_payload(const struct flash *flash, struct entry_place at, const struct entry *entry,
                        void *out) MUST_USE;
/* Writes an entry (entry->crc is set) and reads it back. On E_IO the place is spoiled. */
int store_entry_write(const struct flash *flash, struct entry_place at, struct entry *entry,
                      const void *payload) MUST_USE;
/* Writes a copy of the entry at `from` to `to`, of another kind, and reads it back; *out is the
 * copy. E_CORRUPT when the source does not check or reads differently each time. */
int store_entry_copy(const struct flash *flash, struct entry_place from, struct entry_place to,
                     uint8_t kind, struct entry *out) MUST_USE;
/* 1 when the payload on the medium equals `payload`, 0 when not, or E_IO. */
int store_entry_equals(const struct flash *flash, struct entry_place at, const void *payload,
                       uint16_t len) MUST_USE;

#endif
