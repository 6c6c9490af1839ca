/* SPDX-License-Identifier: MIT
 * From blocks to decisions.
 */
#ifndef TRUST_JUDGE_H
#define TRUST_JUDGE_H

#include "trust/engine.h"

enum { TRUST_NEWS_ACTION = 1, TRUST_NEWS_ARMED = 2, TRUST_NEWS_INSPECT = 4, TRUST_NEWS_FAULT = 8 };

/* Judges a closed day of every device. */
void trust_judge_day(struct trust_engine *e, int32_t day);
/* Counts an impossible reading. */
void trust_judge_impossible(struct trust_engine *e, size_t device, int64_t unix_s);
/* Marks news of a device, to be pulled as an event. */
void trust_judge_tell(struct trust_engine *e, size_t device, uint8_t news, int64_t unix_s);
/* The action changes, with its news. */
void trust_judge_act(struct trust_engine *e, size_t device, enum trust_action action,
                     int64_t unix_s);
/* Evidence starts anew. */
void trust_judge_reset(struct trust_device *d, int32_t day);

#endif
