/* SPDX-License-Identifier: MIT
 * DIN SPEC 70121: from struct v2g_message to the codec's structs. All pieces come zeroed from the
 * scratch memory, so only what differs from zero is written.
 */
#include <stddef.h>
#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"
#include "dialect.h"
#include "physical.h"

static const uint8_t nothing[1] = {0};

static struct din_physical_value value_of(struct physical p, enum din_unit_symbol unit)
{
    return (struct din_physical_value){
        .multiplier = p.multiplier, .unit = unit, .has_unit = true, .value = p.value};
}

static struct din_physical_value volts(int32_t mv)
{
    return value_of(v2g_physical_of_milli(mv), DIN_UNIT_SYMBOL_V);
}

static struct din_physical_value amps(int32_t ma)
{
    return value_of(v2g_physical_of_milli(ma), DIN_UNIT_SYMBOL_A);
}

static const struct din_physical_value *optional(struct scratch *memory,
                                                 struct din_physical_value value, bool given)
{
    if (!given) {
        return NULL;
    }
    struct din_physical_value *at = v2g_scratch_take(memory, sizeof *at);
    *at = value;
    return at;
}

static struct din_physical_value units(int32_t value, enum din_unit_symbol unit)
{
    return value_of(v2g_physical_of_units(value), unit);
}

static struct din_dc_ev_status ev_of(struct v2g_ev_status s)
{
    return (struct din_dc_ev_status){.ev_ready = s.ready,
                                     .ev_error_code = (enum din_dc_ev_error_code)s.error,
                                     .ev_ress_soc = (int8_t)fixed_clamp(s.soc_pct, 0, 100)};
}

static struct din_dc_evse_status evse_of(struct v2g_evse_status s)
{
    return (struct din_dc_evse_status){
        .evse_isolation_status = (enum din_isolation_level)s.isolation,
        .has_evse_isolation_status = s.has_isolation,
        .evse_status_code = (enum din_dc_evse_status_code)s.code,
        .notification_max_delay = s.notification_delay_s,
        .evse_notification = (enum din_evse_notification)s.notification};
}

static enum din_response_code code_of(enum v2g_response code)
{
    if (code <= V2G_RESPONSE_FAILED_CHARGING_PROFILE) {
        return (enum din_response_code)code;
    }
    if (code == V2G_RESPONSE_FAILED_VOLTAGE_TOO_LOW) {
        return DIN_RESPONSE_CODE_FAILED_EVSE_PRESENT_VOLTAGE_TO_LOW;
    }
    if (code == V2G_RESPONSE_FAILED_ENERGY_TRANSFER) {
        return DIN_RESPONSE_CODE_FAILED_WRONG_ENERGY_TRANSFER_TYPE;
    }
    if (code == V2G_RESPONSE_FAILED_METERING_SIGNATURE) {
        return DIN_RESPONSE_CODE_FAILED_METERING_SIGNATURE_NOT_VALID;
    }
    return code == V2G_RESPONSE_FAILED_CONTACTOR
               ? DIN_RESPONSE_CODE_FAILED_POWER_DELIVERY_NOT_APPLIED
               : DIN_RESPONSE_CODE_FAILED;
}

/* The car's side offers what it asks for, so one bit is what there is; a charger that can do more
 * is described by the widest word DIN has. */
static enum din_evse_supported_energy_transfer transfer_of(uint8_t modes)
{
    const bool ac1 = (modes & 1U << V2G_AC_SINGLE_PHASE) != 0;
    const bool ac3 = (modes & 1U << V2G_AC_THREE_PHASE) != 0;
    if ((modes & 1U << V2G_DC_EXTENDED) != 0) {
        return ac3   ? DIN_EVSE_SUPPORTED_ENERGY_TRANSFER_AC_CORE3P_DC_EXTENDED
               : ac1 ? DIN_EVSE_SUPPORTED_ENERGY_TRANSFER_AC_CORE1P_DC_EXTENDED
                     : DIN_EVSE_SUPPORTED_ENERGY_TRANSFER_DC_EXTENDED;
    }
    if ((modes & 1U << V2G_DC_CORE) != 0) {
        return ac1 ? DIN_EVSE_SUPPORTED_ENERGY_TRANSFER_AC_SINGLE_DC_CORE
                   : DIN_EVSE_SUPPORTED_ENERGY_TRANSFER_DC_CORE;
    }
    if ((modes & 1U << V2G_DC_COMBO_CORE) != 0) {
        return DIN_EVSE_SUPPORTED_ENERGY_TRANSFER_DC_COMBO_CORE;
    }
    return ac3 ? DIN_EVSE_SUPPORTED_ENERGY_TRANSFER_AC_THREE_PHASE_CORE
               : DIN_EVSE_SUPPORTED_ENERGY_TRANSFER_AC_SINGLE_PHASE_CORE;
}

