/* SPDX-License-Identifier: MIT
 * Between the files of the charger's machine.
 */
#ifndef V2G_SECC_PARTS_H
#define V2G_SECC_PARTS_H

#include "v2g/secc.h"

void v2g_secc_tell(struct v2g_secc *s, enum v2g_secc_event_kind kind, uint32_t a);
void v2g_secc_want(struct v2g_secc *s, enum v2g_supply_mode mode, int32_t mv, int32_t ma);

/* What SessionSetup and services answer: the code, and the response's other fields. */
enum v2g_response v2g_secc_on_setup(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_discovery(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_detail(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_selection(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_contract(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_authorization(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_parameters(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_cable_check(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_pre_charge(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_delivery(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_status(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_demand(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_receipt(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_welding(struct v2g_secc *s, const struct v2g_message *request);
enum v2g_response v2g_secc_on_stop(struct v2g_secc *s, const struct v2g_message *request);

/* Keeps the response back until the supply did what it is for, but not for longer than that. */
void v2g_secc_await(struct v2g_secc *s, uint32_t at_most_ms);
/* Whether the output has the voltage that the car wants to connect to. */
bool v2g_secc_charged(const struct v2g_secc *s);

/* Fills a response of s->response.kind with what any answer must carry, a refusal too. */
void v2g_secc_response_fill(struct v2g_secc *s);
struct v2g_evse_status v2g_secc_evse_status(const struct v2g_secc *s);
/* At zero power by a schedule, so that no limit says it. */
bool v2g_secc_suspended_by_schedule(const struct v2g_secc *s);
int64_t v2g_secc_unix_s(const struct v2g_secc *s);
const struct v2g_schedule *v2g_secc_schedule_find(const struct v2g_secc *s, uint8_t id);

/* supportedAppProtocol: chooses by the car's priority among what both speak. */
struct sap_choice {
    enum v2g_protocol protocol; /* NONE: nothing in common */
    uint8_t code;               /* enum sap_response_code */
    uint8_t schema_id;
};
int v2g_sap_choose(const struct v2g_codec *codec, const uint8_t *exi, size_t len, uint8_t protocols,
                   struct sap_choice *choice);
int v2g_sap_answer(const struct v2g_codec *codec, uint8_t code, uint8_t schema_id, uint8_t *out,
                   size_t cap);
/* The car's side: schema ids are the protocol numbers. */
int v2g_sap_ask(const struct v2g_codec *codec, uint8_t protocols, uint8_t *out, size_t cap);
int v2g_sap_read_answer(const struct v2g_codec *codec, const uint8_t *exi, size_t len,
                        uint8_t protocols, enum v2g_protocol *protocol);

#endif
