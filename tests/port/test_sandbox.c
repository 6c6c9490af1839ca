/* SPDX-License-Identifier: MIT
 * Each attempt runs in a child, since there is no way out of a sandbox. A child's exit status is
 * the errno of its attempt, 0 for success, so that a refusal is told from any other failure.
 */
#include "posix/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { NO_SANDBOX = 200, KILLED = 201 };

static int attempt_in_child(int (*sandbox)(void), int (*attempt)(void))
{
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        if (sandbox() != E_OK) {
            _exit(NO_SANDBOX);
        }
        errno = 0;
        _exit(attempt() >= 0 ? 0 : errno);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : KILLED;
}

static int open_inet(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}
static int open_inet6(void)
{
    return socket(AF_INET6, SOCK_DGRAM, 0);
}
static int open_unix(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}
static int open_packet(void)
{
    return socket(AF_PACKET, SOCK_DGRAM, 0);
}
static int open_vsock(void)
{
    return socket(AF_VSOCK, SOCK_STREAM, 0);
}
static int make_socket_pair(void)
{
    int pair[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}
static int exec_true(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}
static int fork_and_wait(void)
{
    const pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    return pid < 0 ? -1 : waitpid(pid, NULL, 0) == pid ? 0 : -1;
}
static int trace_itself(void)
{
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
static int read_the_parents_memory(void)
{
    char byte;
    const struct iovec here = {&byte, 1};
    const struct iovec there = {(void *)&errno, 1};
    return (int)process_vm_readv(getppid(), &here, 1, &there, 1, 0);
}
static int mount_something(void)
{
    return mount("none", "/tmp", "tmpfs", 0, NULL);
}
static int leave_the_namespace(void)
{
    return unshare(CLONE_NEWUSER);
}
static int clone_into_a_namespace(void)
{
    const long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        _exit(0);
    }
    return (int)pid;
}
static int start_bpf(void)
{
    return (int)syscall(SYS_bpf, 0, NULL, 0);
}
static int start_io_uring(void)
{
    return (int)syscall(SYS_io_uring_setup, 1, NULL);
}
static int set_the_host_name(void)
{
    return sethostname("x", 1);
}
static int map_writable_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED
               ? -1
               : 0;
}
static int make_memory_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? 0 : mprotect(page, 4096, PROT_READ | PROT_EXEC);
}
static int type_into_the_terminal(void)
{
    return ioctl(STDIN_FILENO, TIOCSTI, "x");
}
static int signal_the_parent(void)
{
    return kill(getppid(), 0);
}
static int signal_the_parents_thread(void)
{
    return (int)syscall(SYS_tgkill, getppid(), getppid(), 0);
}
static int become_root_again(void)
{
    return setresuid(0, 0, 0) == 0 && mknod("/tmp/wattward-never", S_IFCHR | 0600, 0x103) == 0 ? 0
                                                                                               : -1;
}

static void *nothing(void *context)
{
    return context;
}

/* What a daemon does all day. */
static int live_as_a_daemon(void)
{
    pthread_t thread;
    struct addrinfo *found = NULL;
    char name[] = "/tmp/wattward-sandbox-XXXXXX";
    const int fd = mkstemp(name);
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    const bool fine = fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 && unlink(name) == 0 &&
                      listener >= 0 && listen(listener, 1) == 0 &&
                      pthread_create(&thread, NULL, nothing, NULL) == 0 &&
                      pthread_join(thread, NULL) == 0 &&
                      getaddrinfo("localhost", "80", NULL, &found) == 0 && fork_and_wait() == 0;
    return fine ? 0 : -1;
}

/* What the signer does all day; `talk` was opened before. */
static int talk[2];

static int live_as_a_signer(void)
{
    char name[] = "/tmp/wattward-sandbox-XXXXXX";
    char other_name[] = "/tmp/wattward-sandbox-moved-XXXXXX";
    memcpy(other_name + sizeof other_name - 7, "signer", 6);
    void *memory = malloc((size_t)4 << 20);
    const int fd = mkstemp(name);
    unsigned char noise[16];
    const bool fine = memory != NULL && fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 &&
                      rename(name, other_name) == 0 && unlink(other_name) == 0 &&
                      getentropy(noise, sizeof noise) == 0 && send(talk[0], "x", 1, 0) == 1 &&
                      recv(talk[1], noise, 1, 0) == 1;
    free(memory);
    return fine ? 0 : -1;
}

static int abort_as_panic_does(void)
{
    abort();
}

static void a_daemon_still_does_its_work(void)
{
    CHECK_EQ(attempt_in_child(sandbox_daemon, live_as_a_daemon), 0);
    CHECK_EQ(attempt_in_child(sandbox_daemon, open_inet), 0);
    CHECK_EQ(attempt_in_child(sandbox_daemon, open_inet6), 0);
    CHECK_EQ(attempt_in_child(sandbox_daemon, open_unix), 0);
    CHECK_EQ(attempt_in_child(sandbox_daemon, signal_the_parent), 0);
    CHECK_EQ(attempt_in_child(sandbox_daemon, abort_as_panic_does), KILLED);
}

static void a_daemon_is_refused_what_only_an_intruder_wants(void)
{
    static int (*const attempts[])(void) = {exec_true,
                                            trace_itself,
                                            read_the_parents_memory,
                                            mount_something,
                                            leave_the_namespace,
                                            clone_into_a_namespace,
                                            start_bpf,
                                            start_io_uring,
                                            set_the_host_name,
                                            open_packet,
                                            open_vsock,
                                            map_writable_code,
                                            make_memory_code,
                                            type_into_the_terminal,
                                            become_root_again};
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        if (!CHECK_EQ(attempt_in_child(sandbox_daemon, attempts[i]), EPERM)) {
            printf("    attempt %zu\n", i);
        }
    }
}

