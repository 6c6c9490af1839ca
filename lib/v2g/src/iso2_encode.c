/* SPDX-License-Identifier: MIT
 * ISO 15118-2: from struct v2g_message to the codec's structs. All pieces come zeroed from the
 * scratch memory, so only what differs from zero is written.
 */
#include <stddef.h>
#include <string.h>

#include "base/assert.h"
#include "base/fixed.h"
#include "dialect.h"
#include "iso2_contract.h"
#include "physical.h"

static struct iso2_physical_value value_of(struct physical p, enum iso2_unit_symbol unit)
{
    return (struct iso2_physical_value){.multiplier = p.multiplier, .unit = unit, .value = p.value};
}

static struct iso2_physical_value volts(int32_t mv)
{
    return value_of(v2g_physical_of_milli(mv), ISO2_UNIT_SYMBOL_V);
}

static struct iso2_physical_value amps(int32_t ma)
{
    return value_of(v2g_physical_of_milli(ma), ISO2_UNIT_SYMBOL_A);
}

static const struct iso2_physical_value *optional(struct scratch *memory,
                                                  struct iso2_physical_value value, bool given)
{
    if (!given) {
        return NULL;
    }
    struct iso2_physical_value *at = v2g_scratch_take(memory, sizeof *at);
    *at = value;
    return at;
}

static struct iso2_physical_value units(int32_t value, enum iso2_unit_symbol unit)
{
    return value_of(v2g_physical_of_units(value), unit);
}

static struct iso2_dc_ev_status ev_of(struct v2g_ev_status s)
{
    return (struct iso2_dc_ev_status){.ev_ready = s.ready,
                                      .ev_error_code = (enum iso2_dc_ev_error_code)s.error,
                                      .ev_ress_soc = (int8_t)fixed_clamp(s.soc_pct, 0, 100)};
}

static struct iso2_dc_evse_status evse_of(struct v2g_evse_status s)
{
    return (struct iso2_dc_evse_status){
        .evse_isolation_status = (enum iso2_isolation_level)s.isolation,
        .has_evse_isolation_status = s.has_isolation,
        .evse_status_code = (enum iso2_dc_evse_status_code)s.code,
        .notification_max_delay = s.notification_delay_s,
        .evse_notification = (enum iso2_evse_notification)s.notification};
}

static struct iso2_ac_evse_status ac_of(struct v2g_evse_status s)
{
    return (struct iso2_ac_evse_status){.notification_max_delay = s.notification_delay_s,
                                        .evse_notification =
                                            (enum iso2_evse_notification)s.notification,
                                        .rcd = s.rcd};
}

static const struct iso2_meter_info *meter_of(const struct v2g_meter *in, struct scratch *memory)
{
    if (in->id == NULL) {
        return NULL;
    }
    struct iso2_meter_info *out = v2g_scratch_take(memory, sizeof *out);
    out->meter_id = exi_text_of(in->id);
    out->meter_reading = in->reading_wh;
    out->has_meter_reading = true;
    out->t_meter = in->unix_s;
    out->has_t_meter = in->unix_s != 0;
    return out;
}

static enum iso2_evse_processing processing_of(enum v2g_processing processing)
{
    return (enum iso2_evse_processing)processing;
}

/* The schema wants 7 characters at least, and so does the car; "ZZ00000" is nobody's. */
static struct exi_text evse_id_of(const char *id)
{
    return id[0] == '\0' ? EXI_TEXT("ZZ00000") : exi_text_of(id);
}

enum iso2_response_code v2g_iso2_code_of(enum v2g_response code)
{
    return code == V2G_RESPONSE_FAILED_VOLTAGE_TOO_LOW
               ? ISO2_RESPONSE_CODE_FAILED_POWER_DELIVERY_NOT_APPLIED
               : (enum iso2_response_code)code;
}

static void write_setup_req(const struct v2g_message *message, struct scratch *memory,
                            struct iso2_body *body)
{
    const struct v2g_session_setup *in = &message->session_setup;
    struct iso2_session_setup_req *out = v2g_scratch_take(memory, sizeof *out);
    body->session_setup_req = out;
    out->evcc_id = EXI_BLOB(in->evcc_id, in->evcc_id_len > 6 ? 6 : in->evcc_id_len);
}

