// SPDX-License-Identifier: MIT
// Who owes whom: a month of all members, and one member's quarter hours.
import * as api from "../api.js";
import { el } from "../dom.js";
import { energy, money } from "../format.js";
import { remote } from "../remote.js";

/** @typedef {import("../api.js").Shares} Shares */

const MISSING = "Settlement is not available on this gateway.";

/** @type {import("../app.js").Page} */
export const page = {
  route: /^\/settlement(?:\/month\/(\d{4}-\d{2}))?$/,
  nav: "Settlement",
  href: "/settlement",
  title: "Settlement",
  show,
};
/** @type {import("../app.js").Page} */
export const memberPage = {
  route: /^\/settlement\/([^/]+)\/(\d{4}-\d{2})$/,
  within: "/settlement",
  title: "Statement",
  show: showMember,
};

/** @type {Record<string, string>} */
const SHARING = {
  static: "Surplus is shared by the members' weights.",
  dynamic: "Surplus is shared by what each member uses in the quarter hour.",
  auction: "Surplus is traded in a double auction that pays as it clears.",
};

/** @type {[string, keyof Shares][]} */
const ENERGIES = [
  ["Made", "produced_wh"],
  ["Used", "consumed_wh"],
  ["From members", "shared_in_wh"],
  ["To members", "shared_out_wh"],
  ["From the grid", "grid_import_wh"],
  ["To the grid", "grid_export_wh"],
];

const NOTHING = {
  produced_wh: 0,
  consumed_wh: 0,
  shared_in_wh: 0,
  shared_out_wh: 0,
  grid_import_wh: 0,
  grid_export_wh: 0,
  amount_microcent: 0,
};

/**
 * @param {Shares[]} rows
 * @returns {Shares}
 */
export function total(rows) {
  const sum = { ...NOTHING };
  const names = /** @type {(keyof Shares)[]} */ (Object.keys(NOTHING));
  for (const row of rows) {
    for (const name of names) {
      sum[name] += row[name];
    }
  }
  return sum;
}

/**
 * What a member pays or gets, in words.
 * @param {number} microcent
 * @param {string} currency
 */
export function balance(microcent, currency) {
  return microcent < 0 ? `gets ${money(-microcent, currency)}` : `pays ${money(microcent, currency)}`;
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
 * How many days a month has.
 * @param {string} month "2016-02"
 */
export function daysIn(month) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 0)).getUTCDate();
}

/** The button for paper. */
function printButton() {
  return el("button.quiet.no-print", { type: "button", click: () => print() }, "Print");
}

/** @param {import("../app.js").Context} context */
function show({ signal, parameters }) {
  const month = parameters[0] ?? null;
  return el(
    "div.stack",
    {},
    el("h1", {}, "Settlement"),
    remote(signal, { load: () => api.settlement(month), missing: MISSING, draw: monthCard }),
  );
}

/** @param {import("../api.js").Settlement} settlement */
function monthCard(settlement) {
  const { month, months, members, currency, sharing } = settlement;
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
        picker("Month", months, month, monthName, (chosen) => {
          location.hash = `#/settlement/month/${chosen}`;
        }),
        printButton(),
      ),
    ),
    el("p.hint", {}, SHARING[sharing] ?? sharing),
    members.length === 0 && el("p.hint", {}, "Nobody was metered in this month."),
    el(
      "table.fleet",
      { hidden: members.length === 0 },
      headRow("Member"),
      el(
        "tbody",
        {},
        ...members.map((member) =>
          sharesRow(
            el("a", { href: `#/settlement/${encodeURIComponent(member.device)}/${month}` }, member.device),
            member,
            currency,
          ),
        ),
      ),
      el("tfoot", {}, sharesRow("All together", total(members), currency)),
    ),
  );
}

/** @param {string} first */
function headRow(first) {
  return el(
    "thead",
    {},
    el(
      "tr",
      {},
      el("th", { scope: "col" }, first),
      ...[...ENERGIES.map(([name]) => name), "Amount"].map((name) => el("th.number", { scope: "col" }, name)),
    ),
  );
}

/**
 * @param {import("../dom.js").Child} head
 * @param {Shares} shares
 * @param {string} currency
 */
