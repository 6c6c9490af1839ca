/* SPDX-License-Identifier: MIT
 * proc(5): /proc/PID/stat. Names there are cut to 15 characters.
 */
#include "usage.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROCESSES_MAX = 4096, STAT_CAP = 1024 };

struct process {
    int pid;
    int parent;
    char name[32];
    struct usage usage;
};

static bool read_stat(const char *pid, char *text, size_t cap)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    const size_t n = fread(text, 1, cap - 1, file);
    fclose(file);
    text[n] = '\0';
    return n > 0;
}

/* "PID (NAME) STATE PPID ...": the name may hold anything, so look for its end from behind. */
static bool read_process(const char *pid, struct process *p)
{
    char text[STAT_CAP];
    char *end = read_stat(pid, text, sizeof text) ? strrchr(text, ')') : NULL;
    const char *begin = end == NULL ? NULL : strchr(text, '(');
    unsigned long user = 0;
    unsigned long system = 0;
    long pages = 0;
    if (begin == NULL) {
        return false;
    }
    // NOLINTNEXTLINE(cert-err34-c): written by the kernel
    if (sscanf(end + 1,
               " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d "
               "%*d %*u %*u %ld",
               &p->parent, &user, &system, &pages) != 4) {
        return false;
    }
    *end = '\0';
    p->pid = (int)strtol(pid, NULL, 10);
    snprintf(p->name, sizeof p->name, "%s", begin + 1);
    p->usage =
        (struct usage){.cpu_ms = (uint64_t)(user + system) * 1000 / (uint64_t)sysconf(_SC_CLK_TCK),
                       .rss_kib = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024};
    return true;
}

static size_t read_all(struct process *processes)
{
    size_t n = 0;
    DIR *dir = opendir("/proc");
    const struct dirent *entry = NULL;
    while (dir != NULL && n < PROCESSES_MAX && (entry = readdir(dir)) != NULL) {
        if (isdigit((unsigned char)entry->d_name[0]) &&
            read_process(entry->d_name, &processes[n])) {
            n++;
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return n;
}

/* The keeper of the broker stands between it and the gateway. */
static bool descends(const struct process *processes, size_t n, int pid, int ancestor)
{
    for (int steps = 0; steps < 8; steps++) {
        if (pid == ancestor) {
            return true;
        }
        size_t i = 0;
        while (i < n && processes[i].pid != pid) {
            i++;
        }
        if (i == n) {
            return false;
        }
        pid = processes[i].parent;
    }
    return false;
}

bool usage_read(int gateway_pid, struct usage_of_gateway *out)
{
    struct process *processes = calloc(PROCESSES_MAX, sizeof *processes);
    const size_t n = processes == NULL ? 0 : read_all(processes);
    bool found = false;
    *out = (struct usage_of_gateway){{0, 0}, {0, 0}, {0, 0}};
    for (size_t i = 0; i < n; i++) {
        const struct process *p = &processes[i];
        if (p->pid == gateway_pid) {
            out->gateway = p->usage;
            found = true;
        } else if (descends(processes, n, p->parent, gateway_pid)) {
            if (strcmp(p->name, "mosquitto") == 0) {
                out->broker = p->usage;
            } else if (strncmp(p->name, "wattward-signer", 15) == 0) {
                out->signer = p->usage;
            }
        }
    }
    free(processes);
    return found;
}

struct usage usage_own(void)
{
    struct process p = {.pid = 0};
    return read_process("self", &p) ? p.usage : (struct usage){0, 0};
}
