# SPDX-License-Identifier: MIT
"""EXIficient as Josev ships it, a line in, a line out: run by build/venv-josev's Python.

["decode", namespace, hex] -> {"ok": {...}} or {"error": text};  ["encode", namespace, {...}] -> {"ok": hex}
"""
import json
import os
import sys

import iso15118.shared
from py4j.java_gateway import JavaGateway


def answer(codec, verb, namespace, what):
    if verb == "decode":
        text = codec.decode(bytes.fromhex(what), namespace)
        return {"ok": json.loads(text)} if text is not None else {"error": codec.get_last_decoding_error()}
    exi = codec.encode(json.dumps(what), namespace)
    return {"ok": bytes(exi).hex()} if exi is not None else {"error": codec.get_last_encoding_error()}


def main():
    jar = os.path.join(os.path.dirname(iso15118.shared.__file__), "EXICodec.jar")
    gateway = JavaGateway.launch_gateway(
        classpath=jar, die_on_exit=True, javaopts=["--add-opens", "java.base/java.lang=ALL-UNNAMED"]
    )
    codec = gateway.jvm.com.siemens.ct.exi.main.cmd.EXICodec()
    for line in sys.stdin:
        try:
            result = answer(codec, *json.loads(line))
        except Exception as error:  # whatever Java throws is an answer
            result = {"error": str(error).splitlines()[0]}
        print(json.dumps(result), flush=True)
    gateway.shutdown()


if __name__ == "__main__":
    main()
