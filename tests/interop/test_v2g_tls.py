# SPDX-License-Identifier: MIT
"""TLS between a car and a charger: ours with each other, and OpenSSL's s_client at our charger."""

import json
import pathlib
import re
import stat
import subprocess
import sys
import time

import pytest

from v2g_cable import PROGRAMS, Cable, Charger, car, drive, has_namespaces, inside, ip_in

pytestmark = pytest.mark.skipif(not has_namespaces(), reason="needs root and network namespaces")
SUITE = "TLSv1.2 ECDHE-ECDSA-AES128-SHA256"


def make_pki(folder, *options):
    made = subprocess.run([PROGRAMS / "wattward", "v2g", "pki", folder, *options],
                          capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def cable(request):
    made = Cable(getattr(request, "param", 1))
    yield made
    made.cut()


@pytest.fixture
def pki(tmp_path):
    return make_pki(tmp_path / "pki")


@pytest.fixture
def start(cable, tmp_path, pki):
    running = []

    def started(**config):
        running.append(Charger(cable, tmp_path, **{
            "tls": "offered", "tls_certificate": pki / "charger.pem",
            "tls_key": pki / "charger.key", **config}))
        return running[-1]

    yield started
    for charger in running:
        if charger.process.poll() is None:
            charger.process.kill()
            charger.process.wait()


def tls(pki, wish="required"):
    return "--tls", wish, "--v2g-root", str(pki / "v2g-root.pem")


SHORT = ("--rate", "1000", "--stop-after", "1")


@pytest.mark.parametrize("energy", ["dc", "ac"])
def test_a_session_over_tls(cable, start, pki, energy):
    charger = start(energy=energy)
    status, timeline = drive(cable, *tls(pki), "--energy", energy, *SHORT)
    assert status == 0, timeline
    assert f"connected     {SUITE}" in timeline
    assert f'speaks="{SUITE}"' in charger.log()
    assert charger.supply()[-1] == "OFF"
    assert "fault" not in charger.log()
    assert charger.stop() == 0


def test_a_car_without_tls_charges_where_tls_is_offered(cable, start, pki):
    charger = start()
    status, timeline = drive(cable, *SHORT)
    assert status == 0, timeline
    assert "connected     plain" in timeline
    assert "tls=no" in charger.log()


def test_a_car_without_tls_finds_no_way_where_tls_is_required(cable, start):
    charger = start(tls="required")
    status, timeline = drive(cable)
    assert status == 1
    assert "refused       the charger speaks TLS only" in timeline
    assert "port=0 " in charger.log()
    assert "connected" not in charger.log()


@pytest.mark.parametrize("wish, status", [("required", 1), ("preferred", 0)])
def test_plain_tcp_is_taken_only_when_the_car_was_told_so(cable, start, pki, wish, status):
    start(tls="off")
    got, timeline = drive(cable, *tls(pki, wish), *SHORT)
    assert got == status, timeline
    assert ("refused       the charger has no TLS" in timeline) == (wish == "required")


def test_one_command_is_a_session_over_tls():
    said = subprocess.run([PROGRAMS / "wattward-ev", "--charger", "--tls", "required", *SHORT],
                          capture_output=True, text=True, check=False, timeout=60)
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"connected     {SUITE}" in said.stdout
    assert "ended         STOPPED" in said.stdout
    assert not list(pathlib.Path("/tmp").glob("wattward-ev-*/pki"))


def test_a_charger_of_another_root_is_refused(cable, start, tmp_path):
    charger = start()
    status, timeline = drive(cable, *tls(make_pki(tmp_path / "other")))
    assert status == 1
    assert "leads to no V2G root that this car knows" in timeline
    assert "tls refused" in charger.log() and "unknown ca" in charger.log()
    assert "connected plug" not in charger.log()


@pytest.mark.parametrize("cable", [2], indirect=True)
def test_two_cars_at_once(cable, start, pki):
    charger = start(plugs=2)
    cars = [car(cable, *tls(pki), *SHORT, "--current", current, interface=name)
            for name, current in (("car0", "40"), ("car1", "80"))]
    timelines = [one.communicate(timeout=60)[0] for one in cars]
    assert [one.returncode for one in cars] == [0, 0], timelines
    assert " 40.0 A" in timelines[0] and " 80.0 A" not in timelines[0]
    assert " 80.0 A" in timelines[1] and " 40.0 A" not in timelines[1]
    assert charger.log().count(SUITE) == 2


class Tap:
    """What crosses the cable, in a file."""

    def __init__(self, cable, path):
        self.path = path
        self.process = subprocess.Popen(
            inside(cable.car, sys.executable, pathlib.Path(__file__).with_name("v2g_tap.py"), "car0",
                   path))
        until = time.monotonic() + 10
        while not path.exists():
            assert self.process.poll() is None and time.monotonic() < until
            time.sleep(0.02)

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=10)


