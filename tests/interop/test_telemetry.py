# SPDX-License-Identifier: MIT
"""Our telemetry against cbor2, pycose and cryptography, in both directions, and the specification's examples."""
import hashlib
import json
import pathlib
import re
import subprocess

import cbor2
import pycose.headers
import pycose.algorithms
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycose.keys import EC2Key
from pycose.messages import Sign1Message

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEER = ROOT / "build" / "tests" / "telemetry_peer"
SPECIFICATION = ROOT / "docs" / "spec" / "telemetry.md"
FEW = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Peer:
    """telemetry_peer: a line in, an object out."""

    def __init__(self):
        self.process = subprocess.Popen([PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=5) == 0


@pytest.fixture(scope="module")
def peer():
    if not PEER.exists():
        pytest.skip("build/tests/telemetry_peer is not built")
    peer = Peer()
    yield peer
    peer.close()


class Key:
    """A P-256 key in the forms that the libraries want."""

    def __init__(self, private):
        self.private = private
        numbers = private.private_numbers()
        self.d, self.x, self.y = (
            v.to_bytes(32, "big")
            for v in (numbers.private_value, numbers.public_numbers.x, numbers.public_numbers.y)
        )
        self.cose = EC2Key(crv="P_256", x=self.x, y=self.y, d=self.d)
        self.public_hex = private.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        ).hex()

    def der(self, message):
        return self.private.sign(message, ec.ECDSA(hashes.SHA256()))


@pytest.fixture(scope="module")
def key():
    return Key(ec.generate_private_key(ec.SECP256R1()))


def vectors():
    """(name, value) of each line in the specification's ```vector blocks, in order."""
    found = []
    for block in re.findall(r"```vector\n(.*?)```", SPECIFICATION.read_text(), re.S):
        found += [tuple(line.split(None, 1)) for line in block.splitlines()]
    return found


def named(name):
    return [value for key_name, value in vectors() if key_name == name]


EXAMPLE_KEY = Key(ec.derive_private_key(int(named("private")[0], 16), ec.SECP256R1()))

# ---- readings as both sides see them ----

u32 = st.integers(1, 2**32 - 1)
rms = st.integers(0, 2**31 - 1)
channel = st.tuples(st.integers(0, 2**63 - 1), st.integers(-(2**31), 2**31 - 1), rms, rms, rms).map(list)
timed = st.tuples(st.integers(1, 253402300799999), st.sampled_from([1, 2])) | st.just((0, 0))
names = st.text("abcxyzABCXYZ0189._-", min_size=1, max_size=64)
readings = st.tuples(names, u32, u32, timed, st.dictionaries(st.integers(0, 5), channel, min_size=1))


def payload_of(reading):
    name, epoch, sequence, (unix_ms, quality), channels = reading
    return {0: 1, 1: name, 2: epoch, 3: sequence, 4: unix_ms, 5: quality, 6: channels}


def fields_of(reading):
    name, epoch, sequence, (unix_ms, quality), channels = reading
    return {
        "device_id": name,
        "boot_epoch": epoch,
        "sequence": sequence,
        "unix_ms": unix_ms,
        "time_quality": quality,
        "channels": [[kind, *values] for kind, values in sorted(channels.items())],
    }


def pycose_read(encoded):
    """What CoseMessage.decode() does; it trips over this cbor2's immutable lists and maps inside tags."""
    tagged = cbor2.loads(encoded)
    assert tagged.tag == 18
    protected, unprotected, payload, signature = tagged.value
    return Sign1Message.from_cose_obj([protected, dict(unprotected), payload, signature], False)


def pycose_sign(payload, key):
    message = Sign1Message(
        phdr={pycose.headers.Algorithm: pycose.algorithms.Es256}, payload=cbor2.dumps(payload, canonical=True)
    )
    message.key = key.cose
    return message.encode()


# ---- the specification ----


