/* SPDX-License-Identifier: MIT
 * wattward ledger: reads the site's log, proves what is in it, and judges proofs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/log.h"
#include "ledger/proof_json.h"
#include "ledger_place.h"
#include "operator_action.h"

enum { JSON_CAP = 32768, BASE64_ENTRY_CAP = 4 * LEDGER_ENTRY_MAX_LEN / 3 + 8 };

/* ---- prove ---- */

static bool read_number(const char *text, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == 0 && text[0] != '-';
}

/* The proof into `hashes`, the entry and the root into `p`; negative when the log cannot say. */
static int make_inclusion(struct ledger_log *log, struct ledger_inclusion *p, uint8_t *entry,
                          struct ledger_hash *hashes)
{
    const struct ledger_hashes stored = ledger_log_hashes(log);
    const int n = ledger_inclusion_make(&stored, p->index, p->size, hashes);
    const int len = ledger_log_entry(log, p->index, entry, LEDGER_ENTRY_MAX_LEN);
    if (n < 0 || len < 0) {
        return n < 0 ? n : len;
    }
    p->entry = entry;
    p->entry_len = (size_t)len;
    p->proof = (struct ledger_proof){hashes, (size_t)n};
    return ledger_root_read(&stored, p->size, &p->root);
}

static void print_json(const struct ledger_inclusion *inclusion,
                       const struct ledger_extension *extension)
{
    static char text[JSON_CAP];
    struct wbuf w = wbuf_of(text, sizeof text);
    struct json_writer j;
    json_writer_init(&j, &w);
    if (inclusion != NULL) {
        ledger_inclusion_put_json(&j, inclusion);
    } else {
        ledger_extension_put_json(&j, extension);
    }
    printf("%.*s\n", (int)wbuf_len(&w), text);
}

static int prove_extension(const struct invocation *i, struct ledger_log *log, uint64_t old_size)
{
    static struct ledger_hash hashes[LEDGER_PROOF_MAX];
    const struct ledger_hashes stored = ledger_log_hashes(log);
    const struct ledger_head head = ledger_log_head(log);
    struct ledger_extension p = {.old_size = old_size, .size = head.size, .root = head.root};
    if (old_size == 0 || old_size > head.size) {
        return command_fail(i, "the ledger has %" PRIu64 " entries", head.size);
    }
    const int n = ledger_consistency_make(&stored, old_size, head.size, hashes);
    if (n < 0 || ledger_root_read(&stored, old_size, &p.old) != E_OK) {
        return command_fail(i, "the hashes of the ledger cannot be read");
    }
    p.proof = (struct ledger_proof){hashes, (size_t)n};
    print_json(NULL, &p);
    return COMMAND_DONE;
}

static int prove_entry(const struct invocation *i, struct ledger_log *log, uint64_t index,
                       const char *note)
{
    static struct ledger_hash hashes[LEDGER_PROOF_MAX];
    static uint8_t entry[LEDGER_ENTRY_MAX_LEN];
    static char scratch[BASE64_ENTRY_CAP];
    struct ledger_inclusion p = {.index = index,
                                 .size = ledger_log_head(log).size,
                                 .checkpoint = note,
                                 .scratch = scratch,
                                 .scratch_cap = sizeof scratch};
    if (index >= p.size) {
        return command_fail(i, "the ledger has %" PRIu64 " entries; the first is 0", p.size);
    }
    if (make_inclusion(log, &p, entry, hashes) != E_OK) {
        return command_fail(i, "the hashes of the ledger cannot be read");
    }
    print_json(&p, NULL);
    return COMMAND_DONE;
}

static int prove(const struct invocation *i)
{
    static struct ledger_place_of_log place;
    static struct ledger_log log;
    uint64_t number = 0;
    const bool is_extension = invocation_option(i, "--consistency") != NULL;
    if (!read_number(i->arguments[0], &number)) {
        return command_fail(i, "%s is not a number of an entry", i->arguments[0]);
    }
    int status = ledger_place_open(&place, i);
    if (status != COMMAND_DONE) {
        return status;
    }
    const struct ledger_head head = {place.checkpoint.size, place.checkpoint.root};
    if (ledger_log_open(&log, &place.disk, &head) != E_OK) {
        status = command_fail(i, "the ledger is damaged; `wattward ledger verify` says where");
    } else if (is_extension) {
        status = prove_extension(i, &log, number);
    } else {
        status = prove_entry(i, &log, number, place.note_text);
    }
    ledger_place_close(&place);
    return status;
}

/* ---- check ---- */

