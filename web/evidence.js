// SPDX-License-Identifier: MIT
// Evidence as bars on a logarithmic scale, with the lines at which something is done.
import { el } from "./dom.js";
import { evidence } from "./format.js";

/** @typedef {import("./api.js").Thresholds} Thresholds */

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
 * An element at a place of the scale.
 * @param {string} what
 * @param {number} log10
 * @param {Thresholds} thresholds
 * @param {...import("./dom.js").Child} children
 */
function at(what, log10, thresholds, ...children) {
  const node = el(what, {}, ...children);
  node.style.left = `${100 * position(log10, thresholds)}%`;
  return node;
}

/**
 * @param {number} log10
 * @param {Thresholds} thresholds
 */
export function evidenceBar(log10, thresholds) {
  const value = el(`div.evidence-value.${reached(log10, thresholds)}`);
  value.style.width = `${100 * position(log10, thresholds)}%`;
  return el(
    "div.evidence",
    { role: "img", "aria-label": `Evidence ${evidence(log10)}` },
    el("div.evidence-track", {}, value),
    ...STEPS.map(([step]) => at("div.evidence-line", thresholds[step], thresholds)),
  );
}

/**
 * The scale's names and values, to stand above bars.
 * @param {Thresholds} thresholds
 */
export function evidenceScale(thresholds) {
  const words = STEPS.map(([step, done]) => `${done} from ${evidence(thresholds[step])}`).join(", ");
  return el(
    "div.evidence-scale",
    { role: "img", "aria-label": `A device is ${words}.` },
    ...STEPS.map(([step]) =>
      at("div.evidence-name", thresholds[step], thresholds, step, el("span", {}, evidence(thresholds[step]))),
    ),
  );
}
