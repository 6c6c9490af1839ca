/* SPDX-License-Identifier: MIT
 * Decisions in words and numbers.
 */
#ifndef TRUST_EXPLAIN_H
#define TRUST_EXPLAIN_H

#include "base/json_writer.h"
#include "trust/engine.h"

enum { TRUST_REASON_CAP = 384 };

/* Why: one or two sentences for people. */
void trust_explain(const struct trust_config *config, const struct trust_event *event,
                   struct wbuf *out);
/* The members of a decision's object: kind, action, layer, reason and every number in it. The
 * object is begun and ended by the caller, who adds the device and the time. */
void trust_explain_json(const struct trust_config *config, const struct trust_event *event,
                        struct json_writer *w);
const char *trust_event_name(enum trust_event_kind kind);

/* log10 in thousandths from log2 in fixed point. */
int64_t trust_log10_milli(int32_t log2);

#endif
