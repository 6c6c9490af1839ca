/* bench: store sim_flash port_posix sqlite3 */
/* SPDX-License-Identifier: MIT
 * One of 40 values of 64 bytes changes and must be durable. On disk: the store in a flash file,
 * SQLite (write-ahead log, synchronous=FULL), and a whole file written anew, synced and renamed. On
 * flash: the store and the plainest safe way, two copies of everything written by turns. Sides run
 * in turns, the best round counts; a ratio above 1 means that the other needs more.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "posix/flash_file.h"
#include "sim/flash.h"
#include "store/store.h"

enum {
    KEYS = 40,
    VALUE_LEN = 64,
    SECTOR_LEN = 4096,
    N_SECTORS = 8,
    PROGRAM_LEN = 4,
    ROUNDS = 5,
    UPDATES = 200,         /* a round on disk */
    FLASH_UPDATES = 10000, /* on the simulated flash */
    IMAGE_LEN = KEYS * VALUE_LEN
};

static struct {
    char directory[64];
    struct posix_flash_file file;
    struct store store;
    sqlite3 *database;
    sqlite3_stmt *update;
    char whole[128];
    char draft[128];
    uint8_t image[IMAGE_LEN];
    uint32_t n; /* updates so far, so that each differs */
} bench;

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "bench_store: %s failed\n", what);
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec t;
    require(clock_gettime(CLOCK_MONOTONIC, &t) == 0, "clock_gettime");
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The next value, for the next key in turn. */
static uint16_t next_value(uint8_t *value)
{
    memset(value, 1, VALUE_LEN);
    memcpy(value, &bench.n, sizeof bench.n);
    return (uint16_t)(bench.n++ % KEYS);
}

/* ---- on disk ---- */

static void update_store(void)
{
    uint8_t value[VALUE_LEN];
    uint16_t key = next_value(value);
    require(store_put(&bench.store, key, value, sizeof value) == E_OK, "store_put");
}

static void update_sqlite(void)
{
    uint8_t value[VALUE_LEN];
    uint16_t key = next_value(value);
    require(sqlite3_bind_blob(bench.update, 1, value, sizeof value, SQLITE_STATIC) == SQLITE_OK &&
                sqlite3_bind_int(bench.update, 2, key) == SQLITE_OK &&
                sqlite3_step(bench.update) == SQLITE_DONE &&
                sqlite3_reset(bench.update) == SQLITE_OK,
            "SQLite's update");
}

