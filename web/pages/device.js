// SPDX-License-Identifier: MIT
// One device: what it does, its curve, and what the gateway knows of it.
import * as api from "../api.js";
import { curveCard } from "../curves.js";
import { el, setText } from "../dom.js";
import { age, count, deviceState, energy, moment, power } from "../format.js";
import { sessionsCard, timelineCard } from "./session.js";

/** @typedef {import("../api.js").Device} Device */

/** @type {import("../app.js").Page} */
export const page = { route: /^\/device\/([^/]+)$/, within: "/", title: "Device", show };

/**
 * How long ago in real time.
 * @param {Device} device
 * @param {import("../live.js").Live} live
 */
function heard(device, live) {
  if (!device.received_unix_ms) {
    return "never";
  }
  const words = age((live.now_ms() - device.received_unix_ms) / (live.site?.rate ?? 1));
  return words === "now" ? words : `${words} ago`;
}

/** @type {[string, (device: Device, live: import("../live.js").Live) => string][]} */
const FACTS = [
  ["Role", (d) => (d.role === "feeder" ? "feeder meter: measures all others together, is no member" : "member")],
  ["Peak power", (d) => power(d.peak_power_w * 1000)],
  ["Made in all", (d) => energy(d.produced_mwh)],
  ["Used in all", (d) => energy(d.consumed_mwh)],
  ["Newest reading", (d, live) => moment(d.last_unix_ms, live.site?.utc_offset_min ?? 0)],
  ["Heard", heard],
  ["Readings on disk", (d) => count(d.stored)],
  ["Refused", (d) => count(d.refused)],
  ["Starts (boot epoch)", (d) => count(d.boot_epoch)],
  ["Sequence in this start", (d) => count(d.sequence)],
  ["Certificate valid until", (d) => moment(d.certificate?.not_after_unix_ms, 0)],
  ["Certificate serial", (d) => d.certificate?.serial ?? "–"],
];

/**
 * @param {string} id
 * @returns {Promise<import("../api.js").Session | null>}
 */
async function newestSession(id) {
  const { sessions } = await api.sessions(id);
  return sessions.length === 0 ? null : api.session(id, sessions[0].session);
}

/** @param {import("../app.js").Context} context */
function show(context) {
  const { live, signal, parameters } = context;
  const id = parameters[0];
  const state = el("span.state");
  const makes = el("output");
  const uses = el("output");
  const made = el("div.made", {}, el("dt", {}, "Makes"), el("dd", {}, makes));
  const values = FACTS.map(() => el("dd"));
  const problem = el("p.error", { role: "alert" });
  const charger = el("div.stack", { hidden: true });

  function draw() {
    const device = live.devices.get(id);
    if (device === undefined) {
      return;
    }
    if (charger.hidden && (device.sessions ?? 0) > 0) {
      charger.hidden = false;
      charger.append(timelineCard(context, id, () => newestSession(id), undefined, "The newest charging session"), sessionsCard(context, id));
    }
    const words = deviceState(device);
    setText(state, words.text);
    state.className = `state ${words.kind}`;
    setText(makes, power(device.production_mw));
    // A charger makes nothing.
    made.hidden = device.production_mw === null && device.consumption_mw !== null;
    setText(uses, power(device.consumption_mw));
    for (const [i, [, text]] of FACTS.entries()) {
      setText(values[i], text(device, live));
    }
  }

  async function load() {
    try {
      live.takeDevice(await api.device(id));
      problem.textContent = "";
    } catch (error) {
      problem.textContent =
        error instanceof api.ApiError && error.status === 404
          ? `There is no device ${id}.`
          : error instanceof Error
            ? error.message
            : String(error);
    }
  }

  live.addEventListener("device", draw, { signal });
  const timer = setInterval(load, 10000);
  signal.addEventListener("abort", () => clearInterval(timer));
  draw();
  load();
  return el(
    "div.stack",
    {},
    el("div.row", {}, el("h1", {}, id), state),
    problem,
    el(
      "dl.figures",
      {},
      made,
      el("div.used", {}, el("dt", {}, "Uses"), el("dd", {}, uses)),
    ),
    charger,
    curveCard(context, id, "Power"),
    el(
      "section.card",
      {},
      el("h2", {}, "What is known of it"),
      el("dl.facts", {}, ...FACTS.map(([name], i) => el("div", {}, el("dt", {}, name), values[i]))),
    ),
  );
}
