/* SPDX-License-Identifier: MIT
 * The clock of a simulated site.
 */
#include "site_clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/assert.h"
#include "posix/clock.h"

int site_clock_open(struct site_clock *c, const char *state_dir, long rate)
{
    ASSERT(rate >= 1);
    const int len = snprintf(c->path, sizeof c->path, "%s/site.conf", state_dir);
    if (len < 0 || (size_t)len >= sizeof c->path) {
        return E_ARG;
    }
    c->real_ms = posix_clock_real_ms();
    c->site_ms = SITE_CLOCK_FIRST_START_MS;
    c->rate = rate;
    FILE *file = fopen(c->path, "r");
    if (file == NULL) {
        return E_OK;
    }
    char line[64];
    int64_t site_ms = 0;
    const int ok =
        fgets(line, sizeof line, file) != NULL &&
        sscanf(line, "site_ms %" SCNd64, &site_ms) == 1; // NOLINT(cert-err34-c): range below
    fclose(file);
    if (!ok || site_ms < SITE_CLOCK_DATA_START_MS) {
        return E_CORRUPT;
    }
    c->site_ms = site_ms;
    return E_OK;
}

void site_clock_text(const struct site_clock *c, char *text, size_t cap)
{
    const int len =
        snprintf(text, cap, "%" PRId64 ":%" PRId64 ":%ld", c->real_ms, c->site_ms, c->rate);
    ASSERT(len > 0 && (size_t)len < cap);
}

int site_clock_save(const struct site_clock *c, uint32_t next_save_ms)
{
    char temporary[sizeof c->path + 4];
    snprintf(temporary, sizeof temporary, "%s.new", c->path);
    const int64_t ahead_ms = posix_clock_real_ms() - c->real_ms + (int64_t)next_save_ms;
    FILE *file = fopen(temporary, "w");
    if (file == NULL) {
        return E_IO;
    }
    const int written =
        fprintf(file, "site_ms %" PRId64 "\n", c->site_ms + ahead_ms * (int64_t)c->rate);
    const int closed = fclose(file);
    if (written < 0 || closed != 0 || rename(temporary, c->path) != 0) {
        (void)unlink(temporary);
        return E_IO;
    }
    return E_OK;
}
