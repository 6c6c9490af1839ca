// SPDX-License-Identifier: MIT
// The ledger, and checks of it that run here: the signature, that the log only grew since this browser
// saw it last, and that an entry stands in it.
import * as api from "../api.js";
import { el } from "../dom.js";
import { readEntry } from "../entry.js";
import { capital, count, energy, moment, power, price } from "../format.js";
import * as merkle from "../merkle.js";
import { remote } from "../remote.js";

/** @typedef {{text: string, kind: "good" | "idle" | "bad"}} Verdict */

const MISSING = "The ledger is not available on this gateway.";
const SHOWN = 20;
/** Of the log, looked at before somebody is asked whether to go on. */
const PIECES = 50;
/** Where this browser keeps the checkpoint that it saw last. */
const REMEMBERED = "wattward-checkpoint";

/** @type {import("../app.js").Page} */
export const page = { route: /^\/ledger$/, nav: "Ledger", href: "/ledger", title: "Ledger", show };
/** @type {import("../app.js").Page} */
export const entryPage = {
  route: /^\/ledger\/(0|[1-9][0-9]*)$/,
  within: "/ledger",
  title: "Entry",
  show: showEntry,
};

/** @type {Record<"holds" | "wrong" | "absent" | "unsupported", Verdict>} */
const SIGNATURES = {
  holds: { text: "The signature holds: checked in this browser.", kind: "good" },
  wrong: { text: "The signature is wrong: this checkpoint was changed or forged.", kind: "bad" },
  absent: { text: "The log's key has not signed this checkpoint.", kind: "bad" },
  unsupported: { text: "This browser cannot check Ed25519 signatures.", kind: "idle" },
};

/**
 * What the signed checkpoint is worth.
 * @param {import("../api.js").LedgerHead} head
 */
async function readHead(head) {
  const checkpoint = merkle.parseCheckpoint(head.checkpoint);
  const signature = SIGNATURES[await merkle.checkSignature(checkpoint, head.vkey)];
  return { checkpoint, signature };
}

/**
 * Holds the newest checkpoint against the one that this browser saw last, and remembers it.
 * @param {import("../api.js").LedgerHead} head
 * @param {merkle.Checkpoint} now
 * @param {Storage} storage
 * @param {(from: bigint, to: bigint) => Promise<{proof: string[]}>} prove
 * @returns {Promise<Verdict>}
 */
export async function checkGrowth(head, now, storage, prove) {
  const kept = storage.getItem(REMEMBERED);
  const remember = () => storage.setItem(REMEMBERED, JSON.stringify({ vkey: head.vkey, note: head.checkpoint }));
  if (kept === null) {
    remember();
    return { text: "This browser sees the log for the first time and remembers it.", kind: "idle" };
  }
  const { vkey, note } = JSON.parse(kept);
  const old = merkle.parseCheckpoint(note);
  if (vkey !== head.vkey) {
    return { text: "The log has another key than when this browser saw it last.", kind: "bad" };
  }
  if (old.size > now.size) {
    return { text: `The log has shrunk: it had ${old.size} entries when this browser saw it last.`, kind: "bad" };
  }
  const { proof } = old.size === now.size || old.size === 0n ? { proof: [] } : await prove(old.size, now.size);
  const claim = { oldSize: old.size, size: now.size, oldRoot: old.root, root: now.root };
  const isGrown = old.size === 0n || (await merkle.isExtension({ ...claim, proof: proof.map(merkle.fromBase64) }));
  if (!isGrown) {
    return { text: "The log was rewritten since this browser saw it last.", kind: "bad" };
  }
  remember();
  return {
    text:
      now.size === old.size
        ? "The log is as this browser saw it last: proven here."
        : `The log only grew since this browser saw it last, by ${entriesWord(now.size - old.size)}: proven here.`,
    kind: "good",
  };
}

/** @param {bigint} n */
const entriesWord = (n) => (n === 1n ? "1 entry" : `${count(Number(n))} entries`);

/** @param {Verdict} verdict */
const verdictLine = (verdict) => el(`p.state.${verdict.kind}`, {}, verdict.text);

/** @param {import("../app.js").Context} context */
function show({ live, signal }) {
  const explorer = explorerCard(signal, () => live.site?.utc_offset_min ?? 0);
  return el(
    "div.stack",
    {},
    el("h1", {}, "Ledger"),
    remote(signal, {
      missing: MISSING,
      load: api.ledger,
      draw: (head) => {
        explorer.grew(head.size);
        return el("div.stack", {}, headCard(head), lookupCard(head));
      },
    }),
    explorer.card,
  );
}