function sharesRow(head, shares, currency) {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, head),
    ...ENERGIES.map(([name, key]) => el("td.number", { "data-name": name }, energy(shares[key] * 1000))),
    el("td.number", { "data-name": "Amount" }, balance(shares.amount_microcent, currency)),
  );
}

/**
 * A labelled choice; what is chosen is told to `choose`.
 * @param {string} label
 * @param {string[]} values
 * @param {string} chosen
 * @param {(value: string) => string} inWords
 * @param {(value: string) => void} choose
 */
function picker(label, values, chosen, inWords, choose) {
  return el(
    "select",
    {
      "aria-label": label,
      change: (/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value),
    },
    ...values.map((value) => el("option", { value, selected: value === chosen }, inWords(value))),
  );
}

/** @param {import("../app.js").Context} context */
function showMember({ live, signal, parameters }) {
  const [id, month] = parameters;
  const offset = () => live.site?.utc_offset_min ?? 0;
  const place = el("div");
  let left = new AbortController();
  signal.addEventListener("abort", () => left.abort());

  /** @param {number} day */
  function showDay(day) {
    left.abort();
    left = new AbortController();
    place.replaceChildren(
      remote(left.signal, {
        load: () => api.memberDay(id, month, day),
        missing: `There are no quarter hours of ${id} on this day.`,
        draw: (found) => dayCard(found, offset()),
      }),
    );
  }

  const days = Array.from({ length: daysIn(month) }, (_, i) => String(i + 1));
  showDay(1);
  return el(
    "div.stack",
    {},
    el("p.crumb.no-print", {}, el("a", { href: `#/settlement/month/${month}` }, "Settlement")),
    el("h1", {}, id),
    remote(signal, {
      load: () => api.settlement(month),
      missing: MISSING,
      draw: (settlement) => statementCard(id, settlement),
    }),
    el(
      "div.row",
      {},
      el("h2", {}, "Quarter hours"),
      picker("Day", days, "1", (day) => `${day} ${monthName(month)}`, (day) => showDay(Number(day))),
    ),
    place,
  );
}

/**
 * @param {string} id
 * @param {import("../api.js").Settlement} settlement
 */
function statementCard(id, { month, members, currency }) {
  const member = members.find((candidate) => candidate.device === id);
  return el(
    "section.card",
    {},
    el(
      "div.row",
      {},
      el("h2", {}, `Statement for ${monthName(month)}`),
      el(
        "div.ranges.no-print",
        {},
        el("a.button", { href: api.statementPath(id, month), download: `${id}-${month}.csv` }, "CSV"),
        printButton(),
      ),
    ),
    member === undefined
      ? el("p.hint", {}, `${id} was not metered in this month.`)
      : el(
          "dl.figures",
          {},
          ...ENERGIES.map(([name, key]) =>
            el("div", {}, el("dt", {}, name), el("dd", {}, energy(member[key] * 1000))),
          ),
          el("div", {}, el("dt", {}, "Amount"), el("dd", {}, balance(member.amount_microcent, currency))),
        ),
  );
}

/**
 * "14:15" in the site's time
 * @param {number} ms
 * @param {number} offset
 */
function clock(ms, offset) {
  return new Date(ms + offset * 60000).toISOString().slice(11, 16);
}

/**
 * @param {import("../api.js").MemberDay} day
 * @param {number} offset
 */
function dayCard({ from_ms, step_ms, intervals }, offset) {
  const rows = intervals.flatMap((shares, i) => (shares === null ? [] : [{ shares, at: from_ms + i * step_ms }]));
  return el(
    "section.card",
    {},
    rows.length === 0 && el("p.hint", {}, "Nothing was metered on this day."),
    rows.length < intervals.length &&
      rows.length > 0 &&
      el("p.hint", {}, `${intervals.length - rows.length} of ${intervals.length} quarter hours have no reading.`),
    el(
      "table.fleet",
      { hidden: rows.length === 0 },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "col" }, "From"),
          ...ENERGIES.map(([name]) => el("th.number", { scope: "col" }, name)),
        ),
      ),
      el(
        "tbody",
        {},
        ...rows.map(({ shares, at }) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, clock(at, offset)),
            ...ENERGIES.map(([name, key]) => el("td.number", { "data-name": name }, energy(shares[key] * 1000))),
          ),
        ),
      ),
    ),
  );
}
