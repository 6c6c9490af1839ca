# SPDX-License-Identifier: MIT
"""wattward-device against the real gateway: outages, kills and power cuts; and on a serial line."""

import os
import pty
import re
import signal
import sqlite3
import struct
import subprocess
import threading
import time

import cbor2
import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway_site import PROGRAMS, ROOT, Gateway

DEVICE = os.path.join(PROGRAMS, "wattward-device")
PRODUCTION = 0


class Meter:
    """A wattward-device with a state directory of its own."""

    def __init__(self, gateway, name, token=None, **config):
        self.gateway = gateway
        self.name = name
        self.folder = os.path.join(gateway.state, "meter-" + name)
        os.makedirs(self.folder, exist_ok=True)
        self.log_path = os.path.join(self.folder, "log")
        self.config = {
            "device_id": name, "ca_file": gateway.ca, "est_port": gateway.ports[1],
            "mqtt_port": gateway.ports[2], "send_interval_ms": 200, "sample_interval_ms": 100,
            "ack_timeout_ms": 2000, "outbox_kib": 1024, "provisioning_retry_ms": 200,
            "sensor_file": os.path.join(ROOT, "sim", "homes", "home-01.csv"), **config}
        self.config["claim_token"] = token or self.new_token()
        self.process = None
        self.n_starts = 0

    def new_token(self):
        answer = self.gateway.control(do="device.add", id=self.name, peak_power_w=4000)
        assert answer["ok"], answer
        return answer["token"]

    def write_config(self):
        path = os.path.join(self.folder, "meter.conf")
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(f"{key} {value}\n" for key, value in self.config.items())
        return path

    def start(self, *arguments):
        self.log = open(self.log_path, "ab")
        self.n_starts += 1
        self.process = subprocess.Popen(
            [DEVICE, "--profile", "meter", "--config", self.write_config(), "--state", self.folder,
             *arguments], stdout=subprocess.PIPE, stderr=self.log, text=True)
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.close_files()

    def close_files(self):
        self.process.stdout.close()
        self.log.close()

    def stop(self):
        """Stops it; what it says of its whole life."""
        self.wait_log(r"(?s)(meter: started.*){%d}" % self.n_starts)  # it minds signals now
        self.process.send_signal(signal.SIGTERM)
        text, _ = self.process.communicate(timeout=10)
        self.log.close()
        assert self.process.returncode == 0, self.log_text()
        assert text.startswith("summary "), text
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", text)}

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()

    def log_text(self):
        with open(self.log_path, encoding="utf-8") as f:
            return f.read()

    def wait_log(self, pattern, timeout=15):
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            if re.search(pattern, self.log_text()):
                return True
            time.sleep(0.05)
        raise AssertionError(f"no {pattern!r} in\n{self.log_text()}")

    def readings(self):
        """What the gateway has on disk, in the order of the names."""
        with sqlite3.connect(f"file:{self.gateway.state}/gateway/gateway.db?mode=ro",
                             uri=True) as db:
            found = [cbor2.loads(cbor2.loads(signed).value[2]) for (signed,) in
                     db.execute("SELECT signed FROM readings")]
        return sorted((r for r in found if r[1] == self.name), key=lambda r: (r[2], r[3]))

    def wait_readings(self, count, timeout=20):
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            if len(self.readings()) >= count:
                return
            time.sleep(0.1)
        raise AssertionError(f"{len(self.readings())} of {count} readings\n{self.log_text()}")

    def wait_gaps_closed(self, timeout_s=40):
        """Readings of an outage come after newer ones; when they have, every sequence is whole."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            names = [(r[2], r[3]) for r in self.readings()]
            if all(
                sorted(n[1] for n in names if n[0] == epoch)
                == list(range(1, 1 + sum(n[0] == epoch for n in names)))
                for epoch in {n[0] for n in names}
            ):
                return
            time.sleep(0.1)
        raise AssertionError("readings of an outage never came")


def check_books(meter, summary):
    """Everything the meter ever took is on the gateway's disk, once, and nothing went back."""
    stored = meter.readings()
    names = [(r[2], r[3]) for r in stored]
    assert len(set(names)) == len(names)
    for epoch in {name[0] for name in names}:
        sequences = [name[1] for name in names if name[0] == epoch]
        assert sequences == list(range(1, len(sequences) + 1))
    for before, after in zip(stored, stored[1:]):
        assert after[4] >= before[4]
        for kind, values in after[6].items():
            assert values[0] >= before[6][kind][0]
    # The last reading may be on its way, or its acknowledgement, when the meter is stopped.
    assert summary["refused"] == 0 and summary["waiting"] <= 2
    assert summary["taken"] == summary["stored"] + summary["waiting"]
    assert summary["stored"] <= len(stored) <= summary["taken"]


