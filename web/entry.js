// SPDX-License-Identifier: MIT
// What an entry of the ledger says, read from its own bytes (docs/spec/ledger.md, section 2): once they are
// proven to stand in the log, nobody's word is needed for what they mean.
import { toHex } from "./merkle.js";

/**
 * @typedef {"text" | "hash" | "key65" | "count" | "seconds" | "time" | "index" | "watts" | "wh" | "mwh" | "price" | "ranges" |
 *   "form" | "sharing" | "channel" | "message"} Kind
 * @typedef {{name: string, kind: Kind, value: string | number | bigint | number[][]}} Field
 * @typedef {{number: bigint, unix_ms: number, signature: string}} Authority
 * @typedef {{type: string, index: bigint, unix_ms: number, fields: Field[], authority: Authority | null}} Entry
 */

/** @type {[string, Kind][]} */
const JUDGEMENT = [
  ["device", "text"],
  ["by", "text"],
  ["reason", "text"],
  ["evidence digest", "hash"],
];

/** Name and body of each type, by its number. @type {Record<number, [string, [string, Kind][]]>} */
const TYPES = {
  1: ["start", [["origin", "text"]]],
  2: [
    "readings",
    [
      ["device", "text"],
      ["key digest", "hash"],
      ["interval from", "time"],
      ["interval", "seconds"],
      ["readings", "count"],
      ["root of its readings", "hash"],
      ["starts and numbers", "ranges"],
      ["form", "form"],
      ["newest reading", "message"],
    ],
  ],
  3: [
    "enrolment",
    [
      ["device", "text"],
      ["public key", "key65"],
      ["certificate digest", "hash"],
      ["peak power", "watts"],
    ],
  ],
  4: ["removal", [["device", "text"]]],
  5: ["ban", JUDGEMENT],
  6: ["unban", JUDGEMENT],
  7: [
    "transfer",
    [
      ["from", "text"],
      ["to", "text"],
      ["interval from", "time"],
      ["interval", "seconds"],
      ["energy", "wh"],
      ["price", "price"],
    ],
  ],
  8: [
    "tariff",
    [
      ["name", "text"],
      ["in force from", "time"],
      ["sharing", "sharing"],
      ["from the grid", "price"],
      ["to the grid", "price"],
      ["between members", "price"],
      ["fee of the grid", "price"],
    ],
  ],
  9: [
    "member",
    [
      ["device", "text"],
      ["in force from", "time"],
      ["weight", "count"],
      ["bids", "price"],
      ["asks", "price"],
    ],
  ],
  10: [
    "correction",
    [
      ["corrects entry", "index"],
      ["its leaf", "hash"],
      ["channel", "channel"],
      ["energy", "mwh"],
      ["by", "text"],
      ["reason", "text"],
    ],
  ],
  11: [
    "statement",
    [
      ["month", "text"],
      ["digest", "hash"],
    ],
  ],
  12: ["appeal", JUDGEMENT],
  13: ["operator", [["key", "hash"]]],
};

const SIGNED_VERSION = 2;

/** Takes bytes one after another, and refuses to take more than there are. */
class Cursor {
  #at = 0;

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** @param {number} n @returns {number} where they begin */
  #pass(n) {
    const at = this.#at;
    if (at + n > this.bytes.length) {
      throw new Error("The entry ends too early.");
    }
    this.#at += n;
    return at;
  }

  u8 = () => this.view.getUint8(this.#pass(1));
  u16 = () => this.view.getUint16(this.#pass(2));
  u32 = () => this.view.getUint32(this.#pass(4));
  u64 = () => this.view.getBigUint64(this.#pass(8));
  i64 = () => this.view.getBigInt64(this.#pass(8));
  /** @param {number} n */
  hex(n) {
    const at = this.#pass(n);
    return toHex(this.bytes.slice(at, at + n));
  }
  text() {
    const n = this.u8();
    const at = this.#pass(n);
    const codes = this.bytes.slice(at, at + n);
    if (codes.some((code) => code < 0x20 || code > 0x7e)) {
      throw new Error("A text of the entry is not of plain characters.");
    }
    return String.fromCharCode(...codes);
  }
  isDone = () => this.#at === this.bytes.length;
}

/** @param {Cursor} c @param {string[]} names */
function oneOf(c, names) {
  const name = names[c.u8()];
  if (name === undefined) {
    throw new Error("The entry has a value that this page does not know.");
  }
  return name;
}

/** @type {Record<Kind, (c: Cursor) => Field["value"]>} */
const READERS = {
  text: (c) => c.text(),
  hash: (c) => c.hex(32),
  key65: (c) => c.hex(65),
  count: (c) => c.u32(),
  seconds: (c) => c.u32(),
  time: (c) => Number(c.u64()),
  index: (c) => c.u64(),
  watts: (c) => c.u32(),
  wh: (c) => c.i64(),
  mwh: (c) => c.i64(),
  price: (c) => c.i64(),
  ranges: (c) => Array.from({ length: c.u8() }, () => [c.u32(), c.u32(), c.u32()]),
  form: (c) => oneOf(c, ["COSE", "JSON"]),
  sharing: (c) => oneOf(c, ["static", "dynamic", "auction"]),
  channel: (c) => oneOf(c, ["production", "consumption"]),
  message: (c) => c.hex(c.u16()),
};

/**
 * Throws in words at everything that is not an entry in its one form.
 * @param {Uint8Array} bytes
 * @returns {Entry}
 */
export function readEntry(bytes) {
  const c = new Cursor(bytes);
  const version = c.u8();
  const known = TYPES[c.u8()];
  if (version < 1 || version > SIGNED_VERSION || known === undefined) {
    throw new Error("This page does not know this kind of entry.");
  }
  const [type, body] = known;
  const index = c.u64();
  const unix_ms = Number(c.u64());
  const fields = body.map(([name, kind]) => ({ name, kind, value: READERS[kind](c) }));
  const authority = version === SIGNED_VERSION ? { number: c.u64(), unix_ms: Number(c.u64()), signature: c.hex(64) } : null;
  if (!c.isDone()) {
    throw new Error("Something follows the entry.");
  }
  return { type, index, unix_ms, fields, authority };
}