/** @param {import("../api.js").LedgerHead} head */
function headCard(head) {
  const verdicts = el("div", { role: "status" }, el("p.hint", {}, "Checking …"));
  check(head).then(
    (found) => verdicts.replaceChildren(...found.map(verdictLine)),
    (error) => verdicts.replaceChildren(verdictLine({ text: String(error?.message ?? error), kind: "bad" })),
  );
  return el(
    "section.card",
    {},
    el("h2", {}, "What the gateway has signed"),
    head.trouble && el("p.error", { role: "alert" }, head.trouble),
    el(
      "dl.facts",
      {},
      el("div", {}, el("dt", {}, "Entries"), el("dd.large", {}, count(head.size))),
      el("div.span", {}, el("dt", {}, "Root of the tree"), el("dd", {}, el("code", {}, head.root))),
      el("div.span", {}, el("dt", {}, "The log's key"), el("dd", {}, el("code", {}, head.vkey))),
    ),
    verdicts,
  );
}

/**
 * @param {import("../api.js").LedgerHead} head
 * @returns {Promise<Verdict[]>}
 */
async function check(head) {
  if (head.checkpoint === "") {
    return [{ text: "The log has no checkpoint yet.", kind: "idle" }];
  }
  const { checkpoint, signature } = await readHead(head);
  if (signature.kind === "bad") {
    return [signature];
  }
  return [signature, await checkGrowth(head, checkpoint, localStorage, api.ledgerConsistency)];
}

/** @param {import("../api.js").LedgerHead} head */
function lookupCard(head) {
  const last = Math.max(0, head.size - 1);
  const number = /** @type {HTMLInputElement} */ (
    el("input", { id: "entry", type: "number", min: "0", max: String(last), step: "1", required: true })
  );
  return el(
    "section.card",
    {},
    el("h2", {}, "Is an entry in the log?"),
    el(
      "form.ask",
      {
        submit: (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          location.hash = `#/ledger/${BigInt(number.value)}`;
        },
      },
      el("label", { for: "entry" }, `Number of the entry, 0 to ${count(last)}`),
      number,
      el("button", { type: "submit", disabled: head.size === 0 }, "Check its proof"),
    ),
    el("p.hint", {}, "The proof is checked in your browser; you need not believe the gateway."),
  );
}

/** @type {Record<string, (entry: import("../api.js").LedgerEntry) => string>} */
const DESCRIPTIONS = {
  start: (e) => `The log of ${e.origin} begins`,
  readings: (e) => `${count(Number(e.count))} ${Number(e.count) === 1 ? "reading" : "readings"} of ${Number(e.interval_s) / 60} minutes`,
  enrolment: (e) => `Has a key; ${count(Number(e.peak_power_w))} W`,
  removal: () => "No longer of this site",
  ban: (e) => `By ${e.by}: ${e.reason}`,
  unban: (e) => `By ${e.by}: ${e.reason}`,
  appeal: (e) => `By ${e.by}: ${e.reason}`,
  operator: () => "The operator's key from here on",
  transfer: (e) => `${energy(Number(e.energy_wh) * 1000)} from ${e.from} to ${e.to}`,
  tariff: (e) => `Tariff ${e.name}`,
  member: (e) => `Weight ${e.weight}`,
  correction: (e) => `${energy(Number(e.delta_mwh))} of entry ${e.corrected}: ${e.reason}`,
  statement: (e) => `Statement of ${e.month}`,
};

/**
 * An entry in a few words.
 * @param {import("../api.js").LedgerEntry} entry
 */
export function describe(entry) {
  return DESCRIPTIONS[entry.type]?.(entry) ?? "";
}

/** What can be looked for: words, and the type of entry; "-" is every one but it. */
const SEARCHES = [
  ["Everything", ""],
  ["Everything but readings", "-readings"],
  ["Readings", "readings"],
  ["Enrolments", "enrolment"],
  ["Removals", "removal"],
  ["Bans", "ban"],
  ["Bans lifted", "unban"],
  ["Appeals", "appeal"],
  ["Transfers", "transfer"],
  ["Tariffs", "tariff"],
  ["Corrections", "correction"],
  ["Statements", "statement"],
];

/**
 * Goes on through the log until a page is full, as long as `goOn` says so; each answer of the gateway
 * looks at a piece of it.
 * @param {{type: string, device: string}} wanted
 * @param {number | null} before
 * @param {(at: number) => boolean} goOn
 */
export async function searchOn(wanted, before, goOn) {
  let found = await api.ledgerSearch({ ...wanted, before, count: SHOWN });
  const entries = [...found.entries];
  for (let i = 1; i < PIECES && entries.length < SHOWN && found.next !== null && goOn(found.next); i++) {
    found = await api.ledgerSearch({ ...wanted, before: found.next, count: SHOWN - entries.length });
    entries.push(...found.entries);
  }
  return { ...found, entries };
}