@pytest.fixture(scope="module")
def gateway():
    g = Gateway().start()
    yield g
    g.close()


@pytest.fixture
def meter(gateway, request):
    name = request.node.name.replace("test_", "")[:40]
    m = Meter(gateway, name)
    yield m
    m.close()


def test_it_enrols_connects_and_its_readings_are_stored(meter):
    meter.start()
    meter.wait_readings(10)
    check_books(meter, meter.stop())
    log = meter.log_text()
    assert "certificate received" in log
    assert meter.config["claim_token"] not in log
    reading = meter.readings()[-1]
    assert sorted(reading[6]) == [0, 1, 2, 3]
    assert abs(reading[4] - time.time() * 1000) < 30000


def test_kill_9_again_and_again_loses_and_doubles_nothing(meter):
    for i in range(6):
        meter.start()
        time.sleep(0.9 + 0.13 * i)
        meter.kill()
    meter.start()
    meter.wait_readings(25)
    meter.wait_gaps_closed()
    check_books(meter, meter.stop())
    epochs = {r[2] for r in meter.readings()}  # a boot may be killed before it takes a reading
    assert epochs <= set(range(1, 8)) and 7 in epochs and len(epochs) > 3


def broker_pid(gateway):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"mosquitto") and any(
                gateway.state.encode() in word for word in words):
            return int(pid)
    raise AssertionError("no broker runs")


def test_a_broker_that_dies_costs_nothing(gateway, meter):
    meter.start()
    meter.wait_readings(5)
    for _ in range(3):
        os.kill(broker_pid(gateway), signal.SIGKILL)
        time.sleep(1.5)
    meter.wait_readings(30)
    meter.wait_gaps_closed()
    check_books(meter, meter.stop())
    times = [r[4] for r in meter.readings()]
    assert max(b - a for a, b in zip(times, times[1:])) < 1000  # taken all through the outages


def test_a_gateway_that_is_killed_comes_back_to_every_reading(gateway, meter):
    meter.start()
    meter.wait_readings(5)
    gateway.kill()
    time.sleep(2)
    gateway.start(ports=gateway.ports)
    meter.wait_readings(25)
    meter.wait_gaps_closed()
    check_books(meter, meter.stop())


def test_a_wrong_token_is_told_and_nothing_is_lost_until_it_is_right(meter):
    right = meter.config["claim_token"]
    meter.config["claim_token"] = "AAAAAAAAAAAAAAAAAAAAAAAAAA"
    meter.start()
    meter.wait_log("no certificate: .*401")
    time.sleep(1)
    assert "claim_token" not in meter.log_text() and "AAAAAAAA" not in meter.log_text()
    summary = meter.stop()
    assert summary["waiting"] == summary["taken"] > 4
    meter.config["claim_token"] = right
    meter.start()
    meter.wait_readings(summary["taken"] + 3)
    check_books(meter, meter.stop())


def test_another_authority_is_not_trusted(gateway, meter):
    key = os.path.join(meter.folder, "other.key")
    other = os.path.join(meter.folder, "other.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", other,
                    "-subj", "/CN=other", "-days", "1"], check=True, capture_output=True)
    meter.config["ca_file"] = other
    meter.start()
    meter.wait_log("no certificate: .*certificate")
    meter.stop()
    assert "certificate received" not in meter.log_text()


