/* SPDX-License-Identifier: MIT
 * The two seccomp profiles: a list of what is allowed for the process that holds keys, a list of
 * what is forbidden for daemons, whose libraries use too much of the system to be listed.
 */
#include "posix/sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REFUSE SCMP_ACT_ERRNO(EPERM)

static const char *const no_network_allowed[] = {
    /* open descriptors */
    "read", "write", "readv", "writev", "pread64", "pwrite64", "recvfrom", "recvmsg", "sendto",
    "sendmsg", "shutdown", "poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl",
    "epoll_wait", "epoll_pwait", "pipe2", "close", "dup", "dup2", "dup3", "fcntl", "lseek", "flock",
    /* files */
    "open", "openat", "stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat",
    "faccessat2", "getdents64", "getcwd", "mkdir", "mkdirat", "rename", "renameat", "renameat2",
    "unlink", "unlinkat", "rmdir", "fsync", "fdatasync", "ftruncate", "chmod", "fchmod", "fchmodat",
    "umask",
    /* memory, apart from mmap and mprotect */
    "brk", "munmap", "mremap", "madvise", "futex", "set_robust_list", "rseq", "membarrier",
    /* time, randomness, itself */
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    "getrandom", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "uname",
    "getrlimit", "sched_yield", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend",
    "sigaltstack", "restart_syscall", "exit", "exit_group"};

static const char *const daemon_forbidden[] = {
    /* other programs, and other processes' memory */
    "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd",
    "process_madvise", "userfaultfd", "personality", "pkey_mprotect", "modify_ldt",
    /* mounts and namespaces */
    "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns", "mknod", "mknodat",
    "name_to_handle_at", "open_by_handle_at", "quotactl", "quotactl_fd",
    /* the kernel */
    "bpf", "perf_event_open", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "init_module", "finit_module", "delete_module", "create_module", "kexec_load",
    "kexec_file_load", "iopl", "ioperm", "syslog", "acct", "swapon", "swapoff", "reboot", "vhangup",
    "lookup_dcookie", "add_key", "request_key", "keyctl", "fanotify_init",
    /* the machine's clock and name */
    "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime", "sethostname",
    "setdomainname"};

int sandbox_no_privileges(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}};
    for (unsigned long capability = 0; capability < 64; capability++) {
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
            break; /* past the last one; or not ours to drop, which no_new_privs makes harmless */
        }
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_capset, &header, none) != 0) {
        return E_IO;
    }
    return E_OK;
}

/* Adds one rule for each name the architecture knows. */
static int add_names(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const int number = seccomp_syscall_resolve_name(names[i]);
        if (number == __NR_SCMP_ERROR) {
            continue; /* newer than this libseccomp: an unknown name cannot be filtered by name */
        }
        const int result = seccomp_rule_add(filter, action, number, 0);
        if (result != 0 && result != -EDOM) {
            return E_IO;
        }
    }
    return E_OK;
}

/* One rule for a system call, under a condition on one argument. */
static int add_if(scmp_filter_ctx filter, uint32_t action, int number,
                  struct scmp_arg_cmp condition)
{
    return seccomp_rule_add_array(filter, action, number, 1, &condition) == 0 ? E_OK : E_IO;
}

static struct scmp_arg_cmp argument_is(unsigned idx, uint64_t value)
{
    return (struct scmp_arg_cmp){.arg = idx, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

static struct scmp_arg_cmp argument_masked(unsigned idx, uint64_t mask, uint64_t value)
{
    return (struct scmp_arg_cmp){
        .arg = idx, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
}

static int allow_restricted(scmp_filter_ctx filter)
{
    const uint32_t allow = SCMP_ACT_ALLOW;
    const struct scmp_arg_cmp no_code = argument_masked(2, PROT_EXEC, 0);
    const struct scmp_arg_cmp is_a_terminal = argument_masked(1, UINT32_MAX, TCGETS);
    const struct scmp_arg_cmp to_itself = argument_is(0, (uint64_t)getpid());
    if (add_if(filter, allow, SCMP_SYS(mmap), no_code) != E_OK ||
        add_if(filter, allow, SCMP_SYS(mprotect), no_code) != E_OK ||
        add_if(filter, allow, SCMP_SYS(ioctl), is_a_terminal) != E_OK ||
        add_if(filter, allow, SCMP_SYS(tgkill), to_itself) != E_OK) {
        return E_IO;
    }
    return E_OK;
}

static int forbid_sockets(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp beyond = {
        .arg = 0, .op = SCMP_CMP_GT, .datum_a = AF_NETLINK, .datum_b = 0};
    int result = add_if(filter, REFUSE, SCMP_SYS(socket), beyond);
    for (uint64_t family = 0; family < AF_NETLINK && result == E_OK; family++) {
        if (family != AF_UNIX && family != AF_INET && family != AF_INET6) {
            result = add_if(filter, REFUSE, SCMP_SYS(socket), argument_is(0, family));
        }
    }
    return result;
}

static int forbid_restricted(scmp_filter_ctx filter)
{
    static const uint64_t namespaces[] = {CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
                                          CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
                                          CLONE_NEWNET};
    for (size_t i = 0; i < sizeof namespaces / sizeof namespaces[0]; i++) {
        if (add_if(filter, REFUSE, SCMP_SYS(clone),
                   argument_masked(0, namespaces[i], namespaces[i])) != E_OK) {
            return E_IO;
        }
    }
    const uint64_t both = PROT_WRITE | PROT_EXEC;
    if (add_if(filter, REFUSE, SCMP_SYS(mmap), argument_masked(2, both, both)) != E_OK ||
        add_if(filter, REFUSE, SCMP_SYS(mprotect), argument_masked(2, PROT_EXEC, PROT_EXEC)) !=
            E_OK ||
        add_if(filter, REFUSE, SCMP_SYS(ioctl), argument_masked(1, UINT32_MAX, TIOCSTI)) != E_OK ||
        add_if(filter, REFUSE, SCMP_SYS(ioctl), argument_masked(1, UINT32_MAX, TIOCLINUX)) !=
            E_OK) {
        return E_IO;
    }
    /* Its flags are behind a pointer; "not there" makes the C library use clone() instead. */
    if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0) {
        return E_IO;
    }
    return forbid_sockets(filter);
}

static int load_and_release(scmp_filter_ctx filter, int result)
{
    if (result == E_OK &&
        (seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) != 0 || seccomp_load(filter) != 0)) {
        result = E_IO;
    }
    seccomp_release(filter);
    return result;
}

int sandbox_no_network(void)
{
    const struct rlimit no_core = {0, 0};
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0 ||
        sandbox_no_privileges() != E_OK) {
        return E_IO;
    }
    scmp_filter_ctx filter = seccomp_init(REFUSE);
    if (filter == NULL) {
        return E_IO;
    }
    int result = add_names(filter, SCMP_ACT_ALLOW, no_network_allowed,
                           sizeof no_network_allowed / sizeof no_network_allowed[0]);
    if (result == E_OK) {
        result = allow_restricted(filter);
    }
    return load_and_release(filter, result);
}

int sandbox_daemon(void)
{
    if (sandbox_no_privileges() != E_OK) {
        return E_IO;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL) {
        return E_IO;
    }
    int result = add_names(filter, REFUSE, daemon_forbidden,
                           sizeof daemon_forbidden / sizeof daemon_forbidden[0]);
    if (result == E_OK) {
        result = forbid_restricted(filter);
    }
    return load_and_release(filter, result);
}
