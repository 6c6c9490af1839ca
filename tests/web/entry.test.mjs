// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { readEntry } from "../../web/entry.js";
import { price } from "../../web/format.js";
import { leafHash, toHex } from "../../web/merkle.js";
import { inWords } from "../../web/pages/ledger.js";

const SPEC = readFileSync(new URL("../../docs/spec/ledger.md", import.meta.url), "utf8");
const vector = (name) => new RegExp(`^${name} +([0-9a-f]+)$`, "m").exec(SPEC)[1];
const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const text = (word) => Buffer.from(word).length.toString(16).padStart(2, "0") + Buffer.from(word).toString("hex");
const u = (n, length) => BigInt.asUintN(8 * length, BigInt(n)).toString(16).padStart(2 * length, "0");
const head = (version, type) => u(version, 1) + u(type, 1) + u(5, 8) + u(1470009600000, 8);
const values = (entry) => Object.fromEntries(entry.fields.map(({ name, value }) => [name, value]));
const TARIFF = head(1, 8) + text("Summer") + u(1470009600000, 8) + "01" + u(30e6, 8) + u(-8e6, 8) + u(18e6, 8) + u(3e6, 8);

test("the first entry of the specification is read, and its leaf is the one given there", async () => {
  const entry = bytes(vector("entry"));
  const { type, index, unix_ms, fields, authority } = readEntry(entry);
  assert.deepEqual([type, index, unix_ms, authority], ["start", 0n, 1795552289496, null]);
  assert.deepEqual(fields, [{ name: "origin", kind: "text", value: "wattward/ledger/Wattward" }]);
  assert.equal(toHex(await leafHash(entry)), vector("leaf"));
});

test("the operator's ban of the specification is read with its signature", () => {
  const action = vector("action");
  const body = action.slice(action.indexOf(text("barn")));
  const hex = head(2, 5) + body + u(7, 8) + u(1767225599000, 8) + vector("signature");
  const { type, fields, authority } = readEntry(bytes(hex));
  assert.equal(type, "ban");
  assert.deepEqual(fields.slice(0, 3).map(({ value }) => value), ["barn", "operator", "seen on site"]);
  assert.deepEqual(authority, { number: 7n, unix_ms: 1767225599000, signature: vector("signature") });
});

test("prices are signed and told in cents", () => {
  const tariff = values(readEntry(bytes(TARIFF)));
  assert.equal(tariff.sharing, "dynamic");
  assert.equal(tariff["to the grid"], -8000000n);
  assert.equal(price(tariff["to the grid"]), "-8 cents a kWh");
  assert.equal(price(18_250_000n), "18.25 cents a kWh");
});

test("every truncation, every byte too many and every unknown kind is refused in words", () => {
  const entry = bytes(TARIFF);
  for (let n = 0; n < entry.length; n++) {
    assert.throws(() => readEntry(entry.slice(0, n)), /too early|does not know/);
  }
  assert.throws(() => readEntry(bytes(`${TARIFF}00`)), /follows/);
  assert.throws(() => readEntry(bytes(head(1, 99))), /does not know/);
  assert.throws(() => readEntry(bytes(head(3, 4) + text("barn"))), /does not know/);
  assert.throws(() => readEntry(bytes(head(1, 4) + "0107")), /plain characters/);
});

test("values are told in the words of people", () => {
  assert.equal(inWords({ name: "", kind: "seconds", value: 900 }, 0), "15 minutes");
  assert.equal(inWords({ name: "", kind: "time", value: 1470009600000 }, -480), "31 Jul 2016, 16:00");
  assert.equal(inWords({ name: "", kind: "ranges", value: [[1, 5, 9], [2, 1, 1]] }, 0), "start 1: 5 to 9, start 2: 1 to 1");
  assert.equal(inWords({ name: "", kind: "mwh", value: -1500000n }, 0), "-1.50 kWh");
});
