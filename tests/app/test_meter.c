/* SPDX-License-Identifier: MIT
 * The meter in a simulated home: nothing lost, nothing twice, whatever fails.
 */
#include "app/meter.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "sim/metered_home.h"

enum { ROWS_MAX = 40000, SECOND = 1000, MINUTE = 60 * SECOND };

static struct sim_metered_home home;
static struct sim_sink_row rows[ROWS_MAX];

/* ---- sensors ---- */

static int sensor_error;
static int64_t register_offset_mwh;

/* A register that grows with site time, so that a reading's energy and time prove each other. */
static int64_t register_at(int64_t unix_ms)
{
    return unix_ms / 10 + register_offset_mwh;
}

static int read_register(void *context, const struct site_time *time, struct sensor_sample *out)
{
    (void)context;
    if (sensor_error != E_OK) {
        return sensor_error;
    }
    *out = (struct sensor_sample){.n_channels = 2,
                                  .channels = {{.kind = TELEMETRY_PRODUCTION,
                                                .power_mw = 360000000,
                                                .voltage_mv = 230000,
                                                .current_ma = 1565217,
                                                .frequency_millihz = 50000,
                                                .register_mwh = register_at(time->unix_ms)},
                                               {.kind = TELEMETRY_GRID_EXPORT, .register_mwh = 7}}};
    return E_OK;
}

static int32_t power_mw;

static int read_power(void *context, const struct site_time *time, struct sensor_sample *out)
{
    (void)context;
    (void)time;
    if (sensor_error != E_OK) {
        return sensor_error;
    }
    *out = (struct sensor_sample){.n_channels = 1,
                                  .channels = {{.kind = TELEMETRY_CONSUMPTION,
                                                .power_mw = power_mw,
                                                .register_mwh = SENSOR_NO_REGISTER}}};
    return E_OK;
}

static struct meter_config config_with(int (*read)(void *, const struct site_time *,
                                                   struct sensor_sample *))
{
    sensor_error = E_OK;
    register_offset_mwh = 0;
    power_mw = 3600000;
    return (struct meter_config){.device_id = "meter-1",
                                 .send_interval_ms = 5 * SECOND,
                                 .sample_interval_ms = SECOND,
                                 .ack_timeout_ms = 10 * SECOND,
                                 .window = 8,
                                 .site_rate = 1,
                                 .power_max_mw = 1000000000,
                                 .sensor = {.read = read}};
}

static void move_in(const struct meter_config *config, uint32_t outbox_sectors, uint64_t seed)
{
    sim_metered_home_init(&home, config, outbox_sectors, rows, ROWS_MAX, seed);
    home.unix_offset_ms = 1470000000000;
}

/* Everything the meter ever took is in the sink, once, in order, and the meter knows it. */
static void check_books(void)
{
    const struct meter_counts counts = meter_counts(&home.meter);
    const char *wrong = sim_sink_audit(&home.sink);
    CHECK_STR(wrong == NULL ? "" : wrong, "");
    CHECK_EQ(counts.n_waiting, 0);
    CHECK_EQ(counts.n_refused, 0);
    CHECK_EQ(counts.n_taken, home.sink.n_rows);
    CHECK_EQ(counts.n_stored, home.sink.n_rows);
    CHECK_EQ(home.sink.n_forged, 0);
}

/* With the register sensor: energy since the first reading is the energy of the time since. */
static void check_energies(void)
{
    for (size_t i = 0; i < home.sink.n_rows; i++) {
        CHECK_EQ(rows[i].energy_mwh[TELEMETRY_PRODUCTION] -
                     rows[0].energy_mwh[TELEMETRY_PRODUCTION],
                 register_at(rows[i].unix_ms) - register_at(rows[0].unix_ms));
    }
}

/* ---- tests ---- */

static void a_reading_is_taken_in_every_interval_and_stored(void)
{
    const struct meter_config config = config_with(read_register);
    move_in(&config, 16, 1);
    sim_metered_home_run(&home, home.now_ms + 10 * MINUTE);
    CHECK(sim_metered_home_settle(&home, MINUTE));
    check_books();
    check_energies();
    CHECK(home.sink.n_rows >= 120 && home.sink.n_rows <= 122);
    CHECK_EQ(home.sink.n_duplicates, 0);
    for (size_t i = 1; i < home.sink.n_rows; i++) {
        CHECK_EQ(rows[i].unix_ms - rows[i - 1].unix_ms, 5 * SECOND);
    }
}