static void write_setup_res(const struct v2g_message *message, struct scratch *memory,
                            struct iso2_body *body)
{
    const struct v2g_session_setup *in = &message->session_setup;
    struct iso2_session_setup_res *out = v2g_scratch_take(memory, sizeof *out);
    body->session_setup_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->evse_id = evse_id_of(in->evse_id);
    out->evse_time_stamp = in->unix_s;
    out->has_evse_time_stamp = in->unix_s != 0;
}

static void write_discovery_req(const struct v2g_message *message, struct scratch *memory,
                                struct iso2_body *body)
{
    const struct v2g_service_discovery *in = &message->service_discovery;
    struct iso2_service_discovery_req *out = v2g_scratch_take(memory, sizeof *out);
    body->service_discovery_req = out;
    out->has_service_category = in->has_category;
    out->service_category = (enum iso2_service_category)in->category;
}

static void write_services(const struct v2g_service_discovery *in, struct scratch *memory,
                           struct iso2_service_discovery_res *out)
{
    struct iso2_service_list *list = v2g_scratch_take(memory, sizeof *list);
    struct iso2_service *services = v2g_scratch_take(memory, in->n_services * sizeof *services);
    for (uint8_t i = 0; i < in->n_services; i++) {
        services[i].service_id = in->services[i].id;
        services[i].service_category = (enum iso2_service_category)in->services[i].category;
        services[i].free_service = in->services[i].free;
    }
    list->service = services;
    list->service_count = in->n_services;
    out->service_list = list;
}

static void write_discovery_res(const struct v2g_message *message, struct scratch *memory,
                                struct iso2_body *body)
{
    const struct v2g_service_discovery *in = &message->service_discovery;
    struct iso2_service_discovery_res *out = v2g_scratch_take(memory, sizeof *out);
    body->service_discovery_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    enum iso2_payment_option *options = v2g_scratch_take(memory, 2 * sizeof *options);
    uint16_t n = 0;
    if (in->offers_contract) {
        options[n++] = ISO2_PAYMENT_OPTION_CONTRACT;
    }
    if (in->offers_external || n == 0) {
        options[n++] = ISO2_PAYMENT_OPTION_EXTERNAL_PAYMENT;
    }
    out->payment_option_list.payment_option = options;
    out->payment_option_list.payment_option_count = n;
    enum iso2_energy_transfer_mode *modes =
        v2g_scratch_take(memory, V2G_ENERGY_MODE_COUNT * sizeof *modes);
    uint16_t n_modes = 0;
    for (unsigned mode = 0; mode < V2G_ENERGY_MODE_COUNT; mode++) {
        if ((in->modes & 1U << mode) != 0) {
            modes[n_modes++] = (enum iso2_energy_transfer_mode)mode;
        }
    }
    /* the list cannot be empty, not even in a refusal */
    n_modes = (uint16_t)(n_modes == 0 ? 1 : n_modes);
    out->charge_service.service_id = V2G_SERVICE_CHARGE;
    out->charge_service.service_category = ISO2_SERVICE_CATEGORY_EV_CHARGING;
    out->charge_service.free_service = in->free;
    out->charge_service.supported_energy_transfer_mode.energy_transfer_mode = modes;
    out->charge_service.supported_energy_transfer_mode.energy_transfer_mode_count = n_modes;
    if (in->n_services > 0) {
        write_services(in, memory, out);
    }
}

static void write_detail_req(const struct v2g_message *message, struct scratch *memory,
                             struct iso2_body *body)
{
    const struct v2g_service_detail *in = &message->service_detail;
    struct iso2_service_detail_req *out = v2g_scratch_take(memory, sizeof *out);
    body->service_detail_req = out;
    out->service_id = in->service_id;
}

