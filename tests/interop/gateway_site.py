# SPDX-License-Identifier: MIT
"""A real gateway in a folder of its own, and devices written with Python's own libraries."""

import base64
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import cbor2
import paho.mqtt.client as mqtt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = os.environ.get("WATTWARD_PROGRAMS", os.path.join(ROOT, "build", "bin"))

STORED, MALFORMED, BAD_SIGNATURE, WRONG_IDENTITY, TOO_OLD, BANNED = range(6)


def text(value):
    """A text of the ledger: its length and its bytes."""
    return bytes([len(value)]) + value.encode()


class Gateway:
    """wattward-gateway on free ports. Stopped and removed by close()."""

    def __init__(self, state=None):
        self.state = state or tempfile.mkdtemp(prefix="ww-")
        self.process = None
        self.password = None
        self.cookie = None

    def start(self, *arguments, ports=(0, 0, 0)):
        self.log = open(os.path.join(self.state, "gateway.log"), "ab")
        self.process = subprocess.Popen(
            [os.path.join(PROGRAMS, "wattward-gateway"), "--state", self.state,
             "--http-port", str(ports[0]), "--est-port", str(ports[1]),
             "--mqtt-port", str(ports[2]), *arguments],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            words = line.split()
            if words[0] == "operator-password":
                self.password = words[1]
            if words[0] == "ready":
                self.facts = dict(word.split("=", 1) for word in words[1:])
                break
        else:
            raise RuntimeError("the gateway did not start: " + self.log_text())
        self.page = self.facts["page"]
        self.est = self.facts["est"]
        self.mqtt_port = int(self.facts["mqtt"].rsplit(":", 1)[1])
        self.ports = (int(self.page.rsplit(":", 1)[1]), int(self.est.rsplit(":", 1)[1]),
                      self.mqtt_port)
        self.ca = self.facts["ca"]
        return self

    def log_text(self):
        with open(os.path.join(self.state, "gateway.log"), encoding="utf-8") as f:
            return f.read()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(10)
        self.process.stdout.close()
        return status

    def close(self):
        if self.process and self.process.poll() is None:
            self.stop()
        self.log.close()
        shutil.rmtree(self.state, ignore_errors=True)

    def control(self, **command):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(os.path.join(self.state, "gateway", "control.sock"))
            s.sendall(json.dumps(command).encode() + b"\n")
            return json.loads(s.makefile().readline())

    def operator_key(self):
        with open(os.path.join(self.state, "operator", "operator.key"), "rb") as f:
            return serialization.load_pem_private_key(f.read(), None)

    def sign(self, kind, device, reason, number=None, key=None, by="operator"):
        """An action of the operator, as docs/spec/ledger.md says, signed with Python's library."""
        following = self.control(do="operator.next")
        assert following["ok"], following
        action = b"wattward/action/\x01" + text(following["origin"])
        action += struct.pack(">QQB", following["number"] if number is None else number, following["unix_ms"],
                              {"ban": 5, "unban": 6, "appeal": 12}[kind])
        action += text(device) + text(by) + text(reason) + bytes(32)
        key = key or self.operator_key()
        return base64.b64encode(action + key.sign(action)).decode()

    def act(self, kind, device, reason="seen on site", **how):
        return self.control(do="operator.act", action=self.sign(kind, device, reason, **how))

    def open(self, path, body=None, headers=None, method=None):
        """Status, headers and text of one request."""
        request = urllib.request.Request(self.page + path, data=body, method=method,
                                         headers=dict(headers or {}))
        if self.cookie:
            request.add_header("Cookie", self.cookie)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, refused.read()

    def login(self, password=None):
        body = json.dumps({"password": password or self.password}).encode()
        status, headers, _ = self.open("/api/login", body, {"X-Wattward": "1"})
        if status == 204:
            self.cookie = headers["Set-Cookie"].split(";")[0]
        return status

    def get(self, path):
        status, _, text = self.open(path)
        assert status == 200, text
        return json.loads(text)

    def metric(self, name):
        _, _, text = self.open("/metrics")
        for line in text.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        raise KeyError(name)

    def add(self, device_id, peak_power_w=4000):
        answer = self.control(do="device.add", id=device_id, peak_power_w=peak_power_w)
        assert answer["ok"], answer
        return Device(self, device_id).enrol(answer["token"])


class Device:
    """A meter: its key, its certificate, its MQTT connection."""

    def __init__(self, gateway, device_id):
        self.gateway = gateway
        self.id = device_id
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.acks = {}
        self.changed = threading.Condition()
        self.client = None

    def csr(self, common_name=None):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name or self.id)])
        return x509.CertificateSigningRequestBuilder().subject_name(name).sign(
            self.key, hashes.SHA256())

    def post_csr(self, path, headers, context=None):
        context = context or ssl.create_default_context(cafile=self.gateway.ca)
        body = base64.b64encode(self.csr().public_bytes(serialization.Encoding.DER))
        request = urllib.request.Request(
            self.gateway.est + path, data=body,
            headers={"Content-Type": "application/pkcs10", **headers})
        try:
            with urllib.request.urlopen(request, context=context, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def enrol(self, token):
        basic = base64.b64encode(f"{self.id}:{token}".encode()).decode()
        status, text = self.post_csr("/.well-known/est/simpleenroll",
                                     {"Authorization": "Basic " + basic})
        assert status == 200, text
        certificate = pkcs7.load_der_pkcs7_certificates(base64.b64decode(text))[0]
        self.keep(certificate)
        return self

    def keep(self, certificate):
        self.certificate = os.path.join(self.gateway.state, self.id + ".pem")
        with open(self.certificate, "wb") as f:
            f.write(certificate.public_bytes(serialization.Encoding.PEM))
            f.write(self.key.private_bytes(serialization.Encoding.PEM,
                                           serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))

    def context(self, with_certificate=True):
        context = ssl.create_default_context(cafile=self.gateway.ca)
        if with_certificate:
            context.load_cert_chain(self.certificate)
        return context

    def connect(self, protocol=mqtt.MQTTv311):
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=self.id,
                                  protocol=protocol)
        self.client.tls_set_context(self.context())
        ready = threading.Event()
        self.client.on_connect = lambda c, *_: c.subscribe("wattward/acks/" + self.id, 1)
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = self.on_message
        self.client.connect("127.0.0.1", self.gateway.mqtt_port)
        self.client.loop_start()
        assert ready.wait(10)
        return self

    def on_message(self, _client, _context, message):
        if not message.topic.startswith("wattward/acks/"):
            return
        ack = cbor2.loads(message.payload)
        with self.changed:
            for epoch, first, last, verdict in ack[1]:
                for sequence in range(first, last + 1):
                    self.acks.setdefault((epoch, sequence), []).append(verdict)
            self.changed.notify_all()

    def close(self):
        if self.client:
            self.client.disconnect()
            self.client.loop_stop()

    def sign(self, message):
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def reading(self, sequence, epoch=1, unix_ms=None, device_id=None, power_mw=1500000,
                channels=None):
        if unix_ms is None:
            unix_ms = int(time.time() * 1000)
        # As if it had always produced that much, so that counter and power agree.
        energy_mwh = unix_ms // 1000 * 1500000 // 3600
        payload = cbor2.dumps({
            0: 1, 1: device_id or self.id, 2: epoch, 3: sequence, 4: unix_ms, 5: 2,
            6: channels or {0: [energy_mwh, power_mw, 230000, 6521, 50000]}}, canonical=True)
        protected = b"\xa1\x01\x26"
        signed = cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)
        return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, self.sign(signed)]),
                           canonical=True)

    def publish(self, payload, topic=None):
        return self.client.publish(topic or "wattward/readings/" + self.id, payload, qos=1)

    def wait_ack(self, sequence, epoch=1, count=1, timeout=5):
        """The verdicts on a reading, once there are `count` of them."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.acks.get((epoch, sequence), [])) >= count,
                                  timeout)
            return list(self.acks.get((epoch, sequence), []))
