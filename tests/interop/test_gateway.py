# SPDX-License-Identifier: MIT
"""The real gateway, its signer and its broker, against devices that share no code with it."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

import paho.mqtt.client as mqtt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from gateway_site import (BAD_SIGNATURE, MALFORMED, STORED, TOO_OLD, WRONG_IDENTITY, PROGRAMS,
                          Device, Gateway)


@pytest.fixture(scope="module")
def gateway():
    g = Gateway().start("--name", "Test site")
    yield g
    g.close()


@pytest.fixture(scope="module")
def meter(gateway):
    device = gateway.add("meter-1").connect()
    yield device
    device.close()


@pytest.fixture
def own_gateway():
    """One that a test may kill."""
    g = Gateway().start()
    yield g
    g.close()


def rows(gateway, query):
    with sqlite3.connect(f"file:{gateway.state}/gateway/gateway.db?mode=ro", uri=True) as db:
        return db.execute(query).fetchall()


def eventually(condition, timeout=10):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


# ---- readings ----


def test_a_signed_reading_is_stored_and_acknowledged(gateway, meter):
    signed = meter.reading(1)
    meter.publish(signed)
    assert meter.wait_ack(1) == [STORED]
    assert rows(gateway, "SELECT signed FROM readings WHERE sequence = 1") == [(signed,)]


def test_the_site_shows_it(gateway, meter):
    assert gateway.login() == 204
    site = gateway.get("/api/site")
    assert site["name"] == "Test site"
    assert site["devices"] == {"known": 1, "enrolled": 1, "online": 1, "banned": 0}
    assert site["flows"]["production_mw"] == 1500000
    assert gateway.open("/healthz")[0] == 200


def test_mqtt_5_is_spoken_too(gateway):
    device = gateway.add("meter-mqtt5").connect(mqtt.MQTTv5)
    device.publish(device.reading(1))
    assert device.wait_ack(1) == [STORED]
    device.close()


def test_a_repetition_is_acknowledged_and_stored_once(gateway, meter):
    signed = meter.reading(10)
    meter.publish(signed)
    assert meter.wait_ack(10) == [STORED]
    meter.publish(signed)
    assert meter.wait_ack(10, count=2) == [STORED, STORED]
    assert rows(gateway, "SELECT count(*) FROM readings WHERE sequence = 10") == [(1,)]


def test_each_refusal_has_its_verdict(gateway, meter):
    other = Device(gateway, "meter-1")  # the right name, another key
    meter.publish(other.reading(20))
    assert meter.wait_ack(20) == [BAD_SIGNATURE]
    meter.publish(meter.reading(21, device_id="meter-2"))
    assert meter.wait_ack(21) == [WRONG_IDENTITY]
    meter.publish(meter.reading(22))
    assert meter.wait_ack(22) == [STORED]
    meter.publish(meter.reading(22, power_mw=7))
    assert meter.wait_ack(22, count=2) == [STORED, TOO_OLD]
    meter.publish(b"no reading at all")
    assert meter.wait_ack(0, epoch=0) == [MALFORMED]
    refused = gateway.get("/api/site")["readings"]["refused"]
    assert refused["bad_signature"] == 1
    assert refused["wrong_identity"] == 1
    assert refused["number_taken"] == 1
    assert refused["malformed"] == 1
    assert gateway.get("/api/devices/meter-1")["refused"] == 4


def test_a_reading_of_an_earlier_start_of_the_device_is_taken(gateway, meter):
    meter.publish(meter.reading(1, epoch=9))
    assert meter.wait_ack(1, epoch=9) == [STORED]
    meter.publish(meter.reading(500, epoch=8))
    assert meter.wait_ack(500, epoch=8) == [STORED]


def test_the_seeds_json_is_stored(gateway):
    device = gateway.add("SimMeter_0001").connect()
    text = '{"node_id":"SimMeter_0001","timestamp":%d,"production":1234.50' % time.time()
    signature = device.key.sign((text + "}").encode(), ec.ECDSA(hashes.SHA256())).hex()
    message = f'{text},"sig":"{signature}"}}'
    device.publish(message, "microgrid/production/SimMeter_0001")
    assert eventually(lambda: gateway.get("/api/devices/SimMeter_0001")["production_mw"] == 1234500)
    kept = rows(gateway, "SELECT signed, form FROM readings WHERE form = 1")
    assert kept == [(message.encode(), 1)]
    device.close()


# ---- who may do what ----


def listeners(port):
    """The addresses that somebody listens on at this port, as the kernel writes them."""
    found = set()
    for table in ("tcp", "tcp6"):
        with open("/proc/net/" + table, encoding="ascii") as f:
            for line in list(f)[1:]:
                local, state = line.split()[1], line.split()[3]
                address, hex_port = local.split(":")
                if state == "0A" and int(hex_port, 16) == port:
                    found.add(address)
    return found


def test_it_listens_where_it_was_told_and_nowhere_else(gateway):
    for port in gateway.ports:
        assert listeners(port) == {"0100007F"}, port


def test_ipv6_is_an_address_too(tmp_path):
    if not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("this machine has no IPv6")
    own = Gateway(str(tmp_path)).start("--listen", "::1")
    try:
        for port in own.ports:
            assert listeners(port) == {"0" * 24 + "01000000"}, port
    finally:
        own.close()


def test_the_broker_speaks_tls_1_3_with_a_certificate_of_ours_only(gateway, meter):
    def shake_hands(context):
        with socket.create_connection(("127.0.0.1", gateway.mqtt_port), 5) as s:
            with context.wrap_socket(s, server_hostname="localhost") as tls:
                tls.settimeout(5)
                # In TLS 1.3 the server's refusal comes after the client's last message.
                tls.sendall(bytes.fromhex("100d00044d5154540402003c000161"))
                if not tls.recv(1):
                    raise ConnectionResetError
                return tls.version()

    assert shake_hands(meter.context()) == "TLSv1.3"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shake_hands(meter.context(with_certificate=False))
    older = meter.context()
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shake_hands(older)
    stranger = Device(gateway, "meter-1")
    self_signed(stranger)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shake_hands(stranger.context())


def self_signed(device):
    """Gives the device a certificate that it made itself."""
    from cryptography import x509
    import datetime
    request = device.csr()
    now = datetime.datetime.now(datetime.timezone.utc)
    device.keep(x509.CertificateBuilder().subject_name(request.subject)
                .issuer_name(request.subject).public_key(request.public_key())
                .serial_number(7).not_valid_before(now - datetime.timedelta(1))
                .not_valid_after(now + datetime.timedelta(1)).sign(device.key, hashes.SHA256()))


def test_a_device_reaches_its_own_topics_alone(gateway, meter):
    other = gateway.add("meter-3").connect()
    seen = []
    other.client.message_callback_add("wattward/readings/#", lambda *a: seen.append(a))
    other.client.message_callback_add("wattward/acks/meter-1", lambda *a: seen.append(a))
    other.client.subscribe([("wattward/readings/#", 1), ("wattward/acks/meter-1", 1), ("#", 1)])
    before = gateway.metric("wattward_messages_received_total")
    other.publish(meter.reading(60), "wattward/readings/meter-1")  # somebody else's name
    other.publish(b"\xa2\x00\x01\x01\x81\x84\x01\x18\x3c\x18\x3c\x00", "wattward/acks/meter-1")
    other.publish(other.reading(1))
    assert other.wait_ack(1) == [STORED]
    meter.publish(meter.reading(61))
    assert meter.wait_ack(61) == [STORED]
    assert meter.wait_ack(60, timeout=0.5) == []
    assert gateway.metric("wattward_messages_received_total") == before + 2
    assert not seen
    other.close()


def test_a_client_id_takes_nobodys_place(gateway, meter):
    thief = gateway.add("meter-5")
    thief.id, name = "wattward-gateway", thief.id  # its certificate still says meter-5
    thief.connect()
    thief.client.disconnect()
    thief.client.loop_stop()
    thief.id = "meter-1"
    thief.connect()
    meter.publish(meter.reading(65))
    assert meter.wait_ack(65) == [STORED]
    assert meter.client.is_connected()
    assert gateway.open("/healthz")[0] == 200
    assert "the connection to the broker is lost" not in gateway.log_text()
    thief.id = name
    thief.close()


def test_nobody_else_can_be_the_gateway(gateway):
    answer = gateway.control(do="device.add", id="wattward-gateway", peak_power_w=1)
    assert not answer["ok"] and "belong to the gateway" in answer["error"]


# ---- the page's interface ----


def test_without_a_session_nothing_is_told(gateway):
    kept, gateway.cookie = gateway.cookie, None
    try:
        for path in ("/api/site", "/api/devices", "/api/devices/meter-1", "/api/events",
                     "/api/devices/meter-1/curve?channel=production", "/api/site/curve"):
            status, _, text = gateway.open(path)
            assert status == 401, path
            assert json.loads(text) == {"error": "please log in"}
        gateway.cookie = "session=" + "0" * 64
        assert gateway.open("/api/site")[0] == 401
    finally:
        gateway.cookie = kept


def test_every_answer_has_the_headers_that_protect_it(gateway):
    for path in ("/", "/api/site", "/app.js", "/nothing"):
        _, headers, _ = gateway.open(path)
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; frame-ancestors")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
    assert gateway.open("/api/site")[1]["Cache-Control"] == "no-store"


def test_files_come_compressed_once_and_then_not_at_all(gateway):
    status, headers, plain = gateway.open("/app.js")
    assert status == 200 and headers["Content-Type"] == "text/javascript; charset=utf-8"
    status, headers, packed = gateway.open("/app.js", headers={"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip" and len(packed) < len(plain)
    import gzip
    assert gzip.decompress(packed) == plain
    status, _, text = gateway.open("/app.js", headers={"If-None-Match": headers["ETag"]})
    assert status == 304 and text == b""
    assert len(gateway.open("/dygraph.js")[2]) > 100000


def test_paths_and_methods_that_are_not_there(gateway):
    assert gateway.open("/nothing")[0] == 404
    assert gateway.open("/../gateway.db")[0] == 404
    assert gateway.open("/%2e%2e/gateway.db")[0] == 404
    assert gateway.open("/api/nothing")[0] == 404
    assert gateway.open("/api/devices/nobody")[0] == 404
    assert gateway.open("/api/login")[0] == 405
    assert gateway.open("/api/site", b"{}", {"X-Wattward": "1"})[0] == 405
    assert gateway.open("/api/site", method="DELETE")[0] == 405
    assert gateway.open("/api/logout", b"{}")[0] == 403  # no X-Wattward


def test_the_curve_is_the_mean_of_its_steps(gateway):
    device = gateway.add("meter-curve").connect()
    start = 1767225600000
    for i in range(6):
        device.publish(device.reading(i + 1, unix_ms=start + i * 10000, power_mw=1000 * i))
    assert device.wait_ack(6) == [STORED]
    curve = gateway.get("/api/devices/meter-curve/curve?channel=production"
                        f"&from_ms={start}&to_ms={start + 120000}&step_s=30")
    assert curve == {"from_ms": start, "step_ms": 30000, "power_mw": [1000, 4000, None, None]}
    for wrong in ("channel=heat", "channel=production&step_s=0", "channel=production&from_ms=x",
                  "channel=production&from_ms=0&to_ms=9000000000&step_s=1",
                  "channel=production&from_ms=5&to_ms=5"):
        status, _, text = gateway.open("/api/devices/meter-curve/curve?" + wrong)
        assert status == 400 and "error" in json.loads(text), wrong
    device.close()


def test_events_tell_of_the_site_and_of_devices_that_change(gateway, meter):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.ports[0], timeout=10)
    connection.request("GET", "/api/events", headers={"Cookie": gateway.cookie})
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.getheader("Content-Type") == "text/event-stream"

    def until(wanted):
        name = None
        for line in answer:
            line = line.decode().strip()
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
                if wanted(name, data):
                    return data
        raise AssertionError("the stream ended")

    site = until(lambda name, _: name == "site")
    assert site["name"] == "Test site"
    meter.publish(meter.reading(70, epoch=10, power_mw=4242))
    device = until(lambda name, d: name == "device" and d["production_mw"] == 4242)
    assert device["id"] == "meter-1" and device["online"]
    connection.close()


def test_a_stream_ends_with_its_session(own_gateway):
    assert own_gateway.login() == 204
    connection = http.client.HTTPConnection("127.0.0.1", own_gateway.ports[0], timeout=10)
    connection.request("GET", "/api/events", headers={"Cookie": own_gateway.cookie})
    answer = connection.getresponse()
    assert answer.readline()
    assert own_gateway.open("/api/logout", b"{}", {"X-Wattward": "1"})[0] == 204
    assert own_gateway.open("/api/site")[0] == 401
    while answer.readline():  # ends: else the time-out of the socket fails the test
        pass
    connection.close()


def test_metrics_are_what_promtool_would_read(gateway):
    _, headers, text = gateway.open("/metrics")
    assert headers["Content-Type"] == "text/plain; version=0.0.4"
    typed = {}
    for line in text.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in typed, name
            typed[name] = kind
        elif not line.startswith("#"):
            match = re.fullmatch(r'([a-z0-9_]+)(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+',
                                 line)
            assert match, line
            name = re.sub("_(bucket|sum|count)$", "", match[1])
            assert name in typed or match[1] in typed, line
    for name in ("te_messages_received_total", "te_messages_rejected_total",
                 "prov_enrollment_results_total", "wattward_readings_stored_total"):
        assert typed[name] == "counter"
    assert typed["te_crypto_validation_seconds"] == "histogram"


def test_odd_requests_do_not_hurt(gateway):
    for request in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                    b"POST /api/login HTTP/1.1\r\nHost: x\r\nX-Wattward: 1\r\n"
                    b"Content-Length: 99999999\r\n\r\n",
                    b"POST /api/login HTTP/1.1\r\nHost: x\r\nX-Wattward: 1\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                    b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"GET / HTTP/1.1\r\nCookie: " + b"a" * 3000 + b"\r\n\r\n",
                    b"GET /?" + b"a=1&" * 200 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"\x16\x03\x01\x00\xa5\x01\x00", bytes(range(256))):
        with socket.create_connection(("127.0.0.1", gateway.ports[0]), 5) as s:
            s.sendall(request)
            s.settimeout(1)
            try:
                answer = s.recv(4096)
                assert b" 200 " not in answer.split(b"\r\n")[0], request[:60]
            except (TimeoutError, ConnectionResetError):
                pass
    assert gateway.open("/healthz")[0] == 200


def test_many_requests_on_one_connection(gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.ports[0], timeout=10)
    for _ in range(50):
        connection.request("GET", "/dygraph.js")
        assert len(connection.getresponse().read()) > 100000
        connection.request("GET", "/api/site", headers={"Cookie": gateway.cookie})
        answer = connection.getresponse()
        assert answer.status == 200 and json.loads(answer.read())["name"] == "Test site"
        connection.request("POST", "/api/login", b'{"password":', {"X-Wattward": "1"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (400, 429)
    connection.close()


def test_wrong_passwords_lock_an_address_out(own_gateway):
    # Four tries a second are looked at, whoever makes them.
    refusals = []
    while len(refusals) < 5:
        status = own_gateway.login("wrong")
        if status == 401:
            refusals.append(status)
        else:
            assert status == 429
            time.sleep(0.3)
    status, headers, text = own_gateway.open(
        "/api/login", json.dumps({"password": own_gateway.password}).encode(), {"X-Wattward": "1"})
    assert status == 429
    assert 1 < int(headers["Retry-After"]) <= 30
    assert json.loads(text) == {"error": "too many attempts; please wait"}


# ---- start, death, and start again ----


def run(*arguments):
    return subprocess.run([os.path.join(PROGRAMS, "wattward-gateway"), *arguments],
                          capture_output=True, text=True, timeout=30, check=False)


def test_the_command_line_is_explained_and_checked(tmp_path):
    assert run("--help").returncode == 0
    for arguments in (["--http-port", "x"], ["--http-port", "65536"], ["--clock", "1:2"],
                      ["--name", ""], ["--nothing"], ["extra"]):
        result = run("--state", str(tmp_path), *arguments)
        assert result.returncode == 2, arguments
        assert len(result.stderr.strip().splitlines()) <= 2
    assert run("--state", str(tmp_path), "--http-port", "0", "--est-port", "0", "--mqtt-port", "0",
               "-n").returncode == 0


def test_a_taken_port_is_one_clear_sentence(gateway, tmp_path):
    for option, port in zip(("--http-port", "--est-port", "--mqtt-port"), gateway.ports):
        ports = {"--http-port": "0", "--est-port": "0", "--mqtt-port": "0", option: str(port)}
        result = run("--state", str(tmp_path), *(word for pair in ports.items() for word in pair))
        assert result.returncode == 1
        assert result.stderr.strip().endswith(
            f"port {port} on 127.0.0.1 is taken by another program; choose another with {option}")
        assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("address", ["127.0.0.2", "::1", "0.0.0.0", "::"])
def test_it_listens_where_it_is_told(address):
    if ":" in address and not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("this machine has no IPv6")
    own_gateway = Gateway().start("--listen", address)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    with socket.create_connection((host, own_gateway.ports[0]), 5) as s:
        s.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert b" 200 " in s.recv(100)
    context = ssl.create_default_context(cafile=own_gateway.ca)
    for port in own_gateway.ports[1:]:
        with socket.create_connection((host, port), 5) as s:
            context.wrap_socket(s, server_hostname=host).close()  # the certificate names it
    own_gateway.close()


def test_a_state_directory_has_one_gateway(gateway):
    result = run("--state", gateway.state, "--http-port", "0", "--est-port", "0", "--mqtt-port",
                 "0")
    assert result.returncode == 1
    assert "another gateway is running on" in result.stderr


def test_state_is_private(gateway):
    for folder, _, files in os.walk(gateway.state):
        if folder != gateway.state:
            assert os.stat(folder).st_mode & 0o077 == 0
        for name in files:
            path = os.path.join(folder, name)
            if folder != gateway.state and name != "ca.pem":
                assert os.stat(path).st_mode & 0o077 == 0, path


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(word) for word in f.read().split()]


def descendants(pid):
    found = []
    for child in children(pid):
        found += [child] + descendants(child)
    return found


def program(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as f:
        return f.read().split(b"\0")[0].decode()


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def test_no_process_can_get_more_rights_than_it_has(gateway):
    pids = [gateway.process.pid] + [p for p in descendants(gateway.process.pid)
                                    if "mosquitto" in program(p) or "signer" in program(p)]
    assert len(pids) == 3
    for pid in pids:
        facts = status_of(pid)
        assert facts["NoNewPrivs"] == "1", program(pid)
        assert int(facts["CapEff"], 16) == 0, program(pid)
    assert status_of(gateway.process.pid)["Seccomp"] == "2"


def test_it_ends_in_order_and_takes_everything_with_it(own_gateway):
    pids = descendants(own_gateway.process.pid)
    assert len(pids) == 3  # signer, keeper, broker
    started = time.monotonic()
    assert own_gateway.stop() == 0
    assert time.monotonic() - started < 2
    assert all(not os.path.exists(f"/proc/{pid}") for pid in pids)
    assert not os.path.exists(os.path.join(own_gateway.state, "gateway", "control.sock"))


def test_the_end_of_its_terminal_is_not_its_end(own_gateway):
    own_gateway.process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    assert own_gateway.open("/healthz")[0] == 200


def test_it_is_up_within_two_seconds(own_gateway):
    own_gateway.stop()
    started = time.monotonic()
    own_gateway.start()
    assert time.monotonic() - started < 2


def test_a_killed_gateway_loses_no_acknowledged_reading(own_gateway):
    device = own_gateway.add("meter-1").connect()
    stop = threading.Event()
    sent = []

    def publish():
        sequence = 0
        while not stop.is_set():
            sequence += 1
            sent.append(device.reading(sequence))
            device.publish(sent[-1])
            time.sleep(0.001)

    sender = threading.Thread(target=publish)
    sender.start()
    assert device.wait_ack(50)
    pids = descendants(own_gateway.process.pid)
    own_gateway.kill()
    stop.set()
    sender.join()
    device.close()
    assert eventually(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))
    acknowledged = {sequence for (_, sequence), verdicts in device.acks.items()
                    if verdicts == [STORED]}
    assert len(acknowledged) >= 50
    own_gateway.start(ports=own_gateway.ports)
    kept = {sequence for sequence, in rows(own_gateway, "SELECT sequence FROM readings")}
    assert acknowledged <= kept
    # What was not acknowledged comes again, and then everything is there once.
    device.connect()
    for sequence, signed in enumerate(sent, 1):
        if sequence not in acknowledged:
            device.publish(signed)
    for sequence in range(1, len(sent) + 1):
        assert device.wait_ack(sequence) == [STORED]
    assert rows(own_gateway, "SELECT count(*), count(DISTINCT sequence) FROM readings") == [
        (len(sent), len(sent))]
    device.close()


def test_a_killed_broker_comes_back(own_gateway):
    device = own_gateway.add("meter-1").connect()
    device.publish(device.reading(1))
    assert device.wait_ack(1) == [STORED]
    broker, = [p for p in descendants(own_gateway.process.pid) if "mosquitto" in program(p)]
    os.kill(broker, signal.SIGKILL)
    assert eventually(lambda: own_gateway.open("/healthz")[0] == 503, 2)
    assert eventually(lambda: own_gateway.open("/healthz")[0] == 200)
    device.close()
    device.connect()
    device.publish(device.reading(2))
    assert device.wait_ack(2) == [STORED]
    assert own_gateway.metric("wattward_broker_starts_total") == 2
    device.close()


def test_renewed_certificates_are_in_use_at_once(own_gateway):
    device = own_gateway.add("meter-1").connect()

    def served(port):
        context = ssl.create_default_context(cafile=own_gateway.ca)
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            with context.wrap_socket(s, server_hostname="localhost") as tls:
                return tls.getpeercert()["serialNumber"]

    before = [served(port) for port in own_gateway.ports[1:]]
    assert own_gateway.control(do="certificates.renew") == {"ok": True}
    assert eventually(lambda: own_gateway.metric("wattward_broker_starts_total") == 2)
    assert eventually(lambda: own_gateway.open("/healthz")[0] == 200)
    after = [served(port) for port in own_gateway.ports[1:]]
    assert not set(before) & set(after)
    device.close()
    device.connect()
    device.publish(device.reading(1))
    assert device.wait_ack(1) == [STORED]
    device.close()


def test_without_its_signer_readings_go_on(own_gateway):
    device = own_gateway.add("meter-1").connect()
    signer, = [p for p in descendants(own_gateway.process.pid) if "signer" in program(p)]
    os.kill(signer, signal.SIGKILL)
    assert eventually(lambda: own_gateway.open("/healthz")[0] == 503)
    assert own_gateway.open("/healthz")[2].startswith(b"the signer has ended\n")
    device.publish(device.reading(1))
    assert device.wait_ack(1) == [STORED]
    device.close()


def test_a_locked_database_is_said_and_nothing_is_acknowledged(own_gateway):
    device = own_gateway.add("meter-1").connect()
    lock = sqlite3.connect(f"{own_gateway.state}/gateway/gateway.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    signed = device.reading(1)
    device.publish(signed)
    assert device.wait_ack(1, timeout=1.5) == []
    assert own_gateway.open("/healthz")[0] == 503
    lock.execute("ROLLBACK")
    lock.close()
    device.publish(signed)
    assert device.wait_ack(1) == [STORED]
    assert eventually(lambda: own_gateway.open("/healthz")[0] == 200)
    assert "the database is locked by another program" in own_gateway.log_text()
    device.close()


def test_a_restart_keeps_devices_certificates_and_the_password(own_gateway):
    device = own_gateway.add("meter-1").connect()
    device.publish(device.reading(1))
    assert device.wait_ack(1) == [STORED]
    device.close()
    password = own_gateway.password
    own_gateway.stop()
    own_gateway.password = None
    own_gateway.start(ports=own_gateway.ports)
    assert own_gateway.password is None
    assert own_gateway.login(password) == 204
    facts = own_gateway.get("/api/devices/meter-1")
    assert facts["stored"] == 1 and facts["sequence"] == 1 and not facts["online"]
    device.connect()
    device.publish(device.reading(2))
    assert device.wait_ack(2) == [STORED]
    device.close()


def test_a_long_path_of_the_state_directory_is_fine(own_gateway):
    own_gateway.stop()
    long_path = os.path.join(own_gateway.state, "x" * 100, "y" * 50)
    os.makedirs(long_path, 0o700)
    for name in ("signer", "gateway"):
        shutil.move(os.path.join(own_gateway.state, name), os.path.join(long_path, name))
    result = Gateway(long_path).start()
    assert result.open("/healthz")[0] == 200
    result.close()
