/* SPDX-License-Identifier: MIT */
#include "web/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "ledger/book.h"
#include "ledger/proof_json.h"
#include "web/ledger_entries.h"

enum { PROOF_JSON_CAP = 16384, BASE64_ENTRY_CAP = 4 * LEDGER_ENTRY_MAX_LEN / 3 + 8 };
#define JSON "application/json"

static void answer_summary(struct ledger_book *book, struct web_response *r)
{
    struct ledger_log *log = ledger_book_log(book);
    const struct ledger_head head = log ? ledger_log_kept(log) : (struct ledger_head){0};
    const char *trouble = ledger_book_trouble(book);
    char root[BASE64_LEN(LEDGER_HASH_LEN)];
    struct wbuf b = wbuf_of(root, sizeof root);
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, 4096);
    base64_put(&b, head.root.bytes, sizeof head.root.bytes);
    json_writer_init(&j, &w);
    json_begin_object(&j);
    json_field_string(&j, "vkey", ledger_book_vkey(book));
    json_field_int(&j, "size", (int64_t)head.size);
    json_key(&j, "root");
    json_put_text(&j, root, sizeof root);
    json_field_string(&j, "checkpoint", ledger_book_checkpoint(book));
    json_key(&j, "trouble");
    if (trouble) {
        json_put_string(&j, trouble);
    } else {
        json_put_null(&j);
    }
    json_end(&j);
    web_answer_end(r, &w, 200, JSON);
}

static void answer_checkpoint(struct ledger_book *book, struct web_response *r)
{
    struct wbuf w = web_answer_begin(r, LEDGER_CHECKPOINT_CAP);
    wbuf_str(&w, ledger_book_checkpoint(book));
    web_answer_end(r, &w, 200, "text/plain; charset=utf-8");
}

/* ---- tiles ---- */

static int read_tile(struct ledger_log *log, const struct ledger_tile *tile, struct wbuf *w)
{
    struct ledger_place place = {.at = tile->index * LEDGER_TILE_WIDTH * LEDGER_HASH_LEN,
                                 .len = (uint64_t)tile->width * LEDGER_HASH_LEN};
    unsigned file = LEDGER_FILE_TILES + tile->level;
    if (tile->entries) {
        file = LEDGER_FILE_ENTRIES;
        const int result = ledger_log_bundle(log, tile->index, tile->width, &place);
        if (result != E_OK) {
            return result;
        }
    }
    uint8_t *room = wbuf_reserve(w, (size_t)place.len);
    return room == NULL
               ? E_NOSPACE
               : log->disk.read(log->disk.context, file, place.at, room, (size_t)place.len);
}

static void answer_tile(struct ledger_log *log, const char *path, struct web_response *r)
{
    struct ledger_tile tile;
    struct ledger_place place;
    const uint64_t size = ledger_log_kept(log).size;
    if (ledger_tile_parse_path(path, strlen(path), &tile) != E_OK ||
        tile.width > ledger_tile_width(tile.level, tile.index, size)) {
        web_answer_error(r, 404, "there is no such tile");
        return;
    }
    size_t cap = (size_t)tile.width * LEDGER_HASH_LEN;
    if (tile.entries && ledger_log_bundle(log, tile.index, tile.width, &place) == E_OK) {
        cap = (size_t)place.len;
    }
    struct wbuf w = web_answer_begin(r, cap > 0 ? cap : 1);
    if (read_tile(log, &tile, &w) != E_OK) {
        web_answer_error(r, 503, "the ledger cannot be read");
        return;
    }
    web_answer_end(r, &w, 200, "application/octet-stream");
}

/* ---- proofs ---- */

static int root_at(struct ledger_log *log, uint64_t size, struct ledger_hash *root)
{
    const struct ledger_hashes hashes = ledger_log_hashes(log);
    return ledger_root_read(&hashes, size, root);
}

/* NULL, or what is wrong with the query. */
static const char *read_sizes(const char *query, const char *name, uint64_t kept, uint64_t out[2])
{
    long long first = -1;
    long long size = -1;
    if (!web_query_int(query, name, -1, &first) ||
        !web_query_int(query, "size", (long long)kept, &size) || first < 0 || size < 1) {
        return "the numbers of a proof are integers within the ledger";
    }
    if ((uint64_t)size > kept || first > size) {
        return "the ledger is not that long";
    }
    out[0] = (uint64_t)first;
    out[1] = (uint64_t)size;
    return NULL;
}