def est_peer(gateway, name, token, host="127.0.0.1"):
    return subprocess.run(
        [os.path.join(PROGRAMS, "..", "tests", "est_peer"), host, str(gateway.ports[1]), gateway.ca,
         name, token], capture_output=True, text=True, timeout=30)


def test_the_device_renews_its_certificate_with_the_certificate(gateway):
    answer = gateway.control(do="device.add", id="renewer", peak_power_w=1000)
    result = est_peer(gateway, "renewer", answer["token"])
    assert result.returncode == 0, result.stderr
    first, second = (x509.load_der_x509_certificate(bytes.fromhex(line))
                     for line in result.stdout.split())
    assert first.serial_number != second.serial_number
    assert first.public_key() == second.public_key()
    for certificate in (first, second):
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert [n.value for n in names] == ["renewer"]
    used = est_peer(gateway, "renewer", answer["token"])
    assert used.returncode == 1 and "401" in used.stderr
    wrong_name = est_peer(gateway, "renewer", answer["token"], host="127.0.0.2")
    assert wrong_name.returncode == 1 and "status 0" in wrong_name.stderr


def test_one_state_directory_belongs_to_one_process(meter):
    meter.start()
    meter.wait_log("started")
    second = subprocess.run(meter.process.args, capture_output=True, text=True, timeout=10)
    assert second.returncode == 1
    assert re.fullmatch(r"wattward-device: .* is in use by another wattward-device\n",
                        second.stderr)
    meter.stop()


def test_a_site_clock_runs_as_fast_as_it_is_told(meter):
    real_ms = int(time.time() * 1000)
    site_ms = 1470067200000  # 1 August 2016, 08:00 in California
    meter.start("--clock", f"{real_ms}:{site_ms}:600")
    meter.wait_readings(10)
    check_books(meter, meter.stop())
    readings = meter.readings()
    span_ms = readings[-1][4] - readings[0][4]
    assert 600 * 1000 < span_ms < 600 * 20000
    assert site_ms <= readings[0][4] <= site_ms + 600 * 20000
    # The roof's curve of that morning: power times time is the energy that was counted.
    produced_mwh = readings[-1][6][PRODUCTION][0] - readings[0][6][PRODUCTION][0]
    powers_mw = [r[6][PRODUCTION][1] for r in readings]
    assert min(powers_mw) * span_ms / 3.6e6 - 5 <= produced_mwh
    assert produced_mwh <= max(powers_mw) * span_ms / 3.6e6 + 5


def test_a_meter_that_hangs_is_ended_and_the_next_run_says_so(meter):
    meter.config["watchdog_ms"] = 1000
    meter.start()
    meter.wait_readings(3)
    meter.process.send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    meter.process.send_signal(signal.SIGCONT)
    assert meter.process.wait(5) == 70
    meter.close_files()
    meter.start()
    meter.wait_log(r'the run before died report=\{"reset":"watchdog"')
    meter.wait_readings(8)
    check_books(meter, meter.stop())


def test_crash_after_crash_it_starts_with_less(meter):
    for _ in range(3):
        meter.start()
        meter.wait_log(r"(?s)(meter: started.*){%d}" % meter.n_starts)
        meter.process.send_signal(signal.SIGSEGV)
        meter.process.wait(10)
        meter.close_files()
    meter.start()
    meter.wait_log("this run starts with: profile off")
    time.sleep(1.5)
    assert {r[2] for r in meter.readings()} == {1, 2, 3}  # what waited is sent, nothing is taken
    check_books(meter, meter.stop())


# ---- on a serial line: the chip's side written again, from its manual ----

def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return struct.pack("<H", crc)


