/* fuzz: app sim_flash */
/* SPDX-License-Identifier: MIT
 * The meter driven by a script: time, the link, acknowledgements good and bad, a failing sensor,
 * power cuts at any flash operation. The books hold at each step.
 */
#include <stdlib.h>
#include <string.h>

#include "app/meter.h"
#include "sim/flash.h"

enum { SECTOR_LEN = 2048, STORE_SECTORS = 4, OUTBOX_SECTORS = 4, WINDOW = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static struct world {
    struct sim_flash store_flash;
    struct sim_flash outbox_flash;
    struct store store;
    struct outbox outbox;
    struct meter meter;
    struct site_time time;
    int64_t register_mwh;
    int sensor_error;
    bool link_is_up;
    /* names of the messages sent last */
    struct telemetry_ack_range sent[8];
    uint8_t n_sent;
    int64_t energy_mwh; /* the most any message said */
} w;
static uint32_t store_memory[SIM_FLASH_MEMORY_LEN(SECTOR_LEN, STORE_SECTORS) / 4];
static uint32_t outbox_memory[SIM_FLASH_MEMORY_LEN(SECTOR_LEN, OUTBOX_SECTORS) / 4];

static int read_sensor(void *context, const struct site_time *time, struct sensor_sample *out)
{
    (void)context;
    (void)time;
    if (w.sensor_error != E_OK) {
        return w.sensor_error;
    }
    *out = (struct sensor_sample){
        .n_channels = 1,
        .channels = {{.kind = TELEMETRY_PRODUCTION, .register_mwh = w.register_mwh}}};
    return E_OK;
}

/* Fast, and as good here as a real one. */
static int sign(void *context, const uint8_t digest[32], uint8_t signature[64])
{
    (void)context;
    memcpy(signature, digest, 32);
    memcpy(signature + 32, digest, 32);
    return E_OK;
}

static bool is_off(void)
{
    return w.store_flash.is_off || w.outbox_flash.is_off;
}

static bool start(void)
{
    const struct meter_config config = {.device_id = "f",
                                        .send_interval_ms = 1000,
                                        .sample_interval_ms = 500,
                                        .ack_timeout_ms = 700,
                                        .window = WINDOW,
                                        .site_rate = 1,
                                        .signer = {.sign = sign},
                                        .sensor = {.read = read_sensor},
                                        .store = &w.store,
                                        .outbox = &w.outbox};
    return store_mount(&w.store, &w.store_flash.flash) == E_OK &&
           outbox_mount(&w.outbox, &w.outbox_flash.flash) == E_OK &&
           meter_init(&w.meter, &config, &w.time) == E_OK && !is_off();
}

static void boot(void)
{
    bool is_running = false;
    while (!is_running) {
        sim_flash_power_on(&w.store_flash);
        sim_flash_power_on(&w.outbox_flash);
        is_running = start();
        require(is_running || is_off());
    }
    w.link_is_up = false;
}

static void note_sent(const uint8_t *message, size_t len)
{
    struct telemetry_envelope envelope;
    require(telemetry_reading_decode(message, len, &envelope) == E_OK);
    const struct telemetry_reading *r = &envelope.reading;
    memmove(w.sent + 1, w.sent, sizeof w.sent - sizeof w.sent[0]);
    w.sent[0] = (struct telemetry_ack_range){
        .boot_epoch = r->boot_epoch, .first_sequence = r->sequence, .last_sequence = r->sequence};
    w.n_sent = (uint8_t)(w.n_sent < 8 ? w.n_sent + 1 : 8);
    if (r->channels[0].energy_mwh > w.energy_mwh) {
        w.energy_mwh = r->channels[0].energy_mwh;
    }
}

static void take_output(void)
{
    uint8_t message[TELEMETRY_READING_MAX_LEN];
    int len = 0;
    int n = 0;
    while (!is_off() &&
           (len = meter_output(&w.meter, w.time.now_ms, message, sizeof message)) > 0) {
        require(w.link_is_up && ++n <= WINDOW);
        note_sent(message, (size_t)len);
    }
    require(len >= 0);
}

static void say_ack(uint8_t operand)
{
    uint8_t ack[TELEMETRY_ACK_MAX_LEN];
    if (w.n_sent == 0) {
        return;
    }
    struct telemetry_ack_range range = w.sent[operand % w.n_sent];
    range.verdict = (operand & 0x70) == 0x70 ? TELEMETRY_BANNED : TELEMETRY_STORED;
    if ((operand & 8) != 0) {
        range.first_sequence = 1;
    }
    const int len = telemetry_ack_encode(&range, 1, ack, sizeof ack);
    require(len > 0);
    (void)meter_input(&w.meter, w.time.now_ms, ack, (size_t)len);
}

static size_t obey(uint8_t command, const uint8_t *data, size_t size)
{
    const uint8_t operand = command >> 3;
    switch (command & 7) {
    case 0:
    case 1:
        w.time.now_ms += (uint64_t)operand * operand * 10;
        w.time.unix_ms += operand * operand * 10;
        w.register_mwh += operand;
        break;
    case 2:
        w.link_is_up = operand % 4 != 0;
        meter_set_link(&w.meter, w.time.now_ms, w.link_is_up);
        break;
    case 3:
    case 4:
        say_ack((uint8_t)(command >> 1));
        break;
    case 5: {
        const size_t len = operand < size ? operand : size;
        (void)meter_input(&w.meter, w.time.now_ms, data, len);
        return len;
    }
    case 6: {
        struct sim_flash *flash = operand % 2 == 0 ? &w.store_flash : &w.outbox_flash;
        flash->tear = (enum sim_flash_tear)((operand >> 1) % SIM_FLASH_TEARS);
        flash->cut_at = sim_flash_operations(flash) + operand / 4;
        break;
    }
    default:
        w.sensor_error = operand % 3 == 0 ? E_TIMEOUT : E_OK;
        w.register_mwh = operand == 31 ? 0 : w.register_mwh;
        break;
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 250) {
        return 0;
    }
    memset(&w, 0, sizeof w);
    sim_flash_init(&w.store_flash, store_memory, SECTOR_LEN, STORE_SECTORS, 8, 1);
    sim_flash_init(&w.outbox_flash, outbox_memory, SECTOR_LEN, OUTBOX_SECTORS, 8, 2);
    w.time = (struct site_time){1, 1470000000000, TELEMETRY_TIME_SYNCED};
    boot();
    for (size_t i = 0; i < size;) {
        struct meter_event event;
        const uint8_t command = data[i++];
        i += obey(command, data + i, size - i);
        if (!is_off()) {
            meter_tick(&w.meter, &w.time);
            require(meter_deadline(&w.meter) > w.time.now_ms);
        }
        take_output();
        while (meter_event(&w.meter, &event)) {
        }
        if (is_off()) {
            boot();
        }
        const struct meter_counts counts = meter_counts(&w.meter);
        require(counts.n_taken == counts.n_stored + counts.n_refused + counts.n_waiting);
        require(meter_energy_mwh(&w.meter, TELEMETRY_PRODUCTION) >= w.energy_mwh);
    }
    return 0;
}
