# SPDX-License-Identifier: MIT
"""lib/exi against EXIficient, the reference EXI processor, in the jar that Josev ships: it decodes what we
encode to what we say it is, and encodes that to the same bytes; lists at their bounds in particular.

Its JSON goes through JAXB, which has its own mind in a few places; each is named below.
"""
import base64
import datetime
import hashlib
import json
import pathlib
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

ROOT = pathlib.Path(__file__).resolve().parents[2]
WATTWARD = ROOT / "build" / "bin" / "wattward"
PEER = ROOT / "build" / "tests" / "exi_peer"
JOSEV = ROOT / "build" / "venv-josev" / "bin" / "python"
ORACLE = ROOT / "tests" / "interop" / "exi_oracle.py"
# The jar knows no messages of ACDP and WPT.
NAMESPACES = {
    "sap": "urn:iso:15118:2:2010:AppProtocol",
    "din": "urn:din:70121:2012:MsgDef",
    "iso2": "urn:iso:15118:2:2013:MsgDef",
    "iso20": "urn:iso:std:iso:15118:-20:CommonMessages",
    "iso20ac": "urn:iso:std:iso:15118:-20:AC",
    "iso20dc": "urn:iso:std:iso:15118:-20:DC",
    "iso2frag": "urn:iso:15118:2:2013:MsgDef",
    "iso20frag": "urn:iso:std:iso:15118:-20:CommonMessages",
}
# The jar's own copy of the ISO 15118-2 schema does not bound these lists (it takes one item more), so its
# event codes differ exactly at the bound of the published schema.
JAR_HAS_NO_BOUND = {("RootCertificateID", 20), ("ProfileEntry", 24), ("SelectedService", 16), ("Parameter", 16)}
# Optional numbers that Java holds in a primitive type: absent, they are written as 0.
JAR_KNOWS_NO_ABSENCE = {
    "supportedAppProtocolRes": "SchemaID",
    "MeteringReceiptReq": "SAScheduleTupleID",
    "SalesTariff": "NumEPriceLevels",
    "SalesTariffEntry": "EPriceLevel",
}
# Elements that the jar writes as fragments; others it writes as documents, or does not know.
JAR_WRITES_FRAGMENTS = {
    "AuthorizationReq",
    "CertificateInstallationReq",
    "ContractSignatureCertChain",
    "ContractSignatureEncryptedPrivateKey",
    "DHpublickey",
    "MeteringReceiptReq",
    "SalesTariff",
    "eMAID",
    "AbsolutePriceSchedule",
    "OEMProvisioningCertificateChain",
    "PnC_AReqAuthorizationMode",
}
ROUNDS = 40


