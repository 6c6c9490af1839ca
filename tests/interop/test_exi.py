# SPDX-License-Identifier: MIT
"""lib/exi against EXIficient, the reference EXI processor, in the jar that Josev ships: it decodes what we
encode to what we say it is, and encodes that to the same bytes; lists at their bounds in particular.

Its JSON goes through JAXB, which has its own mind in a few places; each is named below.
"""
import json
import pathlib
import subprocess

import pytest

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

    def ask(self, verb, protocol, what):
        self.process.stdin.write(json.dumps([verb, NAMESPACES[protocol], what]) + "\n")
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


def test_emaid_is_signed_in_the_relaxed_grammar(oracle):
    line = json.dumps({"protocol": "iso2frag", "message": "eMAID", "value": {"Id": "ID4", "$": "DEABC123456789Y"}})
    ours = wattward("encode", [line + "\n"])[0].split("\t")[1]
    answer = oracle.ask("encode", "iso2frag", {"eMAID": {"Id": "ID4", "value": "DEABC123456789Y"}})
    assert answer == {"ok": ours}
