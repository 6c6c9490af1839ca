/* SPDX-License-Identifier: MIT
 * wattward exi: a line in, a line out, whatever the line is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { TEXT_CAP = 1 << 16 };

static char out[TEXT_CAP];

/* Gives `in` to a subcommand's stdin; its stdout is in `out`. Returns the exit status. */
static int run_bytes(const char *command, const char *in, size_t len)
{
    char name[] = "/tmp/wattward-exi-XXXXXX";
    char line[256];
    const int fd = mkstemp(name);
    if (fd < 0 || write(fd, in, len) != (ssize_t)len) {
        exit(1);
    }
    close(fd);
    snprintf(line, sizeof line, "'%s' exi <%s %s", WATTWARD_PROGRAM, name, command);
    FILE *pipe = popen(line, "r");
    if (pipe == NULL) {
        exit(1);
    }
    out[fread(out, 1, sizeof out - 1, pipe)] = 0;
    const int status = pclose(pipe);
    unlink(name);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run(const char *command, const char *in)
{
    return run_bytes(command, in, strlen(in));
}

#define DIN_HEX "809a02202c9fff3e37b3d3d011400e40"
#define DIN_JSON                                                                                   \
    "{\"protocol\":\"din\",\"message\":\"CableCheckReq\",\"value\":{\"Header\":{\"SessionID\":"    \
    "\"80B27FFCF8DECF4F\"},\"Body\":{\"CableCheckReq\":{\"DC_EVStatus\":{\"EVReady\":true,"        \
    "\"EVErrorCode\":\"NO_ERROR\",\"EVRESSSOC\":57}}}}}\n"

static void a_message_becomes_json_and_comes_back(void)
{
    CHECK_EQ(run("decode", "din\t" DIN_HEX "\n"), 0);
    CHECK_STR(out, DIN_JSON);
    CHECK_EQ(run("encode", DIN_JSON), 0);
    CHECK_STR(out, "din\t" DIN_HEX "\n");
    CHECK_EQ(run("recode", "din\t" DIN_HEX "\n"), 0);
    CHECK_STR(out, DIN_HEX "\n");
}

static void a_bad_line_is_answered_and_the_next_one_read(void)
{
    CHECK_EQ(run("recode", "din\t809a\n"
                           "din\t80xx\n"
                           "none\t80\n"
                           "no tab\n"
                           "\n"
                           "iso2\tA0\n"
                           "din\t" DIN_HEX "\n"),
             0);
    CHECK_STR(out, "error: EXI_TRUNCATED at bit 16\n"
                   "error: HEX at bit 8\n"
                   "error: PROTOCOL at bit 0\n"
                   "error: PROTOCOL at bit 0\n"
                   "error: PROTOCOL at bit 0\n"
                   "error: EXI_OPTIONS at bit 8\n" DIN_HEX "\n");
}

static void json_that_is_no_message_is_answered(void)
{
    CHECK_EQ(run("encode 2>/dev/null", "{\n"
                                       "[]\n"
                                       "{\"protocol\":\"x\"}\n"
                                       "{\"protocol\":\"din\",\"message\":\"x\",\"value\":{}}\n"
                                       "{\"protocol\":\"din\",\"message\":\"SessionStopReq\","
                                       "\"value\":{\"Header\":{\"SessionID\":\"000000000000000000"
                                       "\"},\"Body\":{\"SessionStopReq\":{}}}}\n"),
             0);
    CHECK_STR(out, "error: JSON at bit 0\n"
                   "error: JSON at bit 0\n"
                   "error: PROTOCOL at bit 0\n"
                   "error: EXI_JSON_MESSAGE at bit 0\n"
                   "error: EXI_LENGTH at bit 18\n");
}

static void a_last_line_without_its_end_and_a_carriage_return_are_read(void)
{
    CHECK_EQ(run("recode", "din\t" DIN_HEX "\r\ndin\t" DIN_HEX), 0);
    CHECK_STR(out, DIN_HEX "\n" DIN_HEX "\n");
}

static void stats_say_how_many_and_how_fast(void)
{
    CHECK_EQ(run("recode --stats 2>&1", "din\t" DIN_HEX "\ndin\t80\n"), 0);
    CHECK(strstr(out, "2 messages, 1 refused, ") != NULL);
    CHECK(strstr(out, " messages per second in the codec\n") != NULL);
}

static void a_zero_octet_does_not_hide_the_rest_of_a_line(void)
{
    static const char in[] = "din\t" DIN_HEX "\0"
                             "00\ndin\t" DIN_HEX "\n";
    CHECK_EQ(run_bytes("recode", in, sizeof in - 1), 0);
    CHECK_STR(out, "error: LINE at bit 0\n" DIN_HEX "\n");
}

static void a_line_too_long_to_hold_is_answered_and_the_next_one_read(void)
{
    static const char end[] = "\ndin\t" DIN_HEX "\n";
    const size_t len = (size_t)65 << 20;
    char *in = malloc(len + sizeof end);
    if (in == NULL) {
        exit(1);
    }
    memset(in, '0', len);
    memcpy(in, "din\t", 4);
    memcpy(in + len, end, sizeof end);
    CHECK_EQ(run_bytes("recode", in, len + sizeof end - 1), 0);
    CHECK_STR(out, "error: LINE at bit 0\n" DIN_HEX "\n");
    CHECK_EQ(run_bytes("recode", in, len), 0); /* and where it is the last, without its end */
    CHECK_STR(out, "error: LINE at bit 0\n");
    CHECK_EQ(run_bytes("recode", in, 36 << 20), 0); /* a message of 18 MiB, which none is */
    CHECK_STR(out, "error: EXI_TOO_LONG at bit 0\n");
    free(in);
}

static void nothing_in_is_nothing_out(void)
{
    CHECK_EQ(run("decode", ""), 0);
    CHECK_STR(out, "");
}

CHECK_MAIN(TEST(a_message_becomes_json_and_comes_back),
           TEST(a_bad_line_is_answered_and_the_next_one_read),
           TEST(json_that_is_no_message_is_answered),
           TEST(a_last_line_without_its_end_and_a_carriage_return_are_read),
           TEST(stats_say_how_many_and_how_fast),
           TEST(a_zero_octet_does_not_hide_the_rest_of_a_line),
           TEST(a_line_too_long_to_hold_is_answered_and_the_next_one_read),
           TEST(nothing_in_is_nothing_out))
