/* SPDX-License-Identifier: MIT
 * The retained file. It is mapped shared, so that a store is in the kernel's hands at once and
 * needs no system call from a signal function.
 */
#include "posix/retained.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/assert.h"
#include "panic.h"

enum { FILE_MAGIC = 0x57415254, BOOT_ID_LEN = 36, NO_END = 0xff };

struct posix_retained_file {
    uint32_t magic;
    volatile uint8_t ended; /* enum runtime_reset of the next start, or NO_END while it runs */
    char boot_id[BOOT_ID_LEN];
    struct runtime_crash_area crash;
};

static struct posix_retained_file *volatile current;

static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

void posix_retained_note_end(enum runtime_reset reason)
{
    struct posix_retained_file *file = current;
    if (file != NULL && file->ended == NO_END) {
        file->ended = (uint8_t)reason;
    }
}

/* SA_RESETHAND has put the default back: returning (or raising again) ends the process as the
 * signal says, core file included. */
static void on_fatal_signal(int number)
{
    posix_retained_note_end(RUNTIME_RESET_PANIC);
    raise(number);
}

static void catch_fatal_signals(void)
{
    struct sigaction action = {.sa_handler = on_fatal_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof fatal_signals / sizeof fatal_signals[0]; i++) {
        sigaction(fatal_signals[i], &action, NULL);
    }
}

/* Of this start of the kernel; zeros where there is no such thing. */
static void read_boot_id(char boot_id[BOOT_ID_LEN])
{
    memset(boot_id, 0, BOOT_ID_LEN);
    const int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (read(fd, boot_id, BOOT_ID_LEN) != BOOT_ID_LEN) {
            memset(boot_id, 0, BOOT_ID_LEN);
        }
        close(fd);
    }
}

static enum runtime_reset reason_of(const struct posix_retained_file *file,
                                    const char boot_id[BOOT_ID_LEN])
{
    if (file->magic != FILE_MAGIC) {
        return RUNTIME_RESET_POWER;
    }
    if (file->ended <= RUNTIME_RESET_PANIC) {
        return (enum runtime_reset)file->ended;
    }
    return memcmp(file->boot_id, boot_id, BOOT_ID_LEN) == 0 ? RUNTIME_RESET_UNKNOWN
                                                            : RUNTIME_RESET_POWER;
}

static struct posix_retained_file *map_file(const char *path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct posix_retained_file *file = MAP_FAILED;
    if (fd < 0) {
        return MAP_FAILED;
    }
    if (ftruncate(fd, sizeof *file) == 0) {
        file = mmap(NULL, sizeof *file, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    const int why = errno;
    close(fd);
    errno = why;
    return file;
}

static void note_panic(const char *file, int line)
{
    struct posix_retained_file *retained = current;
    if (retained != NULL) {
        runtime_crash_note_panic(&retained->crash, file, (uint32_t)line);
        posix_retained_note_end(RUNTIME_RESET_PANIC);
    }
}

int posix_retained_open(struct posix_retained *retained, const char *path)
{
    char boot_id[BOOT_ID_LEN];
    ASSERT(current == NULL);
    struct posix_retained_file *file = map_file(path);
    if (file == MAP_FAILED) {
        return E_IO;
    }
    read_boot_id(boot_id);
    retained->reset = reason_of(file, boot_id);
    retained->crash = &file->crash;
    retained->file = file;
    memcpy(file->boot_id, boot_id, BOOT_ID_LEN);
    file->ended = NO_END;
    file->magic = FILE_MAGIC;
    current = file;
    panic_note = note_panic;
    catch_fatal_signals();
    return E_OK;
}

void posix_retained_close(struct posix_retained *retained)
{
    ASSERT(current == retained->file);
    posix_retained_note_end(RUNTIME_RESET_REQUESTED);
    for (size_t i = 0; i < sizeof fatal_signals / sizeof fatal_signals[0]; i++) {
        signal(fatal_signals[i], SIG_DFL);
    }
    panic_note = NULL;
    current = NULL;
    munmap(retained->file, sizeof *retained->file);
    retained->file = NULL;
    retained->crash = NULL;
}