static void energy_is_integrated_where_the_sensor_has_no_register(void)
{
    const struct meter_config config = config_with(read_power);
    move_in(&config, 16, 2);
    sim_metered_home_run(&home, home.now_ms + 100 * SECOND);
    CHECK_EQ(meter_energy_mwh(&home.meter, TELEMETRY_CONSUMPTION), 100 * 1000); /* 3600 W: 1 Wh/s */
    power_mw = 1800000; /* the first second of it is the mean of both */
    sim_metered_home_run(&home, home.now_ms + 100 * SECOND);
    CHECK_EQ(meter_energy_mwh(&home.meter, TELEMETRY_CONSUMPTION), 100000 + 750 + 99 * 500);
}

static void a_fast_site_clock_makes_energy_as_fast(void)
{
    struct meter_config config = config_with(read_power);
    config.site_rate = 600;
    move_in(&config, 16, 3);
    sim_metered_home_run(&home, home.now_ms + 60 * SECOND);
    CHECK_EQ(meter_energy_mwh(&home.meter, TELEMETRY_CONSUMPTION), 60 * 600 * 1000);
}

static void what_was_not_measured_is_not_invented(void)
{
    const struct meter_config config = config_with(read_power);
    struct meter_event event;
    move_in(&config, 16, 4);
    sim_metered_home_run(&home, home.now_ms + 10 * SECOND);
    const int64_t before_mwh = meter_energy_mwh(&home.meter, TELEMETRY_CONSUMPTION);
    CHECK_EQ(before_mwh, 10000);
    sensor_error = E_TIMEOUT;
    sim_metered_home_run(&home, home.now_ms + 10 * MINUTE);
    CHECK_EQ(meter_energy_mwh(&home.meter, TELEMETRY_CONSUMPTION), before_mwh);
    const struct meter_counts counts = meter_counts(&home.meter);
    CHECK_EQ(counts.n_sensor_failures, 600);
    CHECK(counts.n_missed >= 119);
    sensor_error = E_OK;
    sim_metered_home_run(&home, home.now_ms + SECOND);
    CHECK_EQ(meter_energy_mwh(&home.meter, TELEMETRY_CONSUMPTION), before_mwh + 5000);
    CHECK(!meter_event(&home.meter, &event)); /* the home took them */
    sim_metered_home_run(&home, home.now_ms + 10 * SECOND);
    CHECK(sim_metered_home_settle(&home, MINUTE));
    check_books();
}

static void a_lost_sensor_is_told_once_and_its_return_too(void)
{
    const struct meter_config config = config_with(read_register);
    int n_lost = 0;
    int n_back = 0;
    move_in(&config, 16, 5);
    struct site_time time = {
        .now_ms = home.now_ms, .unix_ms = 1470000000000, .quality = TELEMETRY_TIME_HELD};
    for (int second = 0; second < 100; second++) {
        struct meter_event event;
        sensor_error = second >= 20 && second < 60 ? E_IO : E_OK;
        meter_tick(&home.meter, &time);
        while (meter_event(&home.meter, &event)) {
            n_lost += event.kind == METER_SENSOR_LOST && event.error == E_IO;
            n_back += event.kind == METER_SENSOR_BACK;
            CHECK(event.kind == METER_SENSOR_LOST ? second == 24 : second == 60);
        }
        time.now_ms += SECOND;
        time.unix_ms += SECOND;
    }
    CHECK_EQ(n_lost, 1);
    CHECK_EQ(n_back, 1);
}

static void readings_wait_out_an_outage_with_their_times_and_go_oldest_first(void)
{
    const struct meter_config config = config_with(read_register);
    move_in(&config, 16, 6);
    sim_metered_home_run(&home, home.now_ms + 21 * SECOND);
    sim_metered_home_set_broker(&home, false);
    sim_metered_home_run(&home, home.now_ms + 10 * MINUTE);
    CHECK_EQ(meter_counts(&home.meter).n_waiting, 120);
    CHECK(sim_metered_home_settle(&home, MINUTE));
    /* Before the audit sorts them: they came in the order in which they were taken. */
    for (size_t i = 1; i < home.sink.n_rows; i++) {
        CHECK_EQ(rows[i].sequence, i + 1);
        CHECK_EQ(rows[i].unix_ms - rows[i - 1].unix_ms, 5 * SECOND);
    }
    check_books();
    check_energies();
}