def test_every_reading_of_the_specification_holds_for_pycose_and_for_us(peer):
    messages, digests = named("reading"), named("digest")
    assert len(messages) == len(digests) == 2
    assert EXAMPLE_KEY.public_hex == named("public")[0]
    for text, digest in zip(messages, digests):
        message = pycose_read(bytes.fromhex(text))
        message.key = EXAMPLE_KEY.cose
        assert message.verify_signature()
        payload = cbor2.loads(message.payload)
        assert list(payload) == [0, 1, 2, 3, 4, 5, 6]
        structure = cbor2.dumps(["Signature1", bytes.fromhex("a10126"), b"", message.payload])
        assert hashlib.sha256(structure).hexdigest() == digest
        answer = peer.ask("reading", text, EXAMPLE_KEY.public_hex)
        assert (answer["status"], answer["verified"], answer["digest"]) == ("E_OK", "E_OK", digest)
        assert answer["device_id"] == payload[1]
        assert answer["channels"] == [[kind, *values] for kind, values in payload[6].items()]


def test_the_acknowledgement_of_the_specification_is_ours_and_cbor2s(peer):
    (text,) = named("ack")
    ranges = cbor2.loads(bytes.fromhex(text))[1]
    assert ranges == [[3, 40, 42, 0], [3, 43, 43, 2]]
    assert peer.ask("ack", text) == {"status": "E_OK", "ranges": ranges}
    assert peer.ask("acknowledge", json.dumps(ranges)) == {"status": "E_OK", "message": text}


def test_every_json_reading_of_the_specification_holds_over_the_text_it_names(peer):
    texts, signed = named("json"), named("signed")
    assert len(texts) == len(signed) == 2
    for text, without in zip(texts, signed):
        signature = bytes.fromhex(json.loads(text)["sig"])
        EXAMPLE_KEY.private.public_key().verify(signature, without.encode(), ec.ECDSA(hashes.SHA256()))
        answer = peer.ask("json", text.encode().hex(), EXAMPLE_KEY.public_hex)
        assert (answer["status"], answer["verified"]) == ("E_OK", "E_OK")
        assert answer["digest"] == hashlib.sha256(without.encode()).hexdigest()


def test_what_the_seed_did_to_its_own_messages_breaks_them(peer):
    """Its verifier parsed and wrote again: 1234.50 became 1234.5."""
    text = named("json")[0]
    again = json.dumps(json.loads(text), separators=(",", ":"))
    assert peer.ask("json", again.encode().hex(), EXAMPLE_KEY.public_hex)["verified"] == "E_AUTH"


# ---- any reading, both directions ----


@FEW
@given(readings)
def test_what_pycose_signs_we_read_and_verify(peer, key, reading):
    message = pycose_sign(payload_of(reading), key)
    answer = peer.ask("reading", message.hex(), key.public_hex)
    assert (answer["status"], answer["verified"]) == ("E_OK", "E_OK")
    assert {name: answer[name] for name in fields_of(reading)} == fields_of(reading)


@FEW
@given(readings)
def test_what_we_sign_pycose_verifies_and_cbor2_reads(peer, key, reading):
    answer = peer.ask("sign", key.d.hex(), json.dumps(fields_of(reading)))
    assert answer["status"] == "E_OK"
    encoded = bytes.fromhex(answer["message"])
    assert len(encoded) <= 358
    message = pycose_read(encoded)
    message.key = key.cose
    assert message.verify_signature()
    assert cbor2.loads(message.payload) == payload_of(reading)
    assert cbor2.dumps(payload_of(reading), canonical=True) == message.payload
    assert cbor2.dumps(cbor2.loads(encoded), canonical=True) == encoded


