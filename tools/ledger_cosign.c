/* SPDX-License-Identifier: MIT
 * wattward ledger cosign: has a witness cosign the ledger's checkpoint, and prints it with the
 * cosignature. The witness says which size it knows; it gets the proof from there.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/log.h"
#include "ledger/witness.h"
#include "ledger_place.h"

enum { ANSWER_CAP = 4096, URL_CAP = 1024, TIMEOUT_S = 20 };

struct answer {
    long status;
    char body[ANSWER_CAP + 1];
    size_t len;
};

static size_t take(char *bytes, size_t size, size_t n, void *context)
{
    struct answer *a = context;
    const size_t len = size * n;
    if (len > ANSWER_CAP - a->len) {
        return 0;
    }
    memcpy(a->body + a->len, bytes, len);
    a->len += len;
    a->body[a->len] = 0;
    return len;
}

static CURLcode post(const char *url, const char *body, size_t len, struct answer *a)
{
    CURL *curl = curl_easy_init();
    *a = (struct answer){.status = 0};
    if (curl == NULL) {
        return CURLE_FAILED_INIT;
    }
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)len);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
    const CURLcode result = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &a->status);
    curl_easy_cleanup(curl);
    return result;
}

struct asking {
    const struct invocation *invocation;
    char url[URL_CAP];
    struct ledger_place_of_log place;
    struct ledger_log log;
    struct ledger_key witness;
    struct answer answer;
};

/* One question, with the proof from `old_size`. */
static int ask(struct asking *a, uint64_t old_size)
{
    static char body[LEDGER_WITNESS_REQUEST_MAX_LEN];
    static struct ledger_witness_request q;
    struct ledger_hash hashes[LEDGER_PROOF_MAX];
    const struct ledger_hashes stored = ledger_log_hashes(&a->log);
    q.old_size = old_size;
    q.note = a->place.note_text;
    q.note_len = strlen(a->place.note_text);
    const int n = old_size == 0 ? 0
                                : ledger_consistency_make(&stored, old_size,
                                                          a->place.checkpoint.size, hashes);
    if (n < 0 || n > LEDGER_WITNESS_HASHES_MAX) {
        return command_fail(a->invocation, "the hashes of the ledger cannot be read");
    }
    q.n_hashes = (size_t)n;
    memcpy(q.hashes, hashes, q.n_hashes * sizeof *hashes);
    struct wbuf w = wbuf_of(body, sizeof body);
    ledger_witness_request_put(&w, &q);
    const CURLcode result = post(a->url, body, wbuf_len(&w), &a->answer);
    return result == CURLE_OK ? COMMAND_DONE
                              : command_fail(a->invocation, "the witness at %s does not answer: %s",
                                             a->url, curl_easy_strerror(result));
}

/* The size that the witness knows, from its answer; it starts there. */
static int ask_from_known(struct asking *a)
{
    char *end = NULL;
    const uint64_t known = strtoull(a->answer.body, &end, 10);
    if (end == a->answer.body || *end != '\n') {
        return command_fail(a->invocation, "the witness's answer cannot be understood");
    }
    if (known > a->place.checkpoint.size) {
        return command_fail(a->invocation,
                            "the witness has seen a ledger of %" PRIu64
                            " entries, this one has %" PRIu64 ": entries were taken away",
                            known, a->place.checkpoint.size);
    }
    return ask(a, known);
}

static int explain(const struct asking *a)
{
    switch (a->answer.status) {
    case LEDGER_WITNESS_NOT_SIGNED:
        return command_fail(a->invocation, "the witness knows this ledger under another key");
    case LEDGER_WITNESS_UNKNOWN:
        return command_fail(a->invocation, "the witness does not know this ledger");
    case LEDGER_WITNESS_CONFLICT:
        return command_fail(a->invocation, "the witness was asked by somebody else; try again");
    case LEDGER_WITNESS_INCONSISTENT:
        return command_fail(a->invocation,
                            "the witness refuses: the ledger it has seen before does "
                            "not go on in this one");
    default:
        return command_fail(a->invocation, "the witness answers with status %ld", a->answer.status);
    }
}

/* The checkpoint with the cosignature, once that holds. */
static int print_cosigned(const struct asking *a)
{
    static char text[LEDGER_NOTE_CAP + ANSWER_CAP + 2];
    static struct ledger_note note;
    const int n = snprintf(text, sizeof text, "%s%s", a->place.note_text, a->answer.body);
    if (ledger_note_parse(text, (size_t)n, &note) != E_OK ||
        ledger_note_verify(&note, &a->witness, NULL) != E_OK) {
        return command_fail(a->invocation, "the witness's cosignature does not hold");
    }
    if (a->invocation->json) {
        printf("{\"ok\":true,\"size\":%" PRIu64 "}\n", a->place.checkpoint.size);
    } else {
        printf("%s", text);
    }
    return COMMAND_DONE;
}

static int open_asking(struct asking *a)
{
    const struct invocation *i = a->invocation;
    const char *url = i->arguments[0];
    const size_t len = strlen(url);
    const int n = snprintf(a->url, sizeof a->url, "%s%sadd-checkpoint", url,
                           len > 0 && url[len - 1] == '/' ? "" : "/");
    if (n < 0 || n >= (int)sizeof a->url) {
        return command_fail(i, "the address of the witness is too long");
    }
    if (!ledger_place_read_key(invocation_option(i, "--witness"), &a->witness) ||
        a->witness.type != LEDGER_COSIGNATURE) {
        return command_fail(i, "--witness is not the key of a witness");
    }
    const int status = ledger_place_open(&a->place, i);
    if (status != COMMAND_DONE) {
        return status;
    }
    const struct ledger_head head = {a->place.checkpoint.size, a->place.checkpoint.root};
    if (ledger_log_open(&a->log, &a->place.disk, &head) != E_OK) {
        ledger_place_close(&a->place);
        return command_fail(i, "the ledger is damaged; `wattward ledger verify` says where");
    }
    return COMMAND_DONE;
}

int ledger_cosign_run(const struct invocation *i)
{
    static struct asking a;
    a.invocation = i;
    int status = open_asking(&a);
    if (status != COMMAND_DONE) {
        return status;
    }
    status = ask(&a, 0);
    if (status == COMMAND_DONE && a.answer.status == LEDGER_WITNESS_CONFLICT) {
        status = ask_from_known(&a);
    }
    if (status == COMMAND_DONE) {
        status = a.answer.status == LEDGER_WITNESS_COSIGNS ? print_cosigned(&a) : explain(&a);
    }
    ledger_place_close(&a.place);
    return status;
}
