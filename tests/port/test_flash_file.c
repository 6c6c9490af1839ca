/* SPDX-License-Identifier: MIT */
#include "posix/flash_file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "store/outbox.h"
#include "store/store.h"

static char directory[64];
static char path[96];

static void fresh(void)
{
    (void)snprintf(directory, sizeof directory, "/tmp/wattward-flash-XXXXXX");
    CHECK(mkdtemp(directory) != NULL);
    (void)snprintf(path, sizeof path, "%s/flash.img", directory);
}

static void clean(void)
{
    (void)unlink(path);
    CHECK_EQ(rmdir(directory), 0); /* and nothing else was left behind */
}

static void a_new_file_is_an_erased_flash_of_its_owner(void)
{
    fresh();
    struct posix_flash_file f;
    CHECK_EQ(posix_flash_file_open(&f, path, 4096, 4, 8), E_OK);
    struct stat st;
    CHECK_EQ(stat(path, &st), 0);
    CHECK_EQ(st.st_size, 16384);
    CHECK_EQ(st.st_mode & 0777, 0600);
    uint8_t all[16384];
    CHECK_EQ(f.flash.read(f.flash.context, 0, all, sizeof all), E_OK);
    for (size_t i = 0; i < sizeof all; i++) {
        if (!CHECK_EQ(all[i], 0xFF)) {
            break;
        }
    }
    posix_flash_file_close(&f);
    clean();
}

static void it_keeps_the_rules_of_nor_flash(void)
{
    fresh();
    struct posix_flash_file f;
    CHECK_EQ(posix_flash_file_open(&f, path, 4096, 4, 8), E_OK);
    const uint8_t first[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t back[8];
    CHECK_EQ(f.flash.program(f.flash.context, 4096, first, 8), E_OK);
    CHECK_EQ(f.flash.program(f.flash.context, 4096, first, 8), E_IO);
    CHECK_STR(posix_flash_file_error(&f), "byte 4096 of the flash file is programmed already");
    CHECK_EQ(f.flash.erase(f.flash.context, 1), E_OK);
    CHECK_EQ(f.flash.read(f.flash.context, 4096, back, 8), E_OK);
    CHECK_EQ(back[0], 0xFF);
    CHECK_EQ(f.flash.program(f.flash.context, 4096, first, 8), E_OK);
    posix_flash_file_close(&f);
    CHECK_EQ(posix_flash_file_open(&f, path, 4096, 4, 8), E_OK);
    CHECK_EQ(f.flash.read(f.flash.context, 4096, back, 8), E_OK);
    CHECK_BYTES(back, 8, first, 8);
    posix_flash_file_close(&f);
    clean();
}

static void a_file_of_another_size_is_refused(void)
{
    fresh();
    struct posix_flash_file f;
    CHECK_EQ(posix_flash_file_open(&f, path, 4096, 4, 8), E_OK);
    posix_flash_file_close(&f);
    CHECK_EQ(posix_flash_file_open(&f, path, 4096, 8, 8), E_ARG);
    char want[200];
    (void)snprintf(want, sizeof want,
                   "%s has 16384 bytes, a flash of 8 sectors of 4096 bytes has 32768", path);
    CHECK_STR(posix_flash_file_error(&f), want);
    CHECK_EQ(posix_flash_file_open(&f, directory, 4096, 8, 8), E_IO);
    CHECK_EQ(posix_flash_file_open(&f, path, 4096, 0, 8), E_ARG);
    CHECK_EQ(posix_flash_file_open(&f, path, 100, 4, 8), E_ARG);
    CHECK_EQ(posix_flash_file_open(&f, "/nowhere/at/all", 4096, 4, 8), E_IO);
    CHECK_STR(posix_flash_file_error(&f),
              "/nowhere/at/all cannot be made: No such file or directory");
    clean();
}

static void two_processes_do_not_share_one(void)
{
    fresh();
    struct posix_flash_file f;
    struct posix_flash_file g;
    CHECK_EQ(posix_flash_file_open(&f, path, 4096, 4, 8), E_OK);
    CHECK_EQ(posix_flash_file_open(&g, path, 4096, 4, 8), E_STATE);
    posix_flash_file_close(&f);
    CHECK_EQ(posix_flash_file_open(&g, path, 4096, 4, 8), E_OK);
    posix_flash_file_close(&g);
    clean();
}

/* A limit on file sizes stands in for a full disk: both make the write fail half way. */
static void what_cannot_be_made_whole_is_not_made(void)
{
    fresh();
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {8192, 8192};
        (void)signal(SIGXFSZ, SIG_IGN);
        struct posix_flash_file f;
        _exit(setrlimit(RLIMIT_FSIZE, &limit) == 0 &&
                      posix_flash_file_open(&f, path, 4096, 4, 8) == E_IO
                  ? 0
                  : 1);
    }
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK(access(path, F_OK) != 0);
    clean();
}

static void a_full_disk_is_named(void)
{
    fresh();
    struct posix_flash_file f;
    /* /dev/full is not a file one can make; the draft's name leads to it. */
    char draft[112];
    (void)snprintf(draft, sizeof draft, "%s.new", path);
    CHECK_EQ(symlink("/dev/full", draft), 0);
    CHECK_EQ(posix_flash_file_open(&f, path, 4096, 4, 8), E_NOSPACE);
    char want[160];
    (void)snprintf(want, sizeof want, "the disk is full: %s needs 16384 bytes", path);
    CHECK_STR(posix_flash_file_error(&f), want);
    clean();
}

/* Killed at any moment, it goes on with every value that was reported stored. */
static void a_killed_process_loses_nothing(void)
{
    fresh();
    for (uint32_t round = 0; round < 15; round++) {
        int pipes[2];
        CHECK_EQ(pipe(pipes), 0);
        pid_t child = fork();
        if (child == 0) {
            struct posix_flash_file f;
            struct store store;
            uint32_t n = 0;
            bool ok = posix_flash_file_open(&f, path, 4096, 4, 8) == E_OK &&
                      store_mount(&store, &f.flash) == E_OK;
            if (ok && store_get(&store, 1, &n, sizeof n) < 0) {
                n = 0;
            }
            while (ok) {
                n++;
                ok = store_put(&store, 1, &n, sizeof n) == E_OK &&
                     write(pipes[1], &n, sizeof n) == sizeof n;
            }
            _exit(1);
        }
        close(pipes[1]);
        uint32_t last = 0;
        for (uint32_t i = 0; i < 10 + round; i++) {
            CHECK_EQ(read(pipes[0], &last, sizeof last), sizeof last);
        }
        kill(child, SIGKILL);
        uint32_t n;
        while (read(pipes[0], &n, sizeof n) == sizeof n) {
            last = n;
        }
        int status;
        CHECK_EQ(waitpid(child, &status, 0), child);
        close(pipes[0]);
        struct posix_flash_file f;
        struct store store;
        CHECK_EQ(posix_flash_file_open(&f, path, 4096, 4, 8), E_OK);
        CHECK_EQ(store_mount(&store, &f.flash), E_OK);
        CHECK_EQ(store_get(&store, 1, &n, sizeof n), sizeof n);
        CHECK(n == last || n == last + 1);
        posix_flash_file_close(&f);
    }
    clean();
}

CHECK_MAIN(TEST(a_new_file_is_an_erased_flash_of_its_owner), TEST(it_keeps_the_rules_of_nor_flash),
           TEST(a_file_of_another_size_is_refused), TEST(two_processes_do_not_share_one),
           TEST(what_cannot_be_made_whole_is_not_made), TEST(a_full_disk_is_named),
           TEST(a_killed_process_loses_nothing))
