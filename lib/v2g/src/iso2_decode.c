/* SPDX-License-Identifier: MIT
 * ISO 15118-2: from the codec's structs to struct v2g_message.
 */
#include <stddef.h>

#include "base/assert.h"
#include "dialect.h"
#include "iso2_contract.h"
#include "physical.h"

static int32_t milli(struct iso2_physical_value v)
{
    return v2g_physical_milli(v.multiplier, v.value);
}

static int32_t units_or(const struct iso2_physical_value *v, int32_t absent)
{
    return v == NULL ? absent : v2g_physical_units(v->multiplier, v->value);
}

static int32_t milli_or(const struct iso2_physical_value *v, int32_t absent)
{
    return v == NULL ? absent : milli(*v);
}

/* Remaining times carry their unit, and cars use all three. */
static int32_t seconds_or(const struct iso2_physical_value *v, int32_t absent)
{
    if (v == NULL) {
        return absent;
    }
    const int32_t value = v2g_physical_units(v->multiplier, v->value);
    const bool minutes = v->unit == ISO2_UNIT_SYMBOL_M;
    const bool hours = v->unit == ISO2_UNIT_SYMBOL_H;
    const int32_t factor = hours ? 3600 : minutes ? 60 : 1;
    return value > INT32_MAX / factor ? INT32_MAX : value * factor;
}

static struct v2g_ev_status ev_of(struct iso2_dc_ev_status s)
{
    return (struct v2g_ev_status){
        .ready = s.ev_ready, .error = (enum v2g_ev_error)s.ev_error_code, .soc_pct = s.ev_ress_soc};
}

static struct v2g_evse_status evse_of(struct iso2_dc_evse_status s)
{
    return (struct v2g_evse_status){.notification = (enum v2g_notification)s.evse_notification,
                                    .notification_delay_s = s.notification_max_delay,
                                    .has_isolation = s.has_evse_isolation_status,
                                    .isolation = (enum v2g_isolation)s.evse_isolation_status,
                                    .code = (enum v2g_evse_status_code)s.evse_status_code};
}

static struct v2g_evse_status ac_of(struct iso2_ac_evse_status s)
{
    return (struct v2g_evse_status){.notification = (enum v2g_notification)s.evse_notification,
                                    .notification_delay_s = s.notification_max_delay,
                                    .code = V2G_EVSE_READY,
                                    .rcd = s.rcd};
}

static void meter_of(const struct iso2_meter_info *in, struct v2g_meter *out)
{
    /* the id stays in the input; nobody here needs it */
    out->reading_wh = in->has_meter_reading ? in->meter_reading : 0;
    out->unix_s = in->has_t_meter ? in->t_meter : 0;
}

static void read_setup_req(const struct iso2_body *body, struct scratch *memory,
                           struct v2g_message *message)
{
    const struct iso2_session_setup_req *in = body->session_setup_req;
    struct v2g_session_setup *out = &message->session_setup;
    (void)memory;
    const int n = exi_blob_copy(in->evcc_id, out->evcc_id, sizeof out->evcc_id);
    out->evcc_id_len = (uint8_t)(n < 0 ? 0 : n);
}

static void read_setup_res(const struct iso2_body *body, struct scratch *memory,
                           struct v2g_message *message)
{
    const struct iso2_session_setup_res *in = body->session_setup_res;
    struct v2g_session_setup *out = &message->session_setup;
    (void)memory;
    v2g_text_read(in->evse_id, out->evse_id, sizeof out->evse_id);
    out->unix_s = in->has_evse_time_stamp ? in->evse_time_stamp : 0;
}