/* ISO 15118-2 table 106: parameter set n of the Internet service is one protocol and its port. */
static void write_internet_sets(uint8_t n_sets, struct scratch *memory,
                                struct iso2_service_detail_res *out)
{
    static const struct {
        struct exi_text protocol;
        int16_t port;
    } sets[] = {{EXI_TEXT_INIT("ftp"), 20},
                {EXI_TEXT_INIT("ftp"), 21},
                {EXI_TEXT_INIT("http"), 80},
                {EXI_TEXT_INIT("https"), 443}};
    ASSERT(n_sets <= sizeof sets / sizeof sets[0]);
    struct iso2_service_parameter_list *list = v2g_scratch_take(memory, sizeof *list);
    struct iso2_parameter_set *out_sets = v2g_scratch_take(memory, n_sets * sizeof *out_sets);
    for (uint8_t i = 0; i < n_sets; i++) {
        struct iso2_parameter *parameters = v2g_scratch_take(memory, 2 * sizeof *parameters);
        parameters[0].name = EXI_TEXT("Protocol");
        parameters[0].parameter_value_choice = ISO2_PARAMETER_VALUE_STRING;
        parameters[0].string_value = sets[i].protocol;
        parameters[1].name = EXI_TEXT("Port");
        parameters[1].parameter_value_choice = ISO2_PARAMETER_VALUE_INT;
        parameters[1].int_value = sets[i].port;
        out_sets[i].parameter_set_id = (int16_t)(i + 1);
        out_sets[i].parameter = parameters;
        out_sets[i].parameter_count = 2;
    }
    list->parameter_set = out_sets;
    list->parameter_set_count = n_sets;
    out->service_parameter_list = list;
}

static void write_detail_res(const struct v2g_message *message, struct scratch *memory,
                             struct iso2_body *body)
{
    const struct v2g_service_detail *in = &message->service_detail;
    struct iso2_service_detail_res *out = v2g_scratch_take(memory, sizeof *out);
    body->service_detail_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->service_id = in->service_id;
    if (in->n_sets > 0) {
        write_internet_sets(in->n_sets, memory, out);
    }
}

static void write_payment_selection_req(const struct v2g_message *message, struct scratch *memory,
                                        struct iso2_body *body)
{
    const struct v2g_payment_selection *in = &message->payment_selection;
    struct iso2_payment_service_selection_req *out = v2g_scratch_take(memory, sizeof *out);
    body->payment_service_selection_req = out;
    ASSERT(in->n_selected <= V2G_MAX_SELECTED);
    struct iso2_selected_service *services =
        v2g_scratch_take(memory, V2G_MAX_SELECTED * sizeof *services);
    for (uint8_t i = 0; i < in->n_selected; i++) {
        services[i].service_id = in->selected[i].id;
        services[i].parameter_set_id = in->selected[i].set;
        services[i].has_parameter_set_id = in->selected[i].set >= 0;
    }
    out->selected_payment_option = (enum iso2_payment_option)in->payment;
    out->selected_service_list.selected_service = services;
    out->selected_service_list.selected_service_count = in->n_selected;
}

static void write_authentication_res(const struct v2g_message *message, struct scratch *memory,
                                     struct iso2_body *body)
{
    const struct v2g_authorization *in = &message->authorization;
    struct iso2_authorization_res *out = v2g_scratch_take(memory, sizeof *out);
    body->authorization_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->evse_processing = processing_of(in->processing);
}

static void write_ac_parameters(const struct v2g_charge_parameters *in, struct scratch *memory,
                                struct iso2_charge_parameter_discovery_req *out)
{
    struct iso2_ac_ev_charge_parameter *ac = v2g_scratch_take(memory, sizeof *ac);
    ac->departure_time = in->departure_s;
    ac->has_departure_time = in->departure_s != 0;
    ac->e_amount = units(in->energy_wh, ISO2_UNIT_SYMBOL_WH);
    ac->ev_max_voltage = volts(in->ac_max_mv);
    ac->ev_max_current = amps(in->ac_max_ma);
    ac->ev_min_current = amps(in->ac_min_ma);
    out->ev_charge_parameter_choice = ISO2_EV_CHARGE_PARAMETER_AC;
    out->ac_ev_charge_parameter = ac;
}

