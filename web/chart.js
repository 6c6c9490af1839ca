// SPDX-License-Identifier: MIT
// Curves of mean power over time, drawn by dygraphs.
import { power } from "./format.js";

/**
 * @typedef {import("./api.js").Curve} Curve
 * @typedef {{label: string, color: string, curve: Curve}} Line
 */

/**
 * The lines as rows of [Date, kW, kW ...]; all curves have the same steps.
 * @param {Line[]} lines
 * @returns {(Date | number | null)[][]}
 */
export function rows(lines) {
  const first = lines[0].curve;
  return first.power_mw.map((_, i) => [
    new Date(first.from_ms + i * first.step_ms),
    ...lines.map((line) => {
      const mw = line.curve.power_mw[i];
      return mw === null || mw === undefined ? null : mw / 1e6;
    }),
  ]);
}

/**
 * A colour of the style sheet, so that curves follow light and dark.
 * @param {string} name
 * @returns {string}
 */
function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A chart in `place`; give it lines whenever they are new. */
export class Chart {
  /** @type {any} */
  #graph = null;

  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
  }

  /** @param {Line[]} lines */
  show(lines) {
    const file = rows(lines);
    const labels = ["Time", ...lines.map((line) => line.label)];
    const colors = lines.map((line) => color(line.color));
    if (this.#graph !== null) {
      this.#graph.updateOptions({ file, labels, colors });
      return;
    }
    this.#graph = new Dygraph(this.place, file, {
      labels,
      colors,
      fillGraph: true,
      fillAlpha: 0.12,
      strokeWidth: 2,
      connectSeparatedPoints: false,
      ylabel: "",
      includeZero: true,
      legend: "always",
      labelsSeparateLines: false,
      axisLineColor: color("line"),
      gridLineColor: color("line"),
      gridLineWidth: 0.5,
      axes: {
        y: { axisLabelFormatter: (/** @type {number} */ kw) => power(kw * 1e6), axisLabelWidth: 60 },
      },
      valueFormatter: (/** @type {number} */ v, /** @type {any} */ _, /** @type {string} */ name) =>
        name === "Time" ? new Date(v).toLocaleString("en-GB") : power(v * 1e6),
      highlightCircleSize: 4,
      // Wheel and drag belong to the page's scrolling on a phone.
      interactionModel: { ...Dygraph.defaultInteractionModel, touchstart: undefined, touchmove: undefined },
    });
  }

  close() {
    this.#graph?.destroy();
    this.#graph = null;
  }
}
