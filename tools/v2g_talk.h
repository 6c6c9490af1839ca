/* SPDX-License-Identifier: MIT
 * A charging session as a conversation: who says what, where that leads, and what either side does
 * against DIN SPEC 70121 or ISO 15118-2.
 */
#ifndef TOOLS_V2G_TALK_H
#define TOOLS_V2G_TALK_H

#include "v2g/codec.h"
#include "v2g/sequence.h"

enum { TALK_MAX_FAULTS = 6, TALK_TEXT_LEN = 200 };

struct talk {
    enum v2g_protocol protocol; /* NONE before the handshake, and for ISO 15118-20 */
    enum v2g_phase phase;
    bool is_dc;
    bool asked; /* a request waits for its answer */
    int64_t request_us, answer_us;
    enum v2g_kind kind;
    struct v2g_message request;
    uint8_t session_id[V2G_SESSION_ID_LEN];
    uint8_t session_id_len;
    unsigned n_faults; /* in all */
};

/* One message understood. */
struct talk_turn {
    struct v2g_message message;
    enum v2g_phase phase; /* afterwards */
    char detail[TALK_TEXT_LEN];
    char faults[TALK_MAX_FAULTS][TALK_TEXT_LEN];
    unsigned n_faults;
};

void talk_begin(struct talk *talk, enum v2g_protocol protocol);
void talk_turn(struct talk *talk, int64_t unix_us, bool from_car, const struct v2g_message *message,
               struct talk_turn *turn);

#endif
