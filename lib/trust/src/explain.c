/* SPDX-License-Identifier: MIT
 * Decisions in words and numbers.
 */
#include "trust/explain.h"

#include "base/assert.h"

const char *trust_action_name(enum trust_action action)
{
    static const char *const names[] = {
#define TRUST_ACTION_ROW(name, text) text,
        TRUST_ACTIONS(TRUST_ACTION_ROW)
#undef TRUST_ACTION_ROW
    };
    ASSERT((unsigned)action < TRUST_ACTION_COUNT);
    return names[action];
}

const char *trust_layer_name(enum trust_layer layer)
{
    static const char *const names[] = {"impossible", "neighbours", "weather", "feeder"};
    ASSERT((unsigned)layer < sizeof names / sizeof names[0]);
    return names[layer];
}

const char *trust_impossible_text(enum trust_impossible what)
{
    static const char *const texts[] = {
#define TRUST_IMPOSSIBLE_ROW(name, text) text,
        TRUST_IMPOSSIBLES(TRUST_IMPOSSIBLE_ROW)
#undef TRUST_IMPOSSIBLE_ROW
    };
    ASSERT((unsigned)what < TRUST_IMPOSSIBLE_COUNT);
    return texts[what];
}

const char *trust_gate_text(enum trust_gate gate)
{
    static const char *const texts[] = {"judged",
                                        "not armed",
                                        "readings are missing",
                                        "too few neighbours reported",
                                        "the neighbours disagree",
                                        "an outage among the neighbours",
                                        "too dark to judge",
                                        "the weather contradicts the whole fleet"};
    _Static_assert(sizeof texts / sizeof texts[0] == TRUST_GATE_COUNT, "one text a gate");
    ASSERT((unsigned)gate < TRUST_GATE_COUNT);
    return texts[gate];
}

const char *trust_event_name(enum trust_event_kind kind)
{
    static const char *const names[] = {"action", "armed", "inspect", "fault"};
    _Static_assert(sizeof names / sizeof names[0] == TRUST_EVENT_KINDS, "one name a kind");
    ASSERT((unsigned)kind < TRUST_EVENT_KINDS);
    return names[kind];
}

int64_t trust_log10_milli(int32_t log2)
{
    return (int64_t)log2 * 301030 / 1000 / TRUST_LOG_ONE;
}

static void put_int(struct wbuf *out, int64_t v)
{
    char digits[20];
    unsigned n = 0;
    uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (v < 0) {
        wbuf_u8(out, '-');
    }
    while (n > 0) {
        wbuf_u8(out, (uint8_t)digits[--n]);
    }
}

/* value / 10^decimals */
static void put_decimal(struct wbuf *out, int64_t v, unsigned decimals)
{
    int64_t scale = 1;
    for (unsigned i = 0; i < decimals; i++) {
        scale *= 10;
    }
    if (v < 0) {
        wbuf_u8(out, '-');
        v = -v;
    }
    put_int(out, v / scale);
    wbuf_u8(out, '.');
    for (int64_t place = scale / 10; place > 0; place /= 10) {
        wbuf_u8(out, (uint8_t)('0' + v / place % 10));
    }
}

static void put_kwh(struct wbuf *out, int64_t mwh)
{
    put_decimal(out, mwh / 10000, 2);
    wbuf_str(out, " kWh");
}

static void put_date(struct wbuf *out, int32_t day)
{
    /* Days since 1970 to a civil date, counting years from March. */
    const int64_t shifted = (int64_t)day + 719468;
    const int64_t era = (shifted < 0 ? shifted - 146096 : shifted) / 146097;
    const int64_t of_era = shifted - era * 146097;
    const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    const int64_t month = (5 * of_year + 2) / 153;
    const int64_t date = of_year - (153 * month + 2) / 5 + 1;
    const int64_t civil = month < 10 ? month + 3 : month - 9;
    put_int(out, year + era * 400 + (month >= 10));
    wbuf_str(out, civil < 10 ? "-0" : "-");
    put_int(out, civil);
    wbuf_str(out, date < 10 ? "-0" : "-");
    put_int(out, date);
}

static int64_t excess_permille(const struct trust_event *event)
{
    const uint64_t predicted = event->excursion.predicted;
    const uint64_t reported = event->excursion.reported;
    if (predicted == 0) {
        return 0;
    }
    return (int64_t)(reported * 1000 / predicted) - 1000;
}

static void put_e(struct wbuf *out, int32_t log2)
{
    wbuf_str(out, "10^");
    put_decimal(out, trust_log10_milli(log2) / 100, 1);
}

static uint64_t threshold_of(const struct trust_config *c, enum trust_action action)
{
    const uint64_t from[TRUST_ACTION_COUNT] = {1, c->watch, c->settle, c->quarantine, c->ban};
    ASSERT((unsigned)action < TRUST_ACTION_COUNT);
    return from[action];
}