static void read_discovery_res(const struct iso2_body *body, struct scratch *memory,
                               struct v2g_message *message)
{
    const struct iso2_service_discovery_res *in = body->service_discovery_res;
    struct v2g_service_discovery *out = &message->service_discovery;
    (void)memory;
    for (uint16_t i = 0; i < in->payment_option_list.payment_option_count; i++) {
        const bool contract =
            in->payment_option_list.payment_option[i] == ISO2_PAYMENT_OPTION_CONTRACT;
        out->offers_contract = out->offers_contract || contract;
        out->offers_external = out->offers_external || !contract;
    }
    out->free = in->charge_service.free_service;
    const struct iso2_supported_energy_transfer_mode *modes =
        &in->charge_service.supported_energy_transfer_mode;
    for (uint16_t i = 0; i < modes->energy_transfer_mode_count; i++) {
        out->modes = (uint8_t)(out->modes | 1U << modes->energy_transfer_mode[i]);
    }
    if (in->service_list == NULL) {
        return;
    }
    out->n_services = v2g_at_most(in->service_list->service_count, V2G_MAX_SERVICES);
    for (uint8_t i = 0; i < out->n_services; i++) {
        const struct iso2_service *service = &in->service_list->service[i];
        out->services[i] = (struct v2g_service){.id = service->service_id,
                                                .category = (uint8_t)service->service_category,
                                                .free = service->free_service};
    }
}

static void read_payment_selection_req(const struct iso2_body *body, struct scratch *memory,
                                       struct v2g_message *message)
{
    const struct iso2_payment_service_selection_req *in = body->payment_service_selection_req;
    struct v2g_payment_selection *out = &message->payment_selection;
    (void)memory;
    out->payment = (enum v2g_payment)in->selected_payment_option;
    const struct iso2_selected_service_list *list = &in->selected_service_list;
    out->n_selected = v2g_at_most(list->selected_service_count, V2G_MAX_SELECTED);
    for (uint8_t i = 0; i < out->n_selected; i++) {
        const struct iso2_selected_service *service = &list->selected_service[i];
        out->selected[i].id = service->service_id;
        out->selected[i].set =
            service->has_parameter_set_id ? service->parameter_set_id : (int16_t)-1;
    }
}

static void read_parameters_req(const struct iso2_body *body, struct scratch *memory,
                                struct v2g_message *message)
{
    const struct iso2_charge_parameter_discovery_req *in = body->charge_parameter_discovery_req;
    struct v2g_charge_parameters *out = &message->charge_parameters;
    (void)memory;
    out->mode = (enum v2g_energy_mode)in->requested_energy_transfer_mode;
    out->full_soc_pct = -1;
    out->bulk_soc_pct = -1;
    if (in->ev_charge_parameter_choice == ISO2_EV_CHARGE_PARAMETER_DC) {
        const struct iso2_dc_ev_charge_parameter *dc = in->dc_ev_charge_parameter;
        out->is_dc = true;
        out->has_parameters = true;
        out->departure_s = dc->has_departure_time ? dc->departure_time : 0;
        out->ev = ev_of(dc->dc_ev_status);
        out->dc.max_mv = milli(dc->ev_maximum_voltage_limit);
        out->dc.max_ma = milli(dc->ev_maximum_current_limit);
        out->dc.max_w = units_or(dc->ev_maximum_power_limit, 0);
        out->capacity_wh = units_or(dc->ev_energy_capacity, 0);
        out->energy_wh = units_or(dc->ev_energy_request, 0);
        out->full_soc_pct = (int8_t)(dc->has_full_soc ? dc->full_soc : -1);
        out->bulk_soc_pct = (int8_t)(dc->has_bulk_soc ? dc->bulk_soc : -1);
    } else if (in->ev_charge_parameter_choice == ISO2_EV_CHARGE_PARAMETER_AC) {
        const struct iso2_ac_ev_charge_parameter *ac = in->ac_ev_charge_parameter;
        out->has_parameters = true;
        out->departure_s = ac->has_departure_time ? ac->departure_time : 0;
        out->energy_wh = v2g_physical_units(ac->e_amount.multiplier, ac->e_amount.value);
        out->ac_max_mv = milli(ac->ev_max_voltage);
        out->ac_max_ma = milli(ac->ev_max_current);
        out->ac_min_ma = milli(ac->ev_min_current);
    }
}

