# SPDX-License-Identifier: MIT
"""Clocks that jump, of a gateway and of a meter, with libfaketime: said in the log, and nothing is lost."""

import os
import re
import sqlite3
import time

import pytest

from gateway_site import STORED, Gateway
from test_meter import Meter

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
DAY_S = 86400

pytestmark = pytest.mark.skipif(not os.path.exists(LIBRARY), reason="libfaketime is not installed")


class Clock:
    """The wall clock of one process, by a file; its monotonic clock is left alone."""

    def __init__(self, path):
        self.path = path
        self.set(0)

    def set(self, offset_s):
        with open(self.path + ".new", "w", encoding="ascii") as f:
            f.write(f"{offset_s:+d}\n")
        os.replace(self.path + ".new", self.path)

    def environment(self):
        return {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": self.path, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}


@pytest.fixture
def gateway():
    g = Gateway()
    yield g
    g.close()


def eventually(condition, timeout=10):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def with_clock(monkeypatch, clock, start):
    """Starts a process whose environment has the clock; ours stays as it is."""
    with monkeypatch.context() as m:
        for name, value in clock.environment().items():
            m.setenv(name, value)
        return start()


def test_a_gateway_whose_clock_jumps_says_so_and_loses_no_reading(gateway, monkeypatch):
    os.makedirs(os.path.join(gateway.state, "gateway"), mode=0o700)
    clock = Clock(os.path.join(gateway.state, "gateway", "clock"))
    with_clock(monkeypatch, clock, gateway.start)
    device = gateway.add("roof-1").connect()
    sequence = 0

    def send():
        nonlocal sequence
        for _ in range(5):
            sequence += 1
            device.publish(device.reading(sequence))
            assert device.wait_ack(sequence) == [STORED]
            time.sleep(0.02)

    send()
    for jump_s, word in ((2 * DAY_S, "ahead"), (0, "back"), (-3 * DAY_S, "back"), (0, "ahead")):
        n = len(re.findall(f"the clock jumped .* {word}", gateway.log_text()))
        clock.set(jump_s)
        assert eventually(lambda w=word, k=n: len(
            re.findall(f"the clock jumped .* {w}", gateway.log_text())) == k + 1), gateway.log_text()
        send()
    assert gateway.metric("wattward_clock_jumps_total") == 4
    assert device.client.is_connected()  # nobody is put out for it
    assert gateway.control(do="trust.show", id="roof-1")["state"] == "active"
    assert gateway.control(do="status")["healthy"]
    device.close()
    gateway.stop()
    with sqlite3.connect(f"file:{gateway.state}/gateway/gateway.db?mode=ro", uri=True) as db:
        assert db.execute("SELECT count(*) FROM readings").fetchone()[0] == sequence == 25
    gateway.start(ports=gateway.ports)  # the same is read again, in the order in which it came
    assert gateway.control(do="trust.show", id="roof-1")["state"] == "active"


def test_a_meter_whose_clock_jumps_says_so_and_loses_no_reading(gateway, monkeypatch):
    gateway.start()
    meter = Meter(gateway, "roof-1")
    clock = Clock(os.path.join(meter.folder, "clock"))
    with_clock(monkeypatch, clock, meter.start)
    meter.wait_log("link: connected|link: up|connected")

    def stored():
        return gateway.control(do="status")["readings"]["stored"]

    for jump_s in (0, 2 * DAY_S, 0, -2 * DAY_S, 0):
        clock.set(jump_s)
        n = stored()
        assert eventually(lambda k=n: stored() > k + 3), meter.log_text()
    assert len(re.findall("the clock jumped [0-9]+ s ahead", meter.log_text())) == 2
    assert len(re.findall("the clock jumped [0-9]+ s back", meter.log_text())) == 2
    said = meter.stop()
    assert said["refused"] == 0 and said["waiting"] == 0
    assert said["taken"] == said["stored"] == stored()
    assert gateway.control(do="trust.show", id="roof-1")["state"] == "active"
    with open(os.path.join(meter.folder, "trust.txt"), encoding="utf-8") as f:
        assert f.read().startswith("action none\n")
