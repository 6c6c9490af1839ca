// SPDX-License-Identifier: MIT
// The operator's decisions, signed in his own browser (docs/spec/ledger.md, actions). The private key comes
// from a file that he opens, stays in this page until he logs out, and cannot be read back out of it.
import { fromBase64, toBase64, toHex } from "./merkle.js";

/**
 * @typedef {import("./api.js").OperatorNext} OperatorNext
 * @typedef {"ban" | "unban" | "appeal"} Kind
 */

/** @type {Record<Kind, number>} the types of entries */
const TYPES = { ban: 5, unban: 6, appeal: 12 };
const DOMAIN = "wattward/action/";
const VERSION = 1;
const BY = "operator";
const NO_EVIDENCE = new Uint8Array(32);
export const REASON_MAX_LEN = 255;

/** @type {CryptoKey | null} */
let kept = null;

export const hasKey = () => kept !== null;
export function forgetKey() {
  kept = null;
}

/**
 * Opens the operator's key file: PKCS #8 in PEM, as `wattward` writes it.
 * @param {string} pem
 */
export async function openKey(pem) {
  const match = /-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(pem);
  if (match === null) {
    throw new Error("This file holds no private key.");
  }
  try {
    const der = fromBase64(match[1].replace(/\s/g, ""));
    kept = await crypto.subtle.importKey("pkcs8", der, { name: "Ed25519" }, false, ["sign"]);
  } catch {
    throw new Error("This file holds no Ed25519 key, or this browser cannot sign with one.");
  }
}

/**
 * A text of printable ASCII behind its length.
 * @param {string} text
 */
function lengthAndText(text) {
  if (!/^[ -~]*$/.test(text) || text.length > REASON_MAX_LEN) {
    throw new Error("A reason is at most 255 plain characters, without accents.");
  }
  return [text.length, ...new TextEncoder().encode(text)];
}

/**
 * The bytes to sign.
 * @param {OperatorNext} next
 * @param {{kind: Kind, device: string, reason: string}} decision
 */
export function actionBytes({ origin, number, unix_ms }, { kind, device, reason }) {
  const numbers = new DataView(new ArrayBuffer(16));
  numbers.setBigUint64(0, BigInt(number));
  numbers.setBigUint64(8, BigInt(unix_ms));
  return Uint8Array.from([
    ...new TextEncoder().encode(DOMAIN),
    VERSION,
    ...lengthAndText(origin),
    ...new Uint8Array(numbers.buffer),
    TYPES[kind],
    ...lengthAndText(device),
    ...lengthAndText(BY),
    ...lengthAndText(reason),
    ...NO_EVIDENCE,
  ]);
}

/**
 * The signed action in Base64.
 * @param {OperatorNext} next
 * @param {{kind: Kind, device: string, reason: string}} decision
 */
export async function signed(next, decision) {
  if (kept === null) {
    throw new Error("Open the operator's key file first.");
  }
  const action = actionBytes(next, decision);
  const signature = new Uint8Array(await crypto.subtle.sign({ name: "Ed25519" }, kept, action));
  const known = Uint8Array.from(next.key.match(/../g) ?? [], (hex) => parseInt(hex, 16));
  const verifier = await crypto.subtle.importKey("raw", known, { name: "Ed25519" }, false, ["verify"]);
  if (toHex(known) !== next.key || !(await crypto.subtle.verify({ name: "Ed25519" }, verifier, signature, action))) {
    forgetKey();
    throw new Error("This is not the key of the operator whom the gateway knows.");
  }
  return toBase64(Uint8Array.from([...action, ...signature]));
}
