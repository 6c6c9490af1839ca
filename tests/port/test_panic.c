/* SPDX-License-Identifier: MIT
 * The port's own panic(): no test runner here, since that brings another. Exit status 0 = passed.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "posix/retained.h"

static char path[] = "/tmp/wattward-panic-XXXXXX";

static void fail_an_assertion(int stderr_fd)
{
    static struct runtime_crash_report none;
    struct posix_retained retained;
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    dup2(stderr_fd, STDERR_FILENO);
    if (posix_retained_open(&retained, path) == E_OK) {
        runtime_crash_boot(retained.crash, retained.reset, &none);
        ASSERT(path[0] != '/');
    }
    _exit(0);
}

/* The child's stderr, and how it ended. */
static int run_child(char *text, size_t cap)
{
    int fds[2];
    int status = 0;
    if (pipe(fds) != 0) {
        return 0;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        fail_an_assertion(fds[1]);
    }
    close(fds[1]);
    const ssize_t n = read(fds[0], text, cap - 1);
    text[n > 0 ? n : 0] = '\0';
    close(fds[0]);
    waitpid(pid, &status, 0);
    return status;
}

int main(void)
{
    static struct runtime_crash_report report;
    struct posix_retained retained;
    char text[256];
    const int fd = mkstemp(path);
    close(fd);
    const int status = run_child(text, sizeof text);
    const int opened = posix_retained_open(&retained, path);
    unlink(path);
    if (opened != E_OK || !runtime_crash_boot(retained.crash, retained.reset, &report)) {
        printf("FAIL the next start does not know of a panic\n");
        return 1;
    }
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT ||
        strstr(text, "panic: assertion at test_panic.c:") == NULL ||
        report.cause != RUNTIME_CRASH_PANIC || strcmp(report.file, "test_panic.c") != 0 ||
        report.line == 0) {
        printf("FAIL status %d, stderr \"%s\", report %s:%u\n", status, text, report.file,
               report.line);
        return 1;
    }
    printf("1 passed, 0 failed, 0 skipped\n");
    return 0;
}
