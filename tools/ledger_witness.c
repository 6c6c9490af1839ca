/* SPDX-License-Identifier: MIT
 * wattward ledger witness: a member's own machine remembers what the site's ledger was, and cosigns
 * only what extends it (C2SP tlog-witness, add-checkpoint). One log, one request at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/base64.h"
#include "crypto/crypto.h"
#include "ledger/witness.h"
#include "ledger_place.h"
#include "posix/key_file.h"
#include "witness_http.h"

enum { PATH_CAP = 700, HEAD_CAP = 128, LINE_CAP = 400 };
#define DEFAULT_NAME   "wattward/witness"
#define DEFAULT_LISTEN "127.0.0.1:8095"

struct witness {
    const struct invocation *invocation;
    const char *directory;
    int directory_fd;
    struct ledger_witness_case log;
    struct ledger_key key; /* ours */
    uint8_t seed[32];
};

/* ---- memory ---- */

static bool path_of(const struct witness *w, const char *name, char path[PATH_CAP])
{
    const int n = snprintf(path, PATH_CAP, "%s/%s", w->directory, name);
    return n > 0 && n < PATH_CAP;
}

/* The head that was cosigned last; {0} where there is none. */
static int load_head(struct witness *w)
{
    char path[PATH_CAP];
    char text[HEAD_CAP];
    struct ledger_checkpoint c;
    if (!path_of(w, "head", path)) {
        return command_fail(w->invocation, "the folder's name is too long");
    }
    const int len = ledger_place_read_text(path, text, sizeof text);
    if (len < 0 && errno == ENOENT) {
        return COMMAND_DONE;
    }
    if (len < 0 || ledger_checkpoint_parse(text, (size_t)len, &c) != E_OK) {
        return command_fail(w->invocation,
                            "%s is damaged; restore it from a backup, or begin anew with another "
                            "folder and key",
                            path);
    }
    w->log.known = (struct ledger_head){c.size, c.root};
    return COMMAND_DONE;
}

