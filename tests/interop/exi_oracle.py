# SPDX-License-Identifier: MIT
"""EXIficient as Josev ships it, and Josev's signatures, a line in, a line out: run by build/venv-josev's Python.

["decode", namespace, hex] -> {"ok": {...}} or {"error": text};  ["encode", namespace, {...}] -> {"ok": hex}
["verify", hex of an ISO 15118-2 AuthorizationReq, hex of a certificate] -> {"ok": true or false}
["sign", {"session": hex, "id": text, "challenge": hex}, PEM of a private key] -> {"ok": hex}
"""
import json
import logging
import sys

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from iso15118.shared.exi_codec import EXI
from iso15118.shared.exificient_exi_codec import ExificientEXICodec
from iso15118.shared.messages.enums import Namespace
from iso15118.shared.messages.iso15118_2.body import AuthorizationReq, Body
from iso15118.shared.messages.iso15118_2.header import MessageHeader
from iso15118.shared.messages.iso15118_2.msgdef import V2GMessage
from iso15118.shared.security import create_signature, verify_signature
from iso15118.shared.settings import load_shared_settings

ISO2 = Namespace.ISO_V2_MSG_DEF


def answer(codec, verb, what, value):
    if verb == "decode":
        return json.loads(codec.decode(bytes.fromhex(value), what))
    if verb == "encode":
        return bytes(codec.encode(json.dumps(value), what)).hex()
    return verify(what, value) if verb == "verify" else sign(what, value)


def verify(message_hex, certificate_hex):
    message = EXI().from_exi(bytes.fromhex(message_hex), ISO2)
    request = message.body.authorization_req
    signed = [(request.id, EXI().to_exi(request, ISO2))]
    return verify_signature(message.header.signature, signed, bytes.fromhex(certificate_hex))


def sign(what, key_pem):
    request = AuthorizationReq(id=what["id"], gen_challenge=bytes.fromhex(what["challenge"]))
    key = load_pem_private_key(key_pem.encode(), None)
    signature = create_signature([(request.id, EXI().to_exi(request, ISO2))], key)
    header = MessageHeader(session_id=what["session"], signature=signature)
    return bytes(EXI().to_exi(V2GMessage(header=header, body=Body(authorization_req=request)), ISO2)).hex()


def main():
    logging.disable(logging.CRITICAL)  # it logs to where the answers go
    load_shared_settings()
    codec = ExificientEXICodec()
    EXI().set_exi_codec(codec)
    for line in sys.stdin:
        try:
            result = {"ok": answer(codec, *json.loads(line))}
        except Exception as error:  # whatever Java throws is an answer
            result = {"error": (str(error) or type(error).__name__).splitlines()[0]}
        print(json.dumps(result), flush=True)
    codec.gateway.shutdown()


if __name__ == "__main__":
    main()
