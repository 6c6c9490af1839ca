/* SPDX-License-Identifier: MIT
 * The PZEM-004T driver against a simulated chip, whole and broken.
 */
#include "app/pzem004t.h"

#include <string.h>

#include "check.h"
#include "sim/pzem.h"

static struct sim_pzem chip;
static struct pzem_sensor sensor;
static uint64_t now_ms;

static void connect(uint8_t address)
{
    sim_pzem_init(&chip);
    chip.voltage_dv = 2314;
    chip.current_ma = 70123; /* needs the high word */
    chip.power_dw = 162261;
    chip.energy_wh = 1234567;
    chip.frequency_dhz = 499;
    chip.power_factor_pct = 98;
    now_ms = 1000;
    const struct serial line = sim_pzem_line(&chip);
    const struct pzem_config config = {.address = address, .poll_interval_ms = 1000};
    pzem_sensor_init(&sensor, &config, &line, TELEMETRY_PRODUCTION, now_ms);
}

/* Runs the machine until `until_ms`; the chip answers at once. */
static void run(uint64_t until_ms)
{
    while (now_ms < until_ms) {
        CHECK_EQ(pzem_sensor_run(&sensor, now_ms), E_OK);
        const uint64_t next_ms = pzem_deadline(&sensor.machine);
        now_ms = chip.reply_pos < chip.reply_len ? now_ms + 5 : next_ms;
        if (now_ms > until_ms) {
            now_ms = until_ms;
        }
    }
    CHECK_EQ(pzem_sensor_run(&sensor, now_ms), E_OK);
}

static int read_sample(struct sensor_sample *sample)
{
    const struct site_time time = {.now_ms = now_ms};
    return pzem_sensor_read(&sensor, &time, sample);
}

static uint32_t failures(void)
{
    uint32_t sum = 0;
    for (int i = 0; i < PZEM_FAILURES; i++) {
        sum += sensor.n_failures[i];
    }
    return sum;
}

static void the_request_is_the_one_of_the_manual(void)
{
    static const uint8_t want[] = {0xF8, 0x04, 0x00, 0x00, 0x00, 0x0A, 0x64, 0x64};
    struct pzem p;
    uint8_t out[PZEM_REQUEST_LEN];
    pzem_init(&p, &(struct pzem_config){.address = PZEM_ADDRESS_ANY, .poll_interval_ms = 1000}, 0);
    pzem_tick(&p, 0);
    CHECK_EQ(pzem_output(&p, out, sizeof out - 1), E_NOSPACE);
    CHECK_EQ(pzem_output(&p, out, sizeof out), PZEM_REQUEST_LEN);
    CHECK_BYTES(out, sizeof out, want, sizeof want);
    CHECK_EQ(pzem_output(&p, out, sizeof out), 0);
}

static void registers_become_units(void)
{
    struct sensor_sample s;
    connect(1);
    run(1100);
    CHECK_EQ(read_sample(&s), E_OK);
    CHECK_EQ(s.n_channels, 1);
    CHECK_EQ(s.channels[0].kind, TELEMETRY_PRODUCTION);
    CHECK_EQ(s.channels[0].voltage_mv, 231400);
    CHECK_EQ(s.channels[0].current_ma, 70123);
    CHECK_EQ(s.channels[0].power_mw, 16226100);
    CHECK_EQ(s.channels[0].register_mwh, 1234567000);
    CHECK_EQ(s.channels[0].frequency_millihz, 49900);
    CHECK_EQ(read_sample(&s), E_STATE); /* a measurement is given once */
}

static void it_asks_once_in_each_interval(void)
{
    struct sensor_sample s;
    connect(1);
    for (uint32_t second = 1; second <= 60; second++) {
        run(1000 + 1000 * second - 1);
        CHECK_EQ(chip.n_requests, second);
        CHECK_EQ(read_sample(&s), E_OK);
    }
    CHECK_EQ(failures(), 0);
}

static void the_general_address_finds_a_chip_of_any_address(void)
{
    struct sensor_sample s;
    connect(PZEM_ADDRESS_ANY);
    chip.address = 0x42;
    run(1100);
    CHECK_EQ(read_sample(&s), E_OK);
}

static void another_chips_answer_is_not_ours(void)
{
    struct sensor_sample s;
    connect(1);
    chip.fault = SIM_PZEM_OTHER_ANSWERS;
    run(1900);
    CHECK_EQ(read_sample(&s), E_TIMEOUT);
    CHECK_EQ(sensor.n_failures[PZEM_NO_REPLY], 1);
}