/**
 * The log backwards from its newest entry, a page at a time, by type and by device.
 * @param {AbortSignal} signal
 * @param {() => number} offset of the site's time
 */
function explorerCard(signal, offset) {
  const type = /** @type {HTMLSelectElement} */ (
    el("select", { id: "search-type" }, ...SEARCHES.map(([words, value]) => el("option", { value }, words)))
  );
  const device = /** @type {HTMLInputElement} */ (
    el("input", { id: "search-device", type: "search", placeholder: "every device", maxLength: 64 })
  );
  const rows = el("tbody");
  const table = el(
    "table.fleet",
    { hidden: true },
    el("thead", {}, el("tr", {}, ...["Entry", "Written", "Kind", "Device", "What"].map((name) => el("th", { scope: "col" }, name)))),
    rows,
  );
  const note = el("p.hint", { role: "status" });
  const older = el("button.quiet", { type: "button", hidden: true, click: () => search(false) }, "Older");
  /** @type {number | null} */
  let next = null;
  let size = 0;
  let asked = 0;

  /** @param {boolean} fresh from the newest on, instead of going on */
  async function search(fresh) {
    const mine = ++asked;
    try {
      const found = await searchOn({ type: type.value, device: device.value.trim() }, fresh ? null : next, (at) => {
        note.textContent = `Looking back from entry ${count(at)} …`;
        return !signal.aborted && mine === asked;
      });
      if (signal.aborted || mine !== asked) {
        return;
      }
      size = found.size;
      next = found.next;
      rows.replaceChildren(...(fresh ? [] : rows.children), ...found.entries.map((entry) => entryRow(entry, offset())));
      table.hidden = rows.childElementCount === 0;
      older.hidden = next === null;
      note.textContent = searchWords(rows.childElementCount, next);
    } catch (error) {
      const isMissing = error instanceof api.ApiError && error.status === 404;
      note.textContent = isMissing ? "" : error instanceof Error ? error.message : String(error);
      card.hidden = isMissing;
    }
  }

  const form = el(
    "form.ask",
    {
      submit: (/** @type {Event} */ event) => event.preventDefault(),
      change: () => search(true),
    },
    el("label", { for: "search-type" }, "Show"),
    type,
    el("label", { for: "search-device" }, "of"),
    device,
  );
  const card = el(
    "section.card",
    {},
    el("div.row", {}, el("h2", {}, "Entries, newest first"), form),
    table,
    note,
    older,
  );
  search(true);
  return {
    card,
    /** New entries are shown at once, unless somebody went back or is at it. */
    grew: (/** @type {number} */ now) => {
      if (now !== size && rows.childElementCount <= SHOWN && !card.contains(document.activeElement)) {
        search(true);
      }
    },
  };
}

/**
 * @param {number} shown
 * @param {number | null} next
 */
export function searchWords(shown, next) {
  if (next === null) {
    return shown === 0 ? "There is no such entry." : "That was the first.";
  }
  return shown === 0 ? `None from entry ${count(next)} on; look further back.` : "";
}

/**
 * @param {import("../api.js").LedgerEntry} entry
 * @param {number} offset
 */
function entryRow(entry, offset) {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, el("a", { href: `#/ledger/${entry.index}` }, count(entry.index))),
    el("td.wide", { "data-name": "Written" }, moment(entry.unix_ms, offset)),
    el("td", { "data-name": "Kind" }, entry.type),
    el("td", { "data-name": "Device" }, entry.device ?? "–"),
    el("td.wide", {}, describe(entry)),
  );
}

/** @param {import("../app.js").Context} context */
function showEntry({ live, signal, parameters }) {
  const index = parameters[0];
  return el(
    "div.stack",
    {},
    el("p.crumb", {}, el("a", { href: "#/ledger" }, "Ledger")),
    el("h1", {}, `Entry ${index}`),
    remote(signal, {
      missing: `There is no entry ${index}, or this gateway has no ledger.`,
      once: true,
      load: async () => {
        const head = await api.ledger();
        const { checkpoint, signature } = await readHead(head);
        if (BigInt(index) >= checkpoint.size) {
          throw new Error(`The log has ${checkpoint.size} entries so far; there is no entry ${index} yet.`);
        }
        const answer = await api.ledgerProof(index, checkpoint.size);
        const proof = await checkInclusion(BigInt(index), checkpoint, answer);
        return { answer, size: checkpoint.size.toString(), signature, proof };
      },
      draw: ({ answer, size, signature, proof }) =>
        el(
          "div.stack",
          {},
          el(
            "section.card",
            {},
            el("h2", {}, "Is it in the log?"),
            verdictLine(proof.verdict),
            verdictLine(signature),
            el("p.hint", {}, `In the tree of ${count(Number(size))} entries, by ${count(answer.proof.length)} hashes of its neighbours.`),
          ),
          contentCard(merkle.fromBase64(answer.entry), live.site?.utc_offset_min ?? 0),
          stepsCard(proof.rows),
        ),
    }),
  );
}

