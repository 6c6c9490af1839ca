# SPDX-License-Identifier: MIT
"""wattward-ev charges at wattward-device over a veth pair between two network namespaces."""

import re
import subprocess
import time

import pytest

from v2g_cable import PROGRAMS, Cable, Charger, car, drive, has_namespaces, ip_in

pytestmark = pytest.mark.skipif(not has_namespaces(), reason="needs root and network namespaces")


@pytest.fixture
def cable(request):
    made = Cable(getattr(request, "param", 1))
    yield made
    made.cut()


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
    assert charger.supply() == ["OFF", "PROBING", "TESTING", "DISCHARGING", "TESTED", "PRE_CHARGING",
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


def alone(*arguments):
    done = subprocess.run([PROGRAMS / "wattward-ev", "--charger", *arguments], timeout=60,
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_one_command_is_a_car_at_a_charger():
    status, timeline = alone("--rate", "1000", "--full", "50")
    assert status == 0, timeline
    states = re.findall(r"power stage +(\w+)$", timeline, re.MULTILINE)
    assert states[0] == "OFF", timeline
    assert states[-6:] == ["PRE_CHARGING", "CLOSING", "ON", "RAMPING_DOWN", "OPENING", "OFF"]
    times = [float(line.split()[0]) for line in timeline.splitlines()]
    assert times == sorted(times)
    assert re.search(r"charging +[34]\d\d\.\d V +100\.0 A +battery", timeline), timeline
    assert re.search(r"ended +STOPPED by ISO 15118-2, battery [5-7]", timeline), timeline


def test_one_command_says_when_it_did_not_charge():
    status, timeline = alone("--fault", "no-pre-charge")
    assert status == 1
    assert "POWER_DELIVERY FAILED_POWER_DELIVERY" in timeline, timeline
    assert "CLOSING" not in timeline
    status, said = alone("--interface", "eth0")
    assert status == 2 and said.count("\n") == 1, said


def tell(socket, *words):
    return subprocess.run([PROGRAMS / "wattward", "charger", socket, *words], capture_output=True,
                          text=True, check=False)


def wait_for_current(socket, fits):
    until = time.monotonic() + 20
    while True:
        status = tell(socket, "status").stdout
        if fits(int(re.search(r"(-?\d+) mA", status).group(1))):
            return status
        assert time.monotonic() < until, status
        time.sleep(0.1)


def wait_for_offer(socket, words, seconds=10):
    until = time.monotonic() + seconds
    while True:
        status = tell(socket, "status").stdout
        if words in status:
            return status
        assert time.monotonic() < until, status
        time.sleep(0.1)


def test_an_operator_suspends_resumes_and_pauses(cable, start, tmp_path):
    socket = tmp_path / "charger.sock"
    charger = start(control_socket=socket)
    assert "no car, supply OFF" in tell(socket, "status").stdout
    assert tell(socket, "pause", "1").returncode == 1
    assert "the plugs are 1 to 1" in tell(socket, "suspend", "2").stderr
    process = car(cable)
    try:
        charger.wait_for("state=ON", seconds=30)
        wait_for_current(socket, lambda ma: ma > 10000)
        assert tell(socket, "suspend", "1").stdout == "ok\n"
        assert "CHARGING, supply ON" in wait_for_current(socket, lambda ma: ma == 0)
        assert tell(socket, "resume", "1").returncode == 0
        wait_for_current(socket, lambda ma: ma > 10000)
        assert tell(socket, "limit", "1", "16").returncode == 0
        wait_for_current(socket, lambda ma: 15000 < ma <= 16000)
        assert tell(socket, "pause", "1").returncode == 0
        charger.wait_for("how=PAUSED", seconds=20)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
    charger.wait_for("state=OFF", 2)
    assert tell(socket, "emergency", "1").returncode == 0
    assert "fault EMERGENCY" in tell(socket, "status").stdout
    assert tell(socket, "clear", "1").returncode == 0
    assert "fault NONE" in tell(socket, "status").stdout
    assert charger.stop() == 0


def test_a_wallbox_reads_the_state_of_charge_and_charges_by_pwm(cable, start, tmp_path):
    socket = tmp_path / "charger.sock"
    charger = start(energy="ac", soc_only="on", ac_max_current_a=20, control_socket=socket)
    _, timeline = drive(cable, "--soc", "37")
    charger.wait_for("how=SOC_READ soc_pct=37")
    assert "CABLE_CHECK" not in timeline
    assert charger.supply() == ["OFF"]
    charger.wait_for("pilot plug=plug0 state=PWM ma=19980", seconds=20)
    charger.wait_for("supply plug=plug0 state=AC_ON", seconds=5)
    status = tell(socket, "status").stdout
    assert "no session, supply AC_ON" in status
    assert "car 37 %" in status and "pilot PWM, offers 19980 mA" in status
    assert tell(socket, "limit", "1", "10").returncode == 0
    wait_for_offer(socket, "pilot PWM, offers 9960 mA")
    assert tell(socket, "suspend", "1").returncode == 0
    charger.wait_for("state=OPENING", seconds=5)
    wait_for_offer(socket, "supply OFF")
    assert "pilot PWM, offers 0 mA, suspended" in tell(socket, "status").stdout
    assert tell(socket, "resume", "1").returncode == 0
    wait_for_offer(socket, "supply AC_ON")
    assert tell(socket, "stop", "1").returncode == 0
    status = wait_for_offer(socket, "no car, supply OFF")
    assert "car -1 %" in status and "pilot FREE, offers 0 mA" in status
    assert "fault" not in charger.log()
    assert charger.stop() == 0


def test_a_paused_car_is_woken_by_the_pilot(cable, start, tmp_path):
    socket = tmp_path / "charger.sock"
    charger = start(control_socket=socket)
    process = car(cable)
    try:
        charger.wait_for("state=ON", seconds=30)
        wait_for_current(socket, lambda ma: ma > 10000)
        assert tell(socket, "pause", "1").returncode == 0
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
    wait_for_offer(socket, "no session, supply OFF")
    assert "pilot RESTING, offers 0 mA" in tell(socket, "status").stdout
    assert tell(socket, "wake", "1").returncode == 0
    charger.wait_for("pilot plug=plug0 state=DIGITAL", 2)
    status, timeline = drive(cable, "--stop-after", "1")
    assert status == 0, timeline
    assert charger.supply().count("ON") == 2
    assert "fault" not in charger.log()
    assert charger.stop() == 0


def test_quirks_are_rows_of_the_configuration(cable, start, tmp_path):
    socket = tmp_path / "charger.sock"
    charger = start(control_socket=socket, quirks='"ffff:early_stop *:suspend_by_stop"')
    process = car(cable)
    try:
        charger.wait_for("state=ON", seconds=30)
        assert tell(socket, "suspend", "1").returncode == 0
        charger.wait_for("how=PAUSED", seconds=20)
    finally:
        process.kill()
        process.wait()
    assert charger.stop() == 0


@pytest.mark.parametrize("cable", [2], indirect=True)
def test_a_car_is_at_one_plug_at_a_time(cable, start):
    charger = start(plugs=2)
    address = ip_in(cable.car, "-o", "link", "show", "car0").stdout
    mac = re.search(r"link/ether ([0-9a-f:]+)", address).group(1)
    for words in (["down"], ["address", mac], ["up"]):
        assert ip_in(cable.car, "link", "set", "car1", *words).returncode == 0
    first = car(cable, "--stop-after", "20")
    try:
        charger.wait_for("plug=plug0 state=ON", seconds=30)
        again = car(cable, interface="car1")
        timeline, _ = again.communicate(timeout=60)
        assert again.returncode == 1, timeline
        assert "connection refused plug=plug1" in charger.log()
        assert charger.supply("plug1") == ["OFF"]
        assert charger.supply("plug0")[-1] == "ON"
    finally:
        first.kill()
        first.wait()
    assert charger.stop() == 0
