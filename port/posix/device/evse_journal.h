/* SPDX-License-Identifier: MIT
 * What a plug writes down of a session: the rows of its record (app/session_log.h).
 */
#ifndef EVSE_JOURNAL_H
#define EVSE_JOURNAL_H

#include "app/evse.h"
#include "app/session_log.h"

struct evse_journal {
    struct session_log *log; /* NULL: nothing is written down */
    unsigned plug;           /* from 0 */
    uint64_t sampled_ms, started_ms;
    int64_t energy_from_mwh;
    enum v2g_kind told_kind; /* the last message, so that a run of equal ones is one row */
    enum v2g_response told_code;
    bool car_told;
};

/* A car has connected. */
void evse_journal_begin(struct evse_journal *j, const struct site_time *time,
                        const struct evse *evse);
/* Something happened; `event` as it came. */
void evse_journal_event(struct evse_journal *j, uint64_t now_ms, const struct evse *evse,
                        const struct evse_event *event);
/* A response was sent. */
void evse_journal_answered(struct evse_journal *j, uint64_t now_ms, enum v2g_kind kind,
                           enum v2g_response code);
/* Samples the output now and then; ends the record once the car is gone, or rests, and the output
 * is off: true then. */
bool evse_journal_tick(struct evse_journal *j, uint64_t now_ms, const struct evse *evse);

#endif
