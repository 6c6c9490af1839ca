// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import * as merkle from "../../web/merkle.js";

const VECTORS = new URL("../../../shared/data/ledger/merkle/", import.meta.url);
const skip = existsSync(VECTORS) ? false : "the vectors are not here";

/** A 64-bit size as it stands in the file: JSON.parse would round it. */
function parse(text) {
  return JSON.parse(text.replace(/"(leafIdx|treeSize|size1|size2)": (-?\d+)/g, '"$1": "$2"'));
}

function vectors(kind) {
  return readdirSync(new URL(kind, VECTORS), { recursive: true })
    .filter((name) => name.endsWith(".json"))
    .map((name) => ({ name, ...parse(readFileSync(new URL(`${kind}/${name}`, VECTORS), "utf8")) }));
}

/** What cannot even be decoded is no proof. */
async function holds(check) {
  try {
    return await check();
  } catch {
    return false;
  }
}

const bytes = (text) => new Uint8Array(Buffer.from(text ?? "", "base64"));

test("every inclusion vector is judged as it should be", { skip }, async () => {
  const all = vectors("inclusion");
  assert.ok(all.length > 70 && all.some((v) => !v.wantErr), `${all.length} vectors`);
  for (const v of all) {
    const claim = {
      index: BigInt(v.leafIdx),
      size: BigInt(v.treeSize),
      leaf: bytes(v.leafHash),
      proof: (v.proof ?? []).map(bytes),
      root: bytes(v.root),
    };
    assert.equal(await holds(() => merkle.isIncluded(claim)), !v.wantErr, v.name);
  }
});

test("every consistency vector is judged as it should be", { skip }, async () => {
  const all = vectors("consistency");
  assert.ok(all.length > 60 && all.some((v) => !v.wantErr), `${all.length} vectors`);
  for (const v of all) {
    const claim = {
      oldSize: BigInt(v.size1),
      size: BigInt(v.size2),
      oldRoot: bytes(v.root1),
      root: bytes(v.root2),
      proof: (v.proof ?? []).map(bytes),
    };
    assert.equal(await holds(() => merkle.isExtension(claim)), !v.wantErr, v.name);
  }
});

/** Trees built in the plain recursive way of RFC 9162, to hold the fast way against. */
async function root(leaves) {
  if (leaves.length === 1) {
    return merkle.leafHash(leaves[0]);
  }
  const k = split(leaves.length);
  return merkle.nodeHash(await root(leaves.slice(0, k)), await root(leaves.slice(k)));
}
const split = (n) => 2 ** Math.floor(Math.log2(n - 1));

async function path(m, leaves) {
  if (leaves.length === 1) {
    return [];
  }
  const k = split(leaves.length);
  return m < k
    ? [...(await path(m, leaves.slice(0, k))), await root(leaves.slice(k))]
    : [...(await path(m - k, leaves.slice(k))), await root(leaves.slice(0, k))];
}

async function extension(m, leaves, isWhole = true) {
  if (m === leaves.length) {
    return isWhole ? [] : [await root(leaves)];
  }
  const k = split(leaves.length);
  return m <= k
    ? [...(await extension(m, leaves.slice(0, k), isWhole)), await root(leaves.slice(k))]
    : [...(await extension(m - k, leaves.slice(k), false)), await root(leaves.slice(0, k))];
}

const LEAVES = Array.from({ length: 21 }, (_, i) => new TextEncoder().encode(`entry ${i}`));

test("every leaf of every small tree is proven, and no other leaf by its proof", async () => {
  for (let n = 1; n <= LEAVES.length; n++) {
    const leaves = LEAVES.slice(0, n);
    const top = await root(leaves);
    for (let i = 0; i < n; i++) {
      const leaf = await merkle.leafHash(leaves[i]);
      const claim = { index: BigInt(i), size: BigInt(n), leaf, proof: await path(i, leaves), root: top };
      assert.ok(await merkle.isIncluded(claim), `${i} of ${n}`);
      const other = await merkle.leafHash(new TextEncoder().encode(`entry ${i}!`));
      assert.ok(!(await merkle.isIncluded({ ...claim, leaf: other })), `forged ${i} of ${n}`);
      assert.ok(!(await merkle.isIncluded({ ...claim, proof: [...claim.proof, leaf] })), `long ${i} of ${n}`);
    }
  }
});

