/* SPDX-License-Identifier: MIT
 * wattward operator: who may see the page.
 */
#include <stdio.h>

#include "command.h"
#include "control_client.h"

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

static const struct command children[] = {
    {.name = "password",
     .summary = "Make a new password for the page and print it; the old one is void.",
     .details = "Sessions that are open are closed.\n",
     .run = run_password},
    {.name = NULL},
};

extern const struct command command_operator;
const struct command command_operator = {
    .name = "operator", .summary = "The password of the page.", .children = children};