static void write_setup_req(const struct v2g_message *message, struct scratch *memory,
                            struct din_body *body)
{
    const struct v2g_session_setup *in = &message->session_setup;
    struct din_session_setup_req *out = v2g_scratch_take(memory, sizeof *out);
    body->session_setup_req = out;
    out->evcc_id = EXI_BLOB(in->evcc_id, in->evcc_id_len);
}

static void write_setup_res(const struct v2g_message *message, struct scratch *memory,
                            struct din_body *body)
{
    const struct v2g_session_setup *in = &message->session_setup;
    struct din_session_setup_res *out = v2g_scratch_take(memory, sizeof *out);
    body->session_setup_res = out;
    out->response_code = code_of(message->code);
    const size_t len = strlen(in->evse_id);
    out->evse_id = EXI_BLOB(in->evse_id, len > 32 ? 32 : len);
    out->date_time_now = in->unix_s;
    out->has_date_time_now = in->unix_s != 0;
}

static void write_discovery_req(const struct v2g_message *message, struct scratch *memory,
                                struct din_body *body)
{
    const struct v2g_service_discovery *in = &message->service_discovery;
    struct din_service_discovery_req *out = v2g_scratch_take(memory, sizeof *out);
    body->service_discovery_req = out;
    out->has_service_category = in->has_category;
    out->service_category = (enum din_service_category)in->category;
}

static void write_discovery_res(const struct v2g_message *message, struct scratch *memory,
                                struct din_body *body)
{
    const struct v2g_service_discovery *in = &message->service_discovery;
    struct din_service_discovery_res *out = v2g_scratch_take(memory, sizeof *out);
    body->service_discovery_res = out;
    out->response_code = code_of(message->code);
    /* DIN knows external payment only */
    enum din_payment_option *option = v2g_scratch_take(memory, sizeof *option);
    *option = DIN_PAYMENT_OPTION_EXTERNAL_PAYMENT;
    out->payment_options.payment_option = option;
    out->payment_options.payment_option_count = 1;
    out->charge_service.service_tag.service_id = V2G_SERVICE_CHARGE;
    out->charge_service.service_tag.service_category = DIN_SERVICE_CATEGORY_EV_CHARGING;
    out->charge_service.free_service = in->free;
    out->charge_service.energy_transfer_type = transfer_of(in->modes);
}

static void write_detail_req(const struct v2g_message *message, struct scratch *memory,
                             struct din_body *body)
{
    const struct v2g_service_detail *in = &message->service_detail;
    struct din_service_detail_req *out = v2g_scratch_take(memory, sizeof *out);
    body->service_detail_req = out;
    out->service_id = in->service_id;
}

static void write_detail_res(const struct v2g_message *message, struct scratch *memory,
                             struct din_body *body)
{
    const struct v2g_service_detail *in = &message->service_detail;
    struct din_service_detail_res *out = v2g_scratch_take(memory, sizeof *out);
    body->service_detail_res = out;
    out->response_code = code_of(message->code);
    out->service_id = in->service_id;
}

static void write_payment_selection_req(const struct v2g_message *message, struct scratch *memory,
                                        struct din_body *body)
{
    const struct v2g_payment_selection *in = &message->payment_selection;
    struct din_service_payment_selection_req *out = v2g_scratch_take(memory, sizeof *out);
    body->service_payment_selection_req = out;
    ASSERT(in->n_selected <= V2G_MAX_SELECTED);
    struct din_selected_service *services =
        v2g_scratch_take(memory, V2G_MAX_SELECTED * sizeof *services);
    for (uint8_t i = 0; i < in->n_selected; i++) {
        services[i].service_id = in->selected[i].id;
        services[i].parameter_set_id = in->selected[i].set;
        services[i].has_parameter_set_id = in->selected[i].set >= 0;
    }
    out->selected_payment_option = (enum din_payment_option)in->payment;
    out->selected_service_list.selected_service = services;
    out->selected_service_list.selected_service_count = in->n_selected;
}

