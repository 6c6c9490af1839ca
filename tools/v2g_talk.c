/* SPDX-License-Identifier: MIT */
#include "v2g_talk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static __attribute__((format(printf, 3, 4))) void fault(struct talk *talk, struct talk_turn *turn,
                                                        const char *format, ...)
{
    talk->n_faults++;
    if (turn->n_faults == TALK_MAX_FAULTS) {
        return;
    }
    va_list list;
    va_start(list, format);
    vsnprintf(turn->faults[turn->n_faults++], TALK_TEXT_LEN, format, list);
    va_end(list);
}

void talk_begin(struct talk *talk, enum v2g_protocol protocol)
{
    memset(talk, 0, sizeof *talk);
    talk->protocol = protocol;
    talk->phase = V2G_PHASE_SETUP;
    talk->is_dc = protocol == V2G_PROTOCOL_DIN;
}

static const char *isolation_word(const struct v2g_evse_status *s)
{
    static const char *const words[] = {"invalid", "valid", "warning", "fault"};
    return s->has_isolation ? words[s->isolation] : "not told";
}

static const char *status_word(const struct v2g_evse_status *s)
{
    static const char *const words[] = {"not ready",         "ready",          "shutdown",
                                        "utility interrupt", "isolation test", "emergency",
                                        "malfunction",       "reserved 8",     "reserved 9",
                                        "reserved A",        "reserved B",     "reserved C"};
    return words[s->code];
}

static void describe_status(const struct v2g_evse_status *s, char *out)
{
    static const char *const wishes[] = {"", ", asks to stop", ", asks to renegotiate"};
    snprintf(out, TALK_TEXT_LEN, "%s, isolation %s%s", status_word(s), isolation_word(s),
             wishes[s->notification]);
}

static double volts(int32_t mv)
{
    return mv / 1000.0;
}

static void describe_request(const struct v2g_message *m, char *out)
{
    static const char *const progress[] = {"start", "stop", "renegotiate"};
    static const char *const modes[] = {"AC one phase", "AC three phases", "DC core",
                                        "DC extended",  "DC combo",        "DC unique"};
    const struct v2g_charge_parameters *p = &m->charge_parameters;
    out[0] = '\0';
    if (m->kind == V2G_CHARGE_PARAMETERS && p->is_dc) {
        snprintf(out, TALK_TEXT_LEN, "%s, up to %.0f V %.0f A, charged %d %%", modes[p->mode],
                 volts(p->dc.max_mv), volts(p->dc.max_ma), p->ev.soc_pct);
    } else if (m->kind == V2G_CHARGE_PARAMETERS) {
        snprintf(out, TALK_TEXT_LEN, "%s, up to %.0f A", modes[p->mode], volts(p->ac_max_ma));
    } else if (m->kind == V2G_PRE_CHARGE) {
        snprintf(out, TALK_TEXT_LEN, "wants %.1f V", volts(m->pre_charge.target_mv));
    } else if (m->kind == V2G_POWER_DELIVERY) {
        snprintf(out, TALK_TEXT_LEN, "%s", progress[m->power_delivery.progress]);
    } else if (m->kind == V2G_CURRENT_DEMAND) {
        snprintf(out, TALK_TEXT_LEN, "wants %.1f V %.1f A, charged %d %%%s",
                 volts(m->current_demand.target_mv), volts(m->current_demand.target_ma),
                 m->current_demand.ev.soc_pct,
                 m->current_demand.charging_complete ? ", complete" : "");
    } else if (m->kind == V2G_SESSION_STOP) {
        snprintf(out, TALK_TEXT_LEN, "%s",
                 m->session_end == V2G_SESSION_PAUSE ? "pause" : "terminate");
    } else if (m->kind == V2G_SESSION_SETUP) {
        size_t n = 0;
        n += (size_t)snprintf(out, TALK_TEXT_LEN, "car ");
        for (uint8_t i = 0; i < m->session_setup.evcc_id_len; i++) {
            n += (size_t)snprintf(out + n, TALK_TEXT_LEN - n, "%02x", m->session_setup.evcc_id[i]);
        }
    }
}

