// SPDX-License-Identifier: MIT
// The ledger's mathematics, in the reader's own browser: leaf and node hashes, inclusion and
// consistency proofs (RFC 9162 section 2.1), signed checkpoints (C2SP signed-note and tlog-checkpoint).
// Nothing here believes the gateway. Sizes and indices are BigInt, because a log may outgrow 2^53.

/** @typedef {Uint8Array} Hash SHA-256, 32 bytes */

/**
 * @param {...(Uint8Array | number[])} parts
 * @returns {Uint8Array<ArrayBuffer>}
 */
function join(...parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * @param {...(Uint8Array | number[])} parts
 * @returns {Promise<Hash>}
 */
async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
}

/**
 * The hash of an entry as a leaf. The first byte keeps leaves and nodes apart.
 * @param {Uint8Array} entry
 */
export const leafHash = (entry) => sha256([0], entry);

/**
 * @param {Hash} left
 * @param {Hash} right
 */
export const nodeHash = (left, right) => sha256([1], left, right);

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
function isSame(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Standard base64 with its padding, nothing else.
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function fromBase64(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  if (toBase64(bytes) !== text) {
    throw new Error("This is not base64 in its one form.");
  }
  return bytes;
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Hash[]} hashes */
const areHashes = (hashes) => hashes.every((hash) => hash.length === 32);

/**
 * The root that a leaf and its proof lead to, step by step; null when the proof has too few or too
 * many hashes for such a tree.
 * @param {{index: bigint, size: bigint, leaf: Hash, proof: Hash[]}} claim
 * @returns {Promise<{root: Hash, steps: {side: "left" | "right", with: Hash, gives: Hash}[]} | null>}
 */
export async function inclusionRoot({ index, size, leaf, proof }) {
  if (index < 0n || index >= size || !areHashes([leaf, ...proof])) {
    return null;
  }
  let place = index;
  let last = size - 1n;
  let root = leaf;
  const steps = [];
  for (const hash of proof) {
    if (last === 0n) {
      return null;
    }
    const isRight = (place & 1n) === 1n || place === last;
    root = isRight ? await nodeHash(hash, root) : await nodeHash(root, hash);
    steps.push({ side: /** @type {"left" | "right"} */ (isRight ? "left" : "right"), with: hash, gives: root });
    // A node without a right neighbour rises until it has a left one.
    while (isRight && (place & 1n) === 0n && place !== 0n) {
      place >>= 1n;
      last >>= 1n;
    }
    place >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? { root, steps } : null;
}

/**
 * Whether the entry with that leaf hash stands at `index` in the tree of `size` entries and `root`.
 * @param {{index: bigint, size: bigint, leaf: Hash, proof: Hash[], root: Hash}} claim
 */
export async function isIncluded(claim) {
  const found = await inclusionRoot(claim);
  return found !== null && isSame(found.root, claim.root);
}

/**
 * Whether the tree of `size` and `root` only appends to that of `oldSize` and `oldRoot`.
 * @param {{oldSize: bigint, size: bigint, oldRoot: Hash, root: Hash, proof: Hash[]}} claim
 */
export async function isExtension({ oldSize, size, oldRoot, root, proof }) {
  if (oldSize <= 0n || oldSize > size) {
    return false;
  }
  if (oldSize === size) {
    return proof.length === 0 && isSame(oldRoot, root);
  }
  if (!areHashes([oldRoot, root, ...proof])) {
    return false;
  }
  const isComplete = (oldSize & (oldSize - 1n)) === 0n;
  const hashes = isComplete ? [oldRoot, ...proof] : proof;
  let place = oldSize - 1n;
  let last = size - 1n;
  while ((place & 1n) === 1n) {
    place >>= 1n;
    last >>= 1n;
  }
  if (hashes.length === 0) {
    return false;
  }
  let before = hashes[0];
  let now = hashes[0];
  for (const hash of hashes.slice(1)) {
    if (last === 0n) {
      return false;
    }
    if ((place & 1n) === 1n || place === last) {
      before = await nodeHash(hash, before);
      now = await nodeHash(hash, now);
      while ((place & 1n) === 0n && place !== 0n) {
        place >>= 1n;
        last >>= 1n;
      }
    } else {
      now = await nodeHash(now, hash);
    }
    place >>= 1n;
    last >>= 1n;
  }
  return last === 0n && isSame(before, oldRoot) && isSame(now, root);
}

/**
 * @typedef {object} Checkpoint
 * @property {string} origin
 * @property {bigint} size
 * @property {Hash} root
 * @property {string} text what is signed, with its last line end
 * @property {{name: string, id: Uint8Array, signature: Uint8Array<ArrayBuffer>}[]} signatures
 */

/**
 * Takes a signed checkpoint apart; verifies nothing.
 * @param {string} note
 * @returns {Checkpoint}
 */
export function parseCheckpoint(note) {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) {
    throw new Error("The checkpoint is not a signed note.");
  }
  const text = note.slice(0, end + 1);
  const [origin, size, root] = text.split("\n");
  if (!origin || !/^(0|[1-9][0-9]*)$/.test(size ?? "")) {
    throw new Error("The checkpoint names no log or no size.");
  }
  const rootHash = fromBase64(root ?? "");
  if (rootHash.length !== 32) {
    throw new Error("The checkpoint's root is not a SHA-256 hash.");
  }
  const signatures = note
    .slice(end + 2, -1)
    .split("\n")
    .map((line) => {
      const match = /^\u2014 ([^ +]+) ([A-Za-z0-9+/]+=*)$/.exec(line);
      if (match === null) {
        throw new Error("A signature of the checkpoint cannot be read.");
      }
      const bytes = fromBase64(match[2]);
      return { name: match[1], id: bytes.slice(0, 4), signature: bytes.slice(4) };
    });
  return { origin, size: BigInt(size), root: rootHash, text, signatures };
}

const ED25519 = 1;

/**
 * A log's key as "name+id+base64"; its id must be that of the key.
 * @param {string} vkey
 */
export async function parseKey(vkey) {
  const match = /^([^ +]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey);
  const bytes = match === null ? new Uint8Array() : fromBase64(match[3]);
  if (match === null || bytes.length !== 33 || bytes[0] !== ED25519) {
    throw new Error("The log's key is not an Ed25519 key in the form name+id+key.");
  }
  const id = (await sha256(new TextEncoder().encode(`${match[1]}\n`), bytes)).slice(0, 4);
  if (toHex(id) !== match[2]) {
    throw new Error("The id in the log's key belongs to another key.");
  }
  return { name: match[1], id, publicKey: bytes.slice(1) };
}

/**
 * Whether that key signed the checkpoint. "unsupported": this browser's WebCrypto has no Ed25519.
 * @param {Checkpoint} checkpoint
 * @param {string} vkey
 * @returns {Promise<"holds" | "wrong" | "absent" | "unsupported">}
 */
export async function checkSignature(checkpoint, vkey) {
  const key = await parseKey(vkey);
  const found = checkpoint.signatures.find((s) => s.name === key.name && isSame(s.id, key.id));
  if (found === undefined) {
    return "absent";
  }
  let verifier;
  try {
    verifier = await crypto.subtle.importKey("raw", key.publicKey, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return "unsupported";
  }
  const message = new TextEncoder().encode(checkpoint.text);
  return (await crypto.subtle.verify({ name: "Ed25519" }, verifier, found.signature, message)) ? "holds" : "wrong";
}