static void answer_inclusion(struct ledger_book *book, const char *query, struct web_response *r)
{
    static uint8_t entry[LEDGER_ENTRY_MAX_LEN];
    static char scratch[BASE64_ENTRY_CAP];
    static struct ledger_hash hashes[LEDGER_PROOF_MAX];
    struct ledger_log *log = ledger_book_log(book);
    const uint64_t kept = ledger_log_kept(log).size;
    const struct ledger_hashes stored = ledger_log_hashes(log);
    uint64_t q[2];
    const char *wrong = read_sizes(query, "index", kept, q);
    if (wrong || q[0] >= q[1]) {
        web_answer_error(r, 400, wrong ? wrong : "the ledger is not that long");
        return;
    }
    struct ledger_inclusion proof = {.index = q[0],
                                     .size = q[1],
                                     .entry = entry,
                                     .checkpoint =
                                         q[1] == kept ? ledger_book_checkpoint(book) : NULL,
                                     .scratch = scratch,
                                     .scratch_cap = sizeof scratch};
    const int n = ledger_inclusion_make(&stored, q[0], q[1], hashes);
    const int len = ledger_log_entry(log, q[0], entry, sizeof entry);
    if (n < 0 || len < 0 || root_at(log, q[1], &proof.root) != E_OK) {
        web_answer_error(r, 503, "the ledger cannot be read");
        return;
    }
    proof.entry_len = (size_t)len;
    proof.proof = (struct ledger_proof){hashes, (size_t)n};
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, PROOF_JSON_CAP);
    json_writer_init(&j, &w);
    ledger_inclusion_put_json(&j, &proof);
    web_answer_end(r, &w, 200, JSON);
}

static void answer_consistency(struct ledger_log *log, const char *query, struct web_response *r)
{
    static struct ledger_hash hashes[LEDGER_PROOF_MAX];
    const struct ledger_hashes stored = ledger_log_hashes(log);
    uint64_t q[2];
    const char *wrong = read_sizes(query, "old", ledger_log_kept(log).size, q);
    if (wrong || q[0] == 0) {
        web_answer_error(r, 400, wrong ? wrong : "nothing follows from an empty ledger");
        return;
    }
    struct ledger_extension proof = {.old_size = q[0], .size = q[1]};
    const int n = ledger_consistency_make(&stored, q[0], q[1], hashes);
    if (n < 0 || root_at(log, q[0], &proof.old) != E_OK ||
        root_at(log, q[1], &proof.root) != E_OK) {
        web_answer_error(r, 503, "the ledger cannot be read");
        return;
    }
    proof.proof = (struct ledger_proof){hashes, (size_t)n};
    struct json_writer j;
    struct wbuf w = web_answer_begin(r, PROOF_JSON_CAP);
    json_writer_init(&j, &w);
    ledger_extension_put_json(&j, &proof);
    web_answer_end(r, &w, 200, JSON);
}

void web_ledger_respond(struct site *site, const struct web_request *q, struct web_response *r)
{
    const char *rest = q->path + strlen(WEB_LEDGER_PREFIX);
    if (!site->ledger) {
        web_answer_error(r, 404, "this site writes no ledger");
        return;
    }
    struct ledger_log *log = ledger_book_log(site->ledger);
    if (*rest == 0) {
        answer_summary(site->ledger, r);
    } else if (!log) {
        web_answer_error(r, 503, ledger_book_trouble(site->ledger));
    } else if (strcmp(rest, "/checkpoint") == 0) {
        answer_checkpoint(site->ledger, r);
    } else if (strncmp(rest, "/tile/", 6) == 0) {
        answer_tile(log, rest + 1, r);
    } else if (strcmp(rest, "/proof") == 0) {
        answer_inclusion(site->ledger, q->query, r);
    } else if (strcmp(rest, "/consistency") == 0) {
        answer_consistency(log, q->query, r);
    } else if (strcmp(rest, "/entries") == 0) {
        web_ledger_entries(log, q->query, r);
    } else if (strcmp(rest, "/search") == 0) {
        web_ledger_search(log, q->query, r);
    } else {
        web_answer_error(r, 404, "there is nothing here");
    }
}