static void never_more_than_the_window_is_in_flight(void)
{
    const struct meter_config config = config_with(read_register);
    uint8_t message[TELEMETRY_READING_MAX_LEN];
    move_in(&config, 16, 7);
    sim_metered_home_set_broker(&home, false);
    sim_metered_home_run(&home, home.now_ms + 5 * MINUTE);
    meter_set_link(&home.meter, home.now_ms, true);
    int n = 0;
    while (meter_output(&home.meter, home.now_ms, message, sizeof message) > 0) {
        n++;
    }
    CHECK_EQ(n, 8);
    CHECK_EQ(meter_counts(&home.meter).n_waiting, 61);
}

static void lost_messages_and_acknowledgements_are_made_good(void)
{
    const struct meter_config config = config_with(read_register);
    move_in(&config, 16, 8);
    home.up = (struct sim_link){.random = &home.random,
                                .loss_permille = 300,
                                .repeat_permille = 200,
                                .delay_min_ms = 5,
                                .delay_max_ms = 12000};
    home.down = home.up;
    sim_metered_home_run(&home, home.now_ms + 30 * MINUTE);
    CHECK(home.up.n_lost > 50 && home.down.n_lost > 50 && home.down.n_repeated > 20);
    CHECK(home.sink.n_duplicates > 50);
    CHECK(meter_counts(&home.meter).n_resent > 50);
    CHECK(sim_metered_home_settle(&home, 20 * MINUTE));
    check_books();
    check_energies();
}

static void a_reading_without_answer_is_sent_again_more_and_more_rarely(void)
{
    struct meter_config config = config_with(read_register);
    config.send_interval_ms = 3600 * SECOND;
    move_in(&config, 16, 9);
    home.down.loss_permille = 1000;
    sim_metered_home_run(&home, home.now_ms + SECOND);
    CHECK_EQ(meter_counts(&home.meter).n_sent, 1);
    /* 10, 20, 40, 80, 160, 320 s later, then every 320 s. */
    static const int at_s[] = {10, 30, 70, 150, 310, 630, 950, 1270};
    uint64_t start_ms = home.now_ms;
    for (size_t i = 0; i < sizeof at_s / sizeof at_s[0]; i++) {
        sim_metered_home_run(&home, start_ms + (uint64_t)at_s[i] * SECOND - SECOND - 1);
        CHECK_EQ(meter_counts(&home.meter).n_resent, i);
        sim_metered_home_run(&home, start_ms + (uint64_t)at_s[i] * SECOND);
        CHECK_EQ(meter_counts(&home.meter).n_resent, i + 1);
    }
}

static void a_finished_meter_takes_nothing_and_still_makes_good_what_was_lost(void)
{
    const struct meter_config config = config_with(read_register);
    move_in(&config, 16, 9);
    home.up.loss_permille = 1000;
    sim_metered_home_run(&home, home.now_ms + MINUTE);
    const uint64_t n_taken = meter_counts(&home.meter).n_taken;
    CHECK(n_taken > 5 && meter_counts(&home.meter).n_waiting == n_taken);
    meter_finish(&home.meter);
    home.up.loss_permille = 0;
    sim_metered_home_run(&home, home.now_ms + 10 * MINUTE);
    CHECK_EQ(meter_counts(&home.meter).n_taken, n_taken);
    check_books();
}

static void a_refusal_for_good_drops_the_reading_and_is_told(void)
{
    const struct meter_config config = config_with(read_register);
    uint8_t message[TELEMETRY_READING_MAX_LEN];
    uint8_t ack[TELEMETRY_ACK_MAX_LEN];
    struct meter_event event;
    move_in(&config, 16, 10);
    home.up.loss_permille = 1000;
    sim_metered_home_run(&home, home.now_ms + 12 * SECOND);
    CHECK_EQ(meter_counts(&home.meter).n_waiting, 3);
    const struct telemetry_ack_range range = {
        .boot_epoch = 1, .first_sequence = 2, .last_sequence = 2, .verdict = TELEMETRY_BANNED};
    const int len = telemetry_ack_encode(&range, 1, ack, sizeof ack);
    CHECK_EQ(meter_input(&home.meter, home.now_ms, ack, (size_t)len), E_OK);
    CHECK(meter_event(&home.meter, &event));
    CHECK_EQ(event.kind, METER_REFUSED);
    CHECK_EQ(event.verdict, TELEMETRY_BANNED);
    CHECK_EQ(event.boot_epoch, 1);
    CHECK_EQ(event.sequence, 2);
    /* Said twice, it counts once; and a cut does not forget it. */
    CHECK_EQ(meter_input(&home.meter, home.now_ms, ack, (size_t)len), E_OK);
    CHECK(!meter_event(&home.meter, &event));
    sim_metered_home_cut_power(&home);
    const struct meter_counts counts = meter_counts(&home.meter);
    CHECK_EQ(counts.n_taken, 3);
    CHECK_EQ(counts.n_refused, 1);
    CHECK_EQ(counts.n_stored, 0);
    CHECK_EQ(counts.n_waiting, 2);
    CHECK_EQ(meter_output(&home.meter, home.now_ms, message, 10), E_NOSPACE);
}

