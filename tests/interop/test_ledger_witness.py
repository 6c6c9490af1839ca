# SPDX-License-Identifier: MIT
"""A witness as a program of its own, asked over HTTP by the ledger's owner and by Python."""

import base64
import hashlib
import http.client
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from test_ledger import PEER, WATTWARD, frames, ledger, run

LEDGER_KEY = Ed25519PrivateKey.from_private_bytes(bytes([1, 2, 3]) + bytes(29))  # that of ledger_peer
BLOCKS = 300
SIZE = BLOCKS + 5


def root(leaves):
    """RFC 6962 section 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


def checkpoint(log, size):
    """The log's own checkpoint at an earlier size."""
    leaves = [hashlib.sha256(b"\0" + frame[2:]).digest() for frame in frames(log)[:size]]
    text = f"wattward/ledger/test\n{size}\n{base64.b64encode(root(leaves)).decode()}\n"
    key_id = bytes.fromhex((log / "key").read_text().split("+")[1])
    signature = base64.b64encode(key_id + LEDGER_KEY.sign(text.encode())).decode()
    return f"{text}\n\u2014 wattward/ledger/test {signature}\n"


def make_log(path, blocks):
    made = run(PEER, path, blocks)
    assert made.returncode == 0, made.stderr
    return path


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return make_log(tmp_path_factory.mktemp("witness") / "log", BLOCKS)


class Witness:
    def __init__(self, log, folder):
        self.log, self.folder = log, folder
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [WATTWARD, "ledger", "witness", "--key", self.log / "key", "--dir", self.folder, "--name",
             "member.example/w1", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        ready = re.fullmatch(r"ready url=(\S+) key=(\S+) known=(\d+)\n", self.process.stdout.readline())
        self.url, self.key, self.known = ready[1], ready[2], int(ready[3])

    def post(self, body, path="/add-checkpoint"):
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=10)
        connection.request("POST", path, body)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers["Content-Type"], text

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.process.stdout.close()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(10) == 0
        self.process.stdout.close()


@pytest.fixture
def witness(log, tmp_path):
    made = Witness(log, tmp_path / "witness")
    yield made
    made.close()


def cosign(witness, log):
    return ledger("cosign", witness.url, "--log", log, "--witness", witness.key)


def at_size(log, size, path):
    """A copy of the log as it was with `size` entries."""
    copy = shutil.copytree(log, path)
    (copy / "checkpoint").write_text(checkpoint(log, size))
    return copy


def test_a_growing_log_is_cosigned_and_python_verifies_it(log, witness, tmp_path):
    for size in (1, 2, 255, 256, 300, SIZE):
        copy = at_size(log, size, tmp_path / str(size))
        result = cosign(witness, copy)
        assert result.returncode == 0, result.stderr
        text, _, lines = result.stdout.partition("\n\n")
        name, encoded = re.search(r"^\u2014 (member\S+) (\S+)$", lines, re.M).groups()
        blob = base64.b64decode(encoded)
        seconds = struct.unpack(">Q", blob[4:12])[0]
        assert abs(seconds - time.time()) < 60
        public = base64.b64decode(witness.key.split("+", 2)[2])
        assert public[0] == 4 and blob[:4].hex() == witness.key.split("+")[1]
        assert hashlib.sha256(name.encode() + b"\n" + public).digest()[:4] == blob[:4]
        Ed25519PublicKey.from_public_bytes(public[1:]).verify(
            blob[12:], f"cosignature/v1\ntime {seconds}\n{text}\n".encode())
        with pytest.raises(InvalidSignature):
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(
                blob[12:], f"cosignature/v1\ntime {seconds + 1}\n{text}\n".encode())
        kept = tmp_path / f"{size}.cosigned"
        kept.write_text(result.stdout)
        held = ledger("verify", "--log", log, "--old", kept, "--witness", witness.key)
        assert held.returncode == 0, held.stderr
        plain = ledger("verify", "--log", log, "--old", copy / "checkpoint", "--witness", witness.key)
        assert plain.returncode == 1 and "not cosigned" in plain.stderr