static const struct v2g_tariff *tariff_of(const struct iso2_sales_tariff *in,
                                          struct scratch *memory)
{
    const uint16_t given = in->sales_tariff_entry_count;
    const uint8_t n = v2g_at_most(given, V2G_MAX_STEPS);
    struct v2g_tariff *out = v2g_scratch_take(memory, sizeof *out);
    struct v2g_tariff_step *steps = v2g_scratch_take(memory, n * sizeof *steps);
    for (uint8_t i = 0; i < n; i++) {
        const struct iso2_sales_tariff_entry *e = &in->sales_tariff_entry[i];
        if (e->time_interval_choice == ISO2_TIME_INTERVAL_RELATIVE) {
            steps[i].start_s = e->relative_time_interval->start;
            steps[i].duration_s = e->relative_time_interval->duration;
        }
        steps[i].price_level = e->has_e_price_level ? e->e_price_level : 0;
    }
    out->id = in->sales_tariff_id;
    out->n_levels = in->has_num_e_price_levels ? in->num_e_price_levels : 0;
    out->n_steps = n;
    out->steps = steps;
    return out;
}

static void read_schedule(const struct iso2_sa_schedule_tuple *in, struct scratch *memory,
                          struct v2g_schedule *out)
{
    const uint16_t given = in->pmax_schedule.pmax_schedule_entry_count;
    const uint8_t n = v2g_at_most(given, V2G_MAX_STEPS);
    struct v2g_power_step *steps = v2g_scratch_take(memory, n * sizeof *steps);
    for (uint8_t i = 0; i < n; i++) {
        const struct iso2_pmax_schedule_entry *e = &in->pmax_schedule.pmax_schedule_entry[i];
        if (e->time_interval_choice == ISO2_TIME_INTERVAL_RELATIVE) {
            steps[i].start_s = e->relative_time_interval->start;
            steps[i].duration_s = e->relative_time_interval->duration;
        }
        steps[i].max_w = v2g_physical_units(e->pmax.multiplier, e->pmax.value);
    }
    out->id = in->sa_schedule_tuple_id;
    out->n_steps = n;
    out->steps = steps;
    if (in->sales_tariff != NULL) {
        out->tariff = tariff_of(in->sales_tariff, memory);
    }
}

static void read_parameters_res(const struct iso2_body *body, struct scratch *memory,
                                struct v2g_message *message)
{
    const struct iso2_charge_parameter_discovery_res *in = body->charge_parameter_discovery_res;
    struct v2g_charge_parameters *out = &message->charge_parameters;
    out->processing = (enum v2g_processing)in->evse_processing;
    if (in->evse_charge_parameter_choice == ISO2_EVSE_CHARGE_PARAMETER_DC) {
        const struct iso2_dc_evse_charge_parameter *dc = in->dc_evse_charge_parameter;
        out->is_dc = true;
        out->has_parameters = true;
        out->evse = evse_of(dc->dc_evse_status);
        out->dc.max_mv = milli(dc->evse_maximum_voltage_limit);
        out->dc.max_ma = milli(dc->evse_maximum_current_limit);
        out->dc.max_w = v2g_physical_units(dc->evse_maximum_power_limit.multiplier,
                                           dc->evse_maximum_power_limit.value);
        out->dc.min_mv = milli(dc->evse_minimum_voltage_limit);
        out->dc.min_ma = milli(dc->evse_minimum_current_limit);
        out->dc.ripple_ma = milli(dc->evse_peak_current_ripple);
        out->dc.tolerance_ma = milli_or(dc->evse_current_regulation_tolerance, 0);
    }
    if (in->evse_charge_parameter_choice == ISO2_EVSE_CHARGE_PARAMETER_AC) {
        out->has_parameters = true;
        out->evse = ac_of(in->ac_evse_charge_parameter->ac_evse_status);
        out->ac_max_mv = milli(in->ac_evse_charge_parameter->evse_nominal_voltage);
        out->ac_max_ma = milli(in->ac_evse_charge_parameter->evse_max_current);
    }
    if (in->sa_schedules_choice == ISO2_SA_SCHEDULES_SA_SCHEDULE_LIST) {
        const struct iso2_sa_schedule_list *list = in->sa_schedule_list;
        const uint16_t given = list->sa_schedule_tuple_count;
        const uint8_t n = v2g_at_most(given, V2G_MAX_SCHEDULES);
        struct v2g_schedule *schedules = v2g_scratch_take(memory, n * sizeof *schedules);
        for (uint8_t i = 0; i < n; i++) {
            read_schedule(&list->sa_schedule_tuple[i], memory, &schedules[i]);
        }
        out->schedules = schedules;
        out->n_schedules = n;
    }
}