@FEW
@given(readings, st.data())
def test_another_payload_under_the_same_signature_does_not_hold(peer, key, reading, data):
    other = data.draw(readings.filter(lambda r: payload_of(r) != payload_of(reading)))
    first = cbor2.loads(pycose_sign(payload_of(reading), key)).value
    second = cbor2.loads(pycose_sign(payload_of(other), key)).value
    mixed = cbor2.dumps(cbor2.CBORTag(18, [second[0], {}, second[2], first[3]]))
    answer = peer.ask("reading", mixed.hex(), key.public_hex)
    assert (answer["status"], answer["verified"]) == ("E_OK", "E_AUTH")


@pytest.mark.parametrize(
    "change, status",
    [
        ({0: 2}, "E_UNSUPPORTED"),
        ({1: "a/b"}, "E_MALFORMED"),
        ({1: "x" * 65}, "E_MALFORMED"),
        ({2: 0}, "E_MALFORMED"),
        ({2: 2**32}, "E_LIMIT"),
        ({3: 0}, "E_MALFORMED"),
        ({4: 1.5}, "E_UNSUPPORTED"),
        ({4: 0}, "E_MALFORMED"),
        ({5: 3}, "E_LIMIT"),
        ({6: {}}, "E_MALFORMED"),
        ({6: {6: [0, 0, 0, 0, 0]}}, "E_UNSUPPORTED"),
        ({6: {0: [-1, 0, 0, 0, 0]}}, "E_MALFORMED"),
        ({6: {0: [0, 2**31, 0, 0, 0]}}, "E_LIMIT"),
        ({6: {0: [0, 0, 0, 0]}}, "E_MALFORMED"),
        ({7: 0}, "E_MALFORMED"),
    ],
)
def test_an_authentic_reading_out_of_its_ranges_is_refused(peer, key, change, status):
    payload = payload_of(("barn", 1, 1, (1767225600000, 2), {0: [1, 2, 3, 4, 5]})) | change
    assert peer.ask("reading", pycose_sign(payload, key).hex(), key.public_hex)["status"] == status


# ---- acknowledgements ----

numbers = st.integers(0, 2**32 - 1)
ranges_of_acks = st.lists(
    st.tuples(numbers, numbers, numbers, st.integers(0, 5)).map(lambda r: [r[0], *sorted(r[1:3]), r[3]]),
    min_size=1,
    max_size=16,
)


@FEW
@given(ranges_of_acks)
def test_acknowledgements_are_the_same_bytes_on_both_sides(peer, ranges):
    encoded = cbor2.dumps({0: 1, 1: ranges}, canonical=True).hex()
    assert peer.ask("acknowledge", json.dumps(ranges)) == {"status": "E_OK", "message": encoded}
    assert peer.ask("ack", encoded) == {"status": "E_OK", "ranges": ranges}


# ---- JSON readings ----


@FEW
@given(names, st.integers(1600000000, 253402300799), st.integers(-(10**8), 2 * 10**8), st.none() | numbers)
def test_json_readings_as_the_seeds_devices_write_them_verify(peer, key, name, timestamp, centiwatt, seq):
    watt = f"{'-' if centiwatt < 0 else ''}{abs(centiwatt) // 100}.{abs(centiwatt) % 100:02d}"
    sequence = "" if seq is None else f'"seq":{seq},'
    text = f'{{"node_id":"{name}","timestamp":{timestamp},{sequence}"production":{watt}}}'
    message = text[:-1] + f',"sig":"{key.der(text.encode()).hex()}"}}'
    answer = peer.ask("json", message.encode().hex(), key.public_hex)
    assert (answer["status"], answer["verified"]) == ("E_OK", "E_OK")
    assert answer["unix_ms"] == timestamp * 1000
    assert answer["sequence"] == (seq or 0)
    assert answer["channels"] == [[0, 0, centiwatt * 10, 0, 0, 0]]


def test_a_json_reading_signed_by_another_does_not_hold(peer, key):
    text = '{"node_id":"a","timestamp":1767225600,"production":1.00}'
    message = text[:-1] + f',"sig":"{key.der(text.encode()).hex()}"}}'
    assert peer.ask("json", message.encode().hex(), EXAMPLE_KEY.public_hex)["verified"] == "E_AUTH"
    with pytest.raises(InvalidSignature):
        EXAMPLE_KEY.private.public_key().verify(key.der(text.encode()), text.encode(), ec.ECDSA(hashes.SHA256()))


