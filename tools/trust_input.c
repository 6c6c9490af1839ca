/* SPDX-License-Identifier: MIT
 * Histories from files.
 */
#include "trust_input.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "csv.h"

enum {
    COLUMN_DEVICE,
    COLUMN_PEAK,
    COLUMN_TILT,
    COLUMN_AZIMUTH,
    COLUMN_LATITUDE,
    COLUMN_LONGITUDE,
};
enum { COLUMN_UNIX_S = 1, COLUMN_ENERGY = 2 };
enum { MICRO = 1000000, SPAN_MAX_S = 3600, GAP_NOTES_MAX = 20 };
/* The year 2000 and the year 2200: what lies outside is no time of a meter. */
static const int64_t first_unix_s = 946684800;
static const int64_t last_unix_s = 7258118400;

static void *grown(void *memory, size_t size)
{
    void *more = realloc(memory, size);
    if (more == NULL) {
        fprintf(stderr, "wattward: out of memory\n");
        exit(1);
    }
    return more;
}

size_t trust_input_find(const struct trust_input *in, const char *id)
{
    for (size_t i = 0; i < in->n_devices; i++) {
        if (strcmp(in->devices[i].id, id) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* A number in millionths within a range; false after a complaint. */
static bool read_number(struct csv *csv, size_t column, const char *name, int64_t most_micro,
                        double *out)
{
    const char *text = csv_field(csv, column);
    int64_t micro = 0;
    if (text == NULL) {
        csv_complain(csv, csv->line, "%s is missing", name);
        return false;
    }
    if (!csv_read_decimal(text, 6, &micro) || micro > most_micro || micro < -most_micro) {
        csv_complain(csv, csv->line, "%s '%s' is not a number between %" PRId64 " and %" PRId64,
                     name, text, -most_micro / MICRO, most_micro / MICRO);
        return false;
    }
    *out = (double)micro / MICRO;
    return true;
}

static bool read_device(struct csv *csv, const struct trust_input *in, struct trust_input_device *d)
{
    const char *id = csv_field(csv, COLUMN_DEVICE);
    *d = (struct trust_input_device){0};
    if (id == NULL || strlen(id) >= TRUST_INPUT_ID_CAP) {
        csv_complain(csv, csv->line, "a device's name is 1 to %d characters",
                     TRUST_INPUT_ID_CAP - 1);
        return false;
    }
    if (trust_input_find(in, id) != SIZE_MAX) {
        csv_complain(csv, csv->line, "the device '%s' is listed twice", id);
        return false;
    }
    snprintf(d->id, sizeof d->id, "%s", id);
    double watts = 0;
    if (!read_number(csv, COLUMN_PEAK, "peak_w", 100000000LL * MICRO, &watts) ||
        !read_number(csv, COLUMN_LATITUDE, "lat", 90LL * MICRO, &d->latitude_deg) ||
        !read_number(csv, COLUMN_LONGITUDE, "lon", 180LL * MICRO, &d->longitude_deg)) {
        return false;
    }
    if (watts < 1) {
        csv_complain(csv, csv->line, "peak_w of '%s' is below 1 W", id);
        return false;
    }
    d->rated_w = (uint32_t)(watts + 0.5);
    const bool tilt = csv_field(csv, COLUMN_TILT) != NULL;
    const bool azimuth = csv_field(csv, COLUMN_AZIMUTH) != NULL;
    if (tilt != azimuth) {
        csv_complain(csv, csv->line, "tilt_deg and azimuth_deg of '%s' belong together", id);
        return false;
    }
    d->has_angles = tilt;
    return !tilt ||
           (read_number(csv, COLUMN_TILT, "tilt_deg", 90LL * MICRO, &d->tilt_deg) &&
            read_number(csv, COLUMN_AZIMUTH, "azimuth_deg", 360LL * MICRO, &d->azimuth_deg));
}

static bool load_devices(struct trust_input *in, const char *path)
{
    static const struct csv_column columns[] = {
        {"device", false}, {"peak_w", false}, {"tilt_deg", true}, {"azimuth_deg", true},
        {"lat", false},    {"lon", false},    {NULL, false}};
    struct csv csv;
    if (!csv_open(&csv, path, columns)) {
        return false;
    }
    size_t cap = 0;
    while (csv_next(&csv)) {
        struct trust_input_device d;
        if (in->n_devices == TRUST_INPUT_DEVICES_MAX) {
            csv_complain(&csv, csv.line, "there are more than %d devices", TRUST_INPUT_DEVICES_MAX);
            break;
        }
        if (!read_device(&csv, in, &d)) {
            continue;
        }
        if (in->n_devices == cap) {
            cap = cap == 0 ? 64 : 2 * cap;
            in->devices = grown(in->devices, cap * sizeof in->devices[0]);
        }
        in->devices[in->n_devices++] = d;
    }
    in->n_refused += csv.n_faults;
    if (in->n_devices == 0) {
        fprintf(stderr, "%s: there is no usable device in it\n", path);
    }
    csv_close(&csv);
    return in->n_devices > 0;
}

/* Lines of one device follow each other, or devices take turns. */
static bool find_likely(const struct trust_input *in, const char *id, size_t *likely)
{
    size_t found = *likely;
    if (strcmp(in->devices[found].id, id) != 0) {
        found = (found + 1) % in->n_devices;
    }
    if (strcmp(in->devices[found].id, id) != 0) {
        found = trust_input_find(in, id);
    }
    *likely = found == SIZE_MAX ? *likely : found;
    return found != SIZE_MAX;
}

static bool read_reading(struct csv *csv, const struct trust_input *in, size_t *likely,
                         struct trust_input_reading *r)
{
    const char *id = csv_field(csv, COLUMN_DEVICE);
    const char *time = csv_field(csv, COLUMN_UNIX_S);
    const char *energy = csv_field(csv, COLUMN_ENERGY);
    if (id == NULL || time == NULL || energy == NULL) {
        csv_complain(csv, csv->line, "%s is missing",
                     id == NULL     ? "device"
                     : time == NULL ? "unix_s"
                                    : "energy_wh");
        return false;
    }
    if (!find_likely(in, id, likely)) {
        csv_complain(csv, csv->line, "the device '%s' is unknown", id);
        return false;
    }
    if (!csv_read_int(time, &r->end_unix_s)) {
        csv_complain(csv, csv->line, "unix_s '%s' is not a whole number", time);
        return false;
    }
    if (r->end_unix_s < first_unix_s || r->end_unix_s > last_unix_s) {
        csv_complain(csv, csv->line, "unix_s %s is not between the years 2000 and 2200", time);
        return false;
    }
    if (!csv_read_decimal(energy, 3, &r->energy_mwh) || r->energy_mwh > INT64_C(1000000000000000)) {
        csv_complain(csv, csv->line, "energy_wh '%s' is not a number", energy);
        return false;
    }
    r->device = (uint32_t)*likely;
    r->line = csv->line;
    return true;
}

static int by_device(const void *a, const void *b)
{
    const struct trust_input_reading *x = a;
    const struct trust_input_reading *y = b;
    if (x->device != y->device) {
        return x->device < y->device ? -1 : 1;
    }
    return x->line < y->line ? -1 : x->line > y->line;
}

static int by_time(const void *a, const void *b)
{
    const struct trust_input_reading *x = a;
    const struct trust_input_reading *y = b;
    if (x->end_unix_s != y->end_unix_s) {
        return x->end_unix_s < y->end_unix_s ? -1 : 1;
    }
    return x->device < y->device ? -1 : x->device > y->device;
}

static int by_number(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* How many readings at the end of r[0..kept) are not before `unix_s`. */
static size_t count_ahead(const struct trust_input_reading *r, size_t kept, int64_t unix_s)
{
    size_t n = 0;
    while (n < kept && r[kept - 1 - n].end_unix_s >= unix_s) {
        n++;
    }
    return n;
}

/* Whether more readings than `ahead` follow in good order before the time `limit`. */
static bool goes_on(const struct trust_input_reading *r, size_t n, size_t ahead, int64_t limit)
{
    size_t run = 1;
    while (run < n && run <= ahead && r[run].end_unix_s > r[run - 1].end_unix_s &&
           r[run].end_unix_s <= limit) {
        run++;
    }
    return run > ahead;
}

/* Readings of one device in the order of the file. Where time goes back, either the lines before
 * had jumped ahead or this one is late: the fewer are set aside. Returns how many remain, moved to
 * the front. */
static size_t order(struct csv *csv, const char *id, struct trust_input_reading *r, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t ahead = count_ahead(r, kept, r[i].end_unix_s);
        if (ahead > 0 && r[i].end_unix_s < r[kept - 1].end_unix_s &&
            goes_on(&r[i], n - i, ahead, r[kept - 1].end_unix_s)) {
            for (size_t j = kept - ahead; j < kept; j++) {
                csv_complain(csv, r[j].line,
                             "the clock of '%s' had jumped ahead to %" PRId64 "; line set aside",
                             id, r[j].end_unix_s);
            }
            kept -= ahead;
        } else if (ahead > 0) {
            csv_complain(csv, r[i].line,
                         "the time of '%s' %s (%" PRId64 " after %" PRId64 "); line set aside", id,
                         r[i].end_unix_s == r[kept - 1].end_unix_s ? "repeats" : "goes back",
                         r[i].end_unix_s, r[kept - 1].end_unix_s);
            continue;
        }
        r[kept++] = r[i];
    }
    return kept;
}

/* The usual distance of readings: the median. */
static uint32_t usual_step(const struct trust_input_reading *r, size_t n)
{
    if (n < 2) {
        return SPAN_MAX_S;
    }
    int64_t *steps = grown(NULL, (n - 1) * sizeof steps[0]);
    for (size_t i = 1; i < n; i++) {
        steps[i - 1] = r[i].end_unix_s - r[i - 1].end_unix_s;
    }
    qsort(steps, n - 1, sizeof steps[0], by_number);
    const int64_t step = steps[(n - 1) / 2];
    free(steps);
    return (uint32_t)(step > SPAN_MAX_S ? SPAN_MAX_S : step);
}

static void note_gap(struct csv *csv, struct trust_input_device *d, uint32_t line, int64_t gap_s)
{
    d->n_gaps++;
    d->gap_s += (uint64_t)gap_s;
    if (d->n_gaps <= GAP_NOTES_MAX) {
        fprintf(stderr,
                "%s:%u: note: '%s' has a gap of %" PRId64
                " s before this line; it is unknown, not zero\n",
                csv->path, line, d->id, gap_s);
    }
}

/* The span of every reading: after a gap it is the usual one. */
static void span(struct csv *csv, struct trust_input_device *d, struct trust_input_reading *r,
                 size_t n)
{
    d->step_s = usual_step(r, n);
    d->n_readings = n;
    for (size_t i = 0; i < n; i++) {
        const int64_t since = i == 0 ? d->step_s : r[i].end_unix_s - r[i - 1].end_unix_s;
        const bool gap = since * 2 > (int64_t)d->step_s * 3;
        r[i].span_s = gap || since > SPAN_MAX_S ? d->step_s : (uint32_t)since;
        if (gap) {
            note_gap(csv, d, r[i].line, since - d->step_s);
        }
    }
    if (d->n_gaps > GAP_NOTES_MAX) {
        fprintf(stderr, "%s: note: '%s' has %" PRIu64 " gaps in all\n", csv->path, d->id,
                d->n_gaps);
    }
}

static void arrange(struct csv *csv, struct trust_input *in)
{
    size_t kept = 0;
    size_t from = 0;
    qsort(in->readings, in->n_readings, sizeof in->readings[0], by_device);
    while (from < in->n_readings) {
        struct trust_input_reading *r = &in->readings[from];
        struct trust_input_device *d = &in->devices[r->device];
        size_t n = 1;
        while (from + n < in->n_readings && r[n].device == r->device) {
            n++;
        }
        const size_t good = order(csv, d->id, r, n);
        span(csv, d, r, good);
        memmove(&in->readings[kept], r, good * sizeof r[0]);
        kept += good;
        from += n;
    }
    ASSERT(kept <= in->n_readings);
    in->n_readings = kept;
    qsort(in->readings, in->n_readings, sizeof in->readings[0], by_time);
}

static bool load_readings(struct trust_input *in, const char *path)
{
    static const struct csv_column columns[] = {
        {"device", false}, {"unix_s", false}, {"energy_wh", false}, {NULL, false}};
    struct csv csv;
    if (!csv_open(&csv, path, columns)) {
        return false;
    }
    size_t cap = 0;
    size_t likely = 0;
    while (csv_next(&csv)) {
        if (in->n_readings == cap) {
            cap = cap == 0 ? 4096 : 2 * cap;
            in->readings = grown(in->readings, cap * sizeof in->readings[0]);
        }
        in->n_readings += read_reading(&csv, in, &likely, &in->readings[in->n_readings]);
    }
    if (in->n_readings > 0) {
        arrange(&csv, in);
    } else {
        fprintf(stderr, "%s: there is no usable reading in it\n", path);
    }
    in->n_refused += csv.n_faults;
    csv_close(&csv);
    return in->n_readings > 0;
}

bool trust_input_load(struct trust_input *in, const char *devices_path, const char *readings_path)
{
    *in = (struct trust_input){0};
    if (load_devices(in, devices_path) && load_readings(in, readings_path)) {
        return true;
    }
    trust_input_free(in);
    return false;
}

void trust_input_free(struct trust_input *in)
{
    free(in->devices);
    free(in->readings);
    *in = (struct trust_input){0};
}
