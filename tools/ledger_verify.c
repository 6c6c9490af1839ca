/* SPDX-License-Identifier: MIT
 * wattward ledger verify: every entry, from the first to the checkpoint. The index within each
 * entry tells what was dropped or moved, the stored hash of each what was changed, and the root
 * whether the hashes were changed along.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ledger/action.h"
#include "ledger_place.h"

enum { PROGRESS_STEP = 1 << 16 };

struct walk {
    struct ledger_place_of_log place;
    struct ledger_tree tree;
    uint64_t at; /* in the file of the entries */
    uint8_t entry[LEDGER_ENTRY_CAP];
    size_t len;
    struct ledger_operator operator;
    char origin[LEDGER_TEXT_MAX_LEN + 1];
    uint64_t n_signed;     /* by the operator */
    uint64_t key_replaced; /* entry in which the operator's key changed unsigned; 0: none */
    uint64_t unreadable;   /* entries of a version that this program does not know */
};

static int tell(const struct invocation *i, uint64_t index, const char *what)
{
    return command_fail(i, "entry %" PRIu64 " is the first that is wrong: %s", index, what);
}

/* The entry at walk->at. NULL, or what is wrong. */
static const char *read_entry(struct walk *w)
{
    uint8_t frame[2];
    const struct ledger_disk *d = &w->place.disk;
    if (d->read(d->context, LEDGER_FILE_ENTRIES, w->at, frame, sizeof frame) != E_OK) {
        return "it is missing; the file ends before it";
    }
    w->len = (size_t)frame[0] << 8 | frame[1];
    if (w->len == 0 ||
        d->read(d->context, LEDGER_FILE_ENTRIES, w->at + sizeof frame, w->entry, w->len) != E_OK) {
        return "the file ends within it, or its length was changed";
    }
    w->at += sizeof frame + w->len;
    return NULL;
}

/* NULL, or what the stored hash says of the entry. */
static const char *compare_hash(const struct walk *w, uint64_t index,
                                const struct ledger_hash *leaf)
{
    struct ledger_hash stored;
    const struct ledger_disk *d = &w->place.disk;
    if (d->read(d->context, LEDGER_FILE_TILES, index * LEDGER_HASH_LEN, stored.bytes,
                sizeof stored.bytes) != E_OK) {
        return NULL; /* a copy without hashes is judged by its root */
    }
    return memcmp(stored.bytes, leaf->bytes, sizeof stored.bytes) == 0
               ? NULL
               : "its bytes do not have the hash that the ledger keeps for it";
}

/* NULL, or what is wrong with the operator's signature, or with its absence. */
static const char *judge_authority(struct walk *w, const struct ledger_entry *e)
{
    if (e->type == LEDGER_START) {
        memcpy(w->origin, e->origin.at, e->origin.len);
        w->origin[e->origin.len] = '\0';
        return NULL;
    }
    const int result = ledger_operator_check(&w->operator, ledger_text_of(w->origin), e);
    w->n_signed += result == E_OK && e->authority.present;
    switch (result) {
    case E_OK:
        return NULL;
    case E_STATE:
        w->key_replaced = e->index;
        return NULL;
    case E_REPLAY:
        return "it is an action of the operator that was carried out before";
    default:
        return e->authority.present ? "the operator's signature does not fit it"
                                    : "it is a decision of the operator without his signature";
    }
}

static const char *judge_entry(struct walk *w, uint64_t index)
{
    struct ledger_entry e;
    const char *wrong = read_entry(w);
    if (wrong != NULL) {
        return wrong;
    }
    const struct ledger_hash leaf = ledger_leaf_hash(w->entry, w->len);
    const int decoded = ledger_entry_decode(w->entry, w->len, &e);
    ledger_tree_append(&w->tree, &leaf, NULL);
    if (decoded == E_OK && e.index != index) {
        return "it says that it has another place; entries were dropped, added or moved";
    }
    w->unreadable += decoded == E_UNSUPPORTED;
    wrong = compare_hash(w, index, &leaf);
    if (wrong == NULL && decoded != E_OK && decoded != E_UNSUPPORTED) {
        wrong = "it is not an entry";
    }
    return wrong == NULL && decoded == E_OK ? judge_authority(w, &e) : wrong;
}

static void show_progress(uint64_t index, uint64_t size)
{
    if (index % PROGRESS_STEP == 0 && isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " entries", index, size);
        if (index == size) {
            fprintf(stderr, "\n");
        }
    }
}