/* NULL, or what is wrong with the checkpoint that came with a proof. */
static const char *judge_checkpoint(const struct invocation *i,
                                    const struct ledger_proof_reader *reader, bool *has_one)
{
    static char text[LEDGER_NOTE_CAP + 1];
    struct ledger_note note;
    struct ledger_checkpoint c;
    struct ledger_key key;
    const char *given = invocation_option(i, "--key");
    const int len = ledger_proof_checkpoint(reader, text, sizeof text);
    *has_one = len >= 0 && given != NULL;
    if (given != NULL && !ledger_place_read_key(given, &key)) {
        return "--key is no key of a ledger";
    }
    if (len < 0) {
        return given != NULL ? "it has no checkpoint that the key could have signed" : NULL;
    }
    if (ledger_note_parse(text, (size_t)len, &note) != E_OK ||
        ledger_checkpoint_parse(note.text, note.text_len, &c) != E_OK) {
        return "its checkpoint is none";
    }
    if (c.size != reader->size || memcmp(c.root.bytes, reader->root.bytes, sizeof c.root) != 0) {
        return "its checkpoint is of another tree";
    }
    return given == NULL || ledger_note_verify(&note, &key, NULL) == E_OK
               ? NULL
               : "its checkpoint is not signed by that key";
}

static int check(const struct invocation *i)
{
    static char text[LEDGER_PROOF_JSON_CAP];
    static struct ledger_proof_reader reader;
    bool has_checkpoint = false;
    const int len = ledger_place_read_text(i->arguments[0], text, sizeof text);
    if (len < 0) {
        return command_fail(i, "%s: %s", i->arguments[0], strerror(errno));
    }
    const int judged = ledger_proof_judge(&reader, text, (size_t)len);
    if (judged == E_AUTH) {
        return command_fail(i, "the proof of %s does not hold",
                            ledger_proof_kind_name(reader.kind));
    }
    if (judged != E_OK) {
        return command_fail(i,
                            judged == E_UNSUPPORTED
                                ? "%s is JSON, but not a proof of inclusion or consistency"
                                : "%s is not a proof in JSON",
                            i->arguments[0]);
    }
    const char *wrong = judge_checkpoint(i, &reader, &has_checkpoint);
    if (wrong != NULL) {
        return command_fail(i, "the proof holds, but %s", wrong);
    }
    if (i->json) {
        printf("{\"ok\":true,\"kind\":\"%s\",\"signed\":%s}\n", ledger_proof_kind_name(reader.kind),
               has_checkpoint ? "true" : "false");
        return COMMAND_DONE;
    }
    printf("The proof of %s holds%s.\n", ledger_proof_kind_name(reader.kind),
           has_checkpoint ? ", under a checkpoint signed by that key" : "");
    return COMMAND_DONE;
}

/* ---- checkpoint ---- */

static int checkpoint(const struct invocation *i)
{
    static struct ledger_place_of_log place;
    const int status = ledger_place_open(&place, i);
    if (status != COMMAND_DONE) {
        return status;
    }
    if (i->json) {
        printf("{\"ok\":true,\"size\":%" PRIu64 ",\"origin\":\"%.*s\"}\n", place.checkpoint.size,
               (int)place.checkpoint.origin_len, place.checkpoint.origin);
    } else {
        printf("%s", place.note_text);
    }
    ledger_place_close(&place);
    return status;
}

/* ---- the tree of commands ---- */

#define LOG_OPTION                                                                                 \
    {                                                                                              \
        "--log", "DIR", "the ledger's directory, if not that of --state", false                    \
    }
#define KEY_OPTION                                                                                 \
    {                                                                                              \
        "--key", "KEY", "the key that must have signed, or a file with it", false                  \
    }
#define NO_MORE                                                                                    \
    {                                                                                              \
        NULL, NULL, NULL, false                                                                    \
    }

static const struct command_option verify_options[] = {
    LOG_OPTION,
    KEY_OPTION,
    {"--old", "FILE", "a checkpoint kept from earlier, which must still hold", false},
    {"--witness", "KEY", "the witness who must have cosigned --old", false},
    {"--seed", "FILE", "check the hash chain of such an export instead", false},
    NO_MORE};
static const struct command_option prove_options[] = {
    LOG_OPTION,
    KEY_OPTION,
    {"--consistency", NULL, "prove that the first NUMBER entries are still what they were", false},
    NO_MORE};
