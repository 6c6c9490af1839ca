/* SPDX-License-Identifier: MIT
 * wattward operator: who may see the page, and whose word counts.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "control_client.h"
#include "crypto/crypto.h"
#include "operator_action.h"
#include "posix/key_file.h"

static int run_password(const struct invocation *i)
{
    struct control_answer answer;
    const int status = control_ask(i, "{\"do\":\"operator.password\"}", &answer);
    if (status != COMMAND_DONE) {
        return status;
    }
    const struct json_reader *j = &answer.json;
    int result = COMMAND_DONE;
    if (!i->json) {
        char password[128];
        if (json_string(j, json_member(j, 0, "password"), password, sizeof password) < 0) {
            result = command_fail(i, "the gateway's answer has no password in it");
        } else {
            printf("%s\n", password);
        }
    }
    control_answer_free(&answer);
    return result;
}

/* The new key is a file before the gateway believes it, so it cannot be lost between. */
static int run_new_key(const struct invocation *i)
{
    const char *path = i->arguments[0];
    struct control_answer answer;
    uint8_t seed[32];
    struct ledger_entry entry = {.type = LEDGER_OPERATOR};
    if (posix_key_file_read(path, seed) != E_NOTFOUND) {
        crypto_wipe(seed, sizeof seed);
        return command_fail(i, "%s is there already; a new key goes into a new file", path);
    }
    if (crypto_random(seed, sizeof seed) != E_OK ||
        crypto_ed25519_public(seed, entry.operator_key) != E_OK) {
        return command_fail(i, "a key cannot be made");
    }
    const int written = posix_key_file_write(path, seed);
    crypto_wipe(seed, sizeof seed);
    if (written != E_OK) {
        return command_fail(i, "%s: %s", path, strerror(errno));
    }
    const int status = operator_act(i, &entry, &answer);
    if (status != COMMAND_DONE) {
        (void)remove(path);
        return status;
    }
    if (!i->json) {
        printf("The operator's key is now the one in %s; the old one is void.\n", path);
    }
    control_answer_free(&answer);
    return COMMAND_DONE;
}

static const char *const file_argument[] = {"FILE", NULL};
static const struct command_option key_options[] = {
    OPERATOR_KEY_OPTION,
    {NULL, NULL, NULL, false},
};

static const struct command children[] = {
    {.name = "new-key",
     .summary = "Make a new key for the operator's decisions, signed with the old one.",
     .arguments = file_argument,
     .options = key_options,
     .details =
         "The operator signs bans, unbans and appeals with his key, and the ledger keeps the\n"
         "signatures. The gateway made the first one in operator/operator.key of its state;\n"
         "keep yours where only you can read it. When it is lost, start the gateway once with\n"
         "--new-operator-key: the ledger then shows that the old key did not sign the new.\n",
     .run = run_new_key},
    {.name = "password",
     .summary = "Make a new password for the page and print it; the old one is void.",
     .details = "Sessions that are open are closed.\n",
     .run = run_password},
    {.name = NULL},
};

extern const struct command command_operator;
const struct command command_operator = {.name = "operator",
                                         .summary =
                                             "The password of the page, and the key of decisions.",
                                         .children = children};