static void read_delivery_req(const struct iso2_body *body, struct scratch *memory,
                              struct v2g_message *message)
{
    const struct iso2_power_delivery_req *in = body->power_delivery_req;
    struct v2g_power_delivery *out = &message->power_delivery;
    out->progress = (enum v2g_progress)in->charge_progress;
    out->schedule_id = in->sa_schedule_tuple_id;
    if (in->ev_power_delivery_parameter_choice == ISO2_EV_POWER_DELIVERY_PARAMETER_DC) {
        out->has_ev = true;
        out->ev = ev_of(in->dc_ev_power_delivery_parameter->dc_ev_status);
        out->charging_complete = in->dc_ev_power_delivery_parameter->charging_complete;
    }
    const struct iso2_charging_profile *profile = in->charging_profile;
    if (profile == NULL) {
        return;
    }
    const uint16_t given = profile->profile_entry_count;
    out->has_profile = true;
    out->n_steps = v2g_at_most(given, V2G_MAX_STEPS);
    struct v2g_power_step *steps = v2g_scratch_take(memory, out->n_steps * sizeof *steps);
    for (uint8_t i = 0; i < out->n_steps; i++) {
        steps[i].start_s = profile->profile_entry[i].charging_profile_entry_start;
        const struct iso2_physical_value power =
            profile->profile_entry[i].charging_profile_entry_max_power;
        steps[i].max_w = v2g_physical_units(power.multiplier, power.value);
    }
    out->profile = steps;
}

static void read_demand_req(const struct iso2_body *body, struct scratch *memory,
                            struct v2g_message *message)
{
    const struct iso2_current_demand_req *in = body->current_demand_req;
    struct v2g_current_demand *out = &message->current_demand;
    (void)memory;
    out->ev = ev_of(in->dc_ev_status);
    out->target_mv = milli(in->ev_target_voltage);
    out->target_ma = milli(in->ev_target_current);
    out->max_mv = milli_or(in->ev_maximum_voltage_limit, -1);
    out->max_ma = milli_or(in->ev_maximum_current_limit, -1);
    out->max_w = units_or(in->ev_maximum_power_limit, -1);
    out->bulk_complete = in->bulk_charging_complete;
    out->charging_complete = in->charging_complete;
    out->full_soc_s = seconds_or(in->remaining_time_to_full_soc, -1);
}

static void read_demand_res(const struct iso2_body *body, struct scratch *memory,
                            struct v2g_message *message)
{
    const struct iso2_current_demand_res *in = body->current_demand_res;
    struct v2g_current_demand *out = &message->current_demand;
    (void)memory;
    out->evse = evse_of(in->dc_evse_status);
    out->present_mv = milli(in->evse_present_voltage);
    out->present_ma = milli(in->evse_present_current);
    out->current_limited = in->evse_current_limit_achieved;
    out->voltage_limited = in->evse_voltage_limit_achieved;
    out->power_limited = in->evse_power_limit_achieved;
    out->max_mv = milli_or(in->evse_maximum_voltage_limit, -1);
    out->max_ma = milli_or(in->evse_maximum_current_limit, -1);
    out->max_w = units_or(in->evse_maximum_power_limit, -1);
    v2g_text_read(in->evse_id, out->evse_id, sizeof out->evse_id);
    out->schedule_id = in->sa_schedule_tuple_id;
    out->receipt_required = in->has_receipt_required && in->receipt_required;
    if (in->meter_info != NULL) {
        meter_of(in->meter_info, &out->meter);
    }
}

