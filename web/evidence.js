// SPDX-License-Identifier: MIT
// Evidence as bars on a logarithmic scale, with the lines at which something is done.
import { svg } from "./dom.js";
import { evidence } from "./format.js";

/** @typedef {import("./api.js").Thresholds} Thresholds */

const WIDTH = 240;
const HEIGHT = 20;
/** The scale ends one order of magnitude beyond a ban. */
const BEYOND = 1;

/** In rising order, with the words for what is done. */
export const STEPS = /** @type {[keyof Thresholds, string][]} */ ([
  ["watch", "watched"],
  ["settle", "settled at what is expected"],
  ["quarantine", "quarantined"],
  ["ban", "banned"],
]);

/**
 * Where a logarithm lies on the scale, 0 to 1. No evidence, an e-value of 1, is 0.
 * @param {number} log10
 * @param {Thresholds} thresholds
 */
export function position(log10, thresholds) {
  return Math.min(1, Math.max(0, log10 / (thresholds.ban + BEYOND)));
}

/**
 * The highest step that the evidence reaches.
 * @param {number} log10
 * @param {Thresholds} thresholds
 * @returns {keyof Thresholds | "none"}
 */
export function reached(log10, thresholds) {
  return STEPS.reduce(
    (found, [step]) => (log10 >= thresholds[step] ? step : found),
    /** @type {keyof Thresholds | "none"} */ ("none"),
  );
}

/**
 * @param {number} log10
 * @param {Thresholds} thresholds
 */
export function evidenceBar(log10, thresholds) {
  const bar = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "evidence", role: "img" },
    svg("title"),
    svg("rect", { class: "evidence-track", x: 0, y: 5, width: WIDTH, height: 10, rx: 5 }),
    svg("rect", {
      class: `evidence-value ${reached(log10, thresholds)}`,
      x: 0,
      y: 5,
      width: Math.max(4, WIDTH * position(log10, thresholds)),
      height: 10,
      rx: 5,
    }),
    ...STEPS.map(([step]) => {
      const x = WIDTH * position(thresholds[step], thresholds);
      return svg("line", { class: "evidence-line", x1: x, x2: x, y1: 1, y2: HEIGHT - 1 });
    }),
  );
  bar.children[0].textContent = `Evidence ${evidence(log10)}`;
  return bar;
}

/**
 * The scale's names and values, to stand above bars.
 * @param {Thresholds} thresholds
 */
export function evidenceScale(thresholds) {
  const scale = svg("svg", { viewBox: "0 0 480 46", class: "evidence-scale", role: "img" }, svg("title"));
  scale.children[0].textContent = `A device is ${STEPS.map(
    ([step, words]) => `${words} from ${evidence(thresholds[step])}`,
  ).join(", ")}.`;
  for (const [step] of STEPS) {
    const x = 480 * position(thresholds[step], thresholds);
    const name = svg("text", { class: "evidence-name", x, y: 14 });
    const value = svg("text", { class: "evidence-number", x, y: 31 });
    name.textContent = step;
    value.textContent = evidence(thresholds[step]);
    scale.append(name, value, svg("line", { class: "evidence-line", x1: x, x2: x, y1: 36, y2: 46 }));
  }
  return scale;
}