static void describe_response(const struct v2g_message *m, char *out)
{
    static const char *const processing[] = {"finished", "ongoing", "waits for the customer"};
    char status[TALK_TEXT_LEN];
    out[0] = '\0';
    if (m->kind == V2G_SESSION_SETUP) {
        snprintf(out, TALK_TEXT_LEN, "charger %s", m->session_setup.evse_id);
    } else if (m->kind == V2G_AUTHORIZATION) {
        snprintf(out, TALK_TEXT_LEN, "%s", processing[m->authorization.processing]);
    } else if (m->kind == V2G_CHARGE_PARAMETERS && m->charge_parameters.is_dc) {
        snprintf(out, TALK_TEXT_LEN, "%s, up to %.0f V %.0f A %d W",
                 processing[m->charge_parameters.processing], volts(m->charge_parameters.dc.max_mv),
                 volts(m->charge_parameters.dc.max_ma), m->charge_parameters.dc.max_w);
    } else if (m->kind == V2G_CHARGE_PARAMETERS) {
        snprintf(out, TALK_TEXT_LEN, "%s, up to %.0f A",
                 processing[m->charge_parameters.processing],
                 volts(m->charge_parameters.ac_max_ma));
    } else if (m->kind == V2G_CABLE_CHECK) {
        describe_status(&m->cable_check.evse, status);
        snprintf(out, TALK_TEXT_LEN, "%s, %.150s", processing[m->cable_check.processing], status);
    } else if (m->kind == V2G_PRE_CHARGE) {
        snprintf(out, TALK_TEXT_LEN, "%.1f V, %s", volts(m->pre_charge.present_mv),
                 status_word(&m->pre_charge.evse));
    } else if (m->kind == V2G_POWER_DELIVERY && m->power_delivery.is_dc) {
        describe_status(&m->power_delivery.evse, out);
    } else if (m->kind == V2G_CURRENT_DEMAND) {
        describe_status(&m->current_demand.evse, status);
        snprintf(out, TALK_TEXT_LEN, "%.1f V %.1f A, %.150s", volts(m->current_demand.present_mv),
                 volts(m->current_demand.present_ma), status);
    } else if (m->kind == V2G_WELDING_DETECTION) {
        snprintf(out, TALK_TEXT_LEN, "%.1f V", volts(m->welding_detection.present_mv));
    }
}

static int64_t limit_us(enum v2g_kind kind)
{
    if (kind == V2G_CURRENT_DEMAND) {
        return V2G_EVCC_CURRENT_DEMAND_TIMEOUT_MS * 1000;
    }
    const bool slow = kind == V2G_SERVICE_DETAIL || kind == V2G_POWER_DELIVERY ||
                      kind == V2G_PAYMENT_DETAILS || kind == V2G_CERTIFICATE_INSTALLATION ||
                      kind == V2G_CERTIFICATE_UPDATE;
    return (slow ? V2G_EVCC_LONG_MESSAGE_TIMEOUT_MS : V2G_EVCC_MESSAGE_TIMEOUT_MS) * 1000;
}

static void on_request(struct talk *talk, int64_t unix_us, const struct v2g_message *m,
                       struct talk_turn *turn)
{
    if (talk->asked) {
        fault(talk, turn, "the car asks again before it got an answer");
    }
    if (m->kind == V2G_CHARGE_PARAMETERS) {
        talk->is_dc = v2g_energy_mode_dc(m->charge_parameters.mode);
    }
    if (!v2g_phase_allows(talk->phase, talk->protocol, talk->is_dc, m->kind)) {
        fault(talk, turn, "%s has no place in %s", v2g_kind_name(m->kind),
              v2g_phase_name(talk->phase));
    }
    const bool foreign = m->session_id_len != talk->session_id_len ||
                         memcmp(m->session_id, talk->session_id, m->session_id_len) != 0;
    if (m->kind != V2G_SESSION_SETUP && foreign) {
        fault(talk, turn, "the car uses another session id");
    }
    if (talk->answer_us != 0 && unix_us - talk->answer_us > V2G_SECC_SEQUENCE_TIMEOUT_MS * 1000LL) {
        fault(talk, turn, "the car was silent for %.1f s, 60 s at most",
              (double)(unix_us - talk->answer_us) / 1e6);
    }
    talk->request = *m;
    talk->request_us = unix_us;
    talk->kind = m->kind;
    talk->asked = true;
    describe_request(m, turn->detail);
}

static void on_response(struct talk *talk, int64_t unix_us, const struct v2g_message *m,
                        struct talk_turn *turn)
{
    describe_response(m, turn->detail);
    if (!talk->asked || talk->kind != m->kind) {
        fault(talk, turn, "the charger answers what was not asked");
        return;
    }
    talk->asked = false;
    talk->answer_us = unix_us;
    if (unix_us - talk->request_us > limit_us(m->kind)) {
        fault(talk, turn, "the charger took %.3f s, %.3f s at most",
              (double)(unix_us - talk->request_us) / 1e6, (double)limit_us(m->kind) / 1e6);
    }
    if (v2g_response_failed(m->code)) {
        fault(talk, turn, "refused: %s", v2g_response_name(m->code));
    }
    if (m->kind == V2G_SESSION_SETUP) {
        memcpy(talk->session_id, m->session_id, m->session_id_len);
        talk->session_id_len = m->session_id_len;
    } else if (m->session_id_len != talk->session_id_len ||
               memcmp(m->session_id, talk->session_id, m->session_id_len) != 0) {
        fault(talk, turn, "the charger uses another session id");
    }
    if (v2g_phase_allows(talk->phase, talk->protocol, talk->is_dc, m->kind)) {
        talk->phase = v2g_phase_after(talk->phase, &talk->request, m);
    }
}

void talk_turn(struct talk *talk, int64_t unix_us, bool from_car, const struct v2g_message *message,
               struct talk_turn *turn)
{
    turn->message = *message;
    turn->n_faults = 0;
    turn->detail[0] = '\0';
    if (message->is_response == from_car) {
        fault(talk, turn, "a %s sends a %s", from_car ? "car" : "charger",
              from_car ? "response" : "request");
    } else if (from_car) {
        on_request(talk, unix_us, message, turn);
    } else {
        on_response(talk, unix_us, message, turn);
    }
    turn->phase = talk->phase;
}
