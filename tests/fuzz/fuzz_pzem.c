/* fuzz: app */
/* SPDX-License-Identifier: MIT
 * The PZEM-004T driver on a line that says anything: a script of delays and bytes. A measurement
 * only ever comes from a frame with the right address, length and CRC, and is in the chip's ranges.
 */
#include <stdlib.h>
#include <string.h>

#include "app/pzem004t.h"
#include "base/crc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_event(struct pzem *p)
{
    struct pzem_event event;
    while (pzem_event(p, &event)) {
        if (event.kind == PZEM_FAILED) {
            require(event.failure < PZEM_FAILURES);
            continue;
        }
        const struct pzem_measurement *m = &event.measurement;
        require(m->voltage_mv >= 0 && m->voltage_mv <= 300000);
        require(m->current_ma >= 0 && m->current_ma <= 110000);
        require(m->power_mw >= 0 && m->power_mw <= 25000000);
        require(m->energy_mwh >= 0 && m->energy_mwh <= INT64_C(9999990000));
        require(m->frequency_millihz >= 45000 && m->frequency_millihz <= 65000);
    }
}

/* With the high bit set the script's bytes get a right CRC, which no mutation would find. */
static size_t take_bytes(uint8_t *frame, const uint8_t *data, size_t size, uint8_t command)
{
    size_t len = command & 0x1F;
    len = len < size ? len : size;
    memcpy(frame, data, len);
    if ((command & 0x80) != 0 && len >= 2) {
        const uint16_t crc = base_crc16_modbus(frame, len - 2);
        frame[len - 2] = (uint8_t)crc;
        frame[len - 1] = (uint8_t)(crc >> 8);
    }
    return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pzem p;
    uint64_t now_ms = 1;
    if (size < 1) {
        return 0;
    }
    const struct pzem_config config = {.address = data[0] % 2 == 0 ? PZEM_ADDRESS_ANY : 1,
                                       .poll_interval_ms = 1000};
    pzem_init(&p, &config, now_ms);
    for (size_t i = 1; i < size;) {
        const uint8_t command = data[i++];
        uint8_t request[PZEM_REQUEST_LEN];
        if ((command & 0x40) != 0) {
            now_ms += (uint64_t)(command & 0x3F) * 25;
        } else {
            uint8_t bytes[0x20];
            const size_t len = take_bytes(bytes, data + i, size - i, command);
            pzem_input(&p, now_ms, bytes, len);
            i += len;
        }
        pzem_tick(&p, now_ms);
        const int len = pzem_output(&p, request, sizeof request);
        require(len == 0 || len == PZEM_REQUEST_LEN);
        require(pzem_deadline(&p) > now_ms);
        check_event(&p);
    }
    return 0;
}