static void read_status_res(const struct iso2_body *body, struct scratch *memory,
                            struct v2g_message *message)
{
    const struct iso2_charging_status_res *in = body->charging_status_res;
    struct v2g_charging_status *out = &message->charging_status;
    (void)memory;
    v2g_text_read(in->evse_id, out->evse_id, sizeof out->evse_id);
    out->schedule_id = in->sa_schedule_tuple_id;
    out->max_ma = milli_or(in->evse_max_current, -1);
    out->receipt_required = in->has_receipt_required && in->receipt_required;
    out->evse = ac_of(in->ac_evse_status);
    if (in->meter_info != NULL) {
        meter_of(in->meter_info, &out->meter);
    }
}

static void read_stop_req(const struct iso2_body *body, struct scratch *memory,
                          struct v2g_message *message)
{
    (void)memory;
    message->session_end = (enum v2g_session_end)body->session_stop_req->charging_session;
}

static void read_authorization_req(const struct iso2_body *body, struct scratch *memory,
                                   struct v2g_message *message)
{
    struct v2g_authorization *out = &message->authorization;
    (void)memory;
    const int n = exi_blob_copy(body->authorization_req->gen_challenge, out->challenge,
                                sizeof out->challenge);
    out->challenge_len = (uint8_t)(n < 0 ? 0 : n);
}

static void read_receipt_req(const struct iso2_body *body, struct scratch *memory,
                             struct v2g_message *message)
{
    const struct iso2_metering_receipt_req *in = body->metering_receipt_req;
    struct v2g_metering_receipt *out = &message->metering_receipt;
    (void)memory;
    const int n = exi_blob_copy(in->session_id, out->session_id, sizeof out->session_id);
    out->session_id_len = (uint8_t)(n < 0 ? 0 : n);
    out->schedule_id = in->sa_schedule_tuple_id;
    meter_of(&in->meter_info, &out->meter);
}

static void read_nothing(const struct iso2_body *body, struct scratch *memory,
                         struct v2g_message *message)
{
    (void)body;
    (void)memory;
    (void)message;
}

static void read_discovery_req(const struct iso2_body *body, struct scratch *memory,
                               struct v2g_message *message)
{
    const struct iso2_service_discovery_req *in = body->service_discovery_req;
    struct v2g_service_discovery *out = &message->service_discovery;
    (void)memory;
    out->has_category = in->has_service_category;
    out->category = (uint8_t)in->service_category;
}

static void read_detail_req(const struct iso2_body *body, struct scratch *memory,
                            struct v2g_message *message)
{
    const struct iso2_service_detail_req *in = body->service_detail_req;
    struct v2g_service_detail *out = &message->service_detail;
    (void)memory;
    out->service_id = in->service_id;
}

static void read_detail_res(const struct iso2_body *body, struct scratch *memory,
                            struct v2g_message *message)
{
    const struct iso2_service_detail_res *in = body->service_detail_res;
    struct v2g_service_detail *out = &message->service_detail;
    (void)memory;
    out->service_id = in->service_id;
    if (in->service_parameter_list != NULL) {
        const uint16_t sets = in->service_parameter_list->parameter_set_count;
        out->n_sets = (uint8_t)(sets > UINT8_MAX ? UINT8_MAX : sets);
    }
}

static void read_authentication_res(const struct iso2_body *body, struct scratch *memory,
                                    struct v2g_message *message)
{
    const struct iso2_authorization_res *in = body->authorization_res;
    struct v2g_authorization *out = &message->authorization;
    (void)memory;
    out->processing = (enum v2g_processing)in->evse_processing;
}

static void read_cable_req(const struct iso2_body *body, struct scratch *memory,
                           struct v2g_message *message)
{
    const struct iso2_cable_check_req *in = body->cable_check_req;
    struct v2g_cable_check *out = &message->cable_check;
    (void)memory;
    out->ev = ev_of(in->dc_ev_status);
}

