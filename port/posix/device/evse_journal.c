/* SPDX-License-Identifier: MIT
 * Rows of a session's record.
 */
#include "evse_journal.h"

#include <string.h>

/* Dense where things happen, and an hour still fits: 1 s for two minutes, then 10 s. */
enum { SAMPLE_MS = 1000, LATER_SAMPLE_MS = 10000, DENSE_MS = 120000 };

static struct telemetry_word word_of(const char *text)
{
    const size_t len = strlen(text);
    return (struct telemetry_word){
        .text = text, .len = len < TELEMETRY_WORD_MAX_LEN ? len : TELEMETRY_WORD_MAX_LEN};
}

static bool is_open(const struct evse_journal *j)
{
    return j->log != NULL && session_log_is_open(j->log, j->plug);
}

static void add_word(struct evse_journal *j, uint64_t now_ms, enum telemetry_row_kind kind,
                     const char *word)
{
    const struct telemetry_session_row row = {.kind = kind, .word = word_of(word)};
    session_log_add(j->log, j->plug, now_ms, &row);
}

void evse_journal_begin(struct evse_journal *j, const struct site_time *time,
                        const struct evse *evse)
{
    if (j->log == NULL) {
        return;
    }
    j->started_ms = j->sampled_ms = time->now_ms;
    j->energy_from_mwh = evse_facts(evse)->energy_mwh;
    j->told_kind = V2G_KIND_COUNT;
    j->car_told = false;
    session_log_begin(j->log, j->plug, time);
    add_word(j, time->now_ms, TELEMETRY_ROW_STATE, v2g_supply_state_name(evse_supply_state(evse)));
}

static void add_car(struct evse_journal *j, uint64_t now_ms, const struct evse *evse)
{
    const struct v2g_secc *secc = evse_session(evse);
    const struct v2g_secc_car *car = v2g_secc_car(secc);
    const struct telemetry_session_row row = {
        .kind = TELEMETRY_ROW_CAR,
        .word = word_of(v2g_protocol_name(secc->protocol)),
        .detail = word_of(v2g_energy_mode_dc(car->mode) ? "DC" : "AC"),
        .car_id = car->evcc_id,
        .car_id_len = car->evcc_id_len};
    session_log_add(j->log, j->plug, now_ms, &row);
    j->car_told = true;
}

static void add_session_event(struct evse_journal *j, uint64_t now_ms, const struct evse *evse,
                              const struct v2g_secc_event *event)
{
    switch (event->kind) {
    case V2G_SECC_EVENT_PHASE:
        add_word(j, now_ms, TELEMETRY_ROW_PHASE, v2g_phase_name((enum v2g_phase)event->a));
        /* how it wants its energy is known with its parameters */
        if (event->a == V2G_PHASE_CABLE_CHECK || event->a == V2G_PHASE_READY) {
            add_car(j, now_ms, evse);
        }
        break;
    case V2G_SECC_EVENT_ENDED:
        if (!j->car_told) {
            add_car(j, now_ms, evse);
        }
        add_word(j, now_ms, TELEMETRY_ROW_END, v2g_secc_end_name((enum v2g_secc_end)event->a));
        break;
    case V2G_SECC_EVENT_SESSION:
    case V2G_SECC_EVENT_WANTS_AUTHORIZATION:
    case V2G_SECC_EVENT_CAR:
    case V2G_SECC_EVENT_EV_ERROR:
        break;
    }
}

static void add_sample(struct evse_journal *j, uint64_t now_ms, const struct evse *evse)
{
    const struct v2g_supply_facts *facts = evse_facts(evse);
    const int64_t energy_mwh = facts->energy_mwh - j->energy_from_mwh;
    const struct telemetry_session_row row = {.kind = TELEMETRY_ROW_SAMPLE,
                                              .mv = facts->present_mv < 0 ? 0 : facts->present_mv,
                                              .ma = facts->present_ma,
                                              .energy_mwh = energy_mwh < 0 ? 0 : energy_mwh,
                                              .soc_pct = evse_soc_pct(evse)};
    j->sampled_ms = now_ms;
    session_log_add(j->log, j->plug, now_ms, &row);
}

void evse_journal_event(struct evse_journal *j, uint64_t now_ms, const struct evse *evse,
                        const struct evse_event *event)
{
    if (!is_open(j)) {
        return;
    }
    switch (event->kind) {
    case EVSE_EVENT_SESSION:
        add_session_event(j, now_ms, evse, &event->session);
        break;
    case EVSE_EVENT_SUPPLY:
        add_word(j, now_ms, TELEMETRY_ROW_STATE,
                 v2g_supply_state_name((enum v2g_supply_state)event->a));
        add_sample(j, now_ms, evse);
        break;
    case EVSE_EVENT_FAULT:
        if (event->a != V2G_FAULT_NONE) {
            add_word(j, now_ms, TELEMETRY_ROW_FAULT, v2g_fault_name((enum v2g_fault)event->a));
        }
        break;
    case EVSE_EVENT_PILOT: /* the states of the supply tell what follows */
        break;
    }
}

void evse_journal_answered(struct evse_journal *j, uint64_t now_ms, enum v2g_kind kind,
                           enum v2g_response code)
{
    if (!is_open(j) || (kind == j->told_kind && code == j->told_code)) {
        return;
    }
    j->told_kind = kind;
    j->told_code = code;
    const struct telemetry_session_row row = {.kind = TELEMETRY_ROW_MESSAGE,
                                              .word = word_of(v2g_kind_name(kind)),
                                              .detail = word_of(v2g_response_name(code))};
    session_log_add(j->log, j->plug, now_ms, &row);
}

bool evse_journal_tick(struct evse_journal *j, uint64_t now_ms, const struct evse *evse)
{
    const enum v2g_supply_state state = evse_supply_state(evse);
    if (!is_open(j)) {
        return false;
    }
    const uint64_t period_ms = now_ms - j->started_ms < DENSE_MS ? SAMPLE_MS : LATER_SAMPLE_MS;
    const bool is_live = state != V2G_SUPPLY_STATE_OFF && state != V2G_SUPPLY_STATE_FAULT;
    if (is_live && now_ms - j->sampled_ms >= period_ms) {
        add_sample(j, now_ms, evse);
    }
    const enum evse_pilot_state pilot = evse_pilot(evse)->state;
    const bool goes_on = pilot == EVSE_PILOT_STEPPING || pilot == EVSE_PILOT_PWM;
    const bool is_over =
        !evse_connected(evse) && !goes_on && !is_live && evse_facts(evse)->contactor_open;
    if (is_over) {
        session_log_end(j->log, j->plug, now_ms);
    }
    return is_over;
}
