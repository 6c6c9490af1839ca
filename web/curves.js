// SPDX-License-Identifier: MIT
// A card with the curve of a device or of the whole site, and buttons for its range.
import * as api from "./api.js";
import { Chart } from "./chart.js";
import { el } from "./dom.js";

/** @typedef {{label: string, hours: number, step_s: number}} Range */

/** @type {Range[]} */
const RANGES = [
  { label: "6 hours", hours: 6, step_s: 300 },
  { label: "1 day", hours: 24, step_s: 900 },
  { label: "1 week", hours: 168, step_s: 3600 },
];

/** @type {{channel: api.Channel, label: string, color: string}[]} */
const LINES = [
  { channel: "production", label: "Made", color: "made" },
  { channel: "consumption", label: "Used", color: "used" },
];

const REFRESH_MS = 10000;

/**
 * The range that ends now, on whole steps, so that the same moment always falls into the same step.
 * @param {number} now_ms
 * @param {Range} range
 */
export function span(now_ms, range) {
  const step_ms = range.step_s * 1000;
  const to_ms = Math.ceil(now_ms / step_ms) * step_ms;
  return { from_ms: to_ms - range.hours * 3600 * 1000, to_ms, step_s: range.step_s };
}

/**
 * The curves from their first value on, but no less than an eighth of the range: a site that began today
 * does not show an empty yesterday.
 * @param {api.Curve[]} curves of the same steps
 * @returns {api.Curve[]}
 */
export function sinceTheFirst(curves) {
  const n = curves[0].power_mw.length;
  const firsts = curves.map((curve) => curve.power_mw.findIndex((mw) => mw !== null)).filter((i) => i >= 0);
  const skip = Math.min(Math.max(0, Math.min(...firsts) - 1), Math.floor((n * 7) / 8));
  return curves.map((curve) => ({
    ...curve,
    from_ms: curve.from_ms + skip * curve.step_ms,
    power_mw: curve.power_mw.slice(skip),
  }));
}

/**
 * @param {import("./app.js").Context} context
 * @param {string | null} id a device, or null for the whole site
 * @param {string} title
 * @returns {HTMLElement}
 */
export function curveCard({ live, signal }, id, title) {
  let range = RANGES[1];
  const place = el("div.chart");
  const note = el("p.hint", { role: "status" });
  const chart = new Chart(place);
  const buttons = RANGES.map((candidate) =>
    el(
      "button.quiet",
      {
        type: "button",
        "aria-pressed": String(candidate === range),
        click: () => {
          range = candidate;
          for (const [i, button] of buttons.entries()) {
            button.setAttribute("aria-pressed", String(RANGES[i] === range));
          }
          load();
        },
      },
      candidate.label,
    ),
  );

  async function load() {
    const wanted = range;
    try {
      const when = span(live.now_ms(), wanted);
      const curves = await Promise.all(LINES.map((line) => api.curve(id, line.channel, when)));
      if (signal.aborted || wanted !== range) {
        return;
      }
      const empty = curves.every((curve) => curve.power_mw.every((mw) => mw === null));
      note.textContent = empty ? "No readings in this time yet." : "";
      place.hidden = empty;
      if (!empty) {
        const shown = sinceTheFirst(curves);
        chart.show(
          LINES.map((line, i) => ({ ...line, curve: shown[i] })),
          live.site?.utc_offset_min ?? 0,
        );
      }
    } catch (error) {
      note.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  const timer = setInterval(load, REFRESH_MS);
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    chart.close();
  });
  queueMicrotask(load);
  return el(
    "section.card",
    {},
    el("div.row", {}, el("h2", {}, title), el("div.ranges", { role: "group", "aria-label": "Range" }, ...buttons)),
    place,
    note,
  );
}
