/* SPDX-License-Identifier: MIT
 * Between the files of the car's machine.
 */
#ifndef V2G_EVCC_PARTS_H
#define V2G_EVCC_PARTS_H

#include "v2g/evcc.h"

void v2g_evcc_finish(struct v2g_evcc *e, enum v2g_evcc_end end);
void v2g_evcc_tell(struct v2g_evcc *e, enum v2g_evcc_event_kind kind, uint32_t a, uint32_t b);
/* Fills a request of e->kind. */
void v2g_evcc_request_fill(const struct v2g_evcc *e, struct v2g_message *request);
/* What the chosen schedule allows now. */
void v2g_evcc_follow_schedule(struct v2g_evcc *e);
/* Takes what a successful response says, and which request follows; may end the session. */
enum v2g_kind v2g_evcc_after_setup(struct v2g_evcc *e, const struct v2g_message *response);
enum v2g_kind v2g_evcc_after_charge(struct v2g_evcc *e, const struct v2g_message *response);

#endif
