# SPDX-License-Identifier: MIT
"""A ban against a real gateway and broker: it ends the session, stays, and is undone."""

import base64
import json
import os
import queue
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess
import time

import paho.mqtt.client as mqtt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from gateway_site import PROGRAMS, STORED, Device, Gateway, text


@pytest.fixture
def gateway():
    g = Gateway().start()
    yield g
    g.close()


def eventually(condition, timeout=10):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def stays_out(device, seconds=1.5):
    """Tries to have a session of its own, and is never in one for longer than a moment."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=device.id)
    client.tls_set_context(device.context())
    granted = []
    ended = []
    client.on_connect = lambda c, *_: c.subscribe("wattward/acks/" + device.id, 1)
    client.on_subscribe = lambda c, d, m, codes, p: granted.extend(codes)
    client.on_disconnect = lambda *_: ended.append(time.monotonic())
    client.reconnect_delay_set(1, 1)
    client.connect("127.0.0.1", device.gateway.mqtt_port)
    client.loop_start()
    time.sleep(seconds)
    client.loop_stop()
    client.disconnect()
    return bool(ended) and all(code.is_failure for code in granted)


def ban(gateway, device_id, reason="reports 120 % of what its neighbours do"):
    return gateway.act("ban", device_id, reason)


def test_a_ban_ends_the_live_session_within_a_second(gateway):
    device = gateway.add("roof-1").connect()
    other = gateway.add("roof-2").connect()
    device.publish(device.reading(1))
    assert device.wait_ack(1) == [STORED]
    start = time.monotonic()
    assert ban(gateway, "roof-1")["ok"]
    assert eventually(lambda: not device.client.is_connected(), 2)
    assert time.monotonic() - start < 1.0
    device.client.loop_stop()
    assert stays_out(device)
    other.publish(other.reading(1))
    assert other.wait_ack(1) == [STORED]
    assert other.client.is_connected()
    gateway.login()
    assert gateway.get("/api/devices/roof-1")["state"] == "banned"
    other.close()


def test_a_ban_survives_restart_and_new_enrolment_and_ends_with_an_unban(gateway):
    device = gateway.add("roof-1").connect()
    assert ban(gateway, "roof-1")["ok"]
    assert eventually(lambda: not device.client.is_connected(), 2)
    device.client.loop_stop()
    gateway.kill()
    gateway.start(ports=gateway.ports)
    assert stays_out(device)
    again = Device(gateway, "roof-1").enrol(gateway.control(do="device.token", id="roof-1")["token"])
    assert stays_out(again)
    assert gateway.act("unban", "roof-1", "the meter was replaced")["ok"]
    time.sleep(0.3)  # the broker reads its list ten times a second
    again.connect()
    again.publish(again.reading(1))
    assert again.wait_ack(1) == [STORED]
    time.sleep(0.5)
    assert again.client.is_connected()
    again.close()
    path = f"file:{gateway.state}/gateway/gateway.db?mode=ro"
    with sqlite3.connect(path, uri=True) as db:
        rows = db.execute("SELECT action, before, by, reason FROM trust_decisions").fetchall()
    assert rows == [("ban", "none", "operator", "reports 120 % of what its neighbours do"),
                    ("none", "ban", "operator", "the meter was replaced")]


def test_a_broker_without_its_gateway_keeps_the_banned_out_and_lets_the_others_in(gateway):
    device = gateway.add("roof-1").connect()
    other = gateway.add("roof-2")
    assert ban(gateway, "roof-1")["ok"]
    assert eventually(lambda: not device.client.is_connected(), 2)
    device.client.loop_stop()
    bans = os.path.join(gateway.state, "gateway", "broker", "bans")
    with open(bans, encoding="utf-8") as f:
        text = f.read()
    assert text == "wattward-bans 1\nroof-1\nend\n"
    os.unlink(bans)  # a list that is gone, or cut short, changes nothing
    assert stays_out(device)
    with open(bans, "w", encoding="utf-8") as f:
        f.write("wattward-bans 1\n")
    assert stays_out(device)
    other.connect()
    other.publish(other.reading(1))
    assert other.wait_ack(1) == [STORED]
    other.close()


def test_a_removed_device_is_put_out_too(gateway):
    device = gateway.add("roof-1").connect()
    assert gateway.control(do="device.remove", id="roof-1")["ok"]
    assert eventually(lambda: not device.client.is_connected(), 2)
    device.client.loop_stop()
    assert stays_out(device)
    new = gateway.add("roof-1")
    time.sleep(0.3)  # the broker reads its list ten times a second
    new.connect()
    new.publish(new.reading(1))
    assert new.wait_ack(1) == [STORED]
    new.close()


def test_an_operators_word_needs_a_device_and_a_reason(gateway):
    gateway.add("roof-1")
    assert "no device" in ban(gateway, "roof-9")["error"]
    assert "reason" in ban(gateway, "roof-1", "")["error"]
    assert ban(gateway, "roof-1")["ok"]
    assert "already" in ban(gateway, "roof-1")["error"]
    assert gateway.act("appeal", "roof-1", "the roof was cleaned")["ok"]
    assert gateway.act("unban", "roof-1", "seen on site")["ok"]
    assert "not banned" in gateway.act("unban", "roof-1", "again")["error"]


# ---- what the gateway finds by itself, and says ----


def feedback(device):
    """A queue of what the device is told: topic, payload."""
    told = queue.Queue()
    device.client.message_callback_add("wattward/trust/" + device.id,
                                       lambda c, u, m: told.put((m.topic, m.payload)))
    device.client.subscribe("wattward/trust/" + device.id, 1)
    return told


def ledger_key(gateway):
    with open(os.path.join(gateway.state, "signer", "ledger.key"), "rb") as f:
        return serialization.load_pem_private_key(f.read(), None).public_key()


def forged(device, n, start_s):
    """n readings a second apart that each claim a kilowatt-hour more."""
    for i in range(n):
        channels = {0: [1000000 * i, 3000000, 230000, 13043, 50000]}
        device.publish(device.reading(i + 1, unix_ms=(start_s + i) * 1000, channels=channels))


def test_a_device_that_claims_the_impossible_is_banned_and_the_evidence_is_kept(gateway):
    device = gateway.add("roof-1").connect()
    honest = gateway.add("roof-2").connect()
    start_s = int(time.time()) - 60
    for i in range(10):
        honest.publish(honest.reading(i + 1, unix_ms=(start_s + i) * 1000))
    start = time.monotonic()
    forged(device, 5, start_s)
    assert eventually(lambda: not device.client.is_connected(), 5)
    assert time.monotonic() - start < 3
    device.client.loop_stop()
    gateway.login()
    fleet = gateway.get("/api/trust")
    assert fleet["rule"] == "te2"
    assert list(fleet["thresholds"]) == ["watch", "settle", "quarantine", "ban"]
    assert abs(fleet["thresholds"]["ban"] - 7) < 0.01
    by_id = {d["id"]: d for d in fleet["devices"]}
    assert by_id["roof-1"]["state"] == "banned" and by_id["roof-1"]["by"] == "engine"
    assert by_id["roof-2"]["state"] == "active" and by_id["roof-2"]["reason"] is None
    one = gateway.get("/api/trust/roof-1")
    newest = one["decisions"][0]
    assert newest["action"] == "ban" and "more than the panels can give" in newest["reason"]
    assert newest["evidence"]["energy_wh"] == 1000.0
    assert one["complete"]
    assert gateway.open("/api/trust/roof-9")[0] == 404
    # The decisions are the same after reading everything again, and stored once.
    gateway.stop()
    gateway.start(ports=gateway.ports)
    assert gateway.control(do="trust.show", id="roof-1")["decisions"] == one["decisions"]
    assert gateway.act("unban", "roof-1", "a new meter")["ok"]
    assert gateway.control(do="trust.show", id="roof-1")["state"] == "active"
    gateway.stop()
    gateway.start(ports=gateway.ports)
    assert gateway.control(do="trust.show", id="roof-1")["state"] == "active"
    honest.close()


def test_a_device_is_told_how_it_is_judged_and_the_word_is_signed(gateway):
    device = gateway.add("roof-1").connect()
    other = gateway.add("roof-2").connect()
    told = feedback(device)
    stolen = queue.Queue()
    other.client.message_callback_add("wattward/trust/#", lambda c, u, m: stolen.put(m))
    other.client.subscribe("wattward/trust/roof-1", 1)
    device.publish(device.reading(1))
    assert device.wait_ack(1) == [STORED]
    topic, payload = told.get(timeout=5)
    text, signature, rest = payload.split(b"\n")
    assert rest == b""
    ledger_key(gateway).verify(base64.b64decode(signature), topic.encode() + b"\n" + text)
    word = json.loads(text)
    assert (word["v"], word["id"], word["action"]) == (1, "roof-1", "none")
    # Retained: who comes later hears it too.
    later = feedback(device)
    assert later.get(timeout=5)[1] == payload
    assert stolen.empty()
    device.close()
    other.close()


# ---- the operator's signature ----


def wattward(gateway, *arguments):
    return subprocess.run([os.path.join(PROGRAMS, "wattward"), "--state", gateway.state, *arguments],
                          capture_output=True, text=True, timeout=30, check=False)


def test_an_operators_word_counts_once_and_only_with_his_key(gateway):
    device = gateway.add("roof-1").connect()
    action = gateway.sign("ban", "roof-1", "seen on site")
    assert gateway.control(do="operator.act", action=action)["ok"]
    assert eventually(lambda: not device.client.is_connected(), 2)
    device.client.loop_stop()
    assert gateway.act("unban", "roof-1")["ok"]
    assert "already" in gateway.control(do="operator.act", action=action)["error"]
    thief = ed25519.Ed25519PrivateKey.generate()
    assert "operator's key" in gateway.act("ban", "roof-1", key=thief)["error"]
    assert not gateway.control(do="trust.ban", id="roof-1", reason="no signature")["ok"]
    gateway.stop()
    gateway.start(ports=gateway.ports)
    assert "already" in gateway.control(do="operator.act", action=action)["error"]
    assert gateway.control(do="trust.show", id="roof-1")["state"] == "active"


def test_the_command_signs_and_the_ledger_shows_the_signature(gateway):
    gateway.add("roof-1")
    assert wattward(gateway, "trust", "ban", "roof-1", "--reason", "seen").stdout == \
        "roof-1 is banned; its session ends.\n"
    assert wattward(gateway, "trust", "appeal", "roof-1", "--reason", "it was cleaned").returncode == 0
    assert wattward(gateway, "trust", "unban", "roof-1", "--reason", "agreed").returncode == 0
    new_key = os.path.join(gateway.state, "new.key")
    old_key = os.path.join(gateway.state, "operator", "operator.key")
    assert wattward(gateway, "operator", "new-key", new_key).returncode == 0
    refused = wattward(gateway, "trust", "ban", "roof-1", "--reason", "old key")
    assert "not the key of the operator" in refused.stderr and refused.returncode == 1
    assert wattward(gateway, "trust", "ban", "roof-1", "--reason", "new", "--key", new_key).returncode == 0
    gateway.stop()
    verified = wattward(gateway, "--json", "ledger", "verify")
    assert json.loads(verified.stdout)["signed_actions"] == 5, verified
    lines = [json.loads(line) for line in
             wattward(gateway, "ledger", "export", "--format", "entries").stdout.splitlines()]
    words = [line for line in lines if "signature" in line]
    assert [w["type"] for w in words] == ["ban", "appeal", "unban", "operator", "ban"]
    assert [w["action_number"] for w in words] == [1, 2, 3, 4, 5]
    # Checked by hand: the first action's bytes, its signature, and the key that the log names.
    first, key = words[0], [line for line in lines if line["type"] == "operator"][0]["key"]
    message = (b"wattward/action/\x01" + text(lines[0]["origin"])
               + struct.pack(">QQB", 1, first["signed_unix_ms"], 5)
               + text("roof-1") + text("operator") + text("seen") + bytes(32))
    public = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    public.verify(bytes.fromhex(first["signature"]), message)
    with open(old_key, "rb") as f:
        assert serialization.load_pem_private_key(f.read(), None).public_key() == public


def test_a_lost_key_is_replaced_and_the_ledger_says_so(gateway):
    gateway.add("roof-1")
    key = os.path.join(gateway.state, "operator", "operator.key")
    os.unlink(key)
    lost = wattward(gateway, "trust", "ban", "roof-1", "--reason", "seen")
    assert "no operator's key" in lost.stderr and "--key" in lost.stderr
    gateway.stop()
    gateway.start("--new-operator-key", ports=gateway.ports)
    assert wattward(gateway, "trust", "ban", "roof-1", "--reason", "seen").returncode == 0
    gateway.stop()
    verified = wattward(gateway, "ledger", "verify")
    assert verified.returncode == 0 and "without a signature of the old one" in verified.stdout


def test_the_broker_alone_keeps_the_banned_out_and_lets_the_others_in(gateway):
    """The gateway stands still: who was banned stays out, others are served, nothing is lost."""
    device = gateway.add("roof-1").connect()
    other = gateway.add("roof-2")
    assert ban(gateway, "roof-1")["ok"]
    assert eventually(lambda: not device.client.is_connected(), 2)
    device.client.loop_stop()
    gateway.process.send_signal(signal.SIGSTOP)
    try:
        assert stays_out(device)
        other.connect()
        sent = other.publish(other.reading(1))
        assert eventually(sent.is_published, 5)
        stranger = other.context(with_certificate=False)  # open for nothing else
        with socket.create_connection(("127.0.0.1", gateway.mqtt_port)) as raw:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                stranger.wrap_socket(raw, server_hostname="127.0.0.1").read(1)
    finally:
        gateway.process.send_signal(signal.SIGCONT)
    assert other.wait_ack(1) == [STORED]
    other.close()