static void write_payment_details_res(const struct v2g_message *message, struct scratch *memory,
                                      struct din_body *body)
{
    const struct v2g_payment_details *in = &message->payment_details;
    struct din_payment_details_res *out = v2g_scratch_take(memory, sizeof *out);
    body->payment_details_res = out;
    out->response_code = code_of(message->code);
    out->gen_challenge = EXI_TEXT("");
    out->date_time_now = in->unix_s;
}

static void write_authentication_res(const struct v2g_message *message, struct scratch *memory,
                                     struct din_body *body)
{
    const struct v2g_authorization *in = &message->authorization;
    struct din_contract_authentication_res *out = v2g_scratch_take(memory, sizeof *out);
    body->contract_authentication_res = out;
    out->response_code = code_of(message->code);
    out->evse_processing =
        in->processing == V2G_FINISHED ? DIN_EVSE_PROCESSING_FINISHED : DIN_EVSE_PROCESSING_ONGOING;
}

static void write_parameters_req(const struct v2g_message *message, struct scratch *memory,
                                 struct din_body *body)
{
    const struct v2g_charge_parameters *in = &message->charge_parameters;
    struct din_charge_parameter_discovery_req *out = v2g_scratch_take(memory, sizeof *out);
    body->charge_parameter_discovery_req = out;
    out->ev_requested_energy_transfer_type = (enum din_ev_requested_energy_transfer)in->mode;
    struct din_dc_ev_charge_parameter *dc = v2g_scratch_take(memory, sizeof *dc);
    dc->dc_ev_status = ev_of(in->ev);
    dc->ev_maximum_current_limit = amps(in->dc.max_ma);
    dc->ev_maximum_voltage_limit = volts(in->dc.max_mv);
    dc->ev_maximum_power_limit =
        optional(memory, units(in->dc.max_w, DIN_UNIT_SYMBOL_W), in->dc.max_w > 0);
    dc->ev_energy_capacity =
        optional(memory, units(in->capacity_wh, DIN_UNIT_SYMBOL_WH), in->capacity_wh > 0);
    dc->ev_energy_request =
        optional(memory, units(in->energy_wh, DIN_UNIT_SYMBOL_WH), in->energy_wh > 0);
    dc->has_full_soc = in->full_soc_pct >= 0;
    dc->full_soc = in->full_soc_pct;
    dc->has_bulk_soc = in->bulk_soc_pct >= 0;
    dc->bulk_soc = in->bulk_soc_pct;
    out->ev_charge_parameter_choice = DIN_EV_CHARGE_PARAMETER_DC;
    out->dc_ev_charge_parameter = dc;
}

static void write_schedule(const struct v2g_schedule *in, struct scratch *memory,
                           struct din_sa_schedule_tuple *out)
{
    ASSERT(in->n_steps >= 1 && in->n_steps <= V2G_MAX_STEPS);
    struct din_pmax_schedule_entry *entries =
        v2g_scratch_take(memory, in->n_steps * sizeof *entries);
    for (uint8_t i = 0; i < in->n_steps; i++) {
        struct din_relative_time_interval *span = v2g_scratch_take(memory, sizeof *span);
        span->start = in->steps[i].start_s;
        span->duration = in->steps[i].duration_s;
        span->has_duration = span->duration != 0;
        entries[i].time_interval_choice = DIN_TIME_INTERVAL_RELATIVE;
        entries[i].relative_time_interval = span;
        /* a short, in watts without a power of ten: more than 32.7 kW cannot be said */
        entries[i].pmax = (int16_t)fixed_clamp(in->steps[i].max_w, 0, INT16_MAX);
    }
    out->sa_schedule_tuple_id = in->id;
    out->pmax_schedule.pmax_schedule_id = in->id;
    out->pmax_schedule.pmax_schedule_entry = entries;
    out->pmax_schedule.pmax_schedule_entry_count = in->n_steps;
}

