# SPDX-License-Identifier: MIT
"""Josev (iso15118) as a car at wattward-device and as a charger for wattward-ev: whole sessions."""

import pytest

from josev_peer import PYTHON, car_settings, charge_at_josev, check_charged, end, josev
from v2g_cable import Cable, Charger, has_namespaces

pytestmark = [
    pytest.mark.skipif(not has_namespaces(), reason="needs root and network namespaces"),
    pytest.mark.skipif(not PYTHON.exists(), reason="needs Josev in build/venv-josev"),
]


@pytest.fixture
def cable():
    made = Cable(1)
    yield made
    made.cut()


@pytest.mark.parametrize("protocol, service, mode, energy", [
    ("ISO_15118_2", "DC", "DC_extended", "dc"), ("ISO_15118_2", "AC", "AC_three_phase_core", "ac"),
    ("DIN_SPEC_70121", "DC", "DC_extended", "dc")])
def test_josev_charges_at_our_charger(cable, tmp_path, protocol, service, mode, energy):
    charger = Charger(cable, tmp_path, energy=energy)
    car_settings(tmp_path, protocol, service, mode)
    # This car asks for power after six pre-charge answers, whatever they said: the charger makes it
    # wait for the voltage.
    process = josev(cable.car, tmp_path, "iso15118.evcc.main", "ev.json", NETWORK_INTERFACE="car0")
    try:
        charger.wait_for("session ended", seconds=60)
        charger.wait_for("state=OFF", 2, seconds=20)
    finally:
        end(process)
    assert "how=STOPPED" in charger.log(), charger.log()
    assert ("AC_ON" if energy == "ac" else "ON") in charger.supply()
    assert charger.supply()[-1] == "OFF"
    assert "fault" not in charger.log()
    assert charger.stop() == 0


@pytest.mark.parametrize("protocol, ours, energy", [
    ("ISO_15118_2", "iso2", "ac"), ("ISO_15118_2", "iso2", "dc"), ("DIN_SPEC_70121", "din", "dc")])
def test_our_car_charges_at_josev(cable, tmp_path, protocol, ours, energy):
    status, timeline = charge_at_josev(cable, tmp_path, protocol, "--energy", energy, "--protocol",
                                       ours, SECC_ENFORCE_TLS="false")
    check_charged(status, timeline, energy)
    assert "STOPPED by " + ("DIN" if ours == "din" else "ISO") in timeline, timeline
