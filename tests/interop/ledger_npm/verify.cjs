// SPDX-License-Identifier: MIT
// Judges proofs of inclusion with their checkpoints by @sigstore/verify:
//   node verify.cjs MODULES KEY PROOF...
// KEY is a file with the log's key (name+id+base64), a PROOF what `wattward ledger prove` prints.
"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const [modules, keyFile, ...proofs] = process.argv.slice(2);
const from = path.join(modules, "node_modules/@sigstore/verify/dist/timestamp");
const { verifyCheckpoint } = require(path.join(from, "checkpoint.js"));
const { verifyMerkleInclusion } = require(path.join(from, "merkle.js"));

// Base64 may have a plus too.
const [, id, encoded] = /^[^+]+\+([0-9a-f]{8})\+(.+)$/.exec(fs.readFileSync(keyFile, "utf8").trim());
// An Ed25519 key as SubjectPublicKeyInfo is this prefix and its 32 bytes; the first byte here is
// the algorithm.
const spki = Buffer.concat([
  Buffer.from("302a300506032b6570032100", "hex"),
  Buffer.from(encoded, "base64").subarray(1),
]);
const log = {
  logID: Buffer.from(id, "hex"),
  publicKey: crypto.createPublicKey({ key: spki, format: "der", type: "spki" }),
  validFor: { start: new Date(0), end: new Date(8.64e15) },
};

for (const file of proofs) {
  const proof = JSON.parse(fs.readFileSync(file, "utf8"));
  const entry = {
    integratedTime: "1767225600",
    canonicalizedBody: Buffer.from(proof.entry, "base64"),
    inclusionProof: {
      logIndex: String(proof.leafIdx),
      treeSize: String(proof.treeSize),
      rootHash: Buffer.from(proof.root, "base64"),
      hashes: (proof.proof ?? []).map((hash) => Buffer.from(hash, "base64")),
      checkpoint: { envelope: proof.checkpoint },
    },
  };
  try {
    verifyMerkleInclusion(entry);
    verifyCheckpoint(entry, [log]);
  } catch (refused) {
    console.log(`${path.basename(file)}: ${refused.message}`);
    process.exit(1);
  }
}
console.log(`ok ${proofs.length} proofs`);