class Oracle:
    def __init__(self):
        self.process = subprocess.Popen([JOSEV, ORACLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, verb, what, value):
        what = NAMESPACES[what] if verb in ("decode", "encode") else what
        self.process.stdin.write(json.dumps([verb, what, value]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def oracle():
    peer = Oracle()
    yield peer
    peer.close()


def wattward(verb, lines):
    result = subprocess.run([WATTWARD, "exi", verb], input="".join(lines), capture_output=True, text=True, check=True)
    return result.stdout.splitlines()


def theirs(value):
    """Our JSON as JAXB has it: the text beside attributes is called value."""
    if isinstance(value, dict):
        return {"value" if key == "$" else key: theirs(item) for key, item in value.items()}
    return [theirs(item) for item in value] if isinstance(value, list) else value


def flat(value):
    """Their JSON as ours: a number in mixed content comes in an array."""
    if isinstance(value, dict):
        return {
            key: item[0] if key == "HMACOutputLength" and isinstance(item, list) else flat(item)
            for key, item in value.items()
        }
    return [flat(item) for item in value] if isinstance(value, list) else value


def lists_of(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, list):
                yield key, len(item)
            yield from lists_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from lists_of(item)


def root_of(message):
    return "V2G_Message" if message["protocol"] in ("din", "iso2") else message["message"]


def elements_of(name, value):
    if isinstance(value, dict):
        yield name, value
        for key, item in value.items():
            yield from elements_of(key, item)
    elif isinstance(value, list):
        for item in value:
            yield from elements_of(name, item)


def jar_is_known_to_differ(message):
    name, value = message["message"], message["value"]
    if message["protocol"].endswith("frag") and name not in JAR_WRITES_FRAGMENTS:
        return True
    if any(one in JAR_HAS_NO_BOUND for one in lists_of(value)):
        return True
    return any(
        element in JAR_KNOWS_NO_ABSENCE and JAR_KNOWS_NO_ABSENCE[element] not in content
        for element, content in elements_of(name, value)
    )


@pytest.fixture(scope="module")
def random_messages():
    lines = subprocess.run([PEER, "20118", str(ROUNDS)], capture_output=True, text=True, check=True).stdout.splitlines(True)
    lines = [line for line in lines if line.split("\t")[0] in NAMESPACES]
    messages = [json.loads(text) for text in wattward("decode", lines)]
    return [(line.split("\t")[1].strip(), message) for line, message in zip(lines, messages)]


def test_what_we_encode_is_what_exificient_decodes(oracle, random_messages):
    agreed = {}
    for encoded, message in random_messages:
        protocol = message["protocol"]
        if protocol.endswith("frag") or jar_is_known_to_differ(message):
            continue
        answer = oracle.ask("decode", protocol, encoded)
        if "error" not in answer:  # what JAXB cannot hold, such as an abstract base type
            assert flat(answer["ok"]) == {root_of(message): theirs(message["value"])}, encoded
            agreed[protocol] = agreed.get(protocol, 0) + 1
    assert set(agreed) == {p for p in NAMESPACES if not p.endswith("frag")}
    assert sum(agreed.values()) > 4 * ROUNDS, agreed


def test_what_exificient_encodes_is_what_we_encode(oracle, random_messages):
    agreed = {}
    for encoded, message in random_messages:
        protocol = message["protocol"]
        if jar_is_known_to_differ(message):
            continue
        answer = oracle.ask("encode", protocol, {root_of(message): theirs(message["value"])})
        if "error" not in answer:
            assert answer["ok"] == encoded, message
            agreed[protocol] = agreed.get(protocol, 0) + 1
    assert {"iso2frag", "iso20frag", "iso2", "din", "iso20", "iso20ac", "iso20dc", "sap"} == set(agreed)
    assert sum(agreed.values()) > 5 * ROUNDS, agreed


HEADER = {"SessionID": "01"}
HEADER20 = {"SessionID": "0102030405060708", "TimeStamp": 1}
PHYSICAL = {"Multiplier": 0, "Unit": "W", "Value": 1}
SERVICE = {"ServiceID": 1, "ServiceCategory": "EVCharging", "FreeService": True}
AC = {
    "AC_EVSEStatus": {"NotificationMaxDelay": 0, "EVSENotification": "None", "RCD": False},
    "EVSENominalVoltage": PHYSICAL,
    "EVSEMaxCurrent": PHYSICAL,
}


def discovery(n):
    return {
        "ResponseCode": "OK",
        "PaymentOptionList": {"PaymentOption": ["Contract"]},
        "ChargeService": {**SERVICE, "SupportedEnergyTransferMode": {"EnergyTransferMode": ["DC_core"]}},
        "ServiceList": {"Service": [SERVICE] * n},
    }


def tuples(n):
    entry = {"RelativeTimeInterval": {"start": 0}, "PMax": PHYSICAL}
    one = {"SAScheduleTupleID": 1, "PMaxSchedule": {"PMaxScheduleEntry": [entry]}}
    return {
        "ResponseCode": "OK",
        "EVSEProcessing": "Finished",
        "SAScheduleList": {"SAScheduleTuple": [one] * n},
        "AC_EVSEChargeParameter": AC,
    }


def chain(n):
    return {
        "eMAID": "DEABC123456789Y",
        "ContractSignatureCertChain": {"Certificate": "AQ==", "SubCertificates": {"Certificate": ["AQ=="] * n}},
    }


def services20(n):
    return {
        "ResponseCode": "OK",
        "ServiceRenegotiationSupported": False,
        "EnergyTransferServiceList": {"Service": [{"ServiceID": 1, "FreeService": True}] * n},
    }


def providers(n):
    return {
        "ResponseCode": "OK",
        "AuthorizationServices": ["PnC"],
        "CertificateInstallationService": True,
        "PnC_ASResAuthorizationMode": {
            "GenChallenge": "AQIDBAUGBwgJCgsMDQ4PEA==",
            "SupportedProviders": {"ProviderID": ["x"] * n},
        },
    }


@pytest.mark.parametrize(
    "message,build,most",
    [
        ("ServiceDiscoveryRes", discovery, 8),
        ("ChargeParameterDiscoveryRes", tuples, 3),
        ("PaymentDetailsReq", chain, 4),
        ("iso20 ServiceDiscoveryRes", services20, 8),
        ("iso20 AuthorizationSetupRes", providers, 128),
    ],
)
def test_lists_at_their_bound_are_what_exificient_writes(oracle, message, build, most):
    for n in (1, most - 1, most):
        if message.startswith("iso20 "):
            name, value = message.split()[1], {"Header": HEADER20, **build(n)}
            protocol, root = "iso20", name
        else:
            name, value = message, {"Header": HEADER, "Body": {message: build(n)}}
            protocol, root = "iso2", "V2G_Message"
        line = json.dumps({"protocol": protocol, "message": name, "value": value}) + "\n"
        ours = wattward("encode", [line])[0].split("\t")[1]
        assert oracle.ask("encode", protocol, {root: value}) == {"ok": ours}, n


@pytest.mark.parametrize("text", ["DEABC123456789Y", None])
def test_emaid_is_signed_in_the_relaxed_grammar(oracle, text):
    line = json.dumps({"protocol": "iso2frag", "message": "eMAID", "value": {"Id": "ID4", "$": text}})
    ours = wattward("encode", [line + "\n"])[0].split("\t")[1]
    content = {} if text is None else {"value": text}  # XML knows no empty text, but no text
    assert oracle.ask("encode", "iso2frag", {"eMAID": {"Id": "ID4", **content}}) == {"ok": ours}


# Signatures: what one side signs, the other verifies -----------------------------------------------

ALGORITHMS = {
    "canonical": "http://www.w3.org/TR/canonical-exi/",
    "signature": "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    "digest": "http://www.w3.org/2001/04/xmlenc#sha256",
}
CHALLENGE = bytes(range(16))


def encoded(protocol, message, value):
    line = json.dumps({"protocol": protocol, "message": message, "value": value}) + "\n"
    return bytes.fromhex(wattward("encode", [line])[0].split("\t")[1])


def base64_text(octets):
    return base64.b64encode(octets).decode()


def certificate_of(key):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "contract")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def signed_info(digest):
    reference = {
        "URI": "#id1",
        "Transforms": {"Transform": [{"Algorithm": ALGORITHMS["canonical"]}]},
        "DigestMethod": {"Algorithm": ALGORITHMS["digest"]},
        "DigestValue": base64_text(digest),
    }
    return {
        "CanonicalizationMethod": {"Algorithm": ALGORITHMS["canonical"]},
        "SignatureMethod": {"Algorithm": ALGORITHMS["signature"]},
        "Reference": [reference],
    }


def signed_by_us(key, challenge):
    """An AuthorizationReq whose fragments are ours; `challenge` is sent, CHALLENGE is signed."""
    request = {"Id": "id1", "GenChallenge": base64_text(CHALLENGE)}
    info = signed_info(hashlib.sha256(encoded("iso2frag", "AuthorizationReq", request)).digest())
    der = key.sign(encoded("iso2xmldsig", "SignedInfo", info), ec.ECDSA(hashes.SHA256()))
    raw = b"".join(part.to_bytes(32, "big") for part in utils.decode_dss_signature(der))
    header = {"SessionID": "01", "Signature": {"SignedInfo": info, "SignatureValue": {"$": base64_text(raw)}}}
    body = {"AuthorizationReq": {**request, "GenChallenge": base64_text(challenge)}}
    return encoded("iso2", "AuthorizationReq", {"Header": header, "Body": body})


def test_josev_verifies_what_we_sign(oracle):
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = certificate_of(key).hex()
    assert oracle.ask("verify", signed_by_us(key, CHALLENGE).hex(), certificate) == {"ok": True}
    assert oracle.ask("verify", signed_by_us(key, CHALLENGE[::-1]).hex(), certificate) == {"ok": False}


def test_we_verify_what_josev_signs(oracle):
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    what = {"session": "0102030405060708", "id": "id1", "challenge": CHALLENGE.hex()}
    answer = oracle.ask("sign", what, pem)
    message = json.loads(wattward("decode", [f"iso2\t{answer['ok']}\n"])[0])["value"]
    signature = message["Header"]["Signature"]
    digest = hashlib.sha256(encoded("iso2frag", "AuthorizationReq", message["Body"]["AuthorizationReq"])).digest()
    assert signature["SignedInfo"]["Reference"][0]["DigestValue"] == base64_text(digest)
    raw = base64.b64decode(signature["SignatureValue"]["$"])
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    info = encoded("iso2xmldsig", "SignedInfo", signature["SignedInfo"])
    key.public_key().verify(der, info, ec.ECDSA(hashes.SHA256()))