static void silence_times_out_and_the_next_interval_tries_again(void)
{
    struct sensor_sample s;
    connect(1);
    chip.fault = SIM_PZEM_SILENT;
    run(3999);
    CHECK_EQ(sensor.n_failures[PZEM_NO_REPLY], 3);
    CHECK_EQ(read_sample(&s), E_TIMEOUT);
    chip.fault = SIM_PZEM_HEALTHY;
    run(4100);
    CHECK_EQ(read_sample(&s), E_OK);
}

static void a_wrong_crc_is_refused(void)
{
    struct sensor_sample s;
    connect(1);
    chip.fault = SIM_PZEM_BAD_CRC;
    run(1900);
    CHECK_EQ(read_sample(&s), E_CORRUPT);
    CHECK_EQ(sensor.n_failures[PZEM_BAD_CRC], 1);
}

static void no_single_bit_error_passes(void)
{
    for (uint16_t bit = 0; bit < 8 * PZEM_REPLY_LEN; bit++) {
        struct sensor_sample s;
        connect(bit % 2 == 0 ? 1 : PZEM_ADDRESS_ANY);
        chip.fault = SIM_PZEM_BIT_ERROR;
        chip.fault_bit = bit;
        run(1900);
        CHECK(read_sample(&s) != E_OK);
        CHECK_EQ(failures(), 1);
        chip.fault = SIM_PZEM_HEALTHY;
        run(2100);
        CHECK_EQ(read_sample(&s), E_OK);
    }
}

static void a_torn_answer_times_out_and_does_not_spoil_the_next(void)
{
    struct sensor_sample s;
    connect(1);
    chip.fault = SIM_PZEM_TRUNCATED;
    run(1900);
    CHECK_EQ(read_sample(&s), E_TIMEOUT);
    CHECK_EQ(pzem_strays(&sensor.machine), 7);
    chip.fault = SIM_PZEM_HEALTHY;
    run(2100);
    CHECK_EQ(read_sample(&s), E_OK);
}

static void the_answer_is_found_behind_noise(void)
{
    struct sensor_sample s;
    connect(1);
    chip.fault = SIM_PZEM_NOISE_BEFORE;
    run(1100);
    CHECK_EQ(read_sample(&s), E_OK);
    CHECK_EQ(s.channels[0].voltage_mv, 231400);
    CHECK_EQ(pzem_strays(&sensor.machine), 7);
}

static void every_exception_is_told(void)
{
    for (uint8_t code = 1; code <= 4; code++) {
        struct sensor_sample s;
        connect(1);
        chip.fault = SIM_PZEM_EXCEPTION;
        chip.fault_code = code;
        run(1900);
        CHECK_EQ(read_sample(&s), E_UNSUPPORTED);
        CHECK_EQ(sensor.n_failures[PZEM_EXCEPTION], 1);
        CHECK_EQ(sensor.machine.event.exception, code);
    }
}

static void values_the_chip_cannot_measure_are_refused(void)
{
    struct sensor_sample s;
    struct {
        uint16_t voltage_dv, frequency_dhz, power_factor_pct;
        uint32_t current_ma, power_dw, energy_wh;
    } wrong[] = {{3001, 500, 100, 0, 0, 0},      {2300, 0, 100, 0, 0, 0},
                 {2300, 661, 100, 0, 0, 0},      {2300, 500, 101, 0, 0, 0},
                 {2300, 500, 100, 110001, 0, 0}, {2300, 500, 100, 0xFFFFFFFF, 0, 0},
                 {2300, 500, 100, 0, 250001, 0}, {2300, 500, 100, 0, 0xFFFFFFFF, 0},
                 {2300, 500, 100, 0, 0, 9999991}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        connect(1);
        chip.voltage_dv = wrong[i].voltage_dv;
        chip.frequency_dhz = wrong[i].frequency_dhz;
        chip.power_factor_pct = wrong[i].power_factor_pct;
        chip.current_ma = wrong[i].current_ma;
        chip.power_dw = wrong[i].power_dw;
        chip.energy_wh = wrong[i].energy_wh;
        run(1900);
        CHECK_EQ(read_sample(&s), E_MALFORMED);
    }
}

static void bytes_may_come_one_by_one(void)
{
    struct pzem p;
    uint8_t request[PZEM_REQUEST_LEN];
    uint8_t reply[64];
    struct pzem_event event;
    connect(1);
    const struct serial line = sim_pzem_line(&chip);
    pzem_init(&p, &(struct pzem_config){.address = 1, .poll_interval_ms = 1000}, 0);
    pzem_tick(&p, 0);
    CHECK_EQ(pzem_output(&p, request, sizeof request), PZEM_REQUEST_LEN);
    CHECK_EQ(line.write(line.context, request, sizeof request), E_OK);
    const int n = line.read(line.context, reply, sizeof reply);
    CHECK_EQ(n, PZEM_REPLY_LEN);
    for (int i = 0; i < n; i++) {
        CHECK(!pzem_event(&p, &event));
        pzem_input(&p, (uint64_t)i, reply + i, 1);
    }
    CHECK(pzem_event(&p, &event));
    CHECK_EQ(event.kind, PZEM_MEASURED);
    CHECK_EQ(event.measurement.power_factor_pct, 98);
    CHECK(!event.measurement.over_power_alarm);
}

