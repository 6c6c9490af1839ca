// SPDX-License-Identifier: MIT
// What the trust engine thinks of every device, and why: the fleet, the queue, and one device's case.
import * as api from "../api.js";
import { Chart } from "../chart.js";
import { el } from "../dom.js";
import { evidenceBar, evidenceScale } from "../evidence.js";
import { capital, count, day, energy, evidence, moment } from "../format.js";
import { remote } from "../remote.js";
import { weatherCard } from "../weather.js";
import { decisionForm } from "./decide.js";

/**
 * @typedef {import("../api.js").Judged} Judged
 * @typedef {import("../api.js").Thresholds} Thresholds
 * @typedef {import("../api.js").TrustDevice} TrustDevice
 */

const MISSING = "Trust is not available on this gateway: it does not judge devices.";

/** @type {import("../app.js").Page} */
export const page = { route: /^\/trust$/, nav: "Trust", href: "/trust", title: "Trust", show };
/** @type {import("../app.js").Page} */
export const devicePage = {
  route: /^\/trust\/([^/]+)$/,
  within: "/trust",
  title: "Trust",
  show: showDevice,
};

/** @type {Record<string, {text: string, kind: "good" | "idle" | "warn" | "bad"}>} */
const ACTIONS = {
  none: { text: "trusted", kind: "good" },
  watch: { text: "watched", kind: "warn" },
  "settle-at-expected": { text: "settled at what is expected", kind: "warn" },
  quarantine: { text: "in quarantine", kind: "bad" },
  ban: { text: "banned", kind: "bad" },
};

/**
 * A device's standing in words.
 * @param {Judged} device
 */
export function standing(device) {
  if (device.state === "banned" || device.action === "ban") {
    return ACTIONS.ban;
  }
  if (device.state === "quarantined") {
    return ACTIONS.quarantine;
  }
  if (device.action !== "none") {
    return ACTIONS[device.action] ?? { text: device.action, kind: "warn" };
  }
  if (device.state === "waiting") {
    return { text: "not enrolled yet", kind: "idle" };
  }
  if (device.role === "feeder") {
    return device.inspect ? { text: "contradicted", kind: "warn" } : { text: "feeder meter", kind: "idle" };
  }
  if (device.fault) {
    return { text: "reports too little", kind: "warn" };
  }
  return device.armed ? ACTIONS.none : { text: "being learned", kind: "idle" };
}

/**
 * Most suspect first, then by name.
 * @param {Judged[]} devices
 */
export function suspectsFirst(devices) {
  return [...devices].sort(
    (a, b) => b.log10_e - a.log10_e || a.id.localeCompare(b.id, "en", { numeric: true }),
  );
}

/** @param {Judged} device */
function reason(device) {
  if (device.role === "feeder" && device.state !== "waiting") {
    return device.inspect && device.reason
      ? capital(device.reason)
      : "Measures what all others together take from the grid or give to it. It is no member.";
  }
  // What was decided when its neighbours were found says little later.
  if (device.reason && standing(device) !== ACTIONS.none) {
    return capital(device.reason);
  }
  if (device.state === "waiting") {
    return "It has no certificate yet.";
  }
  return device.armed
    ? `Agrees with ${count(device.peers)} neighbours.`
    : "Its neighbours are not known yet.";
}

/** @param {number | null} permille */
const share = (permille) => (permille === null ? "–" : `${(permille / 10).toFixed(1)} %`);

/**
 * Who is known to make nothing: there is nothing to compare, so it is not learned either.
 * @param {import("../live.js").Live} live
 * @param {string} id
 */
function makesNothing(live, id) {
  const device = live.devices.get(id);
  return device !== undefined && device.production_mw === null && device.consumption_mw !== null;
}

/** @param {import("../app.js").Context} context */
function show({ live, signal }) {
  const offset = () => live.site?.utc_offset_min ?? 0;
  return el(
    "div.stack",
    {},
    el("h1", {}, "Trust"),
    remote(signal, {
      load: async () => {
        const trust = await api.trust();
        return { ...trust, devices: trust.devices.filter(({ id }) => !makesNothing(live, id)) };
      },
      missing: MISSING,
      draw: (trust) =>
        el(
          "div.stack",
          {},
          summary(trust.devices),
          queueCard(trust.devices, offset()),
          fleetCard(trust),
          weatherCard(trust.weather, offset()),
        ),
    }),
  );
}

/** Heading, and the standings that are counted under it. */
const SUMMARY = [
  ["Trusted", "trusted"],
  ["Being learned", "being learned", "not enrolled yet"],
  ["Watched", "watched", "reports too little"],
  ["Settled as expected", "settled at what is expected"],
  ["In quarantine", "in quarantine"],
  ["Banned", "banned"],
];

/** @param {Judged[]} devices */
function summary(devices) {
  const words = devices.map((device) => standing(device).text);
  return el(
    "dl.figures.small",
    {},
    ...SUMMARY.map(([name, ...texts]) => {
      const n = words.filter((word) => texts.includes(word)).length;
      const kind = n > 0 && texts.some((text) => text === "in quarantine" || text === "banned") ? ".alarm" : "";
      return el(`div${kind}`, {}, el("dt", {}, name), el("dd", {}, count(n)));
    }),
  );
}