static void write_parameters_req(const struct v2g_message *message, struct scratch *memory,
                                 struct iso2_body *body)
{
    const struct v2g_charge_parameters *in = &message->charge_parameters;
    struct iso2_charge_parameter_discovery_req *out = v2g_scratch_take(memory, sizeof *out);
    body->charge_parameter_discovery_req = out;
    out->requested_energy_transfer_mode = (enum iso2_energy_transfer_mode)in->mode;
    if (!in->is_dc) {
        write_ac_parameters(in, memory, out);
        return;
    }
    struct iso2_dc_ev_charge_parameter *dc = v2g_scratch_take(memory, sizeof *dc);
    dc->departure_time = in->departure_s;
    dc->has_departure_time = in->departure_s != 0;
    dc->dc_ev_status = ev_of(in->ev);
    dc->ev_maximum_current_limit = amps(in->dc.max_ma);
    dc->ev_maximum_voltage_limit = volts(in->dc.max_mv);
    dc->ev_maximum_power_limit =
        optional(memory, units(in->dc.max_w, ISO2_UNIT_SYMBOL_W), in->dc.max_w > 0);
    dc->ev_energy_capacity =
        optional(memory, units(in->capacity_wh, ISO2_UNIT_SYMBOL_WH), in->capacity_wh > 0);
    dc->ev_energy_request =
        optional(memory, units(in->energy_wh, ISO2_UNIT_SYMBOL_WH), in->energy_wh > 0);
    dc->has_full_soc = in->full_soc_pct >= 0;
    dc->full_soc = in->full_soc_pct;
    dc->has_bulk_soc = in->bulk_soc_pct >= 0;
    dc->bulk_soc = in->bulk_soc_pct;
    out->ev_charge_parameter_choice = ISO2_EV_CHARGE_PARAMETER_DC;
    out->dc_ev_charge_parameter = dc;
}

static const struct iso2_sales_tariff *tariff_of(const struct v2g_tariff *in,
                                                 struct scratch *memory)
{
    ASSERT(in->n_steps >= 1 && in->n_steps <= V2G_MAX_STEPS);
    struct iso2_sales_tariff *out = v2g_scratch_take(memory, sizeof *out);
    struct iso2_sales_tariff_entry *entries =
        v2g_scratch_take(memory, in->n_steps * sizeof *entries);
    for (uint8_t i = 0; i < in->n_steps; i++) {
        struct iso2_relative_time_interval *span = v2g_scratch_take(memory, sizeof *span);
        span->start = in->steps[i].start_s;
        span->duration = in->steps[i].duration_s;
        span->has_duration = span->duration != 0;
        entries[i].time_interval_choice = ISO2_TIME_INTERVAL_RELATIVE;
        entries[i].relative_time_interval = span;
        entries[i].e_price_level = in->steps[i].price_level;
        entries[i].has_e_price_level = in->n_levels > 0;
    }
    out->sales_tariff_id = in->id;
    out->num_e_price_levels = in->n_levels;
    out->has_num_e_price_levels = in->n_levels > 0;
    out->sales_tariff_entry = entries;
    out->sales_tariff_entry_count = in->n_steps;
    return out;
}

static void write_schedule(const struct v2g_schedule *in, struct scratch *memory,
                           struct iso2_sa_schedule_tuple *out)
{
    ASSERT(in->n_steps >= 1 && in->n_steps <= V2G_MAX_STEPS);
    struct iso2_pmax_schedule_entry *entries =
        v2g_scratch_take(memory, in->n_steps * sizeof *entries);
    for (uint8_t i = 0; i < in->n_steps; i++) {
        struct iso2_relative_time_interval *span = v2g_scratch_take(memory, sizeof *span);
        span->start = in->steps[i].start_s;
        span->duration = in->steps[i].duration_s;
        span->has_duration = span->duration != 0;
        entries[i].time_interval_choice = ISO2_TIME_INTERVAL_RELATIVE;
        entries[i].relative_time_interval = span;
        entries[i].pmax = units(in->steps[i].max_w, ISO2_UNIT_SYMBOL_W);
    }
    out->sa_schedule_tuple_id = in->id;
    out->pmax_schedule.pmax_schedule_entry = entries;
    out->pmax_schedule.pmax_schedule_entry_count = in->n_steps;
    out->sales_tariff = in->tariff == NULL ? NULL : tariff_of(in->tariff, memory);
}