static void an_acknowledgement_of_what_was_never_sent_has_no_effect(void)
{
    const struct meter_config config = config_with(read_register);
    uint8_t ack[TELEMETRY_ACK_MAX_LEN];
    move_in(&config, 16, 11);
    sim_metered_home_set_broker(&home, false);
    sim_metered_home_run(&home, home.now_ms + 12 * SECOND);
    const struct telemetry_ack_range range = {
        .boot_epoch = 1, .first_sequence = 1, .last_sequence = UINT32_MAX};
    const int len = telemetry_ack_encode(&range, 1, ack, sizeof ack);
    CHECK_EQ(meter_input(&home.meter, home.now_ms, ack, (size_t)len), E_OK);
    CHECK_EQ(meter_counts(&home.meter).n_waiting, 3);
    CHECK(meter_input(&home.meter, home.now_ms, ack, (size_t)len - 1) < 0);
    CHECK(meter_input(&home.meter, home.now_ms, ack, 0) < 0);
    CHECK_EQ(meter_counts(&home.meter).n_bad_acks, 2);
}

static void a_full_outbox_loses_resolution_and_no_energy(void)
{
    const struct meter_config config = config_with(read_power);
    move_in(&config, 4, 12);
    sim_metered_home_set_broker(&home, false);
    sim_metered_home_run(&home, home.now_ms + 30 * MINUTE);
    const struct meter_counts full = meter_counts(&home.meter);
    CHECK(full.n_unsaved > 100);
    CHECK(full.n_waiting > 10);
    CHECK_EQ(full.n_taken, full.n_waiting);
    sim_metered_home_cut_power(&home); /* the energy of the time without room survives this too */
    CHECK(meter_energy_mwh(&home.meter, TELEMETRY_CONSUMPTION) >= 30 * 60 * 1000 - 5000);
    sim_metered_home_run(&home, home.now_ms + MINUTE);
    CHECK(sim_metered_home_settle(&home, 5 * MINUTE));
    sim_metered_home_run(&home, home.now_ms + MINUTE);
    CHECK(sim_metered_home_settle(&home, 5 * MINUTE));
    check_books();
    CHECK(rows[home.sink.n_rows - 1].energy_mwh[TELEMETRY_CONSUMPTION] >= 32 * 60 * 1000 - 10000);
}

static void a_restart_is_a_new_epoch_and_goes_on_where_it_was(void)
{
    const struct meter_config config = config_with(read_register);
    move_in(&config, 16, 13);
    for (int i = 0; i < 20; i++) {
        sim_metered_home_run(&home, home.now_ms + 23 * SECOND);
        sim_metered_home_cut_power(&home);
    }
    sim_metered_home_run(&home, home.now_ms + 10 * SECOND);
    CHECK(sim_metered_home_settle(&home, MINUTE));
    check_books();
    check_energies();
    CHECK_EQ(rows[0].boot_epoch, 1);
    CHECK_EQ(rows[home.sink.n_rows - 1].boot_epoch, 21);
}

static void a_sensor_that_was_replaced_is_counted_from_its_own_zero(void)
{
    const struct meter_config config = config_with(read_register);
    struct meter_event event;
    move_in(&config, 16, 14);
    sim_metered_home_run(&home, home.now_ms + 10 * SECOND);
    const int64_t before_mwh = meter_energy_mwh(&home.meter, TELEMETRY_PRODUCTION);
    register_offset_mwh = -140000000000; /* fell */
    struct site_time time = {.now_ms = home.now_ms + SECOND,
                             .unix_ms = home.unix_offset_ms + (int64_t)home.now_ms + SECOND,
                             .quality = TELEMETRY_TIME_SYNCED};
    meter_tick(&home.meter, &time);
    CHECK(meter_event(&home.meter, &event));
    CHECK_EQ(event.kind, METER_REGISTER_RESET);
    CHECK_EQ(event.channel, TELEMETRY_PRODUCTION);
    CHECK_EQ(meter_energy_mwh(&home.meter, TELEMETRY_PRODUCTION), before_mwh);
    register_offset_mwh += 1000000000; /* leapt: 1000 kWh in a second */
    time.now_ms += SECOND;
    time.unix_ms += SECOND;
    meter_tick(&home.meter, &time);
    CHECK(meter_event(&home.meter, &event));
    CHECK_EQ(event.kind, METER_REGISTER_RESET);
    CHECK_EQ(meter_energy_mwh(&home.meter, TELEMETRY_PRODUCTION), before_mwh);
    time.now_ms += SECOND;
    time.unix_ms += SECOND;
    meter_tick(&home.meter, &time);
    CHECK_EQ(meter_energy_mwh(&home.meter, TELEMETRY_PRODUCTION), before_mwh + 100);
}