class Chip(threading.Thread):
    """A PZEM-004T at the far end of a pseudo-terminal."""

    def __init__(self):
        super().__init__(daemon=True)
        self.end, far = pty.openpty()
        self.path = os.ttyname(far)
        self.far = far
        self.wh = 1234
        self.answers = True
        self.start()

    def run(self):
        heard = b""
        while True:
            try:
                heard += os.read(self.end, 64)
            except OSError:
                return
            while len(heard) >= 8:
                frame, heard = heard[:8], heard[8:]
                assert frame[1] == 4 and frame[6:] == crc16(frame[:6])
                if self.answers:
                    self.wh += 1
                    registers = [2305, 10870, 0, 25000, 0, self.wh & 0xFFFF, self.wh >> 16, 501,
                                 100, 0]
                    body = bytes([frame[0], 4, 20]) + struct.pack(">10H", *registers)
                    answer = body + crc16(body)
                    os.write(self.end, answer[:9])
                    time.sleep(0.01)
                    os.write(self.end, answer[9:])

    def close(self):
        os.close(self.far)
        os.close(self.end)


def test_it_reads_a_pzem_on_a_serial_line(meter):
    chip = Chip()
    meter.config.update(sensor="pzem004t", serial_port=chip.path, pzem_address=248,
                        pzem_channel="consumption", sample_interval_ms=700, send_interval_ms=700)
    meter.start()
    meter.wait_readings(3)
    chip.answers = False
    meter.wait_log("the sensor does not answer")
    chip.answers = True
    meter.wait_log("the sensor answers again")
    count = len(meter.readings())
    meter.wait_readings(count + 2)
    check_books(meter, meter.stop())
    readings = meter.readings()
    assert readings[0][6] == {1: [0, 2500000, 230500, 10870, 50100]}
    assert readings[-1][6][1][0] % 1000 == 0  # whole Wh, as the chip counts
    assert 0 < readings[-1][6][1][0] <= (chip.wh - 1234) * 1000
    chip.close()


# ---- the command line ----

def run(*arguments):
    return subprocess.run([DEVICE, *arguments], capture_output=True, text=True, timeout=10)


def test_help_and_the_reference_need_nothing(tmp_path):
    for flag in ("--help", "-h"):
        assert run(flag).returncode == 0
        assert "--profile meter" in run(flag).stdout
    reference = run("--print-config-reference")
    assert reference.returncode == 0
    for key in ("device_id", "claim_token", "send_interval_ms", "max_provisioning_retries"):
        assert key in reference.stdout
    example = run("--print-config-example")
    assert example.returncode == 0
    # What is printed to start from is accepted once the one thing it cannot know is there.
    config = tmp_path / "meter.conf"
    config.write_text(example.stdout + "\nsensor_file x.csv\n")
    checked = run("--profile", "meter", "--config", str(config), "-n")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("arguments, sentence", [
    ([], "--profile is missing"),
    (["--profile", "toaster"], "there is no profile toaster"),
    (["--profile", "meter"], "--config is missing"),
    (["--profile", "meter", "--config"], "no value for --config"),
    (["--loud"], "unknown option --loud"),
    (["--profile", "meter", "--config", "x", "--clock", "tomorrow"], "--clock is not"),
])
def test_wrong_usage_is_one_sentence(arguments, sentence):
    result = run(*arguments)
    assert result.returncode == 2
    assert result.stderr.startswith("wattward-device: " + sentence)
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("line, sentence", [
    ("send_interval_ms soon", r'.*meter\.conf:3: .*send_interval_ms.*'),
    ("send_interval_ms 1", r'.*meter\.conf:3: .*send_interval_ms.*'),
    ("colour red", r'.*meter\.conf:3: .*colour.*'),
    ("sensor pzem004t", r'.*sensor is pzem004t, but there is no serial_port'),
    ("sample_interval_ms 9000", r'.*sample_interval_ms is longer than send_interval_ms'),
])
def test_a_wrong_configuration_is_one_sentence_with_its_line(tmp_path, line, sentence):
    config = tmp_path / "meter.conf"
    config.write_text(f"device_id a\nca_file b\n{line}\n")
    result = run("--profile", "meter", "--config", str(config), "-n")
    assert result.returncode == 1
    assert re.fullmatch("wattward-device: " + sentence + "\n", result.stderr), result.stderr
