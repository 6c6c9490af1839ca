/* SPDX-License-Identifier: MIT
 * One connection, one line each way.
 */
#include "control_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "posix/control_line.h"

enum { TIMEOUT_MS = 10000, FIRST_TOKENS = 1 << 10 };

static int explain_no_connection(const struct invocation *i)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
        return command_fail(i,
                            "no gateway is running on '%s'; start it with ./run, or name the "
                            "state of the one that is with --state DIR",
                            i->state_dir);
    case EACCES:
    case EPERM:
        return command_fail(i,
                            "'%s' belongs to another user; run this as the one who runs the "
                            "gateway",
                            i->state_dir);
    default:
        return command_fail(i, "cannot speak to the gateway on '%s': %s", i->state_dir,
                            strerror(errno));
    }
}

/* Parses with as many tokens as it takes. */
static bool parse(struct control_answer *a)
{
    for (size_t n = FIRST_TOKENS; n < POSIX_CONTROL_ANSWER_MAX_LEN; n *= 2) {
        struct json_token *larger = realloc(a->tokens, n * sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        a->tokens = larger;
        const int result = json_parse(&a->json, a->text, strlen(a->text), a->tokens, n);
        if (result != E_LIMIT) {
            return result == E_OK && json_type_of(&a->json, 0) == JSON_OBJECT;
        }
    }
    return false;
}

/* What an answer that says no, or nothing that can be understood, means for the invocation. */
static int judge(const struct invocation *i, struct control_answer *a)
{
    char sentence[512];
    bool ok = false;
    if (!parse(a) || json_bool(&a->json, json_member(&a->json, 0, "ok"), &ok) != E_OK) {
        return command_fail(i,
                            "the gateway's answer cannot be understood; are both of one version?");
    }
    if (ok) {
        if (i->json) {
            printf("%s\n", a->text);
        }
        return COMMAND_DONE;
    }
    if (json_string(&a->json, json_member(&a->json, 0, "error"), sentence, sizeof sentence) < 0) {
        return command_fail(i, "the gateway refused without saying why");
    }
    return command_fail(i, "%s", sentence);
}

int control_ask(const struct invocation *i, const char *question, struct control_answer *answer)
{
    struct posix_control_line line;
    *answer = (struct control_answer){.text = NULL};
    if (posix_control_line_open(&line, i->state_dir) != E_OK) {
        return explain_no_connection(i);
    }
    if (posix_control_line_ask(&line, question, TIMEOUT_MS) != NULL) {
        answer->text = posix_control_line_take(&line);
    }
    const int why = errno;
    posix_control_line_close(&line);
    if (answer->text == NULL) {
        return why == ETIMEDOUT ? command_fail(i, "the gateway does not answer")
                                : command_fail(i, "the gateway closed the connection without an "
                                                  "answer; its log has more");
    }
    const int status = judge(i, answer);
    if (status != COMMAND_DONE) {
        control_answer_free(answer);
    }
    return status;
}

void control_answer_free(struct control_answer *answer)
{
    free(answer->text);
    free(answer->tokens);
    *answer = (struct control_answer){.text = NULL};
}