/**
 * The number that an entry has in its own bytes, after its version and type (docs/spec/ledger.md).
 * @param {Uint8Array} bytes
 */
function ownIndex(bytes) {
  return bytes.length < 10 ? null : new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(2);
}

/**
 * @param {bigint} index
 * @param {merkle.Checkpoint} checkpoint
 * @param {import("../api.js").LedgerProof} answer
 * @returns {Promise<{verdict: Verdict, rows: [string, string][]}>} the rows are the way to the root
 */
export async function checkInclusion(index, checkpoint, answer) {
  const bytes = merkle.fromBase64(answer.entry);
  const leaf = await merkle.leafHash(bytes);
  const proof = answer.proof.map(merkle.fromBase64);
  const claim = { index, size: checkpoint.size, leaf, proof };
  const found = await merkle.inclusionRoot(claim);
  const isProven = ownIndex(bytes) === index && (await merkle.isIncluded({ ...claim, root: checkpoint.root }));
  /** @type {[string, string][]} */
  const rows = [
    ["The entry as a leaf", merkle.toHex(leaf)],
    ...(found?.steps ?? []).map(
      (step) => /** @type {[string, string]} */ ([
        `With ${merkle.toHex(step.with).slice(0, 8)}… on its ${step.side}`,
        merkle.toHex(step.gives),
      ]),
    ),
    ["The root that is signed", merkle.toHex(checkpoint.root)],
  ];
  return {
    verdict: isProven
      ? { text: "Yes. Its hash leads to the signed root: checked in this browser.", kind: "good" }
      : { text: "No. The proof does not lead to the signed root.", kind: "bad" },
    rows,
  };
}

/**
 * What the proven bytes say.
 * @param {Uint8Array} bytes
 * @param {number} offset of the site's time
 */
function contentCard(bytes, offset) {
  /** @type {[string, import("../dom.js").Child][]} */
  let facts = [];
  let problem = "";
  try {
    facts = factsOf(readEntry(bytes), offset);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  return el(
    "section.card",
    {},
    el("h2", {}, "What it says"),
    el("p.hint", {}, "Read in this browser from the very bytes that the proof is of."),
    problem !== "" && el("p.state.bad", {}, problem),
    el(
      "dl.facts",
      {},
      ...facts.map(([name, value]) =>
        el(value instanceof Element ? "div.span" : "div", {}, el("dt", {}, capital(name)), el("dd", {}, value)),
      ),
    ),
  );
}

/**
 * @param {import("../entry.js").Entry} entry
 * @param {number} offset
 * @returns {[string, import("../dom.js").Child][]}
 */
function factsOf({ type, unix_ms, fields, authority }, offset) {
  return [
    ["kind", type],
    ["written", moment(unix_ms, offset)],
    ...fields.map((field) => /** @type {[string, import("../dom.js").Child]} */ ([field.name, inWords(field, offset)])),
    .../** @type {[string, import("../dom.js").Child][]} */ (
      authority === null
        ? []
        : [
            ["signed by the operator", moment(authority.unix_ms, offset)],
            ["number of the action", String(authority.number)],
            ["the operator's signature", el("code", {}, authority.signature)],
          ]
    ),
  ];
}

/**
 * @param {import("../entry.js").Field} field
 * @param {number} offset
 * @returns {import("../dom.js").Child}
 */
export function inWords({ kind, value }, offset) {
  switch (kind) {
    case "time":
      return moment(Number(value), offset);
    case "seconds":
      return `${Number(value) / 60} minutes`;
    case "watts":
      return power(Number(value) * 1000);
    case "wh":
      return energy(Number(value) * 1000);
    case "mwh":
      return energy(Number(value));
    case "price":
      return price(/** @type {bigint} */ (value));
    case "count":
      return count(Number(value));
    case "ranges":
      return /** @type {number[][]} */ (value).map(([epoch, from, to]) => `start ${epoch}: ${from} to ${to}`).join(", ");
    case "hash":
    case "key65":
    case "message":
      return el("code", {}, String(value));
    default:
      return String(value);
  }
}

/** @param {[string, string][]} rows */
function stepsCard(rows) {
  return el(
    "section.card",
    {},
    el("h2", {}, "The way to the root"),
    el(
      "ol.way",
      {},
      ...rows.map(([what, hash]) => el("li", {}, el("span", {}, what), el("code", {}, hash))),
    ),
  );
}
