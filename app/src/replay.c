/* SPDX-License-Identifier: MIT
 * The recorded power of a home as a sensor.
 *
 * An hour is two straight pieces between its edges and its middle. An edge lies between the means
 * of its two hours, at most twice the smaller; the middle is what then keeps the hour's mean:
 * (start + 2 middle + end) / 4 = mean. Because no edge exceeds twice the mean, no middle is
 * negative.
 */
#include "app/replay.h"

#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"

enum { PIECE_MS = 1800000, HOUR_MS = 2 * PIECE_MS, WATTS_MAX = 1000000, NOMINAL_MV = 230000 };
/* Registers stay positive for site times before the start of the record. */
enum { BIAS_ROUNDS = 1000 };
#define UJ_PER_MWH 3600000 /* 1 mWh = 3.6 J; power in mW times milliseconds is in uJ */

/* A quantity that moves from `from_mw` to `to_mw` within one piece. */
struct piece {
    int64_t from_mw;
    int64_t to_mw;
};

static int64_t at_mw(struct piece p, int64_t t_ms)
{
    return p.from_mw + (p.to_mw - p.from_mw) * t_ms / PIECE_MS;
}

/* (to - from) t^2 / 2T, the triangle on top of the rectangle. */
static int64_t triangle_uj(struct piece p, int64_t t_ms)
{
    int64_t area = 0;
    const int error = fixed_mul_div((p.to_mw - p.from_mw) * t_ms, t_ms, 2 * PIECE_MS, &area);
    ASSERT(error == E_OK);
    return area;
}

/* The integral of the positive part of the piece over its first t_ms. It never falls with t. */
static int64_t positive_uj(struct piece p, int64_t t_ms)
{
    ASSERT(t_ms >= 0 && t_ms <= PIECE_MS);
    const int64_t fall_mw = p.from_mw - p.to_mw;
    const int64_t zero_ms = fall_mw == 0 ? 0 : p.from_mw * PIECE_MS / fall_mw; /* the crossing */
    if (p.from_mw > 0 && p.to_mw < 0) {
        const int64_t until_ms = t_ms < zero_ms ? t_ms : zero_ms;
        return p.from_mw * until_ms + triangle_uj(p, until_ms);
    }
    if (p.from_mw < 0 && p.to_mw > 0) {
        return t_ms <= zero_ms ? 0 : triangle_uj(p, t_ms - zero_ms);
    }
    const bool is_positive = p.from_mw > 0 || p.to_mw > 0;
    return is_positive ? p.from_mw * t_ms + triangle_uj(p, t_ms) : 0;
}

static int64_t edge_mw(int64_t a_mw, int64_t b_mw)
{
    const int64_t twice_smaller_mw = 2 * (a_mw < b_mw ? a_mw : b_mw);
    const int64_t mean_mw = (a_mw + b_mw) / 2;
    return mean_mw < twice_smaller_mw ? mean_mw : twice_smaller_mw;
}

static struct piece piece_of(int64_t before_mw, int64_t mean_mw, int64_t after_mw, int half)
{
    const int64_t start_mw = edge_mw(before_mw, mean_mw);
    const int64_t end_mw = edge_mw(mean_mw, after_mw);
    const int64_t middle_mw = 2 * mean_mw - (start_mw + end_mw) / 2;
    ASSERT(middle_mw >= 0);
    return half == 0 ? (struct piece){start_mw, middle_mw} : (struct piece){middle_mw, end_mw};
}

/* The four quantities (in the order of telemetry_channel_kind) in one half of an hour; import and
 * export are negative where there is none. */
