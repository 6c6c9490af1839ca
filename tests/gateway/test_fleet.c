/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "site/fleet.h"

#include <stdio.h>
#include <string.h>

static struct fleet fleet;

static struct fleet_device *add(const char *id)
{
    struct fleet_device device = {.key = 1};
    struct fleet_device *added = NULL;
    (void)snprintf(device.id, sizeof device.id, "%s", id);
    CHECK_EQ(fleet_add(&fleet, &device, &added), E_OK);
    return added;
}

static struct telemetry_reading reading(uint32_t epoch, uint32_t sequence, int32_t production_mw,
                                        int32_t consumption_mw)
{
    return (struct telemetry_reading){
        .boot_epoch = epoch,
        .sequence = sequence,
        .unix_ms = 1000 * (int64_t)sequence,
        .n_channels = 2,
        .channels = {{.kind = TELEMETRY_PRODUCTION, .power_mw = production_mw},
                     {.kind = TELEMETRY_CONSUMPTION, .power_mw = consumption_mw}}};
}

static void devices_are_found_by_name_however_many_come_and_go(void)
{
    char id[16];
    fleet_init(&fleet);
    CHECK(fleet_find(&fleet, "d0") == NULL);
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(id, sizeof id, "d%d", i);
        CHECK_STR(add(id)->id, id);
    }
    for (int i = 0; i < 1000; i += 3) {
        (void)snprintf(id, sizeof id, "d%d", i);
        fleet_remove(&fleet, fleet_find(&fleet, id));
    }
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(id, sizeof id, "d%d", i);
        CHECK((fleet_find(&fleet, id) != NULL) == (i % 3 != 0));
    }
    CHECK_EQ(fleet_count(&fleet), 666);
    for (size_t i = 0; i < fleet_count(&fleet); i++) {
        CHECK_EQ(fleet_at(&fleet, i)->slot, i);
    }
    fleet_free(&fleet);
}

static void a_name_is_given_once(void)
{
    struct fleet_device device = {.id = "a"};
    struct fleet_device *added;
    fleet_init(&fleet);
    add("a");
    CHECK_EQ(fleet_add(&fleet, &device, &added), E_STATE);
    fleet_free(&fleet);
}

static void the_newest_number_is_shown_whatever_comes_last(void)
{
    fleet_init(&fleet);
    struct fleet_device *d = add("a");
    struct telemetry_reading r = reading(2, 5, 100, 50);
    fleet_report(&fleet, d, &r, 77, 1000);
    r = reading(2, 4, 900, 0);
    fleet_report(&fleet, d, &r, 78, 1001);
    r = reading(1, 9, 900, 0);
    fleet_report(&fleet, d, &r, 79, 1002);
    CHECK_EQ(d->sequence, 5);
    CHECK_EQ(d->received_unix_ms, 77);
    CHECK_EQ(d->channels[TELEMETRY_PRODUCTION].power_mw, 100);
    CHECK(!d->channels[TELEMETRY_GRID_IMPORT].known);
    r = reading(3, 1, 200, 0);
    fleet_report(&fleet, d, &r, 80, 1003);
    CHECK_EQ(d->channels[TELEMETRY_PRODUCTION].power_mw, 200);
    fleet_free(&fleet);
}

static void a_silent_device_is_offline_and_counts_no_power(void)
{
    fleet_init(&fleet);
    struct fleet_device *d = add("a");
    struct telemetry_reading r = reading(1, 1, 3000, 1000);
    CHECK(!fleet_online(d, 5000));
    fleet_report(&fleet, d, &r, 0, 5000);
    CHECK(fleet_online(d, 5000 + FLEET_ONLINE_MS - 1));
    CHECK_EQ(fleet_flows(&fleet, 5000).production_mw, 3000);
    CHECK(!fleet_online(d, 5000 + FLEET_ONLINE_MS));
    CHECK_EQ(fleet_flows(&fleet, 5000 + FLEET_ONLINE_MS).production_mw, 0);
    CHECK_EQ(fleet_flows(&fleet, 5000 + FLEET_ONLINE_MS).online, 0);
    fleet_free(&fleet);
}

static void homes_without_a_grid_meter_are_netted_over_the_site(void)
{
    fleet_init(&fleet);
    struct telemetry_reading r = reading(1, 1, 3000, 1000);
    fleet_report(&fleet, add("a"), &r, 0, 1);
    r = reading(1, 1, 0, 1500);
    fleet_report(&fleet, add("b"), &r, 0, 1);
    struct fleet_flows flows = fleet_flows(&fleet, 1);
    CHECK_EQ(flows.production_mw, 3000);
    CHECK_EQ(flows.consumption_mw, 2500);
    CHECK_EQ(flows.grid_import_mw, 0);
    CHECK_EQ(flows.grid_export_mw, 500);
    r = reading(1, 1, 0, 800);
    fleet_report(&fleet, add("c"), &r, 0, 1);
    flows = fleet_flows(&fleet, 1);
    CHECK_EQ(flows.grid_import_mw, 300);
    CHECK_EQ(flows.grid_export_mw, 0);
    fleet_free(&fleet);
}

