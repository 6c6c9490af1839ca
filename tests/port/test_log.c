/* SPDX-License-Identifier: MIT */
#include "posix/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

/* What `write` puts on stderr. */
static char *captured(void (*write_lines)(void))
{
    static char text[8192];
    int fds[2];
    const int saved_fd = dup(STDERR_FILENO);
    text[0] = '\0';
    if (CHECK(pipe(fds) == 0) && CHECK(dup2(fds[1], STDERR_FILENO) >= 0)) {
        write_lines();
        dup2(saved_fd, STDERR_FILENO);
        close(fds[1]);
        const ssize_t n = read(fds[0], text, sizeof text - 1);
        text[n > 0 ? n : 0] = '\0';
        close(fds[0]);
    }
    close(saved_fd);
    return text;
}

static void four_levels(void)
{
    log_open("meter", LOG_LEVEL_WARN);
    log_error("flash n=%d", 1);
    log_warn("slow ms=%d", 2);
    log_info("hidden");
    log_debug("hidden");
}

static void lines_below_the_level_are_dropped(void)
{
    const char *text = captured(four_levels);
    CHECK(strstr(text, "Z error meter: flash n=1\n") != NULL);
    CHECK(strstr(text, "Z warn meter: slow ms=2\n") != NULL);
    CHECK(strstr(text, "hidden") == NULL);
    CHECK(strlen(text) > 24 && text[4] == '-' && text[10] == 'T' && text[23] == 'Z');
}

static void a_forged_line(void)
{
    log_open("gateway", LOG_LEVEL_DEBUG);
    log_info("peer=%s", "evil\n2026-01-01T00:00:00.000Z info gateway: all good\033[2J");
}

static void a_peers_text_cannot_start_a_line(void)
{
    const char *text = captured(a_forged_line);
    CHECK(strchr(text, '\n') == text + strlen(text) - 1);
    CHECK(strchr(text, '\033') == NULL);
    CHECK(strstr(text, "peer=evil?2026") != NULL);
}

static void a_long_line(void)
{
    static char long_text[5000];
    memset(long_text, 'x', sizeof long_text - 1);
    log_open("gateway", LOG_LEVEL_DEBUG);
    errno = ENOSPC;
    log_debug("%s", long_text);
    CHECK_EQ(errno, ENOSPC);
}

static void a_long_line_is_cut_and_still_one_line(void)
{
    const char *text = captured(a_long_line);
    const size_t len = strlen(text);
    CHECK(len > 900 && len <= 1024);
    CHECK(strchr(text, '\n') == text + len - 1);
}

CHECK_MAIN(TEST(lines_below_the_level_are_dropped), TEST(a_peers_text_cannot_start_a_line),
           TEST(a_long_line_is_cut_and_still_one_line))
