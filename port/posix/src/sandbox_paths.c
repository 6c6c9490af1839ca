/* SPDX-License-Identifier: MIT
 * Landlock: which files remain. Kernels differ in the rights they know, so the set that is handled
 * is cut to the kernel's version of the interface.
 */
#include "posix/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights newer than Debian 12's header, by the kernel's documentation. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)

#define READ_RIGHTS ((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))
#define WRITE_RIGHTS                                                                               \
    ((uint64_t)(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                    \
                LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |                     \
                LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                       \
                LANDLOCK_ACCESS_FS_REFER) |                                                        \
     ACCESS_TRUNCATE)
/* Handled and granted to nobody. */
#define NEVER_RIGHTS                                                                               \
    ((uint64_t)(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                        \
                LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |                     \
                LANDLOCK_ACCESS_FS_MAKE_SYM))
#define FILE_RIGHTS                                                                                \
    ((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE) | ACCESS_TRUNCATE)

static uint64_t known_rights(long version)
{
    if (version >= 3) {
        return ~UINT64_C(0);
    }
    return version == 2 ? ~ACCESS_TRUNCATE : ~(ACCESS_TRUNCATE | LANDLOCK_ACCESS_FS_REFER);
}

static int allow_path(int ruleset_fd, const struct sandbox_path *path, uint64_t known)
{
    const int fd = open(path->path, O_PATH | O_CLOEXEC);
    struct stat status;
    if (fd < 0) {
        return E_ARG;
    }
    int result = E_IO;
    if (fstat(fd, &status) == 0) {
        struct landlock_path_beneath_attr rule = {
            .allowed_access = (path->writable ? READ_RIGHTS | WRITE_RIGHTS : READ_RIGHTS) & known,
            .parent_fd = fd};
        if (!S_ISDIR(status.st_mode)) {
            rule.allowed_access &= FILE_RIGHTS;
        }
        if (syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0) {
            result = E_OK;
        }
    }
    close(fd);
    return result;
}

int sandbox_paths(const struct sandbox_path *paths, size_t n)
{
    const long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        return E_UNSUPPORTED;
    }
    const uint64_t known = known_rights(version);
    const struct landlock_ruleset_attr attributes = {
        .handled_access_fs = (READ_RIGHTS | WRITE_RIGHTS | NEVER_RIGHTS) & known};
    const int ruleset_fd =
        (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    if (ruleset_fd < 0) {
        return E_UNSUPPORTED;
    }
    int result = E_OK;
    for (size_t i = 0; i < n && result == E_OK; i++) {
        result = allow_path(ruleset_fd, &paths[i], known);
    }
    if (result == E_OK && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                           syscall(SYS_landlock_restrict_self, ruleset_fd, 0) != 0)) {
        result = E_IO;
    }
    close(ruleset_fd);
    return result;
}