static void write_parameters_res(const struct v2g_message *message, struct scratch *memory,
                                 struct din_body *body)
{
    const struct v2g_charge_parameters *in = &message->charge_parameters;
    struct din_charge_parameter_discovery_res *out = v2g_scratch_take(memory, sizeof *out);
    body->charge_parameter_discovery_res = out;
    out->response_code = code_of(message->code);
    out->evse_processing =
        in->processing == V2G_FINISHED ? DIN_EVSE_PROCESSING_FINISHED : DIN_EVSE_PROCESSING_ONGOING;
    if (in->n_schedules > 0) {
        struct din_sa_schedule_list *list = v2g_scratch_take(memory, sizeof *list);
        struct din_sa_schedule_tuple *tuples =
            v2g_scratch_take(memory, in->n_schedules * sizeof *tuples);
        for (uint8_t i = 0; i < in->n_schedules; i++) {
            write_schedule(&in->schedules[i], memory, &tuples[i]);
        }
        list->sa_schedule_tuple = tuples;
        list->sa_schedule_tuple_count = in->n_schedules;
        out->sa_schedules_choice = DIN_SA_SCHEDULES_SA_SCHEDULE_LIST;
        out->sa_schedule_list = list;
    }
    struct din_dc_evse_charge_parameter *dc = v2g_scratch_take(memory, sizeof *dc);
    dc->dc_evse_status = evse_of(in->evse);
    dc->evse_maximum_current_limit = amps(in->dc.max_ma);
    dc->evse_maximum_power_limit =
        optional(memory, units(in->dc.max_w, DIN_UNIT_SYMBOL_W), in->dc.max_w > 0);
    dc->evse_maximum_voltage_limit = volts(in->dc.max_mv);
    dc->evse_minimum_current_limit = amps(in->dc.min_ma);
    dc->evse_minimum_voltage_limit = volts(in->dc.min_mv);
    dc->evse_current_regulation_tolerance =
        optional(memory, amps(in->dc.tolerance_ma), in->dc.tolerance_ma > 0);
    dc->evse_peak_current_ripple = amps(in->dc.ripple_ma);
    out->evse_charge_parameter_choice = DIN_EVSE_CHARGE_PARAMETER_DC;
    out->dc_evse_charge_parameter = dc;
}

static void write_cable_req(const struct v2g_message *message, struct scratch *memory,
                            struct din_body *body)
{
    const struct v2g_cable_check *in = &message->cable_check;
    struct din_cable_check_req *out = v2g_scratch_take(memory, sizeof *out);
    body->cable_check_req = out;
    out->dc_ev_status = ev_of(in->ev);
}

static void write_cable_res(const struct v2g_message *message, struct scratch *memory,
                            struct din_body *body)
{
    const struct v2g_cable_check *in = &message->cable_check;
    struct din_cable_check_res *out = v2g_scratch_take(memory, sizeof *out);
    body->cable_check_res = out;
    out->response_code = code_of(message->code);
    out->dc_evse_status = evse_of(in->evse);
    out->evse_processing =
        in->processing == V2G_FINISHED ? DIN_EVSE_PROCESSING_FINISHED : DIN_EVSE_PROCESSING_ONGOING;
}

static void write_charge_req(const struct v2g_message *message, struct scratch *memory,
                             struct din_body *body)
{
    const struct v2g_pre_charge *in = &message->pre_charge;
    struct din_pre_charge_req *out = v2g_scratch_take(memory, sizeof *out);
    body->pre_charge_req = out;
    out->dc_ev_status = ev_of(in->ev);
    out->ev_target_voltage = volts(in->target_mv);
    out->ev_target_current = amps(in->target_ma);
}

static void write_charge_res(const struct v2g_message *message, struct scratch *memory,
                             struct din_body *body)
{
    const struct v2g_pre_charge *in = &message->pre_charge;
    struct din_pre_charge_res *out = v2g_scratch_take(memory, sizeof *out);
    body->pre_charge_res = out;
    out->response_code = code_of(message->code);
    out->dc_evse_status = evse_of(in->evse);
    out->evse_present_voltage = volts(in->present_mv);
}

