// SPDX-License-Identifier: MIT
// Charging sessions: a charger's list of them, and one with its timeline and everything that was said.
import * as api from "../api.js";
import { el } from "../dom.js";
import { capital, count, moment, power } from "../format.js";
import { remote } from "../remote.js";
import { clock, timeline, words } from "../timeline.js";

/**
 * @typedef {import("../api.js").Session} Session
 * @typedef {import("../api.js").SessionHead} SessionHead
 */

const MESSAGES_SHOWN = 400;

/** @type {import("../app.js").Page} */
export const page = {
  route: /^\/device\/([^/]+)\/session\/(\d+)$/,
  within: "/",
  title: "Charging session",
  show,
};

/** @type {Record<string, string>} how a session ended, in words */
const ENDS = {
  STOPPED: "ended as agreed",
  PAUSED: "paused",
  LOST: "the car fell silent",
  TIMEOUT: "the car took too long",
};

/**
 * How a session stands.
 * @param {SessionHead} session
 * @returns {{text: string, kind: "good" | "idle" | "warn" | "bad"}}
 */
export function standing({ ended, fault }) {
  if (fault !== null) {
    return { text: `fault: ${words(fault).toLowerCase()}`, kind: "bad" };
  }
  if (ended === null) {
    return { text: "goes on", kind: "good" };
  }
  return { text: ENDS[ended] ?? words(ended).toLowerCase(), kind: ended === "STOPPED" || ended === "PAUSED" ? "idle" : "warn" };
}

/** @param {SessionHead} session */
function charge({ soc_first_pct, soc_last_pct }) {
  return soc_first_pct === null || soc_last_pct === null ? "–" : `${soc_first_pct} → ${soc_last_pct} %`;
}

/** @param {number} wh */
const energyOf = (wh) => (wh < 1000 ? `${wh} Wh` : `${(wh / 1000).toFixed(2)} kWh`);

/** @param {import("../api.js").SessionHead} session */
const protocolOf = ({ protocol, energy }) =>
  [protocol, energy].filter((part) => part !== "unknown").join(", ") || "not agreed on";

/** @type {[string, (session: SessionHead) => string, string][]} name, text, classes */
const COLUMNS = [
  ["Spoken", protocolOf, ""],
  ["Energy", (s) => energyOf(s.energy_wh), ".number"],
  ["Peak", (s) => power(s.peak_w * 1000), ".number"],
  ["Charge", charge, ".number"],
  ["Time", (s) => clock(s.duration_ms), ".number"],
];

/**
 * The newest session drawn, and all of them as a list.
 * @param {import("../app.js").Context} context
 * @param {string} id of the charger
 */
export function sessionsCard({ live, signal }, id) {
  return remote(signal, {
    load: () => api.sessions(id),
    missing: "",
    news: (ask) => whenHeard(live, id, signal, ask),
    draw: ({ sessions }) =>
      el(
        "section.card",
        {},
        el("h2", {}, "Charging sessions"),
        sessions.length === 0
          ? el("p.hint", {}, "No car has charged here yet.")
          : sessionTable(sessions, id, live.site?.utc_offset_min ?? 0),
      ),
  });
}

/**
 * @param {SessionHead[]} sessions
 * @param {string} id
 * @param {number} offset
 */
function sessionTable(sessions, id, offset) {
  return el(
    "table.fleet",
    {},
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("th", { scope: "col" }, "Began"),
        el("th", { scope: "col" }, "State"),
        ...COLUMNS.map(([name, , classes]) => el(`th${classes}`, { scope: "col" }, name)),
      ),
    ),
    el(
      "tbody",
      {},
      ...sessions.map((session) => {
        const state = standing(session);
        const href = `#/device/${encodeURIComponent(id)}/session/${session.session}`;
        return el(
          "tr",
          {},
          el("th", { scope: "row" }, el("a", { href }, moment(session.start_unix_ms, offset))),
          el("td", { "data-name": "State" }, el(`span.state.${state.kind}`, {}, state.text)),
          ...COLUMNS.map(([name, of, classes]) => el(`td${classes}`, { "data-name": name }, of(session))),
        );
      }),
    ),
  );
}

/**
 * @param {import("../live.js").Live} live
 * @param {string} id of a device
 * @param {AbortSignal} signal
 * @param {() => void} then
 */
