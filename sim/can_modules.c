/* SPDX-License-Identifier: MIT
 * The modules' side of the CAN protocol.
 */
#include "sim/can_modules.h"

#include <string.h>

void sim_can_modules_init(struct sim_can_modules *bus, unsigned n)
{
    memset(bus, 0, sizeof *bus);
    bus->n_modules = n < SIM_CAN_MODULES_MAX ? n : SIM_CAN_MODULES_MAX;
    for (unsigned i = 0; i < bus->n_modules; i++) {
        bus->modules[i] = (struct sim_can_module){
            .number = (uint8_t)(i + 1), .day = (uint8_t)(10 + i), .serial = (uint16_t)(300 + i)};
    }
}

void sim_can_modules_say(struct sim_can_modules *bus, const struct can_message *frame)
{
    if (bus->n_frames < SIM_CAN_FRAMES_MAX) {
        bus->frames[(bus->first + bus->n_frames++) % SIM_CAN_FRAMES_MAX] = *frame;
    }
}

static void reply(struct sim_can_modules *bus, const struct sim_can_module *module, uint8_t at)
{
    uint32_t value = 0;
    switch (at) {
    case 0x00:
        value = (uint32_t)module->mv;
        break;
    case 0x01:
        value = (uint32_t)module->ma;
        break;
    case 0x08:
        value = module->status;
        break;
    default:
        return;
    }
    /* protocol 1, monitor 1 */
    const uint32_t id =
        0x02200000u | (uint32_t)module->number << 14 | (uint32_t)module->day << 9 | module->serial;
    const struct can_message frame = {.id = id,
                                      .extended = true,
                                      .len = 8,
                                      .bytes = {0x03, at, 0, 0, (uint8_t)(value >> 24),
                                                (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                                                (uint8_t)value}};
    sim_can_modules_say(bus, &frame);
}

static int32_t tenths(const uint8_t *bytes)
{
    return (bytes[0] << 8 | bytes[1]) * 100;
}

static void hear(struct sim_can_modules *bus, struct sim_can_module *module,
                 const struct can_message *frame)
{
    const uint8_t *b = frame->bytes;
    switch (b[0] & 0x0F) {
    case 0x0:
        if (b[1] == 0x04) {
            module->is_on = b[7] == 0;
        }
        break;
    case 0x2:
        if (!module->is_silent) {
            reply(bus, module, b[1]);
        }
        break;
    case 0xB:
        module->is_on = b[1] == 0;
        module->set_ma = tenths(b + 2);
        module->set_mv = tenths(b + 6);
        break;
    default:
        break;
    }
}

static int bus_send(void *context, const struct can_message *frame)
{
    struct sim_can_modules *bus = context;
    if (bus->is_gone) {
        return E_IO;
    }
    bus->n_heard++;
    if (!frame->extended || frame->id >> 21 != 0x11 || frame->len != 8) {
        return E_OK;
    }
    const uint32_t number = frame->id >> 14 & 0x7F;
    for (unsigned i = 0; i < bus->n_modules; i++) {
        struct sim_can_module *module = &bus->modules[i];
        if (!module->is_deaf && (number == 0 || number == module->number)) {
            hear(bus, module, frame);
        }
    }
    return E_OK;
}

static int bus_receive(void *context, struct can_message *frame)
{
    struct sim_can_modules *bus = context;
    if (bus->is_gone) {
        return E_IO;
    }
    if (bus->n_frames == 0) {
        return 0;
    }
    *frame = bus->frames[bus->first];
    bus->first = (bus->first + 1) % SIM_CAN_FRAMES_MAX;
    bus->n_frames--;
    return 1;
}

struct can sim_can_modules_bus(struct sim_can_modules *bus)
{
    return (struct can){.send = bus_send, .receive = bus_receive, .context = bus};
}

/* What one module's share of the load's current is at its voltage. */
static int32_t share_ma(const struct sim_can_modules *bus, const struct sim_can_module *module)
{
    const int64_t over_mv = module->mv - bus->battery_mv;
    if (!module->is_on || bus->load_mohm <= 0 || over_mv <= 0) {
        return 0;
    }
    const int64_t ma = over_mv * 1000 / bus->load_mohm / (int64_t)bus->n_modules;
    return ma > module->set_ma ? module->set_ma : (int32_t)ma;
}

void sim_can_modules_step(struct sim_can_modules *bus, uint32_t ms)
{
    for (unsigned i = 0; i < bus->n_modules; i++) {
        struct sim_can_module *module = &bus->modules[i];
        const int32_t goal_mv = module->is_on ? module->set_mv : 0;
        const int32_t most = (int32_t)ms * 1000;
        const int32_t missing = goal_mv - module->mv;
        module->mv += missing > most ? most : missing < -most ? -most : missing;
        module->ma = share_ma(bus, module);
    }
}