static int judge_all(struct walk *w, const struct invocation *i)
{
    const uint64_t size = w->place.checkpoint.size;
    ledger_tree_init(&w->tree);
    for (uint64_t index = 0; index < size; index++) {
        const char *wrong = judge_entry(w, index);
        if (wrong != NULL) {
            return tell(i, index, wrong);
        }
        show_progress(index, size);
    }
    const struct ledger_hash root = ledger_tree_root(&w->tree);
    if (memcmp(root.bytes, w->place.checkpoint.root.bytes, sizeof root.bytes) != 0) {
        return command_fail(i,
                            "the %" PRIu64
                            " entries fit their hashes but not the signed root: entries and "
                            "hashes were changed together, or the key's owner signed another "
                            "ledger",
                            size);
    }
    return COMMAND_DONE;
}

/* An older checkpoint that somebody kept: the log must still have what it had then. */
static int judge_old(struct walk *w, const struct invocation *i, const char *path)
{
    char text[LEDGER_NOTE_CAP + 1];
    struct ledger_note note;
    struct ledger_checkpoint old;
    struct ledger_key key;
    const int len = ledger_place_read_text(path, text, sizeof text);
    if (len < 0 || ledger_note_parse(text, (size_t)len, &note) != E_OK ||
        ledger_checkpoint_parse(note.text, note.text_len, &old) != E_OK ||
        ledger_note_verify(&note, &w->place.key, NULL) != E_OK) {
        return command_fail(i, "%s is not a checkpoint of this ledger", path);
    }
    const char *witness = invocation_option(i, "--witness");
    if (witness != NULL &&
        (!ledger_place_read_key(witness, &key) || ledger_note_verify(&note, &key, NULL) != E_OK)) {
        return command_fail(i, "%s is not cosigned by that witness", path);
    }
    if (old.size > w->place.checkpoint.size) {
        return command_fail(i,
                            "the ledger was cut: %s has %" PRIu64 " entries, now there are "
                            "%" PRIu64,
                            path, old.size, w->place.checkpoint.size);
    }
    struct ledger_tree tree;
    ledger_tree_init(&tree);
    w->at = 0;
    while (tree.size < old.size && read_entry(w) == NULL) {
        const struct ledger_hash leaf = ledger_leaf_hash(w->entry, w->len);
        ledger_tree_append(&tree, &leaf, NULL);
    }
    const struct ledger_hash root = ledger_tree_root(&tree);
    if (memcmp(root.bytes, old.root.bytes, sizeof root.bytes) != 0) {
        return command_fail(i, "one of the first %" PRIu64 " entries is not what %s was signed for",
                            old.size, path);
    }
    return COMMAND_DONE;
}

int ledger_verify_run(const struct invocation *i)
{
    static struct walk w;
    const char *seed = invocation_option(i, "--seed");
    if (seed != NULL) {
        return ledger_verify_seed(i, seed);
    }
    const char *old = invocation_option(i, "--old");
    if (old == NULL && invocation_option(i, "--witness") != NULL) {
        return command_fail(i, "--witness says who must have cosigned the checkpoint of --old");
    }
    int status = ledger_place_open(&w.place, i);
    if (status != COMMAND_DONE) {
        return status;
    }
    status = judge_all(&w, i);
    if (status == COMMAND_DONE && old != NULL) {
        status = judge_old(&w, i, old);
    }
    ledger_place_close(&w.place);
    if (status != COMMAND_DONE) {
        return status;
    }
    if (i->json) {
        printf("{\"ok\":true,\"entries\":%" PRIu64 ",\"key_given\":%s,\"signed_actions\":%" PRIu64
               ",\"operator_key_replaced\":%s}\n",
               w.place.checkpoint.size, w.place.key_is_given ? "true" : "false", w.n_signed,
               w.key_replaced > 0 ? "true" : "false");
        return status;
    }
    printf("All %" PRIu64 " entries are as they were signed by %s.\n", w.place.checkpoint.size,
           w.place.key.name);
    if (w.n_signed > 0) {
        printf("Decisions that the operator signed: %" PRIu64 ".\n", w.n_signed);
    }
    if (w.key_replaced > 0) {
        printf("The operator's key was replaced without a signature of the old one in entry "
               "%" PRIu64 "; ask him whether that was he.\n",
               w.key_replaced);
    }
    if (w.unreadable > 0) {
        printf("%" PRIu64 " of them have a form that this program does not know.\n", w.unreadable);
    }
    if (!w.place.key_is_given) {
        printf(
            "The key is the one beside the ledger; give yours with --key to know whose it is.\n");
    }
    return status;
}
