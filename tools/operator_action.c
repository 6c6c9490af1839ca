/* SPDX-License-Identifier: MIT */
#include "operator_action.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "crypto/crypto.h"
#include "ledger/action.h"
#include "posix/key_file.h"

enum { PATH_CAP = 700, QUESTION_CAP = 2000, HEX_CAP = 65 };

/* What the gateway says that the next signature is for. */
struct next {
    char origin[LEDGER_TEXT_MAX_LEN + 1];
    char key[HEX_CAP];
    int64_t number;
    int64_t unix_ms;
};

int operator_text(const char *text, struct ledger_text *out)
{
    const size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e) {
            return E_MALFORMED;
        }
    }
    if (len > LEDGER_TEXT_MAX_LEN) {
        return E_MALFORMED;
    }
    *out = (struct ledger_text){text, len};
    return E_OK;
}

static int read_key(const struct invocation *i, uint8_t seed[32])
{
    char path[PATH_CAP];
    const char *given = invocation_option(i, "--key");
    const int n = given ? snprintf(path, sizeof path, "%s", given)
                        : snprintf(path, sizeof path, "%s/operator/operator.key", i->state_dir);
    if (n < 0 || (size_t)n >= sizeof path) {
        return command_fail(i, "the path of the operator's key is too long");
    }
    switch (posix_key_file_read(path, seed)) {
    case E_OK:
        return COMMAND_DONE;
    case E_NOTFOUND:
        return command_fail(i, "there is no operator's key at %s; name it with --key FILE", path);
    case E_AUTH:
        return command_fail(i, "%s can be read by others, or is not yours; make it mode 0600",
                            path);
    case E_CORRUPT:
        return command_fail(i, "%s does not hold an Ed25519 key", path);
    default:
        return command_fail(i, "%s: %s", path, strerror(errno));
    }
}

static int ask_next(const struct invocation *i, struct next *next)
{
    struct control_answer answer;
    struct invocation quiet = *i;
    quiet.json = false; /* one JSON text on stdout: that of the action */
    const int status = control_ask(&quiet, "{\"do\":\"operator.next\"}", &answer);
    if (status != COMMAND_DONE) {
        return status;
    }
    const struct json_reader *j = &answer.json;
    const bool whole =
        json_string(j, json_member(j, 0, "origin"), next->origin, sizeof next->origin) > 0 &&
        json_string(j, json_member(j, 0, "key"), next->key, sizeof next->key) > 0 &&
        json_int(j, json_member(j, 0, "number"), &next->number) == E_OK &&
        json_int(j, json_member(j, 0, "unix_ms"), &next->unix_ms) == E_OK;
    control_answer_free(&answer);
    return whole ? COMMAND_DONE
                 : command_fail(i, "the gateway's answer lacks what is to be signed");
}

static bool is_key_of(const uint8_t seed[32], const char *hex)
{
    uint8_t key[32];
    char text[HEX_CAP] = "";
    if (crypto_ed25519_public(seed, key) != E_OK) {
        return false;
    }
    for (size_t b = 0; b < sizeof key; b++) {
        (void)snprintf(text + 2 * b, 3, "%02x", key[b]);
    }
    return strcmp(text, hex) == 0;
}

/* The question with the signed action; false when it cannot be made. */
static bool put_question(const struct next *next, const struct ledger_entry *entry,
                         const uint8_t seed[32], char question[QUESTION_CAP])
{
    uint8_t action[LEDGER_ACTION_MAX_LEN];
    struct ledger_entry numbered = *entry;
    struct wbuf w = wbuf_of(action, sizeof action - sizeof numbered.authority.signature);
    numbered.index = UINT64_MAX;
    numbered.authority = (struct ledger_authority){
        .present = true, .number = (uint64_t)next->number, .unix_ms = next->unix_ms};
    ledger_action_put(&w, ledger_text_of(next->origin), &numbered);
    const size_t len = wbuf_len(&w);
    if (!wbuf_ok(&w) || crypto_ed25519_sign(seed, action, len, action + len) != E_OK) {
        return false;
    }
    struct wbuf q = wbuf_of(question, QUESTION_CAP - 1);
    wbuf_str(&q, "{\"do\":\"operator.act\",\"action\":\"");
    base64_put(&q, action, len + sizeof numbered.authority.signature);
    wbuf_str(&q, "\"}");
    question[wbuf_len(&q)] = '\0';
    return wbuf_ok(&q);
}

int operator_site_time(const struct invocation *i, int64_t *unix_ms)
{
    struct next next;
    const int status = ask_next(i, &next);
    if (status == COMMAND_DONE) {
        *unix_ms = next.unix_ms;
    }
    return status;
}

int operator_act(const struct invocation *i, const struct ledger_entry *entry,
                 struct control_answer *answer)
{
    uint8_t seed[32];
    char question[QUESTION_CAP];
    struct next next;
    int status = ask_next(i, &next);
    if (status == COMMAND_DONE) {
        status = read_key(i, seed);
    }
    if (status != COMMAND_DONE) {
        return status;
    }
    if (!is_key_of(seed, next.key)) {
        status = command_fail(i, "this is not the key of the operator whom the gateway knows");
    } else if (!put_question(&next, entry, seed, question)) {
        status = command_fail(i, "the action cannot be signed");
    }
    crypto_wipe(seed, sizeof seed);
    return status == COMMAND_DONE ? control_ask(i, question, answer) : status;
}
