# SPDX-License-Identifier: MIT
"""wattward-ev charges at wattward-device over a veth pair between two network namespaces."""

import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

PROGRAMS = pathlib.Path(__file__).resolve().parents[2] / "build" / "bin"
START_S = 10


def ip(*arguments):
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)


def has_namespaces():
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"ww-try-{os.getpid()}"
    made = ip("netns", "add", name).returncode == 0
    ip("netns", "del", name)
    return made


pytestmark = pytest.mark.skipif(not has_namespaces(), reason="needs root and network namespaces")


class Cable:
    """Pairs of interfaces: car<i> in one namespace, plug<i> in the other."""

    def __init__(self, n):
        self.car = f"ww-car-{os.getpid()}"
        self.charger = f"ww-evse-{os.getpid()}"
        for name in (self.car, self.charger):
            assert ip("netns", "add", name).returncode == 0
            ip("-n", name, "link", "set", "lo", "up")
        for i in range(n):
            ip("link", "add", f"car{i}", "netns", self.car, "type", "veth", "peer", "name",
               f"plug{i}", "netns", self.charger)
            ip("-n", self.car, "link", "set", f"car{i}", "up")
            ip("-n", self.charger, "link", "set", f"plug{i}", "up")

    def cut(self):
        ip("netns", "del", self.car)
        ip("netns", "del", self.charger)


@pytest.fixture
def cable(request):
    made = Cable(getattr(request, "param", 1))
    yield made
    made.cut()


class Charger:
    def __init__(self, cable, folder, plugs=1, **config):
        self.log_path = folder / "evse.log"
        path = folder / "evse.conf"
        names = " ".join(f"plug{i}" for i in range(plugs))
        lines = {"evse_id": "DE*WAT*E0001", "interfaces": f'"{names}"', "log_level": "debug",
                 **config}
        path.write_text("".join(f"{key} {value}\n" for key, value in lines.items()))
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", cable.charger, PROGRAMS / "wattward-device", "--profile",
                 "evse", "--config", path], stderr=log)
        self.wait_for("ready", plugs)

    def log(self):
        return self.log_path.read_text()

    def wait_for(self, words, n=1):
        until = time.monotonic() + START_S
        while self.log().count(words) < n:
            assert self.process.poll() is None and time.monotonic() < until, self.log()
            time.sleep(0.05)

    def supply(self, plug="plug0"):
        return re.findall(rf"supply plug={plug} state=(\w+)", self.log())

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=10)


@pytest.fixture
def start(cable, tmp_path):
    running = []

    def started(**config):
        running.append(Charger(cable, tmp_path, **config))
        return running[-1]

    yield started
    for charger in running:
        if charger.process.poll() is None:
            charger.process.kill()
            charger.process.wait()


def car(cable, *arguments, interface="car0"):
    return subprocess.Popen(
        ["ip", "netns", "exec", cable.car, PROGRAMS / "wattward-ev", "--interface", interface,
         *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def drive(cable, *arguments):
    process = car(cable, *arguments)
    timeline, _ = process.communicate(timeout=60)
    return process.returncode, timeline


@pytest.mark.parametrize("protocol, name", [("iso2", "ISO 15118-2"), ("din", "DIN SPEC 70121")])
def test_a_dc_session_fills_the_battery(cable, start, protocol, name):
    charger = start()
    status, timeline = drive(cable, "--protocol", protocol, "--rate", "1000", "--full", "50")
    assert status == 0, timeline
    assert f"STOPPED by {name}" in timeline
    level = float(re.search(r"battery ([\d.]+) %$", timeline.strip()).group(1))
    assert 50 <= level < 80
    asked = re.findall(r"car asks +(\w+)", timeline)
    assert asked == ["SESSION_SETUP", "SERVICE_DISCOVERY", "PAYMENT_SELECTION", "AUTHORIZATION",
                     "CHARGE_PARAMETERS", "CABLE_CHECK", "PRE_CHARGE", "POWER_DELIVERY",
                     "POWER_DELIVERY", "WELDING_DETECTION", "SESSION_STOP"]
    assert charger.supply() == ["OFF", "TESTING", "DISCHARGING", "TESTED", "PRE_CHARGING",
                                "CLOSING", "ON", "RAMPING_DOWN", "OPENING", "OFF"]
    assert "fault" not in charger.log()
    assert charger.stop() == 0


def test_an_ac_session(cable, start):
    charger = start(energy="ac", ac_max_current_a=16)
    status, timeline = drive(cable, "--energy", "ac", "--rate", "1000", "--stop-after", "2")
    assert status == 0, timeline
    assert "16.0 A AC" in timeline
    assert "AC_ON" in charger.supply()
    assert charger.supply()[-1] == "OFF"


def test_a_bad_isolation_is_found_before_anything_is_closed(cable, start):
    charger = start(model_isolation_ohm=20000)
    status, timeline = drive(cable)
    assert status == 1
    assert "CABLE_CHECK FAILED" in timeline, timeline
    assert "fault=ISOLATION" in charger.log()
    assert "CLOSING" not in charger.supply()


@pytest.mark.parametrize("fault, answer", [
    ("wrong-session", "FAILED_UNKNOWN_SESSION"), ("no-pre-charge", "POWER_DELIVERY FAILED"),
    ("out-of-order", "FAILED_SEQUENCE")])
def test_a_car_that_errs_is_refused(cable, start, fault, answer):
    charger = start()
    status, timeline = drive(cable, "--fault", fault)
    assert status == 1
    assert answer in timeline, timeline
    assert "CLOSING" not in charger.supply()


def test_an_unplugged_car_leaves_an_open_contactor_and_the_next_one_charges(cable, start):
    charger = start()
    status, timeline = drive(cable, "--unplug-after", "7")
    assert status == 1 and "charging" in timeline, timeline
    charger.wait_for("state=OFF", 2)
    status, timeline = drive(cable, "--rate", "1000", "--stop-after", "1")
    assert status == 0, timeline


@pytest.mark.parametrize("cable", [2], indirect=True)
def test_two_plugs_in_one_process_never_cross(cable, start):
    charger = start(plugs=2)
    cars = [car(cable, "--rate", "100", "--stop-after", "2", "--current", current, interface=name)
            for name, current in (("car0", "40"), ("car1", "80"))]
    timelines = [one.communicate(timeout=60)[0] for one in cars]
    assert [one.returncode for one in cars] == [0, 0], timelines
    assert " 40.0 A" in timelines[0] and " 80.0 A" not in timelines[0]
    assert " 80.0 A" in timelines[1] and " 40.0 A" not in timelines[1]
    assert charger.supply("plug0")[-1] == charger.supply("plug1")[-1] == "OFF"


def test_a_charger_that_ends_opens_its_contactor_first(cable, start):
    charger = start()
    process = car(cable)
    charger.wait_for("state=ON")
    assert charger.stop() == 0
    assert charger.supply()[-1] == "OFF"
    process.communicate(timeout=20)
    assert process.returncode == 1
