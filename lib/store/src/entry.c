/* SPDX-License-Identifier: MIT */
#include "entry.h"

#include <string.h>

#include "base/assert.h"
#include "base/crc.h"
#include "base/rbuf.h"
#include "base/wbuf.h"
#include "sector.h"

enum { LEN_BITS = 11 };

/* Collects bytes into whole program units; sticky on E_IO. */
struct stream {
    const struct flash *flash;
    uint32_t address;
    uint32_t fill;
    int result;
    uint8_t chunk[SECTOR_CHUNK_LEN];
};

static void stream_flush(struct stream *s)
{
    uint32_t len = store_sector_round(s->flash, s->fill);
    ASSERT(len <= sizeof s->chunk);
    if (len > 0 && s->result == E_OK) {
        memset(s->chunk + s->fill, 0xFF, len - s->fill);
        if (s->flash->program(s->flash->context, s->address, s->chunk, len) != E_OK) {
            s->result = E_IO;
        }
    }
    s->address += len;
    s->fill = 0;
}

static void stream_put(struct stream *s, const void *bytes, uint32_t len)
{
    const uint8_t *p = bytes;
    while (len > 0) {
        uint32_t n = (uint32_t)sizeof s->chunk - s->fill;
        n = n < len ? n : len;
        memcpy(s->chunk + s->fill, p, n);
        s->fill += n;
        p += n;
        len -= n;
        if (s->fill == sizeof s->chunk) {
            stream_flush(s);
        }
    }
}

uint32_t store_entry_size(const struct flash *flash, uint32_t payload_len)
{
    return store_sector_round(flash, ENTRY_HEAD_LEN + payload_len);
}

/* The checksum over the generation and the first half of the head; the payload is added to it. */
static uint32_t crc_begin(uint32_t generation, const struct entry *entry)
{
    uint8_t bytes[8];
    struct wbuf w = wbuf_of(bytes, sizeof bytes);
    wbuf_le32(&w, generation);
    wbuf_le16(&w, entry->tag);
    wbuf_le16(&w, (uint16_t)(entry->len | entry->kind << LEN_BITS));
    return base_crc32(0, bytes, sizeof bytes);
}

static void encode_head(const struct entry *entry, uint8_t *out)
{
    struct wbuf w = wbuf_of(out, ENTRY_HEAD_LEN);
    wbuf_le16(&w, entry->tag);
    wbuf_le16(&w, (uint16_t)(entry->len | entry->kind << LEN_BITS));
    wbuf_le32(&w, entry->crc);
    ASSERT(wbuf_ok(&w));
}

/* Adds the payload on the medium to up to two running checksums. */
static int crc_payload(const struct flash *flash, uint32_t address, uint32_t len, uint32_t *a,
                       uint32_t *b)
{
    uint8_t chunk[SECTOR_CHUNK_LEN];
    while (len > 0) {
        uint32_t n = len < sizeof chunk ? len : (uint32_t)sizeof chunk;
        if (flash->read(flash->context, address, chunk, n) != E_OK) {
            return E_IO;
        }
        *a = base_crc32(*a, chunk, n);
        if (b != NULL) {
            *b = base_crc32(*b, chunk, n);
        }
        address += n;
        len -= n;
    }
    return E_OK;
}

/* Bytes between the address and the end of its sector. */
static uint32_t room_at(const struct flash *flash, uint32_t address)
{
    return flash->sector_len - (address & (flash->sector_len - 1));
}

int store_entry_peek(const struct flash *flash, uint32_t address, struct entry *out)
{
    uint8_t head[ENTRY_HEAD_LEN];
    uint32_t room = room_at(flash, address);
    if (room < ENTRY_HEAD_LEN || address >= flash->sector_len * flash->n_sectors) {
        return E_NOTFOUND;
    }
    if (flash->read(flash->context, address, head, sizeof head) != E_OK) {
        return E_IO;
    }
    struct rbuf r = rbuf_of(head, sizeof head);
    struct entry entry;
    entry.tag = rbuf_le16(&r);
    uint16_t kind_len = rbuf_le16(&r);
    entry.crc = rbuf_le32(&r);
    entry.len = kind_len & ((1U << LEN_BITS) - 1);
    entry.kind = (uint8_t)(kind_len >> LEN_BITS);
    if (entry.len > ENTRY_PAYLOAD_MAX_LEN || store_entry_size(flash, entry.len) > room) {
        return E_NOTFOUND; /* which is what erased bytes look like */
    }
    *out = entry;
    return E_OK;
}

