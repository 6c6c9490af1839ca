/* SPDX-License-Identifier: MIT
 * Neighbours. Comparison uses only hours that both have: a gap is unknown, never zero.
 */
#include "peers.h"

#include "base/assert.h"
#include "base/fixed.h"

enum { MIN_COMMON_HOURS = 20 * TRUST_HOURS, RATIO_BITS = 16 };

struct trust_hours trust_block_hours(const struct trust_config *config, unsigned block)
{
    ASSERT(block < config->n_blocks);
    if (config->n_blocks == 1) {
        return (struct trust_hours){0, TRUST_HOURS};
    }
    const unsigned edges[] = {0, config->noon_from_h, config->noon_to_h, TRUST_HOURS};
    return (struct trust_hours){edges[block], edges[block + 1]};
}

static uint64_t root_of(uint64_t x)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 62; bit != 0; bit >>= 2) {
        if (x >= root + bit) {
            x -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}

struct sums {
    int64_t n, x, y, xx, yy, xy;
};

static struct sums sum_common(const struct trust_device *a, const struct trust_device *b)
{
    struct sums s = {0};
    for (unsigned day = 0; day < TRUST_HISTORY_DAYS; day++) {
        for (unsigned hour = 0; hour < TRUST_HOURS; hour++) {
            const int64_t x = a->hours[day][hour];
            const int64_t y = b->hours[day][hour];
            if (x != TRUST_UNKNOWN && y != TRUST_UNKNOWN) {
                s.n++;
                s.x += x;
                s.y += y;
                s.xx += x * x;
                s.yy += y * y;
                s.xy += x * y;
            }
        }
    }
    return s;
}

int32_t trust_correlation_ppm(const struct trust_device *a, const struct trust_device *b)
{
    const struct sums s = sum_common(a, b);
    if (s.n < MIN_COMMON_HOURS) {
        return -TRUST_PPM;
    }
    /* n * sums stay below 2^10 * 2^10 * 2^32 */
    const int64_t covariance = s.n * s.xy - s.x * s.y;
    const uint64_t root =
        root_of((uint64_t)(s.n * s.xx - s.x * s.x)) * root_of((uint64_t)(s.n * s.yy - s.y * s.y));
    int64_t ppm = 0;
    if (root == 0 || fixed_mul_div(covariance, TRUST_PPM, (int64_t)root, &ppm) != E_OK) {
        return -TRUST_PPM;
    }
    return (int32_t)fixed_clamp(ppm, -TRUST_PPM, TRUST_PPM);
}

/* Whether the device has the history that commissioning asks for. */
static bool is_commissioned(const struct trust_engine *e, const struct trust_device *d)
{
    return d->rated_w != 0 && e->open_day - d->first_day >= TRUST_COMMISSION_DAYS;
}

static uint16_t count_commissioned(const struct trust_engine *e)
{
    uint16_t n = 0;
    for (size_t i = 0; i < e->cap; i++) {
        n = (uint16_t)(n + is_commissioned(e, &e->devices[i]));
    }
    return n;
}

/* Own energy to the peer's over the history's common hours of a block. */
static uint32_t ratio_of(const struct trust_device *own, const struct trust_device *peer,
                         struct trust_hours hours)
{
    uint64_t mine = 0;
    uint64_t theirs = 0;
    for (unsigned day = 0; day < TRUST_HISTORY_DAYS; day++) {
        for (unsigned hour = hours.from; hour < hours.to; hour++) {
            if (own->hours[day][hour] != TRUST_UNKNOWN && peer->hours[day][hour] != TRUST_UNKNOWN) {
                mine += own->hours[day][hour];
                theirs += peer->hours[day][hour];
            }
        }
    }
    if (theirs == 0 || mine == 0) {
        return 0;
    }
    const uint64_t ratio = (mine << RATIO_BITS) / theirs;
    return ratio > UINT32_MAX ? 0 : (uint32_t)ratio;
}

struct candidate {
    uint16_t device;
    int32_t correlation;
};

/* Keeps the list ordered by falling correlation, at most TRUST_PEERS_MAX long. */
static unsigned insert(struct candidate *list, unsigned n, struct candidate c)
{
    unsigned at = n;
    while (at > 0 && list[at - 1].correlation < c.correlation) {
        at--;
    }
    if (at == TRUST_PEERS_MAX) {
        return n;
    }
    const unsigned last = n < TRUST_PEERS_MAX ? n : TRUST_PEERS_MAX - 1;
    for (unsigned i = last; i > at; i--) {
        list[i] = list[i - 1];
    }
    list[at] = c;
    return last + 1;
}

static unsigned candidates(const struct trust_engine *e, size_t device, struct candidate *list)
{
    const struct trust_device *d = &e->devices[device];
    unsigned n = 0;
    for (size_t i = 0; i < e->cap; i++) {
        const struct trust_device *other = &e->devices[i];
        if (i == device || !is_commissioned(e, other) || other->action >= TRUST_QUARANTINE) {
            continue;
        }
        const int32_t correlation = trust_correlation_ppm(d, other);
        if (correlation > (int32_t)e->config.correlation_ppm) {
            n = insert(list, n, (struct candidate){(uint16_t)i, correlation});
        }
    }
    return n;
}

/* Yield per rated power against the median of the peers'. A ratio of units is one of yields,
 * because units are shares of the rated power. */
static uint32_t yield_of(const struct trust_device *d)
{
    uint32_t yields[TRUST_PEERS_MAX];
    for (unsigned i = 0; i < d->n_peers; i++) {
        yields[i] = (uint32_t)(((uint64_t)d->ratios[0][i] * TRUST_PPM) >> RATIO_BITS);
    }
    return trust_median(yields, d->n_peers);
}

static uint32_t usual_of(const struct trust_device *d, struct trust_hours hours)
{
    uint64_t sum = 0;
    for (unsigned day = 0; day < TRUST_HISTORY_DAYS; day++) {
        for (unsigned hour = hours.from; hour < hours.to; hour++) {
            sum += d->hours[day][hour] == TRUST_UNKNOWN ? 0 : d->hours[day][hour];
        }
    }
    return (uint32_t)(sum / TRUST_COMMISSION_DAYS);
}

void trust_peers_arm(struct trust_engine *e, size_t device)
{
    struct trust_device *d = &e->devices[device];
    struct candidate list[TRUST_PEERS_MAX];
    ASSERT(device < e->cap && !d->armed);
    /* Tried again only when there are more neighbours to choose from: a device that goes with
     * nobody in one season must not be compared because it does in another. */
    const uint16_t n_commissioned = count_commissioned(e);
    if (!is_commissioned(e, d) || n_commissioned <= d->n_tried) {
        return;
    }
    d->n_tried = n_commissioned;
    const unsigned n = candidates(e, device, list);
    if (n < e->config.min_peers) {
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        d->peers[i] = list[i].device;
    }
    d->n_peers = (uint8_t)n;
    d->armed = true;
    for (unsigned block = 0; block < e->config.n_blocks; block++) {
        const struct trust_hours hours = trust_block_hours(&e->config, block);
        for (unsigned i = 0; i < n; i++) {
            d->ratios[block][i] = ratio_of(d, &e->devices[d->peers[i]], hours);
        }
        d->usual[block] = usual_of(d, hours);
    }
    d->yield_ppm = yield_of(d);
}

uint32_t trust_median(uint32_t *values, unsigned n)
{
    ASSERT(n >= 1 && n <= TRUST_PEERS_MAX);
    for (unsigned i = 1; i < n; i++) {
        const uint32_t v = values[i];
        unsigned at = i;
        for (; at > 0 && values[at - 1] > v; at--) {
            values[at] = values[at - 1];
        }
        values[at] = v;
    }
    const uint64_t both = (uint64_t)values[(n - 1) / 2] + values[n / 2];
    return (uint32_t)(both / 2);
}

uint32_t trust_block_sum(const struct trust_device *d, int32_t day, struct trust_hours hours,
                         uint32_t *mask)
{
    const uint16_t *row = d->hours[(uint32_t)day % TRUST_HISTORY_DAYS];
    uint32_t found = 0;
    uint32_t sum = 0;
    for (unsigned hour = hours.from; hour < hours.to; hour++) {
        if ((*mask >> hour & 1) != 0 && row[hour] != TRUST_UNKNOWN) {
            found |= UINT32_C(1) << hour;
            sum += row[hour];
        }
    }
    *mask = found;
    return sum;
}

/* Predictions of the peers that have all the hours the device has. */
static unsigned predictions(const struct trust_engine *e, const struct trust_device *d, int32_t day,
                            unsigned block, uint32_t mask, uint32_t *out)
{
    const struct trust_hours hours = trust_block_hours(&e->config, block);
    unsigned n = 0;
    for (unsigned i = 0; i < d->n_peers; i++) {
        const struct trust_device *peer = &e->devices[d->peers[i]];
        if (peer->rated_w == 0 || peer->excluded || d->ratios[block][i] == 0) {
            continue;
        }
        uint32_t found = mask;
        const uint32_t sum = trust_block_sum(peer, day, hours, &found);
        if (found == mask) {
            const uint64_t own = ((uint64_t)sum * d->ratios[block][i]) >> RATIO_BITS;
            out[n++] = own > UINT32_MAX ? UINT32_MAX : (uint32_t)own;
        }
    }
    return n;
}

static unsigned bits_of(uint32_t mask)
{
    unsigned n = 0;
    for (; mask != 0; mask &= mask - 1) {
        n++;
    }
    return n;
}

/* What the agreement of the peers says about their median. */
static enum trust_gate gate_of(const struct trust_config *config, const uint32_t *values,
                               unsigned n, uint32_t median)
{
    uint32_t off[TRUST_PEERS_MAX];
    unsigned agreeing = 0;
    for (unsigned i = 0; i < n; i++) {
        off[i] = values[i] > median ? values[i] - median : median - values[i];
        agreeing += (uint64_t)off[i] * TRUST_PPM <= (uint64_t)median * config->agreement_ppm;
    }
    if (agreeing < config->min_peers || agreeing * 10 < n * 6) {
        return TRUST_BLOCK_OUTAGE;
    }
    /* 1.4826 * MAD is the standard deviation of a normal distribution */
    const uint64_t deviation = (uint64_t)trust_median(off, n) * 14826 / 10000;
    return deviation * TRUST_PPM > (uint64_t)median * config->dispersion_ppm ? TRUST_BLOCK_DISPERSED
                                                                             : TRUST_BLOCK_JUDGED;
}

struct trust_block trust_peers_predict(const struct trust_engine *e, size_t device, int32_t day,
                                       unsigned block)
{
    const struct trust_device *d = &e->devices[device];
    const struct trust_hours hours = trust_block_hours(&e->config, block);
    struct trust_block result = {.gate = TRUST_BLOCK_UNARMED};
    uint32_t values[TRUST_PEERS_MAX];
    if (!d->armed) {
        return result;
    }
    uint32_t mask = UINT32_MAX;
    result.reported = trust_block_sum(d, day, hours, &mask);
    if (bits_of(mask) * 2 < hours.to - hours.from) {
        result.gate = TRUST_BLOCK_MISSING;
        return result;
    }
    const unsigned n = predictions(e, d, day, block, mask, values);
    result.n_peers = (uint8_t)n;
    if (n < e->config.min_peers) {
        result.gate = TRUST_BLOCK_PEERS;
        return result;
    }
    result.predicted = trust_median(values, n);
    if ((uint64_t)result.predicted * TRUST_PPM <
            (uint64_t)d->usual[block] * e->config.low_light_ppm ||
        result.predicted == 0) {
        result.gate = TRUST_BLOCK_DARK;
        return result;
    }
    result.gate = gate_of(&e->config, values, n, result.predicted);
    return result;
}