static void write_profile(const struct v2g_power_delivery *in, struct scratch *memory,
                          struct din_power_delivery_req *out)
{
    struct din_charging_profile *profile = v2g_scratch_take(memory, sizeof *profile);
    struct din_profile_entry *entries = v2g_scratch_take(memory, in->n_steps * sizeof *entries);
    for (uint8_t i = 0; i < in->n_steps; i++) {
        entries[i].charging_profile_entry_start = in->profile[i].start_s;
        entries[i].charging_profile_entry_max_power =
            (int16_t)fixed_clamp(in->profile[i].max_w, 0, INT16_MAX);
    }
    profile->sa_schedule_tuple_id = in->schedule_id;
    profile->profile_entry = entries;
    profile->profile_entry_count = in->n_steps;
    out->charging_profile = profile;
}

static void write_delivery_req(const struct v2g_message *message, struct scratch *memory,
                               struct din_body *body)
{
    const struct v2g_power_delivery *in = &message->power_delivery;
    struct din_power_delivery_req *out = v2g_scratch_take(memory, sizeof *out);
    body->power_delivery_req = out;
    out->ready_to_charge_state = in->progress == V2G_PROGRESS_START;
    if (in->n_steps > 0) {
        write_profile(in, memory, out);
    }
    if (in->has_ev) {
        struct din_dc_ev_power_delivery_parameter *dc = v2g_scratch_take(memory, sizeof *dc);
        dc->dc_ev_status = ev_of(in->ev);
        dc->charging_complete = in->charging_complete;
        out->ev_power_delivery_parameter_choice = DIN_EV_POWER_DELIVERY_PARAMETER_DC;
        out->dc_ev_power_delivery_parameter = dc;
    }
}

static void write_delivery_res(const struct v2g_message *message, struct scratch *memory,
                               struct din_body *body)
{
    const struct v2g_power_delivery *in = &message->power_delivery;
    struct din_power_delivery_res *out = v2g_scratch_take(memory, sizeof *out);
    body->power_delivery_res = out;
    out->response_code = code_of(message->code);
    struct din_dc_evse_status *status = v2g_scratch_take(memory, sizeof *status);
    *status = evse_of(in->evse);
    out->evse_status_choice = DIN_EVSE_STATUS_DC;
    out->dc_evse_status = status;
}

static void write_status_res(const struct v2g_message *message, struct scratch *memory,
                             struct din_body *body)
{
    const struct v2g_charging_status *in = &message->charging_status;
    struct din_charging_status_res *out = v2g_scratch_take(memory, sizeof *out);
    body->charging_status_res = out;
    out->response_code = code_of(message->code);
    out->evse_id = EXI_BLOB(in->evse_id, 0);
    out->sa_schedule_tuple_id = in->schedule_id;
}

static void write_demand_req(const struct v2g_message *message, struct scratch *memory,
                             struct din_body *body)
{
    const struct v2g_current_demand *in = &message->current_demand;
    struct din_current_demand_req *out = v2g_scratch_take(memory, sizeof *out);
    body->current_demand_req = out;
    out->dc_ev_status = ev_of(in->ev);
    out->ev_target_current = amps(in->target_ma);
    out->ev_target_voltage = volts(in->target_mv);
    out->ev_maximum_voltage_limit = optional(memory, volts(in->max_mv), in->max_mv >= 0);
    out->ev_maximum_current_limit = optional(memory, amps(in->max_ma), in->max_ma >= 0);
    out->ev_maximum_power_limit =
        optional(memory, units(in->max_w, DIN_UNIT_SYMBOL_W), in->max_w >= 0);
    out->has_bulk_charging_complete = true;
    out->bulk_charging_complete = in->bulk_complete;
    out->charging_complete = in->charging_complete;
    out->remaining_time_to_full_soc =
        optional(memory, units(in->full_soc_s, DIN_UNIT_SYMBOL_S), in->full_soc_s >= 0);
}

