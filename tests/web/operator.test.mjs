// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { toBase64, toHex } from "../../web/merkle.js";
import { actionBytes, forgetKey, hasKey, openKey, signed } from "../../web/operator.js";
import { choices } from "../../web/pages/decide.js";

const SPEC = readFileSync(new URL("../../docs/spec/ledger.md", import.meta.url), "utf8");
const vector = (name) => new RegExp(`^${name} +([0-9a-f]+)$`, "m").exec(SPEC)[1];
/** PKCS #8 of the Ed25519 seed (RFC 8410). */
const pem = (seed) => {
  const der = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20, ...seed];
  return `-----BEGIN PRIVATE KEY-----\n${toBase64(Uint8Array.from(der))}\n-----END PRIVATE KEY-----\n`;
};
const SEED = [1, ...new Array(31).fill(0)];
const NEXT = { origin: "wattward/ledger/site", number: 7, unix_ms: 1767225599000 };
const BAN = { kind: "ban", device: "barn", reason: "seen on site" };

async function publicOf(seed) {
  const der = Buffer.from(pem(seed).split("\n")[1], "base64");
  const key = await webcrypto.subtle.importKey("pkcs8", der, { name: "Ed25519" }, true, ["sign"]);
  const { x } = await webcrypto.subtle.exportKey("jwk", key);
  return Buffer.from(x, "base64url").toString("hex");
}

test("an action has the bytes of the specification", () => {
  assert.equal(toHex(actionBytes(NEXT, BAN)), vector("action"));
});

test("the browser's signature is that of the specification", async () => {
  await openKey(pem(SEED));
  const action = Buffer.from(await signed({ ...NEXT, key: await publicOf(SEED) }, BAN), "base64").toString("hex");
  assert.equal(action, vector("action") + vector("signature"));
  forgetKey();
});

test("somebody else's key is not used, and is forgotten", async () => {
  await openKey(pem([2, ...new Array(31).fill(0)]));
  assert.ok(hasKey());
  await assert.rejects(signed({ ...NEXT, key: await publicOf(SEED) }, BAN), /not the key of the operator/);
  assert.ok(!hasKey());
  await assert.rejects(signed({ ...NEXT, key: await publicOf(SEED) }, BAN), /key file first/);
});

test("a file without such a key is refused in words", async () => {
  await assert.rejects(openKey("hello"), /holds no private key/);
  await assert.rejects(openKey(pem(SEED.slice(1))), /no Ed25519 key/);
});

test("a reason is plain characters and not too long", () => {
  assert.throws(() => actionBytes(NEXT, { ...BAN, reason: "geprüft" }), /plain characters/);
  assert.throws(() => actionBytes(NEXT, { ...BAN, reason: "x".repeat(256) }), /at most 255/);
  assert.ok(actionBytes(NEXT, { ...BAN, reason: "x".repeat(255) }).length > 255);
});

test("what can be decided follows from what is", () => {
  assert.deepEqual(choices({ state: "active", action: "none" }), ["ban"]);
  assert.deepEqual(choices({ state: "banned", action: "ban" }), ["unban", "appeal"]);
  assert.deepEqual(choices({ state: "quarantined", action: "quarantine" }), ["unban", "ban", "appeal"]);
  assert.deepEqual(choices({ state: "active", action: "watch" }), ["unban", "ban", "appeal"]);
});
