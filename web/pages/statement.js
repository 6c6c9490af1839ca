// SPDX-License-Identifier: MIT
// A member's statement: its month by day, or a day of it by quarter of an hour.
import * as api from "../api.js";
import { barChart } from "../bars.js";
import { el } from "../dom.js";
import { count, energy, money } from "../format.js";
import { remote } from "../remote.js";
import { balance, monthAfter, monthName, neighbours, progress } from "./settlement.js";

/**
 * @typedef {import("../api.js").Sums} Sums
 * @typedef {import("../api.js").MemberStatement} MemberStatement
 */

/** What costs and credits are counted in: billionths of a cent. */
const BILLIONTHS = 1e9;
const DAY_MS = 86400000;

/** @type {import("../app.js").Page} */
export const page = {
  route: /^\/settlement\/([^/]+)\/(\d{4}-\d{2})(?:\/([1-9]|[12]\d|3[01]))?$/,
  within: "/settlement",
  title: "Statement",
  show,
};

/** Words, energy, money, and whether it is received. @type {[string, keyof Sums | null, keyof Sums | null, 1 | -1][]} */
const LINES = [
  ["Made", "production_wh", null, 1],
  ["Used", "consumption_wh", null, 1],
  ["Own use", "self_wh", null, 1],
  ["From the grid", "import_wh", "import_cost", -1],
  ["From members", "bought_wh", "bought_cost", -1],
  ["Fee of the grid on it", null, "fee_cost", -1],
  ["To members", "sold_wh", "sold_credit", 1],
  ["To the grid", "export_wh", "export_credit", 1],
];

/** @type {[string, keyof import("../api.js").Energies][]} */
const COLUMNS = [
  ["Made", "production_wh"],
  ["Used", "consumption_wh"],
  ["From members", "bought_wh"],
  ["From the grid", "import_wh"],
  ["To members", "sold_wh"],
  ["To the grid", "export_wh"],
];

/**
 * An amount in billionths of a cent as money with its sign.
 * @param {number} amount above zero is received
 */
export function signedMoney(amount) {
  const cents = Math.round(amount / BILLIONTHS);
  return cents > 0 ? `+${money(cents)}` : money(cents === 0 ? 0 : cents);
}

/**
 * A part of a whole in percent.
 * @param {number} part
 * @param {number} whole
 */
export const percent = (part, whole) => (whole <= 0 ? "–" : `${Math.round((100 * part) / whole)} %`);

/** @param {import("../app.js").Context} context */
function show({ live, signal, parameters }) {
  const [id, month, day] = parameters;
  const offset = () => live.site?.utc_offset_min ?? 0;
  const home = `#/settlement/${encodeURIComponent(id)}/${month}`;
  return el(
    "div.stack",
    {},
    el(
      "p.crumb",
      {},
      el("a", { href: `#/settlement/month/${month}` }, "Settlement"),
      day !== undefined && " / ",
      day !== undefined && el("a", { href: home }, monthName(month)),
    ),
    el(
      "div.row",
      {},
      el("div", {}, el("p.print-only", {}, live.site?.name ?? ""), el("h1", {}, id)),
      el(
        "div.ranges.no-print",
        {},
        ...(day === undefined ? otherMonths(id, month) : otherDays(home, month, Number(day))),
        el("a.button", { href: api.statementPath(month, "csv", id, day), download: `${[id, month, day].filter(Boolean).join("-")}.csv` }, "CSV"),
        el("button.quiet", { type: "button", click: () => window.print() }, "Print"),
      ),
    ),
    remote(signal, {
      load: () => api.memberStatement(id, month, day),
      missing: `${id} was not metered in ${monthName(month)}, or this gateway does not settle.`,
      draw: (answer, again) =>
        "intervals" in answer
          ? el("div.stack", {}, sumCard(answer, day), courseCard(answer, day, home, signal, offset()))
          : progress(answer, again),
    }),
  );
}

/**
 * @param {string} id
 * @param {string} month
 */
function otherMonths(id, month) {
  return neighbours(month).map((other) =>
    el("a.button", { href: `#/settlement/${encodeURIComponent(id)}/${other}` }, monthName(other)),
  );
}

/** How many days a month has. @param {string} month */
export const daysOf = (month) =>
  Math.round((Date.parse(`${monthAfter(month, 1)}-01T00:00:00Z`) - Date.parse(`${month}-01T00:00:00Z`)) / DAY_MS);

/**
 * @param {string} home
 * @param {string} month
 * @param {number} day
 */
function otherDays(home, month, day) {
  return [day - 1, day + 1]
    .filter((other) => other >= 1 && other <= daysOf(month))
    .map((other) => el("a.button", { href: `${home}/${other}` }, `${other} ${monthName(month).split(" ")[0]}`));
}

