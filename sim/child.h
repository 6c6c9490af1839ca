/* SPDX-License-Identifier: MIT
 * Child processes of a simulated site: started with their stdout in our hands and their stderr in a
 * log file, stopped in order.
 */
#ifndef SIM_CHILD_H
#define SIM_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { CHILD_LINE_MAX_LEN = 1024 };

struct child {
    pid_t pid;                        /* 0 when it does not run */
    int out_fd;                       /* its stdout, ours to read; -1 when closed */
    int status;                       /* as waitpid() gave it, once it has ended */
    char pending[CHILD_LINE_MAX_LEN]; /* read, not yet a whole line */
    size_t n_pending;
};

/* Starts argv[0] (a path). stderr is appended to `log_path`. E_IO when the system refuses. */
int child_start(struct child *c, const char *const argv[], const char *log_path);
/* The next line of its stdout without the line end. Returns its length, E_TIMEOUT, or E_NOTFOUND
 * when the child has closed its stdout. Longer lines are cut. */
int child_line(struct child *c, char *line, size_t cap, int timeout_ms);
/* True while it runs; collects its status when it has ended. */
bool child_running(struct child *c);
/* The last line of a log file, where a child said why it gave up; "" when there is none. */
void child_last_words(const char *log_path, char *line, size_t cap);
/* Sends SIGTERM. */
void child_ask_to_stop(struct child *c);
/* Waits up to timeout_ms for its end, then kills it. Closes its stdout. */
void child_end(struct child *c, int timeout_ms);

#endif