static const struct command_option check_options[] = {KEY_OPTION, NO_MORE};
static const struct command_option checkpoint_options[] = {LOG_OPTION, KEY_OPTION, NO_MORE};
static const struct command_option export_options[] = {
    LOG_OPTION,
    KEY_OPTION,
    {"--format", "FORM", "entries, seed or tiles", true},
    {"--out", "DIR", "where the tiles go", false},
    NO_MORE};
static const struct command_option transfer_options[] = {
    {"--price", "CENTS", "of a kWh, without the grid fee", true},
    {"--at", "TIME", "from when, UTC, such as 2026-01-05T13:45 (default: the quarter at hand)",
     false},
    {"--minutes", "N", "for how long, in quarters of an hour (default: 15)", false},
    OPERATOR_KEY_OPTION,
    NO_MORE};
static const struct command_option correct_options[] = {
    {"--production", "WH", "what is added to what was produced; negative takes away", false},
    {"--consumption", "WH", "the same of what was consumed", false},
    {"--reason", "TEXT", "why; it stands in the ledger", true},
    OPERATOR_KEY_OPTION,
    NO_MORE};
static const struct command_option witness_options[] = {
    {"--key", "KEY", "the ledger's key, or a file with it", true},
    {"--dir", "DIR", "where the witness keeps its own key and what it has seen", true},
    {"--name", "NAME", "of the witness's key (default: wattward/witness)", false},
    {"--listen", "ADDRESS:PORT", "default: 127.0.0.1:8095", false},
    NO_MORE};
static const struct command_option cosign_options[] = {
    {"--witness", "KEY", "the witness's key, as it prints it, or a file with it", true},
    LOG_OPTION,
    KEY_OPTION,
    NO_MORE};
static const char *const url_argument[] = {"URL", NULL};
static const char *const transfer_arguments[] = {"FROM", "TO", "WH", NULL};
static const char *const number_argument[] = {"NUMBER", NULL};
static const char *const file_argument[] = {"FILE", NULL};

static const struct command children[] = {
    {.name = "verify",
     .summary = "Check every entry against the signed checkpoint; name the first wrong one.",
     .options = verify_options,
     .run = ledger_verify_run},
    {.name = "prove",
     .summary = "Print the proof that an entry is in the ledger.",
     .arguments = number_argument,
     .options = prove_options,
     .run = prove},
    {.name = "check",
     .summary = "Judge one proof of inclusion or consistency in JSON.",
     .arguments = file_argument,
     .options = check_options,
     .details = "FILE has the form of transparency-dev/merkle, or is what `ledger prove` prints; "
                "- is the\nstandard input. The exit status is 0 when the proof holds.\n",
     .run = check},
    {.name = "checkpoint",
     .summary = "Print the signed checkpoint, once it holds.",
     .options = checkpoint_options,
     .run = checkpoint},
    {.name = "export",
     .summary = "Print the entries, or the seed's table; or write the tiles as files.",
     .options = export_options,
     .details = "entries  one JSON object a line\n"
                "seed     the table energy_ledger with its hash chain, as CSV\n"
                "tiles    C2SP tlog-tiles below --out, ready for any web server\n",
     .run = ledger_export_run},
    {.name = "witness",
     .summary = "Be a witness: cosign the ledger's checkpoints as long as it only grows.",
     .options = witness_options,
     .details = "Runs on somebody else's machine until it is stopped, and speaks C2SP tlog-witness "
                "(add-checkpoint)\nover HTTP. Who trusts it cannot be shown two pasts.\n",
     .run = ledger_witness_run},
    {.name = "cosign",
     .summary = "Have the witness at URL cosign the checkpoint, and print it.",
     .arguments = url_argument,
     .options = cosign_options,
     .run = ledger_cosign_run},
    {.name = "transfer",
     .summary = "Record energy that two members agreed on between themselves.",
     .arguments = transfer_arguments,
     .options = transfer_options,
     .details = "In each quarter of an hour FROM's surplus goes to TO first, at this price, as far "
                "as there "
                "is a\nsurplus and TO needs it; only the rest is shared by the tariff.\n",
     .run = ledger_transfer_run},
    {.name = "correct",
     .summary = "Record a correction of what a block of readings metered.",
     .arguments = number_argument,
     .options = correct_options,
     .details =
         "NUMBER is the entry's place, as `ledger export --format entries` prints it. The block "
         "stays as it\nis; both count.\n",
     .run = ledger_correct_run},
    {.name = NULL}};

extern const struct command command_ledger;
const struct command command_ledger = {
    .name = "ledger",
    .summary = "Verify the site's ledger, prove what is in it, judge proofs, record transfers.",
    .children = children};