function whenHeard(live, id, signal, then) {
  live.addEventListener("device", (event) => /** @type {CustomEvent<{id: string}>} */ (event).detail.id === id && then(), { signal });
}

/**
 * The timeline of a session that is read again while it goes on.
 * @param {import("../app.js").Context} context
 * @param {string} id
 * @param {() => Promise<Session | null>} load
 * @param {(session: Session) => void} [shown]
 * @param {string} [heading]
 */
export function timelineCard({ live, signal }, id, load, shown, heading = "Its course") {
  const { parts, show: draw } = timeline(signal);
  const title = el("h2", {}, heading);
  const problem = el("p.hint", { role: "status" });
  const card = el("section.card.course", { hidden: true }, el("div.row", {}, title, parts[0]), ...parts.slice(1), problem);
  let isAsking = false;

  async function refresh() {
    if (isAsking || signal.aborted) {
      return;
    }
    isAsking = true;
    try {
      const session = await load();
      if (session !== null && !signal.aborted) {
        card.hidden = false;
        problem.textContent = session.complete || session.ended === null ? "" : "Pieces of this session did not arrive.";
        draw(session);
        shown?.(session);
      }
    } catch (error) {
      card.hidden = false;
      problem.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      isAsking = false;
    }
  }

  whenHeard(live, id, signal, refresh);
  refresh();
  return card;
}

/** @param {import("../app.js").Context} context */
function show(context) {
  const { live, signal, parameters } = context;
  const [id, number] = parameters;
  const facts = el("dl.facts");
  const state = el("span.state");
  const messages = el("tbody");
  const more = el("p.hint");
  const messageCard = el(
    "section.card",
    { hidden: true },
    el("h2", {}, "What was said"),
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...["Time", "Message", "Answer"].map((name) => el("th", { scope: "col" }, name)))),
      messages,
    ),
    more,
  );
  let said = -1;

  /** @param {Session} session */
  function draw(session) {
    const now = standing(session);
    state.textContent = now.text;
    state.className = `state ${now.kind}`;
    facts.replaceChildren(
      ...factsOf(session, live.site?.utc_offset_min ?? 0).map(([name, value]) =>
        el("div", {}, el("dt", {}, name), el("dd", {}, value)),
      ),
    );
    if (said !== session.messages.length) {
      said = session.messages.length;
      messageCard.hidden = said === 0;
      messages.replaceChildren(...session.messages.slice(0, MESSAGES_SHOWN).map(messageRow));
      more.textContent = said > MESSAGES_SHOWN ? `The first ${MESSAGES_SHOWN} of ${count(said)}.` : "";
    }
  }

  const course = timelineCard(context, id, () => api.session(id, number), draw);
  // A session that goes on grows; nobody tells when nothing else happens to the device.
  const timer = setInterval(() => state.textContent === "goes on" && live.dispatchEvent(new CustomEvent("device", { detail: { id } })), 10000);
  signal.addEventListener("abort", () => clearInterval(timer));
  return el(
    "div.stack",
    {},
    el("p.crumb", {}, el("a", { href: `#/device/${encodeURIComponent(id)}` }, id)),
    el("div.row", {}, el("h1", {}, `Charging session ${number}`), state),
    el("section.card", {}, facts),
    course,
    messageCard,
  );
}

/**
 * @param {Session} session
 * @param {number} offset
 * @returns {[string, string][]}
 */
function factsOf(session, offset) {
  return [
    ["Began", moment(session.start_unix_ms, offset)],
    ["Spoken", protocolOf(session)],
    ["Car", session.car ?? "–"],
    ["Plug", count(session.plug)],
    ...COLUMNS.slice(1).map(([name, of]) => /** @type {[string, string]} */ ([name, of(session)])),
    ["Faults", session.faults.length === 0 ? "none" : capital(session.faults.map((f) => words(f.fault)).join(", "))],
  ];
}

/** @param {Session["messages"][number]} message */
function messageRow({ t_ms, message, answer }) {
  return el(
    answer.startsWith("FAILED") ? "tr.bad" : "tr",
    {},
    el("td", {}, clock(t_ms)),
    el("th", { scope: "row" }, words(message)),
    el("td", {}, answer),
  );
}
