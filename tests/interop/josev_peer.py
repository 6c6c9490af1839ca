# SPDX-License-Identifier: MIT
"""Josev (iso15118) in a network namespace, with a PKI of its own or ours."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

from v2g_cable import BUILD, drive, inside

PYTHON = BUILD / "venv-josev" / "bin" / "python"
HERE = pathlib.Path(__file__).resolve().parent
# Josev needs longer than the 250 ms that a CurrentDemandRes may take, on a busy machine much longer.
PATIENCE_MS = "3000"
# What Josev's charger says of a session that its car ended in order.
ENDED = {"ISO_15118_2": "EV requested to terminate the communication session",
         "DIN_SPEC_70121": "Communication session stopped successfully"}


def josev(namespace, folder, module, *arguments, **settings):
    log = open(folder / "josev.log", "w", encoding="utf-8")
    return subprocess.Popen(
        inside(namespace, PYTHON, "-m", module, *arguments), cwd=folder,
        stdout=log, stderr=log, start_new_session=True, env={**os.environ, **settings})


def end(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def car_settings(folder, protocol, service, mode, tls=False):
    """The car's ev.json."""
    (folder / "ev.json").write_text(json.dumps({
        "supportedProtocols": [protocol], "supportedEnergyServices": [service],
        "energyTransferMode": mode, "useTls": tls, "enforceTls": tls,
        "isCertInstallNeeded": False, "maxSupportingPoints": 1024}))


def charge_at_josev(cable, folder, protocol, *arguments, **settings):
    """Our car at Josev's charger: (exit status, timeline)."""
    process = josev(cable.charger, folder, "josev_charger", PYTHONPATH=str(HERE),
                    NETWORK_INTERFACE="plug0", PROTOCOLS=protocol, AUTH_MODES="EIM", **settings)
    try:
        wait_for_words(folder, process, "UDP server started")
        status, timeline = drive(cable, "--rate", "1000", "--stop-after", "2", "--patience",
                                 PATIENCE_MS, *arguments)
        if status == 0:
            wait_for_words(folder, process, "Reason: " + ENDED[protocol])
        return status, timeline
    finally:
        end(process)


def check_charged(status, timeline, energy):
    """Energy flowed, and both ended in order."""
    assert "ended         STOPPED" in timeline, timeline
    assert status == 0, timeline
    assert float(re.search(r"ended .* battery (\S+) %", timeline)[1]) > 30, timeline
    assert "charger says  POWER_DELIVERY OK" in timeline, timeline
    if energy == "ac":
        assert "A AC" in timeline, timeline
        return
    before = re.findall(r"charger says  PRE_CHARGE OK, (\S+) V", timeline)
    given = re.findall(r"charging +(\S+) V +(\S+) A ", timeline)
    assert before and float(before[0]) < 300, timeline  # the car had to wait for its voltage
    assert float(given[-1][0]) > 350 and float(given[-1][1]) > 10, timeline
    assert "charger says  WELDING_DETECTION OK" in timeline, timeline


def wait_for_words(folder, process, words):
    """Until Josev's log has them; a charger listens after "UDP server started"."""
    until = time.monotonic() + 30
    log = folder / "josev.log"
    while words not in log.read_text():
        assert process.poll() is None and time.monotonic() < until, log.read_text()
        time.sleep(0.2)


def make_pki(folder):
    """Runs the PKI script of the package in a copy of its folder: (PKI_PATH, certificates, keys)."""
    found = subprocess.run(
        [PYTHON, "-c", "import iso15118.shared as s; print(s.__path__[0])"],
        capture_output=True, text=True, check=True).stdout.strip()
    shutil.copytree(pathlib.Path(found) / "pki", folder)
    subprocess.run(["bash", "create_certs.sh", "-v", "iso-2"], cwd=folder, capture_output=True,
                   check=True)
    return f"{folder}/", folder / "iso15118_2" / "certs", folder / "iso15118_2" / "private_keys"