static void write_parameters_res(const struct v2g_message *message, struct scratch *memory,
                                 struct iso2_body *body)
{
    const struct v2g_charge_parameters *in = &message->charge_parameters;
    struct iso2_charge_parameter_discovery_res *out = v2g_scratch_take(memory, sizeof *out);
    body->charge_parameter_discovery_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->evse_processing = processing_of(in->processing);
    if (in->n_schedules > 0) {
        struct iso2_sa_schedule_list *list = v2g_scratch_take(memory, sizeof *list);
        struct iso2_sa_schedule_tuple *tuples =
            v2g_scratch_take(memory, in->n_schedules * sizeof *tuples);
        for (uint8_t i = 0; i < in->n_schedules; i++) {
            write_schedule(&in->schedules[i], memory, &tuples[i]);
        }
        list->sa_schedule_tuple = tuples;
        list->sa_schedule_tuple_count = in->n_schedules;
        out->sa_schedules_choice = ISO2_SA_SCHEDULES_SA_SCHEDULE_LIST;
        out->sa_schedule_list = list;
    }
    if (!in->is_dc) {
        struct iso2_ac_evse_charge_parameter *ac = v2g_scratch_take(memory, sizeof *ac);
        ac->ac_evse_status = ac_of(in->evse);
        ac->evse_nominal_voltage = volts(in->ac_max_mv);
        ac->evse_max_current = amps(in->ac_max_ma);
        out->evse_charge_parameter_choice = ISO2_EVSE_CHARGE_PARAMETER_AC;
        out->ac_evse_charge_parameter = ac;
        return;
    }
    struct iso2_dc_evse_charge_parameter *dc = v2g_scratch_take(memory, sizeof *dc);
    dc->dc_evse_status = evse_of(in->evse);
    dc->evse_maximum_current_limit = amps(in->dc.max_ma);
    dc->evse_maximum_power_limit = units(in->dc.max_w, ISO2_UNIT_SYMBOL_W);
    dc->evse_maximum_voltage_limit = volts(in->dc.max_mv);
    dc->evse_minimum_current_limit = amps(in->dc.min_ma);
    dc->evse_minimum_voltage_limit = volts(in->dc.min_mv);
    dc->evse_current_regulation_tolerance =
        optional(memory, amps(in->dc.tolerance_ma), in->dc.tolerance_ma > 0);
    dc->evse_peak_current_ripple = amps(in->dc.ripple_ma);
    out->evse_charge_parameter_choice = ISO2_EVSE_CHARGE_PARAMETER_DC;
    out->dc_evse_charge_parameter = dc;
}

static void write_cable_req(const struct v2g_message *message, struct scratch *memory,
                            struct iso2_body *body)
{
    const struct v2g_cable_check *in = &message->cable_check;
    struct iso2_cable_check_req *out = v2g_scratch_take(memory, sizeof *out);
    body->cable_check_req = out;
    out->dc_ev_status = ev_of(in->ev);
}

static void write_cable_res(const struct v2g_message *message, struct scratch *memory,
                            struct iso2_body *body)
{
    const struct v2g_cable_check *in = &message->cable_check;
    struct iso2_cable_check_res *out = v2g_scratch_take(memory, sizeof *out);
    body->cable_check_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->dc_evse_status = evse_of(in->evse);
    out->evse_processing = processing_of(in->processing);
}

static void write_charge_req(const struct v2g_message *message, struct scratch *memory,
                             struct iso2_body *body)
{
    const struct v2g_pre_charge *in = &message->pre_charge;
    struct iso2_pre_charge_req *out = v2g_scratch_take(memory, sizeof *out);
    body->pre_charge_req = out;
    out->dc_ev_status = ev_of(in->ev);
    out->ev_target_voltage = volts(in->target_mv);
    out->ev_target_current = amps(in->target_ma);
}

static void write_charge_res(const struct v2g_message *message, struct scratch *memory,
                             struct iso2_body *body)
{
    const struct v2g_pre_charge *in = &message->pre_charge;
    struct iso2_pre_charge_res *out = v2g_scratch_take(memory, sizeof *out);
    body->pre_charge_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->dc_evse_status = evse_of(in->evse);
    out->evse_present_voltage = volts(in->present_mv);
}

static void write_profile(const struct v2g_power_delivery *in, struct scratch *memory,
                          struct iso2_power_delivery_req *out)
{
    struct iso2_charging_profile *profile = v2g_scratch_take(memory, sizeof *profile);
    struct iso2_profile_entry *entries = v2g_scratch_take(memory, in->n_steps * sizeof *entries);
    for (uint8_t i = 0; i < in->n_steps; i++) {
        entries[i].charging_profile_entry_start = in->profile[i].start_s;
        entries[i].charging_profile_entry_max_power =
            units(in->profile[i].max_w, ISO2_UNIT_SYMBOL_W);
    }
    profile->profile_entry = entries;
    profile->profile_entry_count = in->n_steps;
    out->charging_profile = profile;
}