static void write_demand_res(const struct v2g_message *message, struct scratch *memory,
                             struct din_body *body)
{
    const struct v2g_current_demand *in = &message->current_demand;
    struct din_current_demand_res *out = v2g_scratch_take(memory, sizeof *out);
    body->current_demand_res = out;
    out->response_code = code_of(message->code);
    out->dc_evse_status = evse_of(in->evse);
    out->evse_present_voltage = volts(in->present_mv);
    out->evse_present_current = amps(in->present_ma);
    out->evse_current_limit_achieved = in->current_limited;
    out->evse_voltage_limit_achieved = in->voltage_limited;
    out->evse_power_limit_achieved = in->power_limited;
    out->evse_maximum_voltage_limit = optional(memory, volts(in->max_mv), in->max_mv >= 0);
    out->evse_maximum_current_limit = optional(memory, amps(in->max_ma), in->max_ma >= 0);
    out->evse_maximum_power_limit =
        optional(memory, units(in->max_w, DIN_UNIT_SYMBOL_W), in->max_w >= 0);
}

static void write_welding_req(const struct v2g_message *message, struct scratch *memory,
                              struct din_body *body)
{
    const struct v2g_welding_detection *in = &message->welding_detection;
    struct din_welding_detection_req *out = v2g_scratch_take(memory, sizeof *out);
    body->welding_detection_req = out;
    out->dc_ev_status = ev_of(in->ev);
}

static void write_welding_res(const struct v2g_message *message, struct scratch *memory,
                              struct din_body *body)
{
    const struct v2g_welding_detection *in = &message->welding_detection;
    struct din_welding_detection_res *out = v2g_scratch_take(memory, sizeof *out);
    body->welding_detection_res = out;
    out->response_code = code_of(message->code);
    out->dc_evse_status = evse_of(in->evse);
    out->evse_present_voltage = volts(in->present_mv);
}

/* Requests without content share a struct of nothing. */
static void write_nothing(const struct v2g_message *message, struct scratch *memory,
                          struct din_body *body)
{
    (void)message;
    struct din_session_stop *out = v2g_scratch_take(memory, sizeof *out);
    body->session_stop_req = out;
}

static void write_authentication_req(const struct v2g_message *message, struct scratch *memory,
                                     struct din_body *body)
{
    (void)message;
    body->contract_authentication_req =
        v2g_scratch_take(memory, sizeof *body->contract_authentication_req);
}

/* Responses that are a code and nothing else. */
static void write_code(const struct v2g_message *message, struct scratch *memory,
                       struct din_body *body)
{
    struct din_session_stop_res *out = v2g_scratch_take(memory, sizeof *out);
    out->response_code = code_of(message->code);
    body->session_stop_res = out;
}

static void write_receipt_res(const struct v2g_message *message, struct scratch *memory,
                              struct din_body *body)
{
    struct din_metering_receipt_res *out = v2g_scratch_take(memory, sizeof *out);
    out->response_code = code_of(message->code);
    body->metering_receipt_res = out;
}

/* Certificates are never given here: a refusal with what the schema demands. */
static void write_installation_res(const struct v2g_message *message, struct scratch *memory,
                                   struct din_body *body)
{
    struct din_certificate_installation_res *out = v2g_scratch_take(memory, sizeof *out);
    body->certificate_installation_res = out;
    out->id = EXI_TEXT("id1");
    out->response_code = code_of(message->code);
    out->contract_signature_cert_chain.certificate = EXI_BLOB(nothing, 1);
    out->contract_signature_encrypted_private_key = EXI_BLOB(nothing, 1);
    out->dh_params = EXI_BLOB(nothing, 1);
    out->contract_id = EXI_TEXT("");
}

static void write_update_res(const struct v2g_message *message, struct scratch *memory,
                             struct din_body *body)
{
    struct din_certificate_update_res *out = v2g_scratch_take(memory, sizeof *out);
    body->certificate_update_res = out;
    out->id = EXI_TEXT("id1");
    out->response_code = code_of(message->code);
    out->contract_signature_cert_chain.certificate = EXI_BLOB(nothing, 1);
    out->contract_signature_encrypted_private_key = EXI_BLOB(nothing, 1);
    out->dh_params = EXI_BLOB(nothing, 1);
    out->contract_id = EXI_TEXT("");
}

