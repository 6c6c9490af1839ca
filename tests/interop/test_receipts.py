# SPDX-License-Identifier: MIT
"""An operator who drops a reading that he has acknowledged, and the meter that notices."""

import re
import sqlite3
import time

import pytest

from gateway_site import Gateway
from test_meter import Meter

# The site's quarter of an hour takes a second, so that blocks close quickly.
SITE_MS = 1767225600000
RATE = 900


@pytest.fixture
def site():
    gateway = Gateway()
    clock = ("--clock", f"{int(time.time() * 1000)}:{SITE_MS}:{RATE}")
    gateway.start(*clock)
    meters = []

    def meter(name):
        answer = gateway.control(do="device.add", id=name, peak_power_w=4000)
        made = Meter(gateway, name, token=answer["token"], ledger_key=answer["ledger_key"],
                     receipt_timeout_ms=40000, replay_start_ms=SITE_MS, log_level="debug")
        meters.append(made)
        return made.start(*clock)

    yield gateway, clock, meter
    for made in meters:
        made.close()
    gateway.close()


def database(gateway):
    return sqlite3.connect(f"{gateway.state}/gateway/gateway.db")


def drop_reading(gateway, name):
    """Of the readings that are acknowledged and not yet in the ledger, one that is followed by others."""
    with database(gateway) as db:
        rows = db.execute(
            "SELECT r.reading, r.sequence FROM readings r JOIN devices d ON d.device = r.device"
            " WHERE d.id = ? AND r.reading > (SELECT coalesce(max(last_reading), 0) FROM ledger_blocks"
            " WHERE device = r.device) ORDER BY r.reading", (name,)).fetchall()
        if len(rows) < 3:
            return None
        db.execute("DELETE FROM readings WHERE reading = ?", rows[0][:1])
    db.close()
    return rows[0][1]


def stop(meter):
    """What the meter says of its receipts, and its log."""
    meter.wait_log(r"receipts: receipted=")
    meter.process.terminate()
    text, _ = meter.process.communicate(timeout=10)
    counts = re.search(r"receipts checked=(\d+) unchecked=(\d+) waiting=(\d+) alarms=(\d+)", text)
    return [int(n) for n in counts.groups()], meter.log_text()


def test_a_reading_that_the_operator_drops_is_noticed_and_nothing_else(site):
    gateway, clock, meter = site
    barn, mill = meter("barn"), meter("mill")
    dropped = None
    for _ in range(5):  # until the gateway is caught with a few readings that are in no block
        barn.wait_log(r"receipts: receipted=")
        mill.wait_log(r"receipts: receipted=")
        time.sleep(0.9)  # not a condition: any moment will do
        gateway.kill()
        gateway.log.close()
        dropped = drop_reading(gateway, "barn")
        gateway.start(*clock, ports=gateway.ports)
        if dropped is not None:
            break
    assert dropped is not None
    barn.wait_log(rf"ALARM .* left it out of the ledger epoch=1 sequence={dropped}\n", timeout=30)
    counts, text = stop(barn)
    assert counts[3] == 1 and text.count("ALARM") == 1, text
    assert counts[0] > 10
    counts, text = stop(mill)
    assert counts[3] == 0 and "ALARM" not in text, text
    assert counts[0] > 10


def test_receipts_that_were_lost_come_again(site):
    gateway, clock, meter = site
    barn = meter("barn")
    barn.wait_log(r"receipts: receipted=")
    for _ in range(2):  # the broker forgets what it had for the meter
        gateway.kill()
        gateway.log.close()
        gateway.start(*clock, ports=gateway.ports)
        before = barn.log_text().count("link: connected")
        deadline = time.monotonic() + 15
        while barn.log_text().count("link: connected") <= before and time.monotonic() < deadline:
            time.sleep(0.05)
    receipted = len(re.findall(r"receipts: receipted=", barn.log_text()))
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        lines = re.findall(r"receipts: receipted=\d+ unchecked=(\d+) waiting=(\d+)", barn.log_text())
        if len(lines) > receipted + 3:
            break
        time.sleep(0.1)
    counts, text = stop(barn)
    assert counts[3] == 0 and "ALARM" not in text, text
    assert counts[1] == 0