static void an_unknown_time_is_said_and_not_guessed(void)
{
    const struct meter_config config = config_with(read_power);
    uint8_t message[TELEMETRY_READING_MAX_LEN];
    struct telemetry_envelope envelope;
    move_in(&config, 16, 15);
    const struct site_time time = {
        .now_ms = home.now_ms, .unix_ms = 12345, .quality = TELEMETRY_TIME_UNKNOWN};
    meter_tick(&home.meter, &time);
    const int len = meter_output(&home.meter, home.now_ms, message, sizeof message);
    CHECK(len > 0);
    CHECK_EQ(telemetry_reading_decode(message, (size_t)len, &envelope), E_OK);
    CHECK_EQ(envelope.reading.time_quality, TELEMETRY_TIME_UNKNOWN);
    CHECK_EQ(envelope.reading.unix_ms, 0);
}

static void a_configuration_that_cannot_be_is_refused(void)
{
    const struct meter_config good = config_with(read_power);
    move_in(&good, 16, 16);
    const struct site_time time = {.now_ms = 1};
    struct meter_config full = good;
    full.signer = identity_signer(&home.identity);
    full.store = &home.store;
    full.outbox = &home.outbox;
    static struct meter m;
    struct meter_config bad[10];
    for (int i = 0; i < 10; i++) {
        bad[i] = full;
    }
    bad[0].device_id = "";
    bad[1].device_id = NULL;
    bad[2].send_interval_ms = 0;
    bad[3].sample_interval_ms = full.send_interval_ms + 1;
    bad[4].ack_timeout_ms = 0;
    bad[5].window = METER_WINDOW_MAX + 1;
    bad[6].site_rate = 0;
    bad[7].sensor.read = NULL;
    bad[8].store = NULL;
    bad[9].window = 0;
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(meter_init(&m, &bad[i], &time), E_ARG);
    }
    CHECK_EQ(meter_init(&m, &full, &time), E_OK);
    CHECK_EQ(m.boot_epoch, 2);
}

static void a_flash_that_fails_is_told_and_a_restart_goes_on(void)
{
    for (int in_store = 0; in_store < 2; in_store++) {
        const struct meter_config config = config_with(read_register);
        struct meter_event event = {0};
        move_in(&config, 16, 17);
        sim_metered_home_run(&home, home.now_ms + 12 * SECOND);
        struct sim_flash *flash = in_store ? &home.store_flash : &home.outbox_flash;
        flash->tear = SIM_FLASH_PREFIX;
        flash->fail_at = sim_flash_operations(flash);
        const struct site_time time = {.now_ms = home.now_ms + 5 * SECOND,
                                       .unix_ms =
                                           home.unix_offset_ms + (int64_t)home.now_ms + 5 * SECOND,
                                       .quality = TELEMETRY_TIME_SYNCED};
        meter_tick(&home.meter, &time);
        CHECK(meter_event(&home.meter, &event));
        CHECK_EQ(event.kind, METER_FLASH_FAILED);
        CHECK_EQ(event.error, E_IO);
        home.now_ms = time.now_ms;
        sim_metered_home_cut_power(&home);
        sim_metered_home_run(&home, home.now_ms + 12 * SECOND);
        CHECK(sim_metered_home_settle(&home, MINUTE));
        check_books();
        check_energies();
    }
}

/* ---- power cuts ---- */

/* One short life with a cut at one operation of one of the two flashes. False when that operation
 * never came. */
