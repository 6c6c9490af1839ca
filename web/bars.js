// SPDX-License-Identifier: MIT
// Energy of intervals as bars: upwards what was used and where it came from, downwards what was given away
// and where it went. Drawn in the width that there is.
import { el, svg } from "./dom.js";
import { energy } from "./format.js";
import { roundValues } from "./timeline.js";

/**
 * @typedef {import("./api.js").Energies} Energies
 * @typedef {keyof Energies} Key
 * @typedef {{label: string, title: string, sums: Energies | null}} Bar
 */

/** From the axis outwards: field, class, words. @type {[Key, string, string][]} */
const UP = [
  ["self_wh", "own", "Own use"],
  ["bought_wh", "members", "From members"],
  ["import_wh", "grid", "From the grid"],
];
/** @type {[Key, string, string][]} */
const DOWN = [
  ["sold_wh", "members", "To members"],
  ["export_wh", "grid", "To the grid"],
];

const MARGIN = { left: 64, right: 14, top: 8, bottom: 24 };
const HEIGHT = 210;
const LABEL_ROOM = 46;
/** Quarters of an hour fall on whole hours again. */
const LABELS_EVERY = [1, 2, 4, 8, 12, 16, 24, 32];

/**
 * The largest sums in both directions, in Wh.
 * @param {Bar[]} bars
 */
export function extent(bars) {
  const most = (/** @type {[Key, string, string][]} */ parts) =>
    Math.max(0, ...bars.map(({ sums }) => (sums === null ? 0 : parts.reduce((sum, [key]) => sum + sums[key], 0))));
  return { up: most(UP), down: most(DOWN) };
}

/**
 * A bar in words.
 * @param {Bar} bar
 */
export function barWords({ title, sums }) {
  if (sums === null) {
    return `${title}: nothing metered`;
  }
  const parts = [...UP, ...DOWN].filter(([key]) => sums[key] > 0);
  const words = parts.map(([key, , name]) => `${name.toLowerCase()} ${energy(sums[key] * 1000)}`);
  return `${title}: ${words.length > 0 ? words.join(", ") : "no energy"}`;
}

/**
 * @param {Bar[]} bars
 * @param {number} width
 * @param {(i: number) => void} [chosen]
 */
export function barPicture(bars, width, chosen) {
  const { up, down } = extent(bars);
  const values = roundValues(Math.max(up, down, 1));
  const step = values[1];
  const lowest = -Math.ceil(down / step) * step;
  const highest = Math.max(step, Math.ceil(up / step) * step);
  const y = (/** @type {number} */ wh) => MARGIN.top + (HEIGHT * (highest - wh)) / (highest - lowest);
  const room = (width - MARGIN.left - MARGIN.right) / bars.length;
  const every = LABELS_EVERY.find((n) => n * room >= LABEL_ROOM) ?? bars.length;
  const height = HEIGHT + MARGIN.top + MARGIN.bottom;
  const lines = [];
  for (let v = lowest; v <= highest; v += step) {
    const text = svg("text", { class: "scale", x: MARGIN.left - 6, y: y(v) + 4 });
    text.textContent = energy(Math.abs(v) * 1000);
    lines.push(svg("line", { class: v === 0 ? "axis" : "rule", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(v), y2: y(v) }), text);
  }
  return svg(
    "svg",
    { class: "bars", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    ...lines,
    ...bars.map((bar, i) => {
      const x = MARGIN.left + i * room;
      const group = svg("g", { class: chosen ? "bar choice" : "bar" });
      const title = svg("title");
      title.textContent = barWords(bar);
      group.append(title, svg("rect", { class: "touch", x, y: MARGIN.top, width: room, height: HEIGHT }), ...pile(bar, x, room, y));
      if (i % every === 0) {
        const label = svg("text", { class: "time", x: x + room / 2, y: HEIGHT + MARGIN.top + 18 });
        label.textContent = bar.label;
        group.append(label);
      }
      if (chosen && bar.sums !== null) {
        group.addEventListener("click", () => chosen(i));
      }
      return group;
    }),
  );
}

/**
 * @param {Bar} bar
 * @param {number} x
 * @param {number} room
 * @param {(wh: number) => number} y
 */
function pile({ sums }, x, room, y) {
  if (sums === null) {
    return [];
  }
  const gap = room > 6 ? Math.min(3, room / 8) : 0;
  const rects = [];
  for (const [parts, sign] of /** @type {[typeof UP, 1 | -1][]} */ ([[UP, 1], [DOWN, -1]])) {
    let from = 0;
    for (const [key, kind] of parts) {
      const to = from + sign * sums[key];
      rects.push(
        svg("rect", { class: kind, x: x + gap, width: Math.max(1, room - 2 * gap), y: Math.min(y(from), y(to)), height: Math.abs(y(to) - y(from)) }),
      );
      from = to;
    }
  }
  return rects;
}

/**
 * The picture with its legend, drawn again when its place changes its width.
 * @param {AbortSignal} signal
 * @param {Bar[]} bars
 * @param {(i: number) => void} [chosen]
 */
export function barChart(signal, bars, chosen) {
  const place = el("div.bars-place");
  const observer = new ResizeObserver(() => {
    if (place.clientWidth > 100) {
      place.replaceChildren(barPicture(bars, Math.floor(place.clientWidth), chosen));
    }
  });
  observer.observe(place);
  signal.addEventListener("abort", () => observer.disconnect());
  return el(
    "div",
    {},
    el(
      "p.legend",
      {},
      el("span", {}, "Above: used. Below: given away."),
      ...UP.map(([, kind], i) => el(`span.key.${kind}`, {}, ["Own", "Members", "Grid"][i])),
    ),
    place,
  );
}
