# SPDX-License-Identifier: MIT
"""A small log signed here, in the plain recursive way of RFC 9162, as another party would make it."""
import base64
import hashlib
import struct

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORIGIN = "wattward.test/site"


def _split(n):
    return 1 << (n - 1).bit_length() - 1


def root(entries):
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = _split(len(entries))
    return hashlib.sha256(b"\1" + root(entries[:k]) + root(entries[k:])).digest()


def inclusion(m, entries):
    if len(entries) == 1:
        return []
    k = _split(len(entries))
    if m < k:
        return inclusion(m, entries[:k]) + [root(entries[k:])]
    return inclusion(m - k, entries[k:]) + [root(entries[:k])]


def consistency(m, entries, whole=True):
    if m == len(entries):
        return [] if whole else [root(entries)]
    k = _split(len(entries))
    if m <= k:
        return consistency(m, entries[:k], whole) + [root(entries[k:])]
    return consistency(m - k, entries[k:], False) + [root(entries[:k])]


def text(data):
    return base64.b64encode(data).decode()


def entry(index, device=b"home-01"):
    """The removal of a device, as docs/spec/ledger.md has it."""
    head = struct.pack(">BBQq", 1, 4, index, 1470038400000 + index * 900000)
    return head + bytes([len(device)]) + device


class Log:
    """Answers the gateway's ledger API for the entries it has."""

    def __init__(self, n):
        self.key = Ed25519PrivateKey.generate()
        self.entries = [entry(i) for i in range(n)]
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(ORIGIN.encode() + b"\n\1" + public).digest()[:4]
        self.vkey = f"{ORIGIN}+{self.id.hex()}+{text(bytes([1]) + public)}"

    def head(self):
        top = text(root(self.entries))
        body = f"{ORIGIN}\n{len(self.entries)}\n{top}\n"
        line = text(self.id + self.key.sign(body.encode()))
        return {
            "vkey": self.vkey,
            "size": len(self.entries),
            "root": top,
            "checkpoint": f"{body}\n\u2014 {ORIGIN} {line}\n",
            "trouble": None,
        }

    def rows(self, first, count):
        last = min(len(self.entries), first + count)
        return {
            "size": len(self.entries),
            "entries": [
                {
                    "index": i,
                    "unix_ms": 1470038400000 + i * 900000,
                    "type": "readings",
                    "device": f"home-{i % 3 + 1:02}",
                    "count": 20 + i,
                    "interval_s": 900,
                }
                for i in range(first, last)
            ],
        }

    def search(self, before, count, kind, device):
        """The entries before that one, newest first; every one of this log is of readings."""
        rows = self.rows(0, before)["entries"]
        found = [r for r in reversed(rows) if device in ("", r["device"])]
        found = found if kind in ("", "readings") else []
        last = found[count - 1]["index"] if len(found) >= count else 0
        return {"size": len(self.entries), "entries": found[:count], "next": last or None}

    def proof(self, index):
        return {
            "leafIdx": index,
            "treeSize": len(self.entries),
            "entry": text(self.entries[index]),
            "proof": [text(h) for h in inclusion(index, self.entries)],
        }

    def growth(self, old):
        return {
            "size1": old,
            "size2": len(self.entries),
            "proof": [text(h) for h in consistency(old, self.entries)],
        }