static void write_delivery_req(const struct v2g_message *message, struct scratch *memory,
                               struct iso2_body *body)
{
    const struct v2g_power_delivery *in = &message->power_delivery;
    struct iso2_power_delivery_req *out = v2g_scratch_take(memory, sizeof *out);
    body->power_delivery_req = out;
    out->charge_progress = (enum iso2_charge_progress)in->progress;
    out->sa_schedule_tuple_id = (uint8_t)(in->schedule_id == 0 ? 1 : in->schedule_id);
    if (in->n_steps > 0) {
        write_profile(in, memory, out);
    }
    if (in->has_ev) {
        struct iso2_dc_ev_power_delivery_parameter *dc = v2g_scratch_take(memory, sizeof *dc);
        dc->dc_ev_status = ev_of(in->ev);
        dc->charging_complete = in->charging_complete;
        out->ev_power_delivery_parameter_choice = ISO2_EV_POWER_DELIVERY_PARAMETER_DC;
        out->dc_ev_power_delivery_parameter = dc;
    }
}

static void write_delivery_res(const struct v2g_message *message, struct scratch *memory,
                               struct iso2_body *body)
{
    const struct v2g_power_delivery *in = &message->power_delivery;
    struct iso2_power_delivery_res *out = v2g_scratch_take(memory, sizeof *out);
    body->power_delivery_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    if (!in->is_dc) {
        struct iso2_ac_evse_status *ac = v2g_scratch_take(memory, sizeof *ac);
        *ac = ac_of(in->evse);
        out->evse_status_choice = ISO2_EVSE_STATUS_AC;
        out->ac_evse_status = ac;
        return;
    }
    struct iso2_dc_evse_status *status = v2g_scratch_take(memory, sizeof *status);
    *status = evse_of(in->evse);
    out->evse_status_choice = ISO2_EVSE_STATUS_DC;
    out->dc_evse_status = status;
}

static void write_status_res(const struct v2g_message *message, struct scratch *memory,
                             struct iso2_body *body)
{
    const struct v2g_charging_status *in = &message->charging_status;
    struct iso2_charging_status_res *out = v2g_scratch_take(memory, sizeof *out);
    body->charging_status_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->evse_id = evse_id_of(in->evse_id);
    out->sa_schedule_tuple_id = (uint8_t)(in->schedule_id == 0 ? 1 : in->schedule_id);
    out->evse_max_current = optional(memory, amps(in->max_ma), in->max_ma >= 0);
    out->meter_info = meter_of(&in->meter, memory);
    out->receipt_required = in->receipt_required;
    out->has_receipt_required = true;
    out->ac_evse_status = ac_of(in->evse);
}

static void write_demand_req(const struct v2g_message *message, struct scratch *memory,
                             struct iso2_body *body)
{
    const struct v2g_current_demand *in = &message->current_demand;
    struct iso2_current_demand_req *out = v2g_scratch_take(memory, sizeof *out);
    body->current_demand_req = out;
    out->dc_ev_status = ev_of(in->ev);
    out->ev_target_current = amps(in->target_ma);
    out->ev_target_voltage = volts(in->target_mv);
    out->ev_maximum_voltage_limit = optional(memory, volts(in->max_mv), in->max_mv >= 0);
    out->ev_maximum_current_limit = optional(memory, amps(in->max_ma), in->max_ma >= 0);
    out->ev_maximum_power_limit =
        optional(memory, units(in->max_w, ISO2_UNIT_SYMBOL_W), in->max_w >= 0);
    out->has_bulk_charging_complete = true;
    out->bulk_charging_complete = in->bulk_complete;
    out->charging_complete = in->charging_complete;
    out->remaining_time_to_full_soc =
        optional(memory, units(in->full_soc_s, ISO2_UNIT_SYMBOL_S), in->full_soc_s >= 0);
}

static void write_demand_res(const struct v2g_message *message, struct scratch *memory,
                             struct iso2_body *body)
{
    const struct v2g_current_demand *in = &message->current_demand;
    struct iso2_current_demand_res *out = v2g_scratch_take(memory, sizeof *out);
    body->current_demand_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->dc_evse_status = evse_of(in->evse);
    out->evse_present_voltage = volts(in->present_mv);
    out->evse_present_current = amps(in->present_ma);
    out->evse_current_limit_achieved = in->current_limited;
    out->evse_voltage_limit_achieved = in->voltage_limited;
    out->evse_power_limit_achieved = in->power_limited;
    out->evse_maximum_voltage_limit = optional(memory, volts(in->max_mv), in->max_mv >= 0);
    out->evse_maximum_current_limit = optional(memory, amps(in->max_ma), in->max_ma >= 0);
    out->evse_maximum_power_limit =
        optional(memory, units(in->max_w, ISO2_UNIT_SYMBOL_W), in->max_w >= 0);
    out->evse_id = evse_id_of(in->evse_id);
    out->sa_schedule_tuple_id = (uint8_t)(in->schedule_id == 0 ? 1 : in->schedule_id);
    out->meter_info = meter_of(&in->meter, memory);
    out->receipt_required = in->receipt_required;
    out->has_receipt_required = true;
}

