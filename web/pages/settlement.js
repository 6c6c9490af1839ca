// SPDX-License-Identifier: MIT
// Who owes whom: a month of all members, and one member's statement.
import * as api from "../api.js";
import { el } from "../dom.js";
import { count, energy, money } from "../format.js";
import { remote } from "../remote.js";

/**
 * @typedef {import("../api.js").Sums} Sums
 * @typedef {import("../api.js").Settlement} Settlement
 */

const MISSING = "Settlement is not available on this gateway, or nothing was metered yet.";

/** @type {import("../app.js").Page} */
export const page = {
  route: /^\/settlement(?:\/month\/(\d{4}-\d{2}))?$/,
  nav: "Settlement",
  href: "/settlement",
  title: "Settlement",
  show,
};
/** @type {[string, keyof Sums][]} */
const ENERGIES = [
  ["Made", "production_wh"],
  ["Used", "consumption_wh"],
  ["From members", "bought_wh"],
  ["To members", "sold_wh"],
  ["From the grid", "import_wh"],
  ["To the grid", "export_wh"],
];

/**
 * What a member pays or gets, in words.
 * @param {number} cents above zero: receives
 */
export function balance(cents) {
  return cents === 0 ? money(0) : cents > 0 ? `gets ${money(cents)}` : `pays ${money(-cents)}`;
}

/**
 * "August 2016"
 * @param {string} month
 */
export function monthName(month) {
  return new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(
    new Date(`${month}-01T00:00:00Z`),
  );
}

/**
 * The month that many months later: ("2016-12", 1) is "2017-01".
 * @param {string} month
 * @param {number} by
 */
export function monthAfter(month, by) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}

const GO_ON_MS = 100;

/**
 * The gateway reads its ledger piece by piece, one a question; until it is through it says how far it is.
 * @param {import("../api.js").SettlementProgress} answer
 * @param {() => void} again asks once more
 */
export function progress({ read, size }, again) {
  setTimeout(again, GO_ON_MS);
  return el("p.hint", { role: "status" }, `Read ${count(read)} of ${count(size)} entries of the ledger.`);
}

/** @param {import("../app.js").Context} context */
function show({ signal, parameters }) {
  const month = parameters[0] ?? null;
  return el(
    "div.stack",
    {},
    el("h1", {}, "Settlement"),
    remote(signal, {
      load: () => api.settlement(month),
      missing: MISSING,
      draw: (answer, again) => ("members" in answer ? monthCard(answer) : progress(answer, again)),
    }),
  );
}

/**
 * The months before and after: those with readings, where the gateway names them.
 * @param {string} month
 * @param {string[]} [months]
 */
export function neighbours(month, months) {
  return [monthAfter(month, -1), monthAfter(month, 1)].filter((other) => months === undefined || months.includes(other));
}

/** @param {Settlement} settlement */
function monthCard({ month, months, tariff, members, sum, entries, unsigned_blocks }) {
  return el(
    "section.card",
    {},
    el(
      "div.row",
      {},
      el("h2", {}, monthName(month)),
      el(
        "div.ranges.no-print",
        {},
        ...neighbours(month, months).map((other) =>
          el("a.button", { href: `#/settlement/month/${other}` }, monthName(other)),
        ),
        el("a.button", { href: api.statementPath(month, "csv"), download: `settlement-${month}.csv` }, "CSV"),
        el("a.button", { href: api.statementPath(month, "html") }, "For printing"),
      ),
    ),
    el(
      "p.hint",
      {},
      tariff === "" ? "No tariff applies: energy alone is counted. " : `Tariff ${tariff}. `,
      `Anyone can recompute this from the first ${count(entries)} entries of the ledger.`,
      unsigned_blocks > 0 && ` ${count(unsigned_blocks)} blocks without a signature were left out.`,
    ),
    members.length === 0 && el("p.hint", {}, "Nobody was metered in this month."),
    el(
      "table.fleet",
      { hidden: members.length === 0 },
      headRow(),
      el(
        "tbody",
        {},
        ...members.map((line) =>
          row(el("a", { href: `#/settlement/${encodeURIComponent(line.member)}/${month}` }, line.member), line),
        ),
      ),
      el("tfoot", {}, row("All together", sum)),
    ),
  );
}

function headRow() {
  return el(
    "thead",
    {},
    el(
      "tr",
      {},
      el("th", { scope: "col" }, "Member"),
      ...[...ENERGIES.map(([name]) => name), "Amount"].map((name) => el("th.number", { scope: "col" }, name)),
    ),
  );
}

/**
 * @param {import("../dom.js").Child} head
 * @param {Sums} sums
 */
function row(head, sums) {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, head),
    ...ENERGIES.map(([name, key]) => el("td.number", { "data-name": name }, energy(sums[key] * 1000))),
    el("td.number", { "data-name": "Amount" }, balance(sums.total_cent)),
  );
}