typedef void write_body(const struct v2g_message *message, struct scratch *memory,
                        struct din_body *body);
struct row {
    enum din_message request, response;
    write_body *write_request, *write_response; /* NULL: not in this dialect */
};

static const struct row rows[V2G_KIND_COUNT] = {
    [V2G_SESSION_SETUP] = {DIN_SESSION_SETUP_REQ, DIN_SESSION_SETUP_RES, write_setup_req,
                           write_setup_res},
    [V2G_SERVICE_DISCOVERY] = {DIN_SERVICE_DISCOVERY_REQ, DIN_SERVICE_DISCOVERY_RES,
                               write_discovery_req, write_discovery_res},
    [V2G_SERVICE_DETAIL] = {DIN_SERVICE_DETAIL_REQ, DIN_SERVICE_DETAIL_RES, write_detail_req,
                            write_detail_res},
    [V2G_PAYMENT_SELECTION] = {DIN_SERVICE_PAYMENT_SELECTION_REQ, DIN_SERVICE_PAYMENT_SELECTION_RES,
                               write_payment_selection_req, write_code},
    [V2G_PAYMENT_DETAILS] = {DIN_PAYMENT_DETAILS_REQ, DIN_PAYMENT_DETAILS_RES, NULL,
                             write_payment_details_res},
    [V2G_CERTIFICATE_INSTALLATION] = {DIN_CERTIFICATE_INSTALLATION_REQ,
                                      DIN_CERTIFICATE_INSTALLATION_RES, NULL,
                                      write_installation_res},
    [V2G_CERTIFICATE_UPDATE] = {DIN_CERTIFICATE_UPDATE_REQ, DIN_CERTIFICATE_UPDATE_RES, NULL,
                                write_update_res},
    [V2G_AUTHORIZATION] = {DIN_CONTRACT_AUTHENTICATION_REQ, DIN_CONTRACT_AUTHENTICATION_RES,
                           write_authentication_req, write_authentication_res},
    [V2G_CHARGE_PARAMETERS] = {DIN_CHARGE_PARAMETER_DISCOVERY_REQ,
                               DIN_CHARGE_PARAMETER_DISCOVERY_RES, write_parameters_req,
                               write_parameters_res},
    [V2G_CABLE_CHECK] = {DIN_CABLE_CHECK_REQ, DIN_CABLE_CHECK_RES, write_cable_req,
                         write_cable_res},
    [V2G_PRE_CHARGE] = {DIN_PRE_CHARGE_REQ, DIN_PRE_CHARGE_RES, write_charge_req, write_charge_res},
    [V2G_POWER_DELIVERY] = {DIN_POWER_DELIVERY_REQ, DIN_POWER_DELIVERY_RES, write_delivery_req,
                            write_delivery_res},
    [V2G_CHARGING_STATUS] = {DIN_CHARGING_STATUS_REQ, DIN_CHARGING_STATUS_RES, write_nothing,
                             write_status_res},
    [V2G_CURRENT_DEMAND] = {DIN_CURRENT_DEMAND_REQ, DIN_CURRENT_DEMAND_RES, write_demand_req,
                            write_demand_res},
    [V2G_METERING_RECEIPT] = {DIN_METERING_RECEIPT_REQ, DIN_METERING_RECEIPT_RES, NULL,
                              write_receipt_res},
    [V2G_WELDING_DETECTION] = {DIN_WELDING_DETECTION_REQ, DIN_WELDING_DETECTION_RES,
                               write_welding_req, write_welding_res},
    [V2G_SESSION_STOP] = {DIN_SESSION_STOP_REQ, DIN_SESSION_STOP_RES, write_nothing, write_code}};

int v2g_din_message_write(const struct v2g_message *in, struct scratch *memory,
                          struct din_v2g_message *out)
{
    const struct row *row = &rows[in->kind];
    write_body *write = in->is_response ? row->write_response : row->write_request;
    if (write == NULL) {
        return E_ARG;
    }
    out->header.session_id = EXI_BLOB(in->session_id, in->session_id_len);
    out->body.which = in->is_response ? row->response : row->request;
    write(in, memory, &out->body);
    return E_OK;
}
