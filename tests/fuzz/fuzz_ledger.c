/* fuzz: ledger crypto_openssl */
/* SPDX-License-Identifier: MIT
 * Every parser of the ledger: the first byte says which. What is read as an entry is written back
 * to the same bytes, and so is the path of a tile.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/action.h"
#include "ledger/checkpoint.h"
#include "ledger/entry.h"
#include "ledger/note.h"
#include "ledger/proof_json.h"
#include "ledger/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void read_entry(const uint8_t *data, size_t size)
{
    static uint8_t again[LEDGER_ENTRY_MAX_LEN];
    struct ledger_entry e;
    if (ledger_entry_decode(data, size, &e) == E_OK) {
        struct wbuf w = wbuf_of(again, sizeof again);
        ledger_entry_put(&w, &e);
        require(wbuf_len(&w) == size && memcmp(again, data, size) == 0);
    }
}

static void read_receipt(const uint8_t *data, size_t size)
{
    static const uint8_t key[32] = {1};
    struct ledger_receipt receipt;
    require(ledger_receipt_decode(data, size, &receipt) <= E_OK);
    require(ledger_receipt_verify(data, size, key) != E_OK);
}

static void read_note(const uint8_t *data, size_t size)
{
    struct ledger_note note;
    struct ledger_checkpoint c;
    struct ledger_key key;
    require(ledger_key_parse((const char *)data, size, &key) <= E_OK);
    if (ledger_note_parse((const char *)data, size, &note) == E_OK) {
        require(note.text_len < size && note.n_signatures <= LEDGER_NOTE_SIGNATURES_MAX);
        require(ledger_checkpoint_parse(note.text, note.text_len, &c) <= E_OK);
    }
}

static void read_proof(const uint8_t *data, size_t size)
{
    static struct ledger_proof_reader reader;
    const int judged = ledger_proof_judge(&reader, (const char *)data, size);
    require(judged != E_OK || reader.kind != LEDGER_PROOF_NONE);
}

static void read_path(const uint8_t *data, size_t size)
{
    char again[128];
    struct ledger_tile tile;
    if (ledger_tile_parse_path((const char *)data, size, &tile) == E_OK) {
        struct wbuf w = wbuf_of(again, sizeof again);
        ledger_tile_put_path(&w, &tile);
        require(wbuf_len(&w) == size && memcmp(again, data, size) == 0);
    }
}

static void read_action(const uint8_t *data, size_t size)
{
    static struct ledger_operator operator;
    static uint8_t again[LEDGER_ACTION_MAX_LEN];
    struct ledger_action action;
    if (ledger_action_decode(data, size, &action) == E_OK) {
        struct wbuf w = wbuf_of(again, sizeof again);
        ledger_action_put(&w, action.origin, &action.entry);
        require(wbuf_len(&w) + 64 == size && memcmp(again, data, wbuf_len(&w)) == 0);
        operator=(struct ledger_operator){.known = true, .key = {1}};
        require(ledger_operator_check(&operator, action.origin, &action.entry) != E_OK);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(const uint8_t *data, size_t size) = {
        read_entry, read_receipt, read_note, read_proof, read_path, read_action};
    if (size > 0) {
        readers[data[0] % (sizeof readers / sizeof readers[0])](data + 1, size - 1);
    }
    return 0;
}
