/* SPDX-License-Identifier: MIT */
#include "posix/trace_print.h"

#include <string.h>
#include <unistd.h>

#include "check.h"
#include "posix/log.h"
#include "runtime/trace_ids.h"

static const struct runtime_hsm_state states[] = {
    {.name = "down", .parent = RUNTIME_HSM_NONE, .initial = RUNTIME_HSM_NONE},
    {.name = "up", .parent = RUNTIME_HSM_NONE, .initial = RUNTIME_HSM_NONE}};
static const char *const events[] = {"connect"};
static const struct runtime_hsm_table link_table = {
    .name = "link", .states = states, .events = events, .n_states = 2, .n_events = 1};
static const struct runtime_hsm_table *const machines[] = {&link_table, NULL};
static const struct runtime_log_table *const tables[] = {&runtime_log_own_table, NULL};

/* The line that one record makes, without its time. */
static const char *line_of(const struct runtime_hsm_table *const *known, struct trace_record record)
{
    static char text[512];
    struct posix_trace_print print = {.tables = tables, .machines = known};
    const struct trace_sink sink = posix_trace_print_sink(&print);
    const int saved_fd = dup(STDERR_FILENO);
    int fds[2];
    text[0] = '\0';
    log_open("test", LOG_LEVEL_DEBUG);
    if (CHECK(pipe(fds) == 0)) {
        dup2(fds[1], STDERR_FILENO);
        sink.emit(sink.context, &record);
        dup2(saved_fd, STDERR_FILENO);
        close(fds[1]);
        const ssize_t n = read(fds[0], text, sizeof text - 1);
        text[n > 0 ? n : 0] = '\0';
        close(fds[0]);
    }
    close(saved_fd);
    const char *line = strchr(text, ' ');
    return line == NULL ? "" : line + 1;
}

static void records_of_a_known_machine_speak_its_words(void)
{
    CHECK_STR(
        line_of(machines, (struct trace_record){.id = RUNTIME_TRACE_HSM_STATE, .a = 0, .b = 1}),
        "debug test: link down -> up\n");
    CHECK_STR(line_of(machines, (struct trace_record){.id = RUNTIME_TRACE_HSM_STATE,
                                                      .a = RUNTIME_HSM_NONE,
                                                      .b = 0}),
              "debug test: link start -> down\n");
    CHECK_STR(line_of(machines, (struct trace_record){.id = RUNTIME_TRACE_HSM_EVENT,
                                                      .a = 0,
                                                      .b = RUNTIME_HSM_DEFERRED}),
              "debug test: link event=connect deferred\n");
}

static void other_records_show_their_numbers_by_name(void)
{
    CHECK_STR(line_of(NULL, (struct trace_record){.id = RUNTIME_TRACE_HSM_STATE, .a = 0, .b = 1}),
              "debug test: runtime state changed from=0 to=1\n");
    CHECK_STR(line_of(machines,
                      (struct trace_record){
                          .id = RUNTIME_TRACE_HSM_STATE, .instance = 1, .a = 0, .b = 1}),
              "debug test: runtime state changed from=0 to=1\n");
    CHECK_STR(line_of(machines, (struct trace_record){.id = RUNTIME_TRACE_LADDER, .a = 1, .b = 2}),
              "warn test: runtime boot ladder from=1 to=2\n");
    CHECK_STR(line_of(machines, (struct trace_record){.id = 0x7f01, .instance = 3, .a = 1, .b = 2}),
              "debug test: trace id=0x7f01 instance=3 a=1 b=2\n");
}

CHECK_MAIN(TEST(records_of_a_known_machine_speak_its_words),
           TEST(other_records_show_their_numbers_by_name))
