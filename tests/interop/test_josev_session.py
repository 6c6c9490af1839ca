# SPDX-License-Identifier: MIT
"""Josev (iso15118) as a car at wattward-device and as a charger for wattward-ev: whole sessions."""

import json
import os
import signal
import subprocess
import time

import pytest

from v2g_cable import BUILD, Cable, Charger, drive, has_namespaces

PYTHON = BUILD / "venv-josev" / "bin" / "python"
pytestmark = [
    pytest.mark.skipif(not has_namespaces(), reason="needs root and network namespaces"),
    pytest.mark.skipif(not PYTHON.exists(), reason="needs Josev in build/venv-josev"),
]


@pytest.fixture
def cable():
    made = Cable(1)
    yield made
    made.cut()


def josev(namespace, folder, module, *arguments, **settings):
    log = open(folder / "josev.log", "w", encoding="utf-8")
    return subprocess.Popen(
        ["ip", "netns", "exec", namespace, PYTHON, "-m", module, *arguments], cwd=folder,
        stdout=log, stderr=log, start_new_session=True, env={**os.environ, **settings})


def end(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("protocol, service, mode, energy", [
    ("ISO_15118_2", "DC", "DC_extended", "dc"), ("ISO_15118_2", "AC", "AC_three_phase_core", "ac"),
    ("DIN_SPEC_70121", "DC", "DC_extended", "dc")])
def test_josev_charges_at_our_charger(cable, tmp_path, protocol, service, mode, energy):
    charger = Charger(cable, tmp_path, energy=energy)
    (tmp_path / "ev.json").write_text(json.dumps({
        "supportedProtocols": [protocol], "supportedEnergyServices": [service],
        "energyTransferMode": mode, "useTls": False, "enforceTls": False,
        "isCertInstallNeeded": False, "maxSupportingPoints": 1024}))
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


# AC only: Josev's charger takes more than the 250 ms that a CurrentDemandRes may take on a busy
# machine, and always measures 1 V.
def test_our_car_charges_at_josev(cable, tmp_path):
    process = josev(cable.charger, tmp_path, "iso15118.secc.main", NETWORK_INTERFACE="plug0",
                    PROTOCOLS="ISO_15118_2", AUTH_MODES="EIM", SECC_ENFORCE_TLS="false")
    try:
        until = time.monotonic() + 30
        log = tmp_path / "josev.log"
        while "SDP" not in log.read_text() and time.monotonic() < until:
            time.sleep(0.2)
        status, timeline = drive(cable, "--energy", "ac", "--rate", "1000", "--stop-after", "2")
    finally:
        end(process)
    assert "ended         STOPPED" in timeline, timeline
    assert "charging" in timeline
    assert status == 0, timeline