int store_entry_read(const struct flash *flash, struct entry_place at, struct entry *out)
{
    struct entry entry;
    int result = store_entry_peek(flash, at.address, &entry);
    if (result != E_OK) {
        return result;
    }
    uint32_t crc = crc_begin(at.generation, &entry);
    result = crc_payload(flash, at.address + ENTRY_HEAD_LEN, entry.len, &crc, NULL);
    if (result != E_OK) {
        return result;
    }
    if (crc != entry.crc) {
        return E_NOTFOUND;
    }
    *out = entry;
    return E_OK;
}

int store_entry_payload(const struct flash *flash, struct entry_place at, const struct entry *entry,
                        void *out)
{
    if (entry->len > 0 &&
        flash->read(flash->context, at.address + ENTRY_HEAD_LEN, out, entry->len) != E_OK) {
        return E_IO;
    }
    uint32_t crc = base_crc32(crc_begin(at.generation, entry), out, entry->len);
    return crc == entry->crc ? E_OK : E_CORRUPT;
}

static int read_back(const struct flash *flash, struct entry_place at, const struct entry *entry)
{
    struct entry back;
    int result = store_entry_read(flash, at, &back);
    if (result == E_NOTFOUND || (result == E_OK && back.crc != entry->crc)) {
        result = E_IO; /* the memory did not take what it was given */
    }
    return result;
}

int store_entry_write(const struct flash *flash, struct entry_place at, struct entry *entry,
                      const void *payload)
{
    ASSERT(entry->len <= ENTRY_PAYLOAD_MAX_LEN && entry->kind <= ENTRY_KIND_MAX);
    ASSERT(store_entry_size(flash, entry->len) <= room_at(flash, at.address));
    entry->crc = crc_begin(at.generation, entry);
    if (entry->len > 0) {
        entry->crc = base_crc32(entry->crc, payload, entry->len);
    }
    struct stream s = {.flash = flash, .address = at.address, .fill = 0, .result = E_OK};
    uint8_t head[ENTRY_HEAD_LEN];
    encode_head(entry, head);
    stream_put(&s, head, sizeof head);
    stream_put(&s, payload, entry->len);
    stream_flush(&s);
    return s.result == E_OK ? read_back(flash, at, entry) : s.result;
}

int store_entry_copy(const struct flash *flash, struct entry_place from, struct entry_place to,
                     uint8_t kind, struct entry *out)
{
    struct entry source;
    int result = store_entry_peek(flash, from.address, &source);
    if (result != E_OK) {
        return result == E_NOTFOUND ? E_CORRUPT : result;
    }
    struct entry copy = source;
    copy.kind = kind;
    uint32_t source_crc = crc_begin(from.generation, &source);
    copy.crc = crc_begin(to.generation, &copy);
    result = crc_payload(flash, from.address + ENTRY_HEAD_LEN, copy.len, &source_crc, &copy.crc);
    if (result != E_OK) {
        return result;
    }
    if (source_crc != source.crc) {
        return E_CORRUPT;
    }
    ASSERT(store_entry_size(flash, copy.len) <= room_at(flash, to.address));
    struct stream s = {.flash = flash, .address = to.address, .fill = 0, .result = E_OK};
    uint8_t head[ENTRY_HEAD_LEN];
    encode_head(&copy, head);
    stream_put(&s, head, sizeof head);
    uint32_t address = from.address + ENTRY_HEAD_LEN;
    uint32_t crc = crc_begin(to.generation, &copy);
    for (uint32_t left = copy.len; left > 0 && s.result == E_OK;) {
        uint8_t chunk[32];
        uint32_t n = left < sizeof chunk ? left : (uint32_t)sizeof chunk;
        if (flash->read(flash->context, address, chunk, n) != E_OK) {
            return E_IO;
        }
        crc = base_crc32(crc, chunk, n);
        stream_put(&s, chunk, n);
        address += n;
        left -= n;
    }
    stream_flush(&s);
    if (s.result == E_OK && crc != copy.crc) {
        return E_CORRUPT; /* it reads differently each time */
    }
    if (s.result == E_OK) {
        s.result = read_back(flash, to, &copy);
    }
    if (s.result == E_OK) {
        *out = copy;
    }
    return s.result;
}

int store_entry_equals(const struct flash *flash, struct entry_place at, const void *payload,
                       uint16_t len)
{
    const uint8_t *p = payload;
    uint32_t address = at.address + ENTRY_HEAD_LEN;
    uint8_t chunk[SECTOR_CHUNK_LEN];
    for (uint32_t done = 0; done < len;) {
        uint32_t n = len - done < sizeof chunk ? len - done : (uint32_t)sizeof chunk;
        if (flash->read(flash->context, address + done, chunk, n) != E_OK) {
            return E_IO;
        }
        if (memcmp(chunk, p + done, n) != 0) {
            return 0;
        }
        done += n;
    }
    return 1;
}