/* On disk when this returns true. */
static bool keep_head(const struct witness *w, const struct ledger_head *head)
{
    char text[HEAD_CAP];
    struct wbuf t = wbuf_of(text, sizeof text);
    const struct ledger_checkpoint c = {
        .origin = "head", .origin_len = 4, .size = head->size, .root = head->root};
    ledger_checkpoint_put(&t, &c);
    const int fd =
        openat(w->directory_fd, "head.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool written =
        fd >= 0 && write(fd, text, wbuf_len(&t)) == (ssize_t)wbuf_len(&t) && fsync(fd) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return written && renameat(w->directory_fd, "head.new", w->directory_fd, "head") == 0 &&
           fsync(w->directory_fd) == 0;
}

static int open_folder(struct witness *w)
{
    const struct invocation *i = w->invocation;
    if (mkdir(w->directory, 0700) != 0 && errno != EEXIST) {
        return command_fail(i, "%s: %s", w->directory, strerror(errno));
    }
    w->directory_fd = open(w->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->directory_fd < 0) {
        return command_fail(i, "%s: %s", w->directory, strerror(errno));
    }
    if (flock(w->directory_fd, LOCK_EX | LOCK_NB) != 0) {
        return command_fail(i, "another witness is at work on %s", w->directory);
    }
    return load_head(w);
}

/* Ours is made at the first start. */
static int open_key(struct witness *w)
{
    const struct invocation *i = w->invocation;
    char path[PATH_CAP];
    const char *name = invocation_option(i, "--name");
    const bool named = path_of(w, "witness.key", path) &&
                       snprintf(w->key.name, sizeof w->key.name, "%s",
                                name == NULL ? DEFAULT_NAME : name) < (int)sizeof w->key.name;
    if (!named || w->key.name[0] == 0 || strpbrk(w->key.name, " +\n\t") != NULL) {
        return command_fail(i, "--name is 1 to 128 characters without space and plus");
    }
    int result = posix_key_file_read(path, w->seed);
    if (result == E_NOTFOUND) {
        result = crypto_random(w->seed, sizeof w->seed);
        if (result == E_OK) {
            result = posix_key_file_write(path, w->seed);
        }
    }
    w->key.type = LEDGER_COSIGNATURE;
    if (result != E_OK || crypto_ed25519_public(w->seed, w->key.public_key) != E_OK) {
        return command_fail(i, "the witness's key %s cannot be used: %s", path, err_name(result));
    }
    return COMMAND_DONE;
}

/* ---- answers ---- */

static void put_cosignature(const struct witness *w, const struct ledger_note *note,
                            struct witness_answer *a)
{
    uint8_t message[LEDGER_NOTE_MAX_LEN + 64];
    uint8_t signature[64];
    const uint64_t now_s = (uint64_t)time(NULL);
    struct wbuf m = wbuf_of(message, sizeof message);
    struct wbuf body = wbuf_of(a->body, sizeof a->body);
    ledger_note_put_message(&m, &w->key, now_s, note->text, note->text_len);
    if (!wbuf_ok(&m) || crypto_ed25519_sign(w->seed, message, wbuf_len(&m), signature) != E_OK) {
        a->status = 500;
        return;
    }
    ledger_note_put_signature(&body, &w->key, now_s, signature);
    a->len = wbuf_len(&body);
}

static void respond(void *context, const char *request, size_t len, struct witness_answer *a)
{
    static struct ledger_witness_request q;
    static struct ledger_note note;
    struct witness *w = context;
    struct ledger_checkpoint c;
    a->status = LEDGER_WITNESS_MALFORMED;
    if (ledger_witness_request_parse(request, len, &q) == E_OK) {
        a->status = (int)ledger_witness_judge(&w->log, &q, &note, &c);
    }
    if (a->status == LEDGER_WITNESS_CONFLICT) {
        a->len = (size_t)snprintf(a->body, sizeof a->body, "%" PRIu64 "\n", w->log.known.size);
        a->content_type = "text/x.tlog.size";
    }
    if (a->status != LEDGER_WITNESS_COSIGNS) {
        return;
    }
    const struct ledger_head head = {c.size, c.root};
    if (!keep_head(w, &head)) { /* first remembered, then signed */
        a->status = 500;
        return;
    }
    w->log.known = head;
    put_cosignature(w, &note, a);
}

static int open_witness(struct witness *w)
{
    const struct invocation *i = w->invocation;
    w->directory = invocation_option(i, "--dir");
    if (!ledger_place_read_key(invocation_option(i, "--key"), &w->log.log)) {
        return command_fail(i, "--key is no key of a ledger");
    }
    const int status = open_folder(w);
    return status == COMMAND_DONE ? open_key(w) : status;
}

int ledger_witness_run(const struct invocation *i)
{
    static struct witness w;
    struct witness_http http = {.respond = respond, .context = &w};
    char line[LINE_CAP];
    const char *listen = invocation_option(i, "--listen");
    w.invocation = i;
    int status = open_witness(&w);
    if (status == COMMAND_DONE && !witness_http_open(&http, listen ? listen : DEFAULT_LISTEN)) {
        status = command_fail(i, "cannot listen on %s: %s", listen ? listen : DEFAULT_LISTEN,
                              errno == EINVAL ? "it is not ADDRESS:PORT" : strerror(errno));
    }
    if (status == COMMAND_DONE) {
        struct wbuf key = wbuf_of(line, sizeof line - 1);
        ledger_key_put(&key, &w.key);
        line[wbuf_len(&key)] = 0;
        printf("ready url=http://%s key=%s known=%" PRIu64 "\n", http.name, line, w.log.known.size);
        fflush(stdout);
        witness_http_serve(&http);
    }
    crypto_wipe(w.seed, sizeof w.seed);
    return status;
}