static void read_cable_res(const struct iso2_body *body, struct scratch *memory,
                           struct v2g_message *message)
{
    const struct iso2_cable_check_res *in = body->cable_check_res;
    struct v2g_cable_check *out = &message->cable_check;
    (void)memory;
    out->evse = evse_of(in->dc_evse_status);
    out->processing = (enum v2g_processing)in->evse_processing;
}

static void read_charge_req(const struct iso2_body *body, struct scratch *memory,
                            struct v2g_message *message)
{
    const struct iso2_pre_charge_req *in = body->pre_charge_req;
    struct v2g_pre_charge *out = &message->pre_charge;
    (void)memory;
    out->ev = ev_of(in->dc_ev_status);
    out->target_mv = milli(in->ev_target_voltage);
    out->target_ma = milli(in->ev_target_current);
}

static void read_charge_res(const struct iso2_body *body, struct scratch *memory,
                            struct v2g_message *message)
{
    const struct iso2_pre_charge_res *in = body->pre_charge_res;
    struct v2g_pre_charge *out = &message->pre_charge;
    (void)memory;
    out->evse = evse_of(in->dc_evse_status);
    out->present_mv = milli(in->evse_present_voltage);
}

static void read_delivery_res(const struct iso2_body *body, struct scratch *memory,
                              struct v2g_message *message)
{
    const struct iso2_power_delivery_res *in = body->power_delivery_res;
    struct v2g_power_delivery *out = &message->power_delivery;
    (void)memory;
    if (in->evse_status_choice == ISO2_EVSE_STATUS_DC) {
        out->is_dc = true;
        out->evse = evse_of(*in->dc_evse_status);
    } else if (in->evse_status_choice == ISO2_EVSE_STATUS_AC) {
        out->evse = ac_of(*in->ac_evse_status);
    }
}

static void read_welding_req(const struct iso2_body *body, struct scratch *memory,
                             struct v2g_message *message)
{
    const struct iso2_welding_detection_req *in = body->welding_detection_req;
    struct v2g_welding_detection *out = &message->welding_detection;
    (void)memory;
    out->ev = ev_of(in->dc_ev_status);
}

static void read_welding_res(const struct iso2_body *body, struct scratch *memory,
                             struct v2g_message *message)
{
    const struct iso2_welding_detection_res *in = body->welding_detection_res;
    struct v2g_welding_detection *out = &message->welding_detection;
    (void)memory;
    out->evse = evse_of(in->dc_evse_status);
    out->present_mv = milli(in->evse_present_voltage);
}

struct row {
    enum iso2_message which;
    enum v2g_kind kind;
    bool is_response;
    v2g_iso2_read *read;
};

