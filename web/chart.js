// SPDX-License-Identifier: MIT
// Curves of mean power over time, drawn by dygraphs.
import { el, setText } from "./dom.js";
import { moment, power } from "./format.js";

/**
 * @typedef {import("./api.js").Curve} Curve
 * @typedef {{label: string, color: string, curve: Curve, dashes?: number[]}} Line
 */

/**
 * The lines as rows of [Date, kW, kW ...]; all curves have the same steps. The dates are shifted, so
 * that reading them as UTC gives the site's time.
 * @param {Line[]} lines
 * @param {number} utcOffsetMin
 * @returns {(Date | number | null)[][]}
 */
export function rows(lines, utcOffsetMin) {
  const first = lines[0].curve;
  return first.power_mw.map((_, i) => [
    new Date(first.from_ms + i * first.step_ms + utcOffsetMin * 60000),
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

/**
 * Our legend stands in the page; that of dygraphs, which knows itself by its name alone, needs inline
 * styles, which we forbid.
 */
function dropLegendPlugin() {
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter(
    (/** @type {any} */ plugin) => plugin.prototype.toString() !== "Legend Plugin",
  );
}

/** A chart in `place`; give it lines whenever they are new. */
export class Chart {
  /** @type {any} */
  #graph = null;

  #time = el("span");
  /** @type {HTMLElement[]} */
  #values = [];

  /**
   * @param {HTMLElement} place
   * @param {(milli: number) => string} inWords of a value: power(), or energy() for curves of it
   * @param {boolean} isFilled below the lines
   */
  constructor(place, inWords = power, isFilled = true) {
    this.inWords = inWords;
    this.isFilled = isFilled;
    this.place = el("div.chart-area");
    this.legend = el("p.legend");
    place.append(this.legend, this.place);
  }

  /** @param {Line[]} lines */
  #showLegend(lines) {
    this.#values = lines.map(() => el("output"));
    this.legend.replaceChildren(
      this.#time,
      ...lines.map((line, i) => el(`span.key.line-${i}`, {}, `${line.label} `, this.#values[i])),
    );
  }

  /**
   * @param {number | null} x
   * @param {{name: string, yval: number | null}[]} points
   */
  #point(x, points) {
    setText(this.#time, x === null ? "" : moment(x, 0));
    for (const [i, value] of this.#values.entries()) {
      const kw = points[i]?.yval;
      setText(value, kw === null || kw === undefined ? "" : this.inWords(kw * 1e6));
    }
  }

  /**
   * @param {Line[]} lines
   * @param {number} utcOffsetMin
   */
  show(lines, utcOffsetMin) {
    const file = rows(lines, utcOffsetMin);
    const labels = ["Time", ...lines.map((line) => line.label)];
    const colors = lines.map((line) => color(line.color));
    if (this.#graph !== null) {
      this.#graph.updateOptions({ file, labels, colors });
      return;
    }
    this.#showLegend(lines);
    dropLegendPlugin();
    this.#graph = new Dygraph(this.place, file, {
      labels,
      colors,
      fillGraph: this.isFilled,
      series: Object.fromEntries(lines.map(({ label, dashes }) => [label, { strokePattern: dashes ?? null }])),
      fillAlpha: 0.12,
      strokeWidth: 2,
      connectSeparatedPoints: false,
      ylabel: "",
      includeZero: true,
      labelsUTC: true,
      highlightCallback: (/** @type {Event} */ _, /** @type {number} */ x, /** @type {any[]} */ points) =>
        this.#point(x, points),
      unhighlightCallback: () => this.#point(null, []),
      axisLineColor: color("line"),
      gridLineColor: color("line"),
      gridLineWidth: 0.5,
      axes: {
        y: { axisLabelFormatter: (/** @type {number} */ kw) => this.inWords(kw * 1e6), axisLabelWidth: 70 },
      },
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
