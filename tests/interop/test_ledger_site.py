# SPDX-License-Identifier: MIT
"""The ledger of a real gateway: what the operator orders, kills at any moment, files that are not what
was signed."""

import os
import pathlib
import shutil
import struct
import subprocess
import time

import pytest

import settlement
from gateway_site import PROGRAMS, STORED, Gateway
from test_ledger import by_member, frames

START_MS = 1767225600000  # 2026-01-01
QUARTER_MS = 900_000
TARIFF, MEMBER, TRANSFER, CORRECTION, READINGS = 8, 9, 7, 10, 2


def wattward(gateway, *arguments):
    return subprocess.run([os.path.join(PROGRAMS, "wattward"), "--state", gateway.state, *map(str, arguments)],
                          capture_output=True, text=True, timeout=60)


def done(gateway, *arguments):
    result = wattward(gateway, *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout


def clock():
    return "--clock", f"{int(time.time() * 1000)}:{START_MS}:900"


@pytest.fixture
def gateway():
    made = Gateway().start(*clock())
    yield made
    made.close()


def ledger_folder(gateway):
    return pathlib.Path(gateway.state) / "gateway" / "ledger"


def entries(gateway):
    return [frame[2:] for frame in frames(ledger_folder(gateway))]


def wait_entries(gateway, kind, count, timeout=20):
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        found = [i for i, entry in enumerate(entries(gateway)) if entry[1] == kind]
        if len(found) >= count:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not {count} entries of type {kind}: {[e[1] for e in entries(gateway)]}")


def publish(device, sequence, quarter, produced_wh, consumed_wh):
    message = device.reading(sequence, unix_ms=START_MS + quarter * QUARTER_MS + 1000, channels={
        0: [produced_wh * 1000, 0, 0, 0, 0], 1: [consumed_wh * 1000, 0, 0, 0, 0]})
    device.publish(message)
    assert device.wait_ack(sequence) == [STORED]


def test_the_operators_orders_are_signed_and_settled(gateway):
    roof, flat = gateway.add("roof").connect(), gateway.add("flat").connect()
    done(gateway, "tariff", "set", "Winter", "--import", "30.5", "--export", 8, "--community", 18, "--fee", 3)
    done(gateway, "tariff", "member", "flat", "--weight", 2)
    wait_entries(gateway, TARIFF, 1)
    # From the quarter on in which the newest entry was written, so that all terms are in force.
    now = (struct.unpack(">q", entries(gateway)[-1][10:18])[0] - START_MS) // QUARTER_MS + 1
    for k in range(6):
        publish(roof, k + 1, now + k, 5000 + 700 * k, 100 + 50 * k)
        publish(flat, k + 1, now + k, 0, 7000 + 500 * k)
    blocks = wait_entries(gateway, READINGS, 10)
    quarter = time.strftime("%Y-%m-%dT%H:%M", time.gmtime((START_MS + (now + 2) * QUARTER_MS) // 1000))
    done(gateway, "ledger", "transfer", "roof", "flat", 350, "--price", "12.5", "--at", quarter, "--minutes", 30)
    done(gateway, "ledger", "correct", blocks[4], "--production", "-120.5", "--reason", "a clamp was loose")
    wait_entries(gateway, TRANSFER, 1)
    wait_entries(gateway, CORRECTION, 1)
    refused = gateway.control(do="tariff.set", name="mine", sharing="dynamic")
    assert not refused["ok"]
    for wrong, sentence in [
        (("ledger", "transfer", "roof", "roof", 5, "--price", 1), "between two members"),
        (("ledger", "transfer", "roof", "nobody", 5, "--price", 1), "no device of this name"),
        (("ledger", "transfer", "roof", "flat", "1.5", "--price", 1), "whole number of Wh"),
        (("ledger", "transfer", "roof", "flat", 5, "--price", 1, "--at", "2026-01-05T13:46"), "quarter of an hour"),
        (("ledger", "correct", 0, "--production", 5, "--reason", "x"), "only blocks of readings"),
        (("ledger", "correct", 99999, "--production", 5, "--reason", "x"), "no such entry"),
        (("tariff", "member", "nobody", "--weight", 2), "no device of this name"),
        (("tariff", "set", "x", "--import", "dear", "--export", 1), "price in cents"),
    ]:
        result = wattward(gateway, *wrong)
        assert result.returncode == 1 and sentence in result.stderr, (wrong, result.stderr)
    done(gateway, "ledger", "verify")
    roof.close()
    flat.close()
    gateway.stop()
    month = "2026-01"
    ours = by_member(done(gateway, "settle", "--month", month))
    assert ours == settlement.settle(entries(gateway), month)
    assert ours["flat"]["bought_wh"] > 0 and ours["flat"]["fee_cost"] == 3_000_000 * ours["flat"]["bought_wh"]


def sequences(log):
    """Which readings are in the blocks of a device's log, by sequence, in order."""
    found = []
    for entry in log:
        if entry[1] == READINGS:
            b = settlement.Bytes(entry[18:])
            b.text()
            b.take(32 + 8 + 4 + 4 + 32)
            for _ in range(b.number("B")):
                _, first, last = b.number("I"), b.number("I"), b.number("I")
                found += range(first, last + 1)
    return found


def test_a_kill_at_any_moment_loses_nothing_and_never_forks(gateway, tmp_path):
    device = gateway.add("roof")
    acknowledged, checkpoints = 0, []
    for round in range(6):
        device.client = None
        device.connect()
        stop_at = time.monotonic() + 0.35 + 0.23 * round  # a tick is a second: before, in and after one
        while time.monotonic() < stop_at:
            acknowledged += 1
            publish(device, acknowledged, acknowledged // 5, 5000 + acknowledged, 100)
        gateway.kill()
        gateway.log.close()
        device.close()
        kept = ledger_folder(gateway) / "checkpoint"
        if kept.exists():
            checkpoints.append(tmp_path / f"checkpoint-{round}")
            shutil.copy(kept, checkpoints[-1])
        gateway.start(*clock(), ports=gateway.ports)
    assert checkpoints
    gateway.stop()  # writes what is open
    for checkpoint in checkpoints:
        done(gateway, "ledger", "verify", "--old", checkpoint)
    assert sequences(entries(gateway)) == list(range(1, acknowledged + 1))


def restart_and_read_log(gateway):
    """What the gateway logs from the next start until it is up, or has given up; it is stopped again."""
    path = pathlib.Path(gateway.log.name)
    before = path.stat().st_size
    with open(path, "ab") as log:
        process = subprocess.Popen(
            [os.path.join(PROGRAMS, "wattward-gateway"), "--state", gateway.state, "--http-port", "0",
             "--est-port", "0", "--mqtt-port", "0"], stdout=subprocess.PIPE, stderr=log, text=True)
    for line in process.stdout:
        if line.startswith("ready "):
            break
    process.terminate()
    process.wait(10)
    process.stdout.close()
    return path.read_bytes()[before:].decode()


def test_files_that_are_not_what_was_signed_are_refused_in_words(gateway):
    wait_entries(gateway, 13, 1)
    gateway.stop()
    folder = ledger_folder(gateway)
    whole = (folder / "entries").read_bytes()
    (folder / "entries").write_bytes(whole[:-1])
    text = restart_and_read_log(gateway)
    assert "its files do not hold what was signed; restore them from a backup" in text, text
    (folder / "entries").write_bytes(whole)
    for hashes in folder.glob("tiles.*"):
        hashes.unlink()  # they follow from the entries
    done(gateway, "ledger", "verify")
    text = restart_and_read_log(gateway)
    assert "the ledger stands still" not in text, text


def test_a_signer_without_its_memory_says_what_to_do(gateway):
    wait_entries(gateway, 13, 1)
    gateway.stop()
    head = pathlib.Path(gateway.state) / "signer" / "ledger.head"
    assert head.exists()
    head.unlink()
    text = restart_and_read_log(gateway)
    assert "ledger.head" in text and "backup" in text, text