static void a_signer_still_does_its_work(void)
{
    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, talk), 0);
    CHECK_EQ(attempt_in_child(sandbox_no_network, live_as_a_signer), 0);
    CHECK_EQ(attempt_in_child(sandbox_no_network, abort_as_panic_does), KILLED);
    close(talk[0]);
    close(talk[1]);
}

static void a_signer_has_no_network_no_children_and_no_code_but_its_own(void)
{
    static int (*const attempts[])(void) = {
        open_inet,        open_inet6,          open_unix,
        open_packet,      make_socket_pair,    exec_true,
        fork_and_wait,    trace_itself,        read_the_parents_memory,
        mount_something,  leave_the_namespace, clone_into_a_namespace,
        start_bpf,        start_io_uring,      map_writable_code,
        make_memory_code, signal_the_parent,   signal_the_parents_thread,
        become_root_again};
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        if (!CHECK_EQ(attempt_in_child(sandbox_no_network, attempts[i]), EPERM)) {
            printf("    attempt %zu\n", i);
        }
    }
}

static int read_status_line(const char *name, char *value, size_t cap)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "re");
    int result = -1;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0) {
            snprintf(value, cap, "%.*s", (int)strcspn(line + strlen(name), "\n"),
                     line + strlen(name));
            result = 0;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return result;
}

static int no_capability_is_left(void)
{
    static const char *const sets[] = {"CapInh:\t", "CapPrm:\t", "CapEff:\t", "CapAmb:\t"};
    char value[64];
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if (read_status_line(sets[i], value, sizeof value) != 0 || strspn(value, "0") != 16) {
            errno = EDOM;
            return -1;
        }
    }
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ||
        read_status_line("Seccomp:\t", value, sizeof value) != 0 || value[0] != '2') {
        errno = ERANGE;
        return -1;
    }
    return 0;
}

static void no_capability_is_left_and_none_can_come_back(void)
{
    CHECK_EQ(attempt_in_child(sandbox_daemon, no_capability_is_left), 0);
}

static int signer_is_undumpable(void)
{
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : -1;
}

static int dumpable_off_only(void)
{
    /* The profile forbids prctl() itself, so that what it set is read in a child without filter. */
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? E_OK : E_IO;
}

static void an_undumpable_process_says_so(void)
{
    CHECK_EQ(attempt_in_child(dumpable_off_only, signer_is_undumpable), 0);
    CHECK_EQ(attempt_in_child(sandbox_no_network, signer_is_undumpable), EPERM);
}

/* Landlock */
static char directory[64];

static int only_the_directory(void)
{
    const struct sandbox_path paths[] = {{directory, true}, {"/usr", false}};
    return sandbox_paths(paths, 2);
}

static int write_inside(void)
{
    char path[128];
    char moved[128];
    snprintf(path, sizeof path, "%s/a", directory);
    snprintf(moved, sizeof moved, "%s/b", directory);
    const int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    return fd >= 0 && write(fd, "x", 1) == 1 && rename(path, moved) == 0 && unlink(moved) == 0 ? 0
                                                                                               : -1;
}
static int read_outside(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}
static int write_outside(void)
{
    return open("/tmp/wattward-never", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
}
static int list_the_read_only_part(void)
{
    return open("/usr/lib", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}
static int write_the_read_only_part(void)
{
    return open("/usr/lib/wattward-never", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
}

static void only_named_paths_can_be_opened(void)
{
    snprintf(directory, sizeof directory, "/tmp/wattward-sandbox-XXXXXX");
    CHECK(mkdtemp(directory) != NULL);
    const int inside = attempt_in_child(only_the_directory, write_inside);
    if (inside == NO_SANDBOX) {
        check_skip("this kernel has no Landlock");
    } else {
        CHECK_EQ(inside, 0);
        CHECK_EQ(attempt_in_child(only_the_directory, read_outside), EACCES);
        CHECK_EQ(attempt_in_child(only_the_directory, write_outside), EACCES);
        CHECK_EQ(attempt_in_child(only_the_directory, list_the_read_only_part), 0);
        CHECK_EQ(attempt_in_child(only_the_directory, write_the_read_only_part), EACCES);
        CHECK_EQ(attempt_in_child(only_the_directory, exec_true), EACCES);
    }
    rmdir(directory);
}

static void a_path_that_does_not_exist_is_the_callers_mistake(void)
{
    const struct sandbox_path paths[] = {{"/nowhere/wattward", true}};
    const int result = sandbox_paths(paths, 1);
    if (result == E_UNSUPPORTED) {
        check_skip("this kernel has no Landlock");
    } else {
        CHECK_EQ(result, E_ARG);
    }
}

CHECK_MAIN(TEST(a_daemon_still_does_its_work),
           TEST(a_daemon_is_refused_what_only_an_intruder_wants),
           TEST(a_signer_still_does_its_work),
           TEST(a_signer_has_no_network_no_children_and_no_code_but_its_own),
           TEST(no_capability_is_left_and_none_can_come_back), TEST(an_undumpable_process_says_so),
           TEST(only_named_paths_can_be_opened),
           TEST(a_path_that_does_not_exist_is_the_callers_mistake))
