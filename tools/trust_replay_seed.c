/* SPDX-License-Identifier: MIT
 * Histories under the original rule: by the weather file, or with its own substitute for a
 * forecast.
 */
#include <stdlib.h>

#include "base/fixed.h"
#include "trust_line.h"
#include "trust_replay.h"
#include "weather/model.h"

/* False where there is a weather file that does not know that moment. */
static bool expected_mw(const struct trust_replay *replay, const struct trust_input_reading *r,
                        int64_t *power_mw)
{
    const struct trust_input_device *d = &replay->input->devices[r->device];
    const int64_t middle = r->end_unix_s - r->span_s / 2;
    if (replay->weather != NULL) {
        return weather_seed_mw(&replay->weather->series, d->rated_w, middle, power_mw);
    }
    *power_mw = weather_seed_guess_mw(d->rated_w, d->longitude_deg, middle);
    return true;
}

struct seed_run {
    struct trust_seed state;
    uint64_t n_deviations;
    int64_t banned_unix_s;
};

static void print_ban(const struct trust_input_device *d, const struct trust_input_reading *r,
                      const struct trust_seed_reading *power, const struct seed_run *run)
{
    static struct trust_line line;
    char time[TRUST_TIME_CAP];
    char reason[256];
    struct json_writer *w = trust_line_begin(&line);
    snprintf(reason, sizeof reason,
             "reported %.0f W where %.0f W are expected; the score fell to %.1f after %" PRIu64
             " deviations",
             (double)power->reported_mw / 1000, (double)power->expected_mw / 1000,
             run->state.score_milli / 1000.0, run->n_deviations);
    json_field_string(w, "time", trust_line_time(r->end_unix_s, time));
    json_field_int(w, "unix_s", r->end_unix_s);
    json_field_string(w, "device", d->id);
    json_field_string(w, "kind", "action");
    json_field_string(w, "action", "ban");
    json_field_string(w, "layer", "weather");
    json_field_string(w, "reason", reason);
    json_key(w, "score");
    json_put_decimal(w, run->state.score_milli, 3);
    trust_line_end(&line);
}

static void judge(const struct trust_replay *replay, const struct trust_input_reading *r,
                  struct seed_run *run)
{
    const struct trust_input_device *d = &replay->input->devices[r->device];
    int64_t energy = r->energy_mwh;
    int64_t mean_mw = 0;
    if (replay->theft.wanted && r->device == replay->theft.device &&
        r->end_unix_s > replay->theft.from_unix_s &&
        fixed_mul_div(energy, replay->theft.factor_ppm, 1000000, &energy) != E_OK) {
        return;
    }
    if (run->state.banned || fixed_mul_div(energy, 3600, r->span_s, &mean_mw) != E_OK) {
        return;
    }
    struct trust_seed_reading power = {.reported_mw = mean_mw};
    if (!expected_mw(replay, r, &power.expected_mw)) {
        return;
    }
    const enum trust_seed_verdict verdict = trust_seed_judge(&replay->seed, &run->state, &power);
    run->n_deviations += verdict != TRUST_SEED_VALID;
    if (verdict == TRUST_SEED_BANNED) {
        run->banned_unix_s = r->end_unix_s;
        print_ban(d, r, &power, run);
    }
}

void trust_replay_seed(const struct trust_replay *replay, bool quiet)
{
    const struct trust_input *in = replay->input;
    struct seed_run *runs = calloc(in->n_devices, sizeof *runs);
    static struct trust_line line;
    if (runs == NULL) {
        fprintf(stderr, "wattward: out of memory\n");
        exit(COMMAND_FAILED);
    }
    for (size_t i = 0; i < in->n_devices; i++) {
        trust_seed_init(&runs[i].state);
    }
    for (size_t i = 0; i < in->n_readings; i++) {
        judge(replay, &in->readings[i], &runs[in->readings[i].device]);
    }
    int64_t n_banned = 0;
    for (size_t i = 0; i < in->n_devices; i++) {
        struct json_writer *w = trust_line_begin(&line);
        json_field_string(w, "summary_of", in->devices[i].id);
        json_field_string(w, "action", runs[i].state.banned ? "ban" : "none");
        json_key(w, "score");
        json_put_decimal(w, runs[i].state.score_milli, 3);
        json_field_int(w, "deviations", (int64_t)runs[i].n_deviations);
        json_field_int(w, "readings", (int64_t)in->devices[i].n_readings);
        trust_line_end(&line);
        n_banned += runs[i].state.banned;
    }
    struct json_writer *w = trust_line_begin(&line);
    json_key(w, "summary");
    json_begin_object(w);
    json_field_string(w, "rule", "seed");
    json_field_int(w, "devices", (int64_t)in->n_devices);
    json_field_int(w, "readings", (int64_t)in->n_readings);
    json_field_int(w, "refused_lines", (int64_t)in->n_refused);
    json_field_int(w, "ban", n_banned);
    json_end(w);
    trust_line_end(&line);
    if (!quiet) {
        fprintf(stderr, "%zu devices, %" PRId64 " of them banned by the seed's rule\n",
                in->n_devices, n_banned);
    }
    free(runs);
}