static void explain_comparison(const struct trust_config *config, const struct trust_event *event,
                               struct wbuf *out)
{
    wbuf_str(out, "in ");
    put_int(out, event->excursion.n_blocks);
    wbuf_str(out, " blocks since ");
    put_date(out, event->excursion.from_day);
    wbuf_str(out, " it reported ");
    put_kwh(out, event->reported_mwh);
    wbuf_str(out, " where ");
    if (event->layer == TRUST_L1_NEIGHBOURS) {
        put_int(out, event->n_peers);
        wbuf_str(out, " neighbours");
    } else {
        wbuf_str(out, "the weather");
    }
    wbuf_str(out, " predict");
    wbuf_str(out, event->layer == TRUST_L1_NEIGHBOURS ? " " : "s ");
    put_kwh(out, event->predicted_mwh);
    const int64_t excess = excess_permille(event);
    wbuf_str(out, excess < 0 ? " (" : " (+");
    put_decimal(out, excess, 1);
    wbuf_str(out, " %); the evidence is ");
    put_e(out, event->log2_e);
    if (event->action > event->before) {
        wbuf_str(out, ", at or above ");
        put_int(out, (int64_t)threshold_of(config, event->action));
    }
}

static void explain_impossible(const struct trust_event *event, struct wbuf *out)
{
    wbuf_str(out, trust_impossible_text(event->impossible));
    wbuf_str(out, ": ");
    put_decimal(out, event->impossible_mwh, 3);
    wbuf_str(out, " Wh, where at most ");
    put_decimal(out, event->impossible_limit_mwh, 3);
    wbuf_str(out, " Wh can be");
}

static void explain_action(const struct trust_config *config, const struct trust_event *event,
                           struct wbuf *out)
{
    if (event->impossible != TRUST_POSSIBLE && event->action > event->before) {
        explain_impossible(event, out);
    } else if (event->layer == TRUST_L1_NEIGHBOURS || event->layer == TRUST_L2_WEATHER) {
        explain_comparison(config, event, out);
    } else {
        wbuf_str(out, event->action > event->before ? "by an operator's word"
                                                    : "no impossible reading for a week, or an "
                                                      "operator's word");
    }
}

void trust_explain(const struct trust_config *config, const struct trust_event *event,
                   struct wbuf *out)
{
    switch (event->kind) {
    case TRUST_EVENT_ARMED:
        wbuf_str(out, "commissioned: ");
        put_int(out, event->n_peers);
        wbuf_str(out, " neighbours go with it hour by hour, and its yield for its size is ");
        put_decimal(out, event->yield_ppm / 1000, 3);
        wbuf_str(out, " of theirs");
        break;
    case TRUST_EVENT_INSPECT:
        wbuf_str(out, "its yield for its size is ");
        put_decimal(out, event->yield_ppm / 1000, 3);
        wbuf_str(out, " of its neighbours' since it was installed: wrong rated power, or reports "
                      "that were too high from the first day; look at the roof");
        break;
    case TRUST_EVENT_FAULT:
        wbuf_str(out, "it reports far less than expected (evidence ");
        put_e(out, event->log2_e);
        wbuf_str(out, "): shade, dirt, a fault or curtailment; it costs its owner, nobody else");
        break;
    case TRUST_EVENT_ACTION:
        explain_action(config, event, out);
        break;
    case TRUST_EVENT_KINDS:
    default:
        ASSERT(false);
    }
}

static void put_numbers(const struct trust_event *event, struct json_writer *w)
{
    json_field_int(w, "blocks", event->excursion.n_blocks);
    json_key(w, "reported_wh");
    json_put_decimal(w, event->reported_mwh, 3);
    json_key(w, "expected_wh");
    json_put_decimal(w, event->predicted_mwh, 3);
    json_key(w, "excess_pct");
    json_put_decimal(w, excess_permille(event), 1);
}

void trust_explain_json(const struct trust_config *config, const struct trust_event *event,
                        struct json_writer *w)
{
    char reason[TRUST_REASON_CAP];
    struct wbuf text = wbuf_of(reason, sizeof reason);
    trust_explain(config, event, &text);
    json_field_string(w, "kind", trust_event_name(event->kind));
    json_field_string(w, "action", trust_action_name(event->action));
    if (event->kind == TRUST_EVENT_ACTION) {
        json_field_string(w, "before", trust_action_name(event->before));
        json_field_string(w, "layer", trust_layer_name(event->layer));
    }
    json_key(w, "reason");
    json_put_text(w, reason, wbuf_len(&text));
    json_field_int(w, "peers", event->n_peers);
    if (event->kind == TRUST_EVENT_ACTION || event->kind == TRUST_EVENT_FAULT) {
        json_key(w, "log10_e");
        json_put_decimal(w, trust_log10_milli(event->log2_e), 3);
    }
    if (event->kind == TRUST_EVENT_ACTION) {
        json_key(w, "log10_lifetime");
        json_put_decimal(w, trust_log10_milli(event->log2_lifetime), 3);
        put_numbers(event, w);
    }
    if (event->impossible != TRUST_POSSIBLE) {
        json_key(w, "energy_wh");
        json_put_decimal(w, event->impossible_mwh, 3);
        json_key(w, "limit_wh");
        json_put_decimal(w, event->impossible_limit_mwh, 3);
    }
    if (event->kind == TRUST_EVENT_ARMED || event->kind == TRUST_EVENT_INSPECT) {
        json_key(w, "yield_ratio");
        json_put_decimal(w, event->yield_ppm, 6);
    }
}