static void write_welding_req(const struct v2g_message *message, struct scratch *memory,
                              struct iso2_body *body)
{
    const struct v2g_welding_detection *in = &message->welding_detection;
    struct iso2_welding_detection_req *out = v2g_scratch_take(memory, sizeof *out);
    body->welding_detection_req = out;
    out->dc_ev_status = ev_of(in->ev);
}

static void write_welding_res(const struct v2g_message *message, struct scratch *memory,
                              struct iso2_body *body)
{
    const struct v2g_welding_detection *in = &message->welding_detection;
    struct iso2_welding_detection_res *out = v2g_scratch_take(memory, sizeof *out);
    body->welding_detection_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    out->dc_evse_status = evse_of(in->evse);
    out->evse_present_voltage = volts(in->present_mv);
}

static void write_stop_req(const struct v2g_message *message, struct scratch *memory,
                           struct iso2_body *body)
{
    struct iso2_session_stop_req *out = v2g_scratch_take(memory, sizeof *out);
    out->charging_session = (enum iso2_charging_session)message->session_end;
    body->session_stop_req = out;
}

static void write_status_req(const struct v2g_message *message, struct scratch *memory,
                             struct iso2_body *body)
{
    (void)message;
    body->charging_status_req = v2g_scratch_take(memory, sizeof *body->charging_status_req);
}

static void write_receipt_req(const struct v2g_message *message, struct scratch *memory,
                              struct iso2_body *body)
{
    const struct v2g_metering_receipt *in = &message->metering_receipt;
    struct iso2_metering_receipt_req *out = v2g_scratch_take(memory, sizeof *out);
    body->metering_receipt_req = out;
    out->session_id = EXI_BLOB(in->session_id, in->session_id_len);
    out->sa_schedule_tuple_id = in->schedule_id;
    out->has_sa_schedule_tuple_id = in->schedule_id != 0;
    out->meter_info.meter_id = exi_text_of(in->meter.id == NULL ? "meter" : in->meter.id);
    out->meter_info.meter_reading = in->meter.reading_wh;
    out->meter_info.has_meter_reading = true;
    out->meter_info.t_meter = in->meter.unix_s;
    out->meter_info.has_t_meter = in->meter.unix_s != 0;
}

static void write_authentication_req(const struct v2g_message *message, struct scratch *memory,
                                     struct iso2_body *body)
{
    (void)message;
    body->authorization_req = v2g_scratch_take(memory, sizeof *body->authorization_req);
}

/* Responses that are a code and nothing else. */
static void write_code(const struct v2g_message *message, struct scratch *memory,
                       struct iso2_body *body)
{
    struct iso2_session_stop_res *out = v2g_scratch_take(memory, sizeof *out);
    out->response_code = v2g_iso2_code_of(message->code);
    body->session_stop_res = out;
}

static void write_receipt_res(const struct v2g_message *message, struct scratch *memory,
                              struct iso2_body *body)
{
    const struct v2g_metering_receipt *in = &message->metering_receipt;
    struct iso2_metering_receipt_res *out = v2g_scratch_take(memory, sizeof *out);
    body->metering_receipt_res = out;
    out->response_code = v2g_iso2_code_of(message->code);
    if (in->is_dc) {
        struct iso2_dc_evse_status *status = v2g_scratch_take(memory, sizeof *status);
        *status = evse_of(in->evse);
        out->evse_status_choice = ISO2_EVSE_STATUS_DC;
        out->dc_evse_status = status;
    } else {
        struct iso2_ac_evse_status *status = v2g_scratch_take(memory, sizeof *status);
        *status = ac_of(in->evse);
        out->evse_status_choice = ISO2_EVSE_STATUS_AC;
        out->ac_evse_status = status;
    }
}