def dump(path, *options):
    said = subprocess.run([PROGRAMS / "wattward", "v2g", "dump", path, *options],
                          capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return said.stdout


def test_a_captured_session_is_opened_with_either_sides_key_log(cable, start, pki, tmp_path):
    logs = {"car": tmp_path / "car.keylog", "charger": tmp_path / "charger.keylog"}
    charger = start(arguments=("--keylog", logs["charger"]))
    tap = Tap(cable, tmp_path / "session.pcap")
    status, timeline = drive(cable, *tls(pki), "--keylog", str(logs["car"]), *SHORT)
    charger.wait_for("connection closed")
    tap.end()
    assert status == 0, timeline
    assert f"TLS keys go to {logs['car']}" in timeline
    assert f"TLS keys of every session are written to {logs['charger']}" in charger.log()
    assert "stays closed: there is no key log" in dump(tap.path)
    asked = re.findall(r"car asks +(\w+)", timeline)
    assert len(asked) >= 10
    for log in logs.values():
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
        told = dump(tap.path, "--keylog", log)
        assert "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, opened" in told
        assert " 0 unreadable, 0 violations\n" in told
        for message in ("SessionSetupReq", "CurrentDemandRes", "SessionStopRes"):
            assert message in told
        kinds = [json.loads(line).get("message") for line in
                 dump(tap.path, "--keylog", log, "--json").splitlines()]
        assert kinds.count("SessionSetupReq") == kinds.count("SessionStopRes") == 1


def s_client(cable, charger, *options):
    port = re.search(r"tls_port=(\d+)", charger.log()).group(1)
    addresses = ip_in(cable.charger, "-6", "addr", "show", "plug0").stdout
    address = re.search(r"inet6 (fe80[^/]*)", addresses).group(1)
    return subprocess.run(
        inside(cable.car, "openssl", "s_client", "-connect", f"[{address}%car0]:{port}", *options),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=20)


ISO_SUITE = "ECDHE-ECDSA-AES128-SHA256"
WEAK = "DEFAULT@SECLEVEL=0"


def test_openssl_as_a_car(cable, start, pki):
    charger = start()
    for suites in (ISO_SUITE, f"ECDHE-ECDSA-AES256-GCM-SHA384:{ISO_SUITE}"):
        said = s_client(cable, charger, "-tls1_2", "-cipher", suites, "-CAfile",
                        pki / "v2g-root.pem")
        assert "Verify return code: 0 (ok)" in said.stdout, said.stderr
        assert f"Cipher    : {ISO_SUITE}" in said.stdout
        assert "ECDH, prime256v1" in said.stdout
        assert len(re.findall(r"^ *\d s:", said.stdout, re.M)) == 3  # no root among them
        assert "Session-ID: \n" in said.stdout and "TLS session ticket" not in said.stdout
    charger.wait_for("connected plug", 2)


def test_openssl_as_a_car_that_is_not_of_the_standard(cable, start):
    charger = start()
    refusals = [
        (("-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"), "handshake failure"),
        (("-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256"), "handshake failure"),
        (("-tls1_2", "-cipher", ISO_SUITE, "-groups", "P-384"), "handshake failure"),
        (("-tls1_1", "-cipher", WEAK), "protocol version"),
        (("-tls1", "-cipher", WEAK), "protocol version"),
        (("-tls1_3",), "protocol version")]
    for n, (options, words) in enumerate(refusals, 1):
        said = s_client(cable, charger, *options)
        assert words in said.stderr, said.stdout + said.stderr
        charger.wait_for("tls refused", n)
    assert "connected plug" not in charger.log()