/**
 * Who is cut off, and how to look at it again.
 * @param {Judged[]} devices
 * @param {number} offset
 */
function queueCard(devices, offset) {
  const held = suspectsFirst(devices.filter((device) => standing(device).kind === "bad"));
  return el(
    "section.card",
    {},
    el("h2", {}, "Waiting for the operator"),
    held.length === 0 && el("p.hint", {}, "Nobody is in quarantine or banned."),
    el(
      "ul.cases",
      { hidden: held.length === 0 },
      ...held.map((device) =>
        el(
          "li",
          {},
          el("div.row", {}, deviceLink(device), el(`span.state.bad`, {}, standing(device).text)),
          el("p", {}, reason(device)),
          el(
            "p.hint",
            {},
            `Since ${moment(device.decided_unix_ms, offset)}, decided by the ${device.by ?? "engine"}. `,
            el("a", { href: `#/trust/${encodeURIComponent(device.id)}` }, "Look into it, and decide"),
          ),
        ),
      ),
    ),
  );
}

/** @param {Judged} device */
const deviceLink = (device) => el("a", { href: `#/trust/${encodeURIComponent(device.id)}` }, device.id);

/** @param {import("../api.js").Trust} trust */
function fleetCard({ devices, thresholds }) {
  const heads = ["Device", "State", "Evidence of reporting too much", "E-value", "Reputation", "Why"];
  return el(
    "section.card",
    {},
    el("h2", {}, "Devices"),
    el(
      "p.hint",
      {},
      "A bar is an e-value on a scale of powers of ten. On average an honest device takes at least 1 000 judged " +
        "blocks to reach 1 000, and so for every value.",
    ),
    devices.length === 0 && el("p.hint", {}, "No devices yet."),
    devices.length > 0 && el("div.narrow-only", { "aria-hidden": "true" }, evidenceScale(thresholds)),
    el(
      "table.fleet.trust",
      { hidden: devices.length === 0 },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ...heads.map((name, i) =>
            el(
              i === 3 || i === 4 ? "th.number" : "th",
              { scope: "col" },
              i === 2 ? el("span.visually-hidden", {}, name) : name,
              i === 2 && evidenceScale(thresholds),
            ),
          ),
        ),
      ),
      el("tbody", {}, ...suspectsFirst(devices).map((device) => fleetRow(device, thresholds))),
    ),
  );
}

/**
 * @param {Judged} device
 * @param {Thresholds} thresholds
 */
function fleetRow(device, thresholds) {
  const words = standing(device);
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, deviceLink(device)),
    el("td", { "data-name": "State" }, el(`span.state.${words.kind}`, {}, words.text)),
    el("td.wide", {}, evidenceBar(device.log10_e, thresholds)),
    el("td.number", { "data-name": "E-value" }, evidence(device.log10_e)),
    el("td.number", { "data-name": "Reputation" }, share(device.reputation)),
    el("td.wide.why", {}, reason(device)),
  );
}

/**
 * Energy of whole days as reported, by the neighbours and by physics, as curves of the chart; a day
 * without an expectation is a gap.
 * @param {import("../api.js").Block[]} blocks
 */
export function days(blocks) {
  const DAY_MS = 86400000;
  const first = blocks.filter((block) => block.expected_mwh > 0).map((block) => block.day_unix_ms);
  if (first.length === 0) {
    return null;
  }
  const from_ms = Math.min(...first);
  const n = Math.round((Math.max(...blocks.map((block) => block.day_unix_ms)) - from_ms) / DAY_MS) + 1;
  const gap = () => /** @type {(number | null)[]} */ (new Array(n).fill(null));
  const sums = { reported: gap(), neighbours: gap(), weather: gap() };
  /** @type {Set<string>} blocks that both tests saw count once */
  const seen = new Set();
  for (const block of blocks) {
    const i = Math.round((block.day_unix_ms - from_ms) / DAY_MS);
    const key = `${i} ${block.block}`;
    if (block.expected_mwh > 0) {
      sums[block.by][i] = (sums[block.by][i] ?? 0) + block.expected_mwh;
      if (!seen.has(key)) {
        seen.add(key);
        sums.reported[i] = (sums.reported[i] ?? 0) + block.reported_mwh;
      }
    }
  }
  const curve = (/** @type {(number | null)[]} */ power_mw) => ({ from_ms, step_ms: DAY_MS, power_mw });
  return { reported: curve(sums.reported), neighbours: curve(sums.neighbours), weather: curve(sums.weather) };
}