static const struct row rows[] = {
    {ISO2_SESSION_SETUP_REQ, V2G_SESSION_SETUP, false, read_setup_req},
    {ISO2_SESSION_SETUP_RES, V2G_SESSION_SETUP, true, read_setup_res},
    {ISO2_SERVICE_DISCOVERY_REQ, V2G_SERVICE_DISCOVERY, false, read_discovery_req},
    {ISO2_SERVICE_DISCOVERY_RES, V2G_SERVICE_DISCOVERY, true, read_discovery_res},
    {ISO2_SERVICE_DETAIL_REQ, V2G_SERVICE_DETAIL, false, read_detail_req},
    {ISO2_SERVICE_DETAIL_RES, V2G_SERVICE_DETAIL, true, read_detail_res},
    {ISO2_PAYMENT_SERVICE_SELECTION_REQ, V2G_PAYMENT_SELECTION, false, read_payment_selection_req},
    {ISO2_PAYMENT_SERVICE_SELECTION_RES, V2G_PAYMENT_SELECTION, true, read_nothing},
    {ISO2_PAYMENT_DETAILS_REQ, V2G_PAYMENT_DETAILS, false, v2g_iso2_details_req_read},
    {ISO2_PAYMENT_DETAILS_RES, V2G_PAYMENT_DETAILS, true, v2g_iso2_details_res_read},
    {ISO2_AUTHORIZATION_REQ, V2G_AUTHORIZATION, false, read_authorization_req},
    {ISO2_AUTHORIZATION_RES, V2G_AUTHORIZATION, true, read_authentication_res},
    {ISO2_CHARGE_PARAMETER_DISCOVERY_REQ, V2G_CHARGE_PARAMETERS, false, read_parameters_req},
    {ISO2_CHARGE_PARAMETER_DISCOVERY_RES, V2G_CHARGE_PARAMETERS, true, read_parameters_res},
    {ISO2_CABLE_CHECK_REQ, V2G_CABLE_CHECK, false, read_cable_req},
    {ISO2_CABLE_CHECK_RES, V2G_CABLE_CHECK, true, read_cable_res},
    {ISO2_PRE_CHARGE_REQ, V2G_PRE_CHARGE, false, read_charge_req},
    {ISO2_PRE_CHARGE_RES, V2G_PRE_CHARGE, true, read_charge_res},
    {ISO2_POWER_DELIVERY_REQ, V2G_POWER_DELIVERY, false, read_delivery_req},
    {ISO2_POWER_DELIVERY_RES, V2G_POWER_DELIVERY, true, read_delivery_res},
    {ISO2_CHARGING_STATUS_REQ, V2G_CHARGING_STATUS, false, read_nothing},
    {ISO2_CHARGING_STATUS_RES, V2G_CHARGING_STATUS, true, read_status_res},
    {ISO2_CURRENT_DEMAND_REQ, V2G_CURRENT_DEMAND, false, read_demand_req},
    {ISO2_CURRENT_DEMAND_RES, V2G_CURRENT_DEMAND, true, read_demand_res},
    {ISO2_METERING_RECEIPT_REQ, V2G_METERING_RECEIPT, false, read_receipt_req},
    {ISO2_METERING_RECEIPT_RES, V2G_METERING_RECEIPT, true, read_nothing},
    {ISO2_WELDING_DETECTION_REQ, V2G_WELDING_DETECTION, false, read_welding_req},
    {ISO2_WELDING_DETECTION_RES, V2G_WELDING_DETECTION, true, read_welding_res},
    {ISO2_SESSION_STOP_REQ, V2G_SESSION_STOP, false, read_stop_req},
    {ISO2_SESSION_STOP_RES, V2G_SESSION_STOP, true, read_nothing},
    {ISO2_CERTIFICATE_INSTALLATION_REQ, V2G_CERTIFICATE_INSTALLATION, false,
     v2g_iso2_installation_req_read},
    {ISO2_CERTIFICATE_INSTALLATION_RES, V2G_CERTIFICATE_INSTALLATION, true,
     v2g_iso2_installation_res_read},
    {ISO2_CERTIFICATE_UPDATE_REQ, V2G_CERTIFICATE_UPDATE, false, v2g_iso2_update_req_read},
    {ISO2_CERTIFICATE_UPDATE_RES, V2G_CERTIFICATE_UPDATE, true, v2g_iso2_update_res_read}};

/* Every response begins with its code, so any of them shows it. */
_Static_assert(offsetof(struct iso2_session_stop_res, response_code) == 0 &&
                   offsetof(struct iso2_current_demand_res, response_code) == 0,
               "the code is the first member");

int v2g_iso2_message_read(const struct iso2_v2g_message *in, struct scratch *memory,
                          struct v2g_message *out)
{
    const int n = exi_blob_copy(in->header.session_id, out->session_id, sizeof out->session_id);
    out->session_id_len = (uint8_t)(n < 0 ? 0 : n);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].which != in->body.which) {
            continue;
        }
        out->kind = rows[i].kind;
        out->is_response = rows[i].is_response;
        if (out->is_response) {
            out->code = (enum v2g_response)in->body.session_stop_res->response_code;
        }
        rows[i].read(&in->body, memory, out);
        return E_OK;
    }
    return E_UNSUPPORTED;
}