/**
 * @param {MemberStatement} statement
 * @param {string | undefined} day
 */
function sumCard({ month, tariff, entries, jumps, sum }, day) {
  return el(
    "section.card",
    {},
    el("h2", {}, day === undefined ? `Statement for ${monthName(month)}` : `${day} ${monthName(month)}`),
    el("div.split", {}, sumTable(sum, day), sumFigures(sum, day)),
    el(
      "p.hint",
      {},
      tariff === "" ? "No tariff applies: energy alone is counted. " : `Tariff ${tariff}. `,
      `It follows from the first ${count(entries)} entries of the ledger, to the last digit.`,
    ),
    jumps > 0 && el("p.hint", {}, `Its counters jumped ${count(jumps)} times; that energy is not counted.`),
  );
}

/**
 * @param {Sums} sum
 * @param {string | undefined} day
 */
function sumFigures(sum, day) {
  /** @type {[string, string][]} */
  const figures = [
    ["Of what it used, made here", percent(sum.self_wh + sum.bought_wh, sum.consumption_wh)],
    ["Of what it made, used here", percent(sum.self_wh + sum.sold_wh, sum.production_wh)],
  ];
  if (day === undefined) {
    figures.unshift(["In all", balance(sum.total_cent)]);
  }
  return el("dl.figures", {}, ...figures.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

/**
 * @param {Sums} sum
 * @param {string | undefined} day
 */
function sumTable(sum, day) {
  return el(
    "table.statement",
    {},
    el(
      "thead",
      {},
      el("tr", {}, el("th", { scope: "col" }, "What"), el("th.number", { scope: "col" }, "Energy"), el("th.number", { scope: "col" }, "Amount")),
    ),
    el(
      "tbody",
      {},
      ...LINES.map(([name, wh, amount, sign]) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, name),
          el("td.number", {}, wh === null ? "" : energy(sum[wh] * 1000)),
          el("td.number", {}, amount === null ? "" : signedMoney(sign * sum[amount])),
        ),
      ),
    ),
    day === undefined &&
      el(
        "tfoot",
        {},
        el("tr", {}, el("th", { scope: "row" }, "In all"), el("td"), el("td.number", {}, balance(sum.total_cent))),
      ),
  );
}

/**
 * The site's time of day of a moment: "16:15".
 * @param {number} ms
 * @param {number} offset
 */
export const timeOfDay = (ms, offset) => new Date(ms + offset * 60000).toISOString().slice(11, 16);

/**
 * @param {MemberStatement} statement
 * @param {string | undefined} day
 * @param {string} home
 * @param {AbortSignal} signal
 * @param {number} offset
 */
function courseCard({ month, from_ms, step_ms, intervals }, day, home, signal, offset) {
  const bars = intervals.map((sums, i) => {
    const time = timeOfDay(from_ms + i * step_ms, offset);
    return day === undefined
      ? { label: String(i + 1), title: `${i + 1} ${monthName(month)}`, sums }
      : { label: time, title: time, sums };
  });
  const toDay = (/** @type {number} */ i) => {
    location.hash = `${home}/${i + 1}`;
  };
  const table = intervalTable(bars, intervals, day === undefined ? home : null);
  return el(
    "section.card",
    {},
    el("h2", {}, day === undefined ? "Day by day" : "By quarter of an hour"),
    barChart(signal, bars, day === undefined ? toDay : undefined),
    day === undefined ? table : el("details", {}, el("summary", {}, "Every quarter of an hour in numbers"), table),
    offset !== 0 && el("p.hint", {}, "Months and days are counted in UTC; times are the site's."),
  );
}

/**
 * @param {import("../bars.js").Bar[]} bars
 * @param {MemberStatement["intervals"]} intervals
 * @param {string | null} home where days lead to
 */
function intervalTable(bars, intervals, home) {
  return el(
    "table.fleet",
    {},
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("th", { scope: "col" }, home === null ? "From" : "Day"),
        ...[...COLUMNS.map(([name]) => name), "Amount"].map((name) => el("th.number", { scope: "col" }, name)),
      ),
    ),
    el(
      "tbody",
      {},
      ...intervals.flatMap((sums, i) =>
        sums === null
          ? []
          : [
              el(
                "tr",
                {},
                el("th", { scope: "row" }, home === null ? bars[i].label : el("a", { href: `${home}/${i + 1}` }, bars[i].title)),
                ...COLUMNS.map(([name, key]) => el("td.number", { "data-name": name }, energy(sums[key] * 1000))),
                el("td.number", { "data-name": "Amount" }, signedMoney(sums.total)),
              ),
            ],
      ),
    ),
  );
}