def test_a_log_that_went_back_or_another_of_the_same_key_is_refused(log, witness, tmp_path):
    assert cosign(witness, at_size(log, 300, tmp_path / "300")).returncode == 0
    back = cosign(witness, at_size(log, 299, tmp_path / "299"))
    assert back.returncode == 1 and "entries were taken away" in back.stderr
    # The same owner signs another past.
    for blocks in (BLOCKS, BLOCKS - 5, BLOCKS + 40):
        other = make_log(tmp_path / f"other-{blocks}", blocks)
        forked = cosign(witness, other)
        assert forked.returncode == 1 and "does not go on in this one" in forked.stderr, forked.stderr
    assert cosign(witness, log).returncode == 0


def test_what_was_cosigned_is_remembered_through_a_kill(log, witness, tmp_path):
    assert witness.known == 0
    assert cosign(witness, log).returncode == 0
    witness.kill()
    witness.start()
    assert witness.known == SIZE
    back = cosign(witness, at_size(log, 10, tmp_path / "10"))
    assert back.returncode == 1 and "entries were taken away" in back.stderr
    second = run(WATTWARD, "ledger", "witness", "--key", log / "key", "--dir", witness.folder,
                 "--listen", "127.0.0.1:0")
    assert second.returncode == 1 and "another witness is at work" in second.stderr


def test_answers_are_those_of_the_specification(log, witness):
    note = (log / "checkpoint").read_text()
    text, _, _ = note.partition("\n\n")
    foreign = Ed25519PrivateKey.generate().sign(text.encode())
    key_id = bytes.fromhex((log / "key").read_text().split("+")[1])
    forged = f"{text}\n\n\u2014 wattward/ledger/test {base64.b64encode(key_id + foreign).decode()}\n"
    hash_line = base64.b64encode(bytes(32)).decode()
    for body, status in [
        ("", 400), ("old 0\n", 400), (f"old 00\n\n{note}", 400), ("old 0\n\nno note", 400),
        (f"old {SIZE + 1}\n\n{note}", 400), (f"old 0\n\n{forged}", 403),
        (f"old 0\n\n{note.replace('ledger/test', 'ledger/best')}", 404),
        (f"old 0\n{hash_line}\n\n{note}", 422),
    ]:
        assert witness.post(body.encode())[0] == status, body
    assert witness.post(f"old 0\n\n{note}".encode(), "/sign-subtree")[0] == 404
    assert witness.post(f"old 0\n\n{note}".encode())[0] == 200
    assert witness.post(f"old 0\n\n{note}".encode()) == (409, "text/x.tlog.size", f"{SIZE}\n")
    assert witness.post(f"old {SIZE}\n\n{note}".encode())[0] == 200
    assert witness.post(b"old 0\n" * 6000)[0] == 413


def test_whoever_sends_half_a_request_does_not_stop_it(log, witness):
    host, port = witness.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as half:
        half.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Le")
        half.shutdown(socket.SHUT_WR)
        assert half.recv(100).startswith(b"HTTP/1.1 408")
    for length, status in (("", b"411"), ("Content-Length: -1\r\n", b"411"),
                           ("Content-Length: 99999999999\r\n", b"413")):
        with socket.create_connection((host, int(port))) as odd:
            odd.sendall(f"POST /add-checkpoint HTTP/1.1\r\n{length}\r\nold 0\n".encode())
            assert odd.recv(100).startswith(b"HTTP/1.1 " + status)
    assert cosign(witness, log).returncode == 0


def test_a_wrong_key_or_address_is_one_sentence(log, witness, tmp_path):
    result = ledger("cosign", witness.url, "--log", log, "--witness", log / "key")
    assert result.returncode == 1 and "--witness is not the key of a witness" in result.stderr
    result = ledger("cosign", "http://127.0.0.1:1/", "--log", log, "--witness", witness.key)
    assert result.returncode == 1 and "does not answer" in result.stderr
    result = ledger("witness", "--key", log / "key", "--dir", tmp_path / "w", "--listen", "nowhere")
    assert result.returncode == 1 and "it is not ADDRESS:PORT" in result.stderr