static void a_request_waits_until_the_line_is_quiet(void)
{
    struct pzem p;
    uint8_t out[PZEM_REQUEST_LEN];
    pzem_init(&p, &(struct pzem_config){.address = 1, .poll_interval_ms = 1000}, 100);
    pzem_input(&p, 100, (const uint8_t *)"babble", 6);
    pzem_tick(&p, 105);
    CHECK_EQ(pzem_output(&p, out, sizeof out), 0);
    CHECK_EQ(pzem_deadline(&p), 100 + PZEM_QUIET_MS);
    pzem_tick(&p, 100 + PZEM_QUIET_MS);
    CHECK_EQ(pzem_output(&p, out, sizeof out), PZEM_REQUEST_LEN);
    CHECK_EQ(pzem_strays(&p), 6);
}

static void the_alarm_of_the_chip_is_seen(void)
{
    connect(1);
    chip.alarm_threshold_w = 16000;
    run(1100);
    CHECK(sensor.newest.over_power_alarm);
}

/* The model itself: what the chip refuses. */
static void the_simulated_chip_refuses_what_the_chip_refuses(void)
{
    static const struct {
        const uint8_t bytes[8];
        size_t len;
        int reply_len;
        uint8_t code;
    } cases[] = {{{1, 0x04, 0, 0, 0, 11}, 6, 5, 2},    /* one register too many */
                 {{1, 0x04, 0, 0, 0, 0}, 6, 5, 2},     /* none */
                 {{1, 0x03, 0, 0, 0, 1}, 6, 5, 2},     /* holding registers start at 1 */
                 {{1, 0x06, 0, 2, 0, 0xF8}, 6, 5, 3},  /* the general address is nobody's own */
                 {{1, 0x06, 0, 3, 0, 1}, 6, 5, 2},     /* no such register */
                 {{1, 0x10, 0, 1, 0, 1}, 6, 5, 1},     /* no such function */
                 {{2, 0x04, 0, 0, 0, 10}, 6, 0, 0},    /* not for us */
                 {{0, 0x42}, 2, 0, 0},                 /* a broadcast is obeyed in silence */
                 {{1, 0x42}, 2, 4, 0},                 /* reset of the energy */
                 {{1, 0x06, 0, 2, 0, 0x42}, 6, 8, 0}}; /* a new address */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t frame[8];
        uint8_t reply[64];
        connect(1);
        const struct serial line = sim_pzem_line(&chip);
        memcpy(frame, cases[i].bytes, cases[i].len);
        /* CRC-16/MODBUS, bit by bit: another way than the library's */
        uint16_t crc = 0xFFFF;
        for (size_t b = 0; b < 8 * cases[i].len; b++) {
            crc ^= b % 8 == 0 ? frame[b / 8] : 0;
            crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0xA001 : 0));
        }
        frame[cases[i].len] = (uint8_t)crc;
        frame[cases[i].len + 1] = (uint8_t)(crc >> 8);
        CHECK_EQ(line.write(line.context, frame, cases[i].len + 2), E_OK);
        CHECK_EQ(line.read(line.context, reply, sizeof reply), cases[i].reply_len);
        if (cases[i].code != 0) {
            CHECK_EQ(reply[1], cases[i].bytes[1] | 0x80);
            CHECK_EQ(reply[2], cases[i].code);
        }
    }
    CHECK_EQ(chip.address, 0x42);
}

CHECK_MAIN(TEST(the_request_is_the_one_of_the_manual), TEST(registers_become_units),
           TEST(it_asks_once_in_each_interval),
           TEST(the_general_address_finds_a_chip_of_any_address),
           TEST(another_chips_answer_is_not_ours),
           TEST(silence_times_out_and_the_next_interval_tries_again), TEST(a_wrong_crc_is_refused),
           TEST(no_single_bit_error_passes),
           TEST(a_torn_answer_times_out_and_does_not_spoil_the_next),
           TEST(the_answer_is_found_behind_noise), TEST(every_exception_is_told),
           TEST(values_the_chip_cannot_measure_are_refused), TEST(bytes_may_come_one_by_one),
           TEST(a_request_waits_until_the_line_is_quiet), TEST(the_alarm_of_the_chip_is_seen),
           TEST(the_simulated_chip_refuses_what_the_chip_refuses))