static void pieces_of(const struct replay_record *record, size_t hour, int half,
                      struct piece pieces[REPLAY_CHANNELS])
{
    const struct replay_hour *before =
        &record->hours[(hour + record->n_hours - 1) % record->n_hours];
    const struct replay_hour *here = &record->hours[hour];
    const struct replay_hour *after = &record->hours[(hour + 1) % record->n_hours];
    const struct piece made =
        piece_of(before->production_mw, here->production_mw, after->production_mw, half);
    const struct piece used =
        piece_of(before->consumption_mw, here->consumption_mw, after->consumption_mw, half);
    pieces[TELEMETRY_PRODUCTION] = made;
    pieces[TELEMETRY_CONSUMPTION] = used;
    pieces[TELEMETRY_GRID_IMPORT] =
        (struct piece){used.from_mw - made.from_mw, used.to_mw - made.to_mw};
    pieces[TELEMETRY_GRID_EXPORT] =
        (struct piece){made.from_mw - used.from_mw, made.to_mw - used.to_mw};
}

/* Energy of one channel since the start of the hour. */
static int64_t since_hour_mwh(const struct replay_record *record, size_t hour, size_t channel,
                              int64_t t_ms)
{
    struct piece pieces[REPLAY_CHANNELS];
    int64_t sum_uj = 0;
    for (int half = 0; half < 2 && t_ms > 0; half++) {
        pieces_of(record, hour, half, pieces);
        sum_uj += positive_uj(pieces[channel], t_ms < PIECE_MS ? t_ms : PIECE_MS);
        t_ms -= PIECE_MS;
    }
    return sum_uj / UJ_PER_MWH;
}

/* Takes digits up to `end_char`; -1 when there are none, too many or another character. */
static int32_t watts_take(const char **text, const char *end, char end_char)
{
    int32_t watts = 0;
    const char *start = *text;
    while (*text < end && **text >= '0' && **text <= '9') {
        watts = watts * 10 + (**text - '0');
        (*text)++;
        if (watts > WATTS_MAX) {
            return -1;
        }
    }
    if (*text == start || *text == end || **text != end_char) {
        return -1;
    }
    (*text)++;
    return watts;
}

static void sum_hours(struct replay_record *record)
{
    memset(record->hours[0].before_mwh, 0, sizeof record->hours[0].before_mwh);
    for (size_t i = 0; i < record->n_hours; i++) {
        for (size_t c = 0; c < REPLAY_CHANNELS; c++) {
            record->hours[i + 1].before_mwh[c] =
                record->hours[i].before_mwh[c] + since_hour_mwh(record, i, c, HOUR_MS);
        }
    }
}

int replay_record_parse(struct replay_record *record, struct replay_hour *hours, size_t cap,
                        const char *text, size_t len, size_t *line)
{
    static const char header[] = "production_w,consumption_w\n";
    const char *end = text + len;
    *line = 1;
    if (len < sizeof header - 1 || memcmp(text, header, sizeof header - 1) != 0) {
        return E_MALFORMED;
    }
    text += sizeof header - 1;
    size_t n = 0;
    for (; text < end; n++) {
        (*line)++;
        const int32_t made_w = watts_take(&text, end, ',');
        const int32_t used_w = made_w < 0 ? -1 : watts_take(&text, end, '\n');
        if (used_w < 0) {
            return E_MALFORMED;
        }
        if (n + 1 >= cap || n >= REPLAY_HOURS_MAX) {
            return E_LIMIT;
        }
        hours[n].production_mw = made_w * 1000;
        hours[n].consumption_mw = used_w * 1000;
    }
    if (n == 0 || n % 24 != 0) {
        return E_ARG;
    }
    record->hours = hours;
    record->n_hours = n;
    sum_hours(record);
    return E_OK;
}

void replay_init(struct replay *r, const struct replay_record *record, int64_t start_unix_ms,
                 uint32_t variant)
{
    ASSERT(record->n_hours > 0 && record->n_hours % 24 == 0);
    r->record = record;
    r->start_unix_ms = start_unix_ms;
    r->feeder_ohm_milli = 120 + variant * 37 % 240;
}