static void update_whole_file(void)
{
    uint8_t value[VALUE_LEN];
    uint16_t key = next_value(value);
    memcpy(bench.image + (size_t)key * VALUE_LEN, value, sizeof value);
    int fd = open(bench.draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(fd >= 0 && write(fd, bench.image, IMAGE_LEN) == IMAGE_LEN && fsync(fd) == 0 &&
                close(fd) == 0 && rename(bench.draft, bench.whole) == 0,
            "writing the file anew");
    fd = open(bench.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    require(fd >= 0 && fsync(fd) == 0 && close(fd) == 0, "syncing the directory");
}

static void execute(const char *sql)
{
    require(sqlite3_exec(bench.database, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static void path_of(char *out, size_t cap, const char *name)
{
    (void)snprintf(out, cap, "%s/%s", bench.directory, name);
}

static void open_all(void)
{
    char path[128];
    (void)snprintf(bench.directory, sizeof bench.directory, "./bench-store-XXXXXX");
    require(mkdtemp(bench.directory) != NULL, "mkdtemp");
    path_of(bench.whole, sizeof bench.whole, "whole");
    path_of(bench.draft, sizeof bench.draft, "draft");
    path_of(path, sizeof path, "flash.img");
    require(posix_flash_file_open(&bench.file, path, SECTOR_LEN, N_SECTORS, PROGRAM_LEN) == E_OK &&
                store_mount(&bench.store, &bench.file.flash) == E_OK,
            "opening the flash file");
    path_of(path, sizeof path, "sqlite.db");
    require(sqlite3_open(path, &bench.database) == SQLITE_OK, "sqlite3_open");
    execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE value(key INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"
            "WITH RECURSIVE k(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n < 39)"
            "INSERT INTO value SELECT n, zeroblob(64) FROM k");
    require(sqlite3_prepare_v2(bench.database, "UPDATE value SET bytes = ? WHERE key = ?", -1,
                               &bench.update, NULL) == SQLITE_OK,
            "sqlite3_prepare_v2");
    for (int i = 0; i < KEYS; i++) {
        update_store();
    }
}

static void close_all(void)
{
    static const char *const names[] = {"flash.img", "sqlite.db", "whole"};
    sqlite3_finalize(bench.update);
    sqlite3_close(bench.database);
    posix_flash_file_close(&bench.file);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        path_of(path, sizeof path, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(bench.directory);
}

static double round_s(void (*update)(void))
{
    double start = now_s();
    for (int i = 0; i < UPDATES; i++) {
        update();
    }
    return (now_s() - start) / UPDATES;
}

static void measure_disk(void)
{
    static void (*const sides[])(void) = {update_store, update_sqlite, update_whole_file};
    static const char *const names[] = {"store in a flash file", "SQLite, WAL, FULL",
                                        "whole file, fsync, rename"};
    double best[3] = {1e9, 1e9, 1e9};
    open_all();
    for (int i = 0; i < ROUNDS; i++) {
        for (int side = 0; side < 3; side++) {
            double s = round_s(sides[side]);
            best[side] = s < best[side] ? s : best[side];
        }
    }
    close_all();
    for (int side = 0; side < 3; side++) {
        printf("%-28s %8.0f us per durable update   ratio %.2f\n", names[side], best[side] * 1e6,
               best[side] / best[0]);
    }
}

/* ---- on flash ---- */

static uint32_t memory[SIM_FLASH_MEMORY_LEN(SECTOR_LEN, N_SECTORS) / 4];

static struct sim_flash_counts wear_of_store(void)
{
    static struct sim_flash sim;
    static struct store store;
    uint8_t value[VALUE_LEN];
    sim_flash_init(&sim, memory, SECTOR_LEN, N_SECTORS, PROGRAM_LEN, 1);
    require(store_mount(&store, &sim.flash) == E_OK, "store_mount");
    for (int i = 0; i < FLASH_UPDATES; i++) {
        uint16_t key = next_value(value);
        require(store_put(&store, key, value, sizeof value) == E_OK, "store_put");
    }
    return sim.counts;
}

/* A copy of everything goes to the next sector round; the newest valid one counts. */
static struct sim_flash_counts wear_of_two_copies(void)
{
    static struct sim_flash sim;
    uint8_t value[VALUE_LEN];
    sim_flash_init(&sim, memory, SECTOR_LEN, N_SECTORS, PROGRAM_LEN, 1);
    for (uint32_t i = 0; i < FLASH_UPDATES; i++) {
        uint16_t key = next_value(value);
        memcpy(bench.image + (size_t)key * VALUE_LEN, value, sizeof value);
        uint32_t sector_idx = i % N_SECTORS;
        require(sim.flash.erase(sim.flash.context, sector_idx) == E_OK &&
                    sim.flash.program(sim.flash.context, sector_idx * SECTOR_LEN, bench.image,
                                      IMAGE_LEN) == E_OK,
                "writing a copy");
    }
    return sim.counts;
}

static void measure_flash(void)
{
    struct sim_flash_counts ours = wear_of_store();
    struct sim_flash_counts theirs = wear_of_two_copies();
    printf("%-28s %8.1f bytes, %6.1f erases per 1000 updates\n", "store on flash",
           (double)ours.programmed_len / FLASH_UPDATES,
           (double)ours.n_erases * 1000 / FLASH_UPDATES);
    printf("%-28s %8.1f bytes, %6.1f erases per 1000 updates   ratio %.0f and %.0f\n",
           "two copies by turns", (double)theirs.programmed_len / FLASH_UPDATES,
           (double)theirs.n_erases * 1000 / FLASH_UPDATES,
           (double)theirs.programmed_len / (double)ours.programmed_len,
           (double)theirs.n_erases / (double)ours.n_erases);
}

int main(void)
{
    measure_disk();
    measure_flash();
    return 0;
}