struct row {
    enum iso2_message request, response;
    v2g_iso2_write *write_request, *write_response; /* NULL: not in this dialect */
};

static const struct row rows[V2G_KIND_COUNT] = {
    [V2G_SESSION_SETUP] = {ISO2_SESSION_SETUP_REQ, ISO2_SESSION_SETUP_RES, write_setup_req,
                           write_setup_res},
    [V2G_SERVICE_DISCOVERY] = {ISO2_SERVICE_DISCOVERY_REQ, ISO2_SERVICE_DISCOVERY_RES,
                               write_discovery_req, write_discovery_res},
    [V2G_SERVICE_DETAIL] = {ISO2_SERVICE_DETAIL_REQ, ISO2_SERVICE_DETAIL_RES, write_detail_req,
                            write_detail_res},
    [V2G_PAYMENT_SELECTION] = {ISO2_PAYMENT_SERVICE_SELECTION_REQ,
                               ISO2_PAYMENT_SERVICE_SELECTION_RES, write_payment_selection_req,
                               write_code},
    [V2G_PAYMENT_DETAILS] = {ISO2_PAYMENT_DETAILS_REQ, ISO2_PAYMENT_DETAILS_RES,
                             v2g_iso2_details_req_write, v2g_iso2_details_res_write},
    [V2G_CERTIFICATE_INSTALLATION] = {ISO2_CERTIFICATE_INSTALLATION_REQ,
                                      ISO2_CERTIFICATE_INSTALLATION_RES,
                                      v2g_iso2_installation_req_write,
                                      v2g_iso2_installation_res_write},
    [V2G_CERTIFICATE_UPDATE] = {ISO2_CERTIFICATE_UPDATE_REQ, ISO2_CERTIFICATE_UPDATE_RES,
                                v2g_iso2_update_req_write, v2g_iso2_update_res_write},
    [V2G_AUTHORIZATION] = {ISO2_AUTHORIZATION_REQ, ISO2_AUTHORIZATION_RES, write_authentication_req,
                           write_authentication_res},
    [V2G_CHARGE_PARAMETERS] = {ISO2_CHARGE_PARAMETER_DISCOVERY_REQ,
                               ISO2_CHARGE_PARAMETER_DISCOVERY_RES, write_parameters_req,
                               write_parameters_res},
    [V2G_CABLE_CHECK] = {ISO2_CABLE_CHECK_REQ, ISO2_CABLE_CHECK_RES, write_cable_req,
                         write_cable_res},
    [V2G_PRE_CHARGE] = {ISO2_PRE_CHARGE_REQ, ISO2_PRE_CHARGE_RES, write_charge_req,
                        write_charge_res},
    [V2G_POWER_DELIVERY] = {ISO2_POWER_DELIVERY_REQ, ISO2_POWER_DELIVERY_RES, write_delivery_req,
                            write_delivery_res},
    [V2G_CHARGING_STATUS] = {ISO2_CHARGING_STATUS_REQ, ISO2_CHARGING_STATUS_RES, write_status_req,
                             write_status_res},
    [V2G_CURRENT_DEMAND] = {ISO2_CURRENT_DEMAND_REQ, ISO2_CURRENT_DEMAND_RES, write_demand_req,
                            write_demand_res},
    [V2G_METERING_RECEIPT] = {ISO2_METERING_RECEIPT_REQ, ISO2_METERING_RECEIPT_RES,
                              write_receipt_req, write_receipt_res},
    [V2G_WELDING_DETECTION] = {ISO2_WELDING_DETECTION_REQ, ISO2_WELDING_DETECTION_RES,
                               write_welding_req, write_welding_res},
    [V2G_SESSION_STOP] = {ISO2_SESSION_STOP_REQ, ISO2_SESSION_STOP_RES, write_stop_req,
                          write_code}};

int v2g_iso2_message_write(const struct v2g_message *in, struct scratch *memory,
                           struct iso2_v2g_message *out)
{
    const struct row *row = &rows[in->kind];
    v2g_iso2_write *write = in->is_response ? row->write_response : row->write_request;
    if (write == NULL) {
        return E_ARG;
    }
    out->header.session_id = EXI_BLOB(in->session_id, in->session_id_len);
    out->body.which = in->is_response ? row->response : row->request;
    write(in, memory, &out->body);
    return E_OK;
}
