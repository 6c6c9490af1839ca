# SPDX-License-Identifier: MIT
"""Josev's charger with a power supply behind it, which its simulator lacks: voltage and current
follow what the car asks for. Runs in Josev's environment (build/venv-josev), its settings as its
own program takes them."""

import asyncio

from iso15118.secc import SECCHandler
from iso15118.secc.controller.interface import ServiceStatus
from iso15118.secc.controller.simulator import SimEVSEController
from iso15118.secc.secc_settings import Config
from iso15118.shared.exificient_exi_codec import ExificientEXICodec
from iso15118.shared.messages.datatypes import (
    PVEVSEMaxCurrentLimit, PVEVSEMaxPowerLimit, PVEVSEMaxVoltageLimit, PVEVSEMinCurrentLimit,
    PVEVSEMinVoltageLimit, PVEVSEPeakCurrentRipple)

MAX_V = 500
MAX_A = 100
MAX_W = 11000
PART = 0.6  # of the gap to the target that is gone after one command


class SupplyController(SimEVSEController):
    """A supply that needs some commands to reach what it is asked for."""

    def __init__(self):
        super().__init__()
        self.show(0.0, 0.0)

    def show(self, volts, amperes):
        self.evse_data_context.present_voltage = round(volts, 1)
        self.evse_data_context.present_current = round(amperes, 1)

    async def send_charging_command(self, ev_target_voltage, ev_target_current, is_precharge=False,
                                    is_session_bpt=False):
        volts = self.evse_data_context.present_voltage
        amperes = self.evse_data_context.present_current
        # While pre-charging, the car's contactor is open.
        wanted_a = 0.0 if is_precharge else min(float(ev_target_current), MAX_A)
        wanted_v = min(float(ev_target_voltage), MAX_V)
        self.show(volts + PART * (wanted_v - volts), amperes + PART * (wanted_a - amperes))

    async def stop_charger(self):
        self.show(0.0, 0.0)

    async def get_dc_charge_parameters(self):
        parameters = await super().get_dc_charge_parameters()
        return parameters.copy(update={
            "evse_maximum_power_limit": PVEVSEMaxPowerLimit(multiplier=0, value=MAX_W, unit="W"),
            "evse_maximum_current_limit": PVEVSEMaxCurrentLimit(
                multiplier=0, value=MAX_A, unit="A"),
            "evse_maximum_voltage_limit": PVEVSEMaxVoltageLimit(
                multiplier=0, value=MAX_V, unit="V"),
            "evse_minimum_current_limit": PVEVSEMinCurrentLimit(multiplier=0, value=0, unit="A"),
            "evse_minimum_voltage_limit": PVEVSEMinVoltageLimit(multiplier=0, value=50, unit="V"),
            "evse_peak_current_ripple": PVEVSEPeakCurrentRipple(multiplier=0, value=1, unit="A"),
        })

    async def get_sa_schedule_list_dinspec(self, max_schedule_entries, departure_time=0):
        schedules = await super().get_sa_schedule_list_dinspec(max_schedule_entries,
                                                               departure_time)
        for entry in schedules[0].p_max_schedule.entry_details:
            entry.p_max = MAX_W
        return schedules


async def main():
    config = Config()
    config.load_envs()
    controller = SupplyController()
    await controller.set_status(ServiceStatus.STARTING)
    await SECCHandler(exi_codec=ExificientEXICodec(), evse_controller=controller,
                      config=config).start(config.iface)


if __name__ == "__main__":
    asyncio.run(main())