/* A triangle wave around zero. */
static int32_t wave(int64_t unix_ms, int32_t period_ms, int32_t amplitude)
{
    const int64_t phase_ms = (unix_ms % period_ms + period_ms) % period_ms;
    const int64_t up = 4 * amplitude * phase_ms / period_ms; /* 0..4 amplitude */
    return (int32_t)(up < 2 * amplitude ? up - amplitude : 3 * amplitude - up);
}

/* The grid as a home sees it: slow wander, and its own power lifting or lowering the feeder. */
static int32_t voltage_mv(const struct replay *r, int64_t unix_ms, int64_t export_mw)
{
    const int64_t lift_mv = export_mw * r->feeder_ohm_milli / NOMINAL_MV;
    return (int32_t)fixed_clamp(NOMINAL_MV + wave(unix_ms, 2221000, 1100) +
                                    wave(unix_ms, 797000, 600) + lift_mv,
                                NOMINAL_MV * 85 / 100, NOMINAL_MV * 115 / 100);
}

static int32_t frequency_millihz(int64_t unix_ms)
{
    return 50000 + wave(unix_ms, 173000, 12) + wave(unix_ms, 31000, 6);
}

/* Where in the record a site time is: full rounds, hour and milliseconds into it. */
static int position(const struct replay *r, int64_t unix_ms, int64_t *round, size_t *hour,
                    int64_t *t_ms)
{
    int64_t offset_ms = 0;
    if (fixed_sub(unix_ms, r->start_unix_ms, &offset_ms) != E_OK) {
        return E_LIMIT;
    }
    const int64_t round_ms = (int64_t)r->record->n_hours * HOUR_MS;
    int64_t in_round_ms = offset_ms % round_ms;
    *round = offset_ms / round_ms;
    if (in_round_ms < 0) {
        in_round_ms += round_ms;
        *round -= 1;
    }
    *hour = (size_t)(in_round_ms / HOUR_MS);
    *t_ms = in_round_ms % HOUR_MS;
    return *round >= -BIAS_ROUNDS && *round <= BIAS_ROUNDS ? E_OK : E_LIMIT;
}

int replay_read(void *context, const struct site_time *time, struct sensor_sample *out)
{
    const struct replay *r = context;
    int64_t round = 0;
    size_t hour = 0;
    int64_t t_ms = 0;
    if (time->quality == TELEMETRY_TIME_UNKNOWN) {
        return E_STATE;
    }
    if (position(r, time->unix_ms, &round, &hour, &t_ms) != E_OK) {
        return E_LIMIT;
    }
    struct piece pieces[REPLAY_CHANNELS];
    pieces_of(r->record, hour, t_ms < PIECE_MS ? 0 : 1, pieces);
    const int64_t in_piece_ms = t_ms % PIECE_MS;
    const int64_t export_mw = at_mw(pieces[TELEMETRY_GRID_EXPORT], in_piece_ms);
    const int32_t mv = voltage_mv(r, time->unix_ms, export_mw);
    out->n_channels = REPLAY_CHANNELS;
    for (size_t c = 0; c < REPLAY_CHANNELS; c++) {
        const int64_t mw = at_mw(pieces[c], in_piece_ms);
        struct sensor_channel *channel = &out->channels[c];
        channel->kind = (enum telemetry_channel_kind)c;
        channel->power_mw = mw > 0 ? fixed_clamp_i32(mw) : 0;
        channel->voltage_mv = mv;
        channel->current_ma = fixed_clamp_i32(((int64_t)channel->power_mw * 1000 + mv / 2) / mv);
        channel->frequency_millihz = frequency_millihz(time->unix_ms);
        channel->register_mwh =
            (round + BIAS_ROUNDS) * r->record->hours[r->record->n_hours].before_mwh[c] +
            r->record->hours[hour].before_mwh[c] + since_hour_mwh(r->record, hour, c, t_ms);
        ASSERT(channel->register_mwh >= 0);
    }
    return E_OK;
}