static void a_grid_meter_is_believed(void)
{
    fleet_init(&fleet);
    struct telemetry_reading r = {.boot_epoch = 1,
                                  .sequence = 1,
                                  .n_channels = 3,
                                  .channels = {{.kind = TELEMETRY_PRODUCTION, .power_mw = 3000},
                                               {.kind = TELEMETRY_GRID_IMPORT, .power_mw = 10},
                                               {.kind = TELEMETRY_GRID_EXPORT, .power_mw = 2900}}};
    fleet_report(&fleet, add("a"), &r, 0, 1);
    const struct fleet_flows flows = fleet_flows(&fleet, 1);
    CHECK_EQ(flows.grid_import_mw, 10);
    CHECK_EQ(flows.grid_export_mw, 2900);
    fleet_free(&fleet);
}

/* It measures again what the homes have told, so it is no part of any sum. */
static void the_meter_at_the_transformer_is_in_no_sum(void)
{
    struct telemetry_reading at_the_feeder = {
        .boot_epoch = 1,
        .sequence = 1,
        .n_channels = 3,
        .channels = {{.kind = TELEMETRY_CONSUMPTION, .power_mw = 5},
                     {.kind = TELEMETRY_GRID_IMPORT, .power_mw = 0},
                     {.kind = TELEMETRY_GRID_EXPORT, .power_mw = 1990}}};
    const struct telemetry_reading r = reading(1, 1, 3000, 1000);
    fleet_init(&fleet);
    fleet_set_feeder(&fleet, "transformer");
    fleet_report(&fleet, add("a"), &r, 0, 1);
    struct fleet_device *feeder = add("transformer"); /* named before it was added */
    fleet_report(&fleet, feeder, &at_the_feeder, 0, 1);
    struct fleet_flows flows = fleet_flows(&fleet, 1);
    CHECK(feeder->is_feeder && !fleet_find(&fleet, "a")->is_feeder);
    CHECK_EQ(flows.production_mw, 3000);
    CHECK_EQ(flows.consumption_mw, 1000);
    CHECK_EQ(flows.grid_import_mw, 0);
    CHECK_EQ(flows.grid_export_mw, 2000);
    CHECK_EQ(flows.online, 2);
    fleet_set_feeder(&fleet, NULL);
    CHECK(!feeder->is_feeder);
    flows = fleet_flows(&fleet, 1);
    CHECK_EQ(flows.consumption_mw, 1005);
    fleet_set_feeder(&fleet, "a"); /* added before it was named */
    CHECK(fleet_find(&fleet, "a")->is_feeder);
    fleet_free(&fleet);
}

static void changes_are_numbered_in_order(void)
{
    fleet_init(&fleet);
    struct fleet_device *a = add("a");
    struct fleet_device *b = add("b");
    CHECK(b->change > a->change);
    fleet_changed(&fleet, a);
    CHECK(a->change > b->change);
    CHECK_EQ(fleet.changes, a->change);
    fleet_free(&fleet);
}

/* Every device that changed after `seen`, in the order of the changes, each once. */
static void check_walk(uint64_t seen)
{
    size_t want = 0;
    size_t got = 0;
    uint64_t last = seen;
    for (size_t i = 0; i < fleet_count(&fleet); i++) {
        want += fleet_at(&fleet, i)->change > seen;
    }
    for (const struct fleet_device *d = fleet_changed_since(&fleet, seen); d;
         d = fleet_next_changed(d)) {
        CHECK(d->change > last);
        last = d->change;
        got++;
    }
    CHECK_EQ(got, want);
}

static void what_changed_is_walked_in_order_whatever_is_removed(void)
{
    char id[16];
    fleet_init(&fleet);
    CHECK(fleet_changed_since(&fleet, 0) == NULL);
    for (int i = 0; i < 40; i++) {
        (void)snprintf(id, sizeof id, "d%d", i);
        add(id);
    }
    for (size_t i = 0; i < 200; i++) {
        if (i % 7 == 0 && fleet_count(&fleet) > 1) {
            fleet_remove(&fleet, fleet_at(&fleet, i * 31 % fleet_count(&fleet)));
        }
        fleet_changed(&fleet, fleet_at(&fleet, i * 17 % fleet_count(&fleet)));
        check_walk(0);
        check_walk(fleet.changes - i % 12);
    }
    fleet_free(&fleet);
}

CHECK_MAIN(TEST(devices_are_found_by_name_however_many_come_and_go), TEST(a_name_is_given_once),
           TEST(the_newest_number_is_shown_whatever_comes_last),
           TEST(a_silent_device_is_offline_and_counts_no_power),
           TEST(homes_without_a_grid_meter_are_netted_over_the_site),
           TEST(a_grid_meter_is_believed), TEST(the_meter_at_the_transformer_is_in_no_sum),
           TEST(changes_are_numbered_in_order),
           TEST(what_changed_is_walked_in_order_whatever_is_removed))