static bool live_with_a_cut(bool in_store, uint32_t operation, enum sim_flash_tear tear)
{
    const struct meter_config config = config_with(read_register);
    move_in(&config, 4, 1000 + operation);
    home.up.delay_max_ms = home.down.delay_max_ms = 300;
    sim_metered_home_run(&home, home.now_ms + 7 * SECOND);
    struct sim_flash *flash = in_store ? &home.store_flash : &home.outbox_flash;
    flash->tear = tear;
    flash->cut_at = sim_flash_operations(flash) + operation;
    sim_metered_home_run(&home, home.now_ms + 40 * SECOND);
    const bool was_cut = home.n_boots > 1;
    CHECK(sim_metered_home_settle(&home, 5 * MINUTE));
    sim_metered_home_run(&home, home.now_ms + 6 * SECOND);
    CHECK(sim_metered_home_settle(&home, 5 * MINUTE));
    check_books();
    check_energies();
    return was_cut;
}

static void cut_everywhere(bool in_store)
{
    for (int tear = 0; tear < SIM_FLASH_TEARS; tear++) {
        uint32_t operation = 0;
        while (live_with_a_cut(in_store, operation, (enum sim_flash_tear)tear)) {
            operation++;
        }
        CHECK(operation >= 8);
    }
}

static void a_cut_at_any_operation_of_the_outbox_loses_and_doubles_nothing(void)
{
    cut_everywhere(false);
}

static void a_cut_at_any_operation_of_the_store_loses_and_doubles_nothing(void)
{
    cut_everywhere(true);
}

static void long_lives_of_random_cuts_outages_and_losses_keep_their_books(void)
{
    for (uint64_t seed = 1; seed <= 6; seed++) {
        const struct meter_config config = config_with(seed % 2 == 0 ? read_register : read_power);
        struct sim_random random = {.state = seed};
        move_in(&config, 8 + (uint32_t)seed, seed);
        home.up.delay_max_ms = home.down.delay_max_ms = 2000;
        for (int i = 0; i < 60; i++) {
            home.up.loss_permille = sim_random_below(&random, 300);
            home.down.loss_permille = sim_random_below(&random, 300);
            home.down.repeat_permille = sim_random_below(&random, 300);
            struct sim_flash *flash =
                sim_random_chance(&random, 500) ? &home.store_flash : &home.outbox_flash;
            flash->tear = (enum sim_flash_tear)sim_random_below(&random, SIM_FLASH_TEARS);
            flash->cut_at = sim_flash_operations(flash) + sim_random_below(&random, 120);
            if (sim_random_chance(&random, 400)) {
                sim_metered_home_set_broker(&home, sim_random_chance(&random, 500));
            }
            if (sim_random_chance(&random, 200)) {
                sim_metered_home_cut_power(&home);
            }
            sim_metered_home_run(&home, home.now_ms + sim_random_below(&random, 10 * MINUTE));
        }
        CHECK(home.n_boots > 20);
        CHECK(sim_metered_home_settle(&home, 60 * MINUTE));
        check_books();
        if (seed % 2 == 0) {
            check_energies();
        }
    }
}

CHECK_MAIN(TEST(a_reading_is_taken_in_every_interval_and_stored),
           TEST(energy_is_integrated_where_the_sensor_has_no_register),
           TEST(a_fast_site_clock_makes_energy_as_fast),
           TEST(what_was_not_measured_is_not_invented),
           TEST(a_lost_sensor_is_told_once_and_its_return_too),
           TEST(readings_wait_out_an_outage_with_their_times_and_go_oldest_first),
           TEST(never_more_than_the_window_is_in_flight),
           TEST(a_finished_meter_takes_nothing_and_still_makes_good_what_was_lost),
           TEST(lost_messages_and_acknowledgements_are_made_good),
           TEST(a_reading_without_answer_is_sent_again_more_and_more_rarely),
           TEST(a_refusal_for_good_drops_the_reading_and_is_told),
           TEST(an_acknowledgement_of_what_was_never_sent_has_no_effect),
           TEST(a_full_outbox_loses_resolution_and_no_energy),
           TEST(a_restart_is_a_new_epoch_and_goes_on_where_it_was),
           TEST(a_sensor_that_was_replaced_is_counted_from_its_own_zero),
           TEST(an_unknown_time_is_said_and_not_guessed),
           TEST(a_configuration_that_cannot_be_is_refused),
           TEST(a_flash_that_fails_is_told_and_a_restart_goes_on),
           TEST(a_cut_at_any_operation_of_the_outbox_loses_and_doubles_nothing),
           TEST(a_cut_at_any_operation_of_the_store_loses_and_doubles_nothing),
           TEST(long_lives_of_random_cuts_outages_and_losses_keep_their_books))