/** @param {import("../app.js").Context} context */
function showDevice({ live, signal, parameters }) {
  const id = parameters[0];
  const offset = () => live.site?.utc_offset_min ?? 0;
  return el(
    "div.stack",
    {},
    el("p.crumb", {}, el("a", { href: "#/trust" }, "Trust")),
    el("div.row", {}, el("h1", {}, id), el("a", { href: `#/device/${encodeURIComponent(id)}` }, "Its power and certificate")),
    remote(signal, {
      load: async () => ({ device: await api.trustDevice(id), thresholds: (await api.trust()).thresholds }),
      missing: `There is no device ${id}, or this gateway does not judge devices.`,
      draw: ({ device, thresholds }, again) =>
        el(
          "div.stack",
          {},
          verdictCard(device, thresholds),
          el(
            "section.card",
            {},
            el("h2", {}, "The operator decides"),
            decisionForm(device, again),
          ),
          comparisonCard(device, offset()),
          decisionsCard(device, offset()),
        ),
    }),
  );
}

/**
 * @param {TrustDevice} device
 * @param {Thresholds} thresholds
 */
function verdictCard(device, thresholds) {
  const words = standing(device);
  /** @type {[string, string][]} */
  const facts = [
    ["Evidence that it reports too much", evidence(device.log10_e)],
    ["Evidence that it reports too little", evidence(device.log10_shortfall)],
    ["Reputation", share(device.reputation)],
    ["Neighbours that behave alike", count(device.peers)],
    ["Yield", yieldWords(device)],
  ];
  return el(
    "section.card",
    {},
    el("div.row", {}, el("h2", {}, "Verdict"), el(`span.state.${words.kind}`, {}, words.text)),
    el("p", {}, reason(device)),
    el("div.evidence-large", {}, evidenceScale(thresholds), evidenceBar(device.log10_e, thresholds)),
    el("dl.facts", {}, ...facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
  );
}

/** @param {Judged} device */
function yieldWords(device) {
  if (!device.armed) {
    return "–";
  }
  return device.inspect ? "much above its neighbours': have a look" : "like its neighbours'";
}

/**
 * @param {TrustDevice} device
 * @param {number} offset
 */
function comparisonCard(device, offset) {
  const curves = days(device.blocks);
  const place = el("div.chart", { hidden: curves === null });
  if (curves !== null) {
    const chart = new Chart(place, energy, false);
    // The chart measures its place, which is in the page a moment later.
    queueMicrotask(() =>
      chart.show(
        [
          { label: "Reported", color: "made", curve: curves.reported },
          { label: "Neighbours", color: "used", dashes: [7, 4], curve: curves.neighbours },
          { label: "Physics", color: "grid", dashes: [2, 3], curve: curves.weather },
        ],
        offset,
      ),
    );
  }
  return el(
    "section.card",
    {},
    el("h2", {}, "Energy a day: reported, by its neighbours, by physics"),
    place,
    curves === null && el("p.hint", {}, "No day has been compared yet."),
    skippedHint(device.blocks),
  );
}

/** @param {import("../api.js").Block[]} blocks */
function skippedHint(blocks) {
  /** @type {Map<string, number>} */
  const gates = new Map();
  for (const { gate } of blocks.filter((block) => block.gate !== "judged")) {
    gates.set(gate, (gates.get(gate) ?? 0) + 1);
  }
  const words = [...gates].sort((a, b) => b[1] - a[1]).map(([gate, n]) => `${gate} (${count(n)})`);
  return el("p.hint", {}, words.length === 0 ? "" : `Comparisons that did not count: ${words.join(", ")}.`);
}

/**
 * @param {TrustDevice} device
 * @param {number} offset
 */
function decisionsCard(device, offset) {
  return el(
    "section.card",
    {},
    el("h2", {}, "Decisions"),
    device.decisions.length === 0 && el("p.hint", {}, "None so far."),
    el(
      "ol.cases",
      { hidden: device.decisions.length === 0 },
      ...device.decisions.map((decision) =>
        el(
          "li",
          {},
          el(
            "div.row",
            {},
            el("strong", {}, decisionWords(decision)),
            el("span.hint", {}, `${day(decision.unix_ms, offset)}, by the ${decision.by}`),
          ),
          el("p", {}, capital(decision.reason)),
          numbers(decision.evidence),
        ),
      ),
    ),
  );
}

/**
 * The stored numbers of a decision.
 * @param {Record<string, string | number | boolean | null> | null} evidence
 */
function numbers(evidence) {
  const pairs = Object.entries(evidence ?? {}).filter(([, value]) => value !== null && value !== "");
  return (
    pairs.length > 0 &&
    el(
      "details",
      {},
      el("summary", {}, "Its numbers"),
      el(
        "dl.facts",
        {},
        ...pairs.map(([name, value]) => el("div", {}, el("dt", {}, name.replaceAll("_", " ")), el("dd", {}, String(value)))),
      ),
    )
  );
}

/** @param {import("../api.js").Decision} decision */
function decisionWords({ kind, action }) {
  /** @type {Record<string, string>} */
  const kinds = {
    armed: "Enough neighbours found",
    inspect: "Yield worth a look",
    feeder: action === "inspect" ? "All meters together contradict it" : "Contradicted no longer",
    fault: "Reports too little",
    appeal: "Appeal",
  };
  return capital(kinds[kind] ?? ACTIONS[action]?.text ?? action);
}