# ---- the formats underneath ----

scalars = (
    st.integers(-(2**64), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=40) | st.booleans() | st.none()
)
keys = st.integers(-(2**64), 2**64 - 1) | st.text(max_size=8) | st.binary(max_size=8) | st.booleans()
items = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=30) | st.dictionaries(keys, inner, max_size=6), max_leaves=40
)


def depth_of(item):
    if isinstance(item, dict):
        inside = [*item.keys(), *item.values()]
    elif isinstance(item, (list, tuple)):
        inside = list(item)
    else:
        return 0
    return 1 + max(map(depth_of, inside)) if inside else 0


def deterministic(item):
    """Bytewise order of encoded keys (RFC 8949 section 4.2.1), which canonical=True of cbor2 is not."""
    if isinstance(item, dict):
        pairs = sorted((deterministic(k), deterministic(v)) for k, v in item.items())
        return head(5, len(pairs)) + b"".join(k + v for k, v in pairs)
    if isinstance(item, list):
        return head(4, len(item)) + b"".join(map(deterministic, item))
    return cbor2.dumps(item)


def head(major, n):
    encoded = cbor2.dumps(n)
    return bytes([major << 5 | encoded[0]]) + encoded[1:]


@FEW
@given(items)
def test_deterministic_cbor_of_any_shape_is_accepted(peer, item):
    encoded = deterministic(item)
    assert cbor2.loads(encoded) == item
    assert peer.ask("cbor", encoded.hex())["status"] == ("E_OK" if depth_of(item) <= 8 else "E_LIMIT")


@FEW
@given(items, st.data())
def test_changed_cbor_that_we_accept_is_deterministic(peer, item, data):
    encoded = bytearray(deterministic(item))
    encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    if peer.ask("cbor", encoded.hex())["status"] != "E_OK":
        return
    try:
        again = cbor2.loads(bytes(encoded))
    except cbor2.CBORDecodeError:
        # Tags whose content cbor2 wants to understand; nothing else may be refused.
        assert any(byte >> 5 == 6 for byte in encoded)
        return
    if not any(byte >> 5 == 6 for byte in encoded):
        assert deterministic(again) == encoded


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


def python_accepts(text):
    """json of Python as strict as RFC 8259 and we are: no NaN, no name twice, no half surrogate pairs."""

    def no_constant(name):
        raise ValueError(name)

    def no_twice(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("twice")
        return dict(pairs)

    try:
        value = json.loads(text.decode(), parse_constant=no_constant, object_pairs_hook=no_twice)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, UnicodeError):
        return False
    return not text.startswith(b"\xef\xbb\xbf")


@FEW
@given(json_values, st.booleans(), st.sampled_from([None, 1]))
def test_any_json_that_python_writes_is_accepted(peer, value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert peer.ask("text", text.hex())["status"] == "E_OK"


@settings(FEW, max_examples=1000)
@given(json_values, st.data())
def test_changed_json_is_accepted_exactly_when_python_does(peer, value, data):
    text = bytearray(json.dumps(value).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 1))] = data.draw(
            st.sampled_from([b"", b"0", b".", b"-", b"e", b'"', b"\\", b"\\u", b"\\ud800", b",", b":", b"[", b"}", b" ", b"\t", b"\xff"])
        )
        if not text:
            return
    assert (peer.ask("text", text.hex())["status"] == "E_OK") == python_accepts(bytes(text))


@FEW
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_strings_come_back_however_they_were_escaped(peer, text):
    for ascii_only in (True, False):
        encoded = json.dumps(text, ensure_ascii=ascii_only).encode()
        assert peer.ask("text", encoded.hex())["string"] == text