test("a tree that grew is told from one that was rewritten", async () => {
  for (let n = 1; n <= LEAVES.length; n++) {
    for (let m = 1; m <= n; m++) {
      const claim = {
        oldSize: BigInt(m),
        size: BigInt(n),
        oldRoot: await root(LEAVES.slice(0, m)),
        root: await root(LEAVES.slice(0, n)),
        proof: await extension(m, LEAVES.slice(0, n)),
      };
      assert.ok(await merkle.isExtension(claim), `${m} to ${n}`);
      const rewritten = await root([new Uint8Array([1]), ...LEAVES.slice(1, m)]);
      assert.ok(!(await merkle.isExtension({ ...claim, oldRoot: rewritten })), `rewritten ${m} to ${n}`);
    }
  }
});

test("nothing follows from an empty log", async () => {
  const top = await root(LEAVES);
  assert.equal(
    await merkle.isExtension({ oldSize: 0n, size: 21n, oldRoot: top, root: top, proof: [] }),
    false,
  );
});

/** A checkpoint signed here with node's own crypto, as the gateway signs it. */
async function signed(origin, size, rootHash) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32));
  const text = `${origin}\n${size}\n${merkle.toBase64(rootHash)}\n`;
  const typed = Buffer.concat([Buffer.from([1]), raw]);
  const digest = await crypto.subtle.digest("SHA-256", Buffer.concat([Buffer.from(`${origin}\n`), typed]));
  const id = Buffer.from(digest).subarray(0, 4);
  const line = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]).toString("base64");
  const vkey = `${origin}+${id.toString("hex")}+${typed.toString("base64")}`;
  return { note: `${text}\n\u2014 ${origin} ${line}\n`, vkey };
}

test("a checkpoint is read, and its signature holds for its text and its key alone", async () => {
  const top = await root(LEAVES);
  const { note, vkey } = await signed("example.org/log", 21, top);
  const checkpoint = merkle.parseCheckpoint(note);
  assert.equal(checkpoint.origin, "example.org/log");
  assert.equal(checkpoint.size, 21n);
  assert.deepEqual(checkpoint.root, top);
  assert.equal(await merkle.checkSignature(checkpoint, vkey), "holds");
  const changed = merkle.parseCheckpoint(note.replace("\n21\n", "\n20\n"));
  assert.equal(await merkle.checkSignature(changed, vkey), "wrong");
  const other = await signed("example.org/log", 21, top);
  assert.equal(await merkle.checkSignature(checkpoint, other.vkey), "absent");
});

test("a key whose id is another key's is refused, and so is a note that is none", async () => {
  const { vkey } = await signed("a", 1, await root(LEAVES));
  await assert.rejects(merkle.parseKey(vkey.replace(/\+[0-9a-f]{8}\+/, "+00000000+")), /another key/);
  await assert.rejects(merkle.parseKey("nonsense"), /Ed25519/);
  for (const note of ["", "a\n1\n", "a\n01\nAAAA\n\n\u2014 a AAAA\n", "a\n1\nAAAA\n\n\u2014 a AAAA\n"]) {
    assert.throws(() => merkle.parseCheckpoint(note), Error, JSON.stringify(note));
  }
});

test("base64 has one form", () => {
  assert.deepEqual(merkle.fromBase64("AAE="), new Uint8Array([0, 1]));
  assert.throws(() => merkle.fromBase64("AAF="));
  assert.throws(() => merkle.fromBase64("AAE"));
  assert.equal(merkle.toHex(new Uint8Array([0, 171])), "00ab");
});
