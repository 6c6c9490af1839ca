// SPDX-License-Identifier: MIT
// What the gateway knows of the weather, by place: how fresh it is, and why it is not.
import { el } from "./dom.js";
import { count, moment } from "./format.js";

/**
 * @typedef {import("./api.js").Feed} Feed
 * @typedef {import("./api.js").WeatherCell} WeatherCell
 */

/** @type {Record<Feed["state"], {text: string, kind: "good" | "idle" | "warn" | "bad"}>} */
const STATES = {
  fresh: { text: "fresh", kind: "good" },
  waiting: { text: "asked for", kind: "idle" },
  stale: { text: "out of date", kind: "warn" },
  missing: { text: "not to be had", kind: "bad" },
};

/**
 * A place as people write it: "34.1° N, 117.4° W".
 * @param {{latitude: number, longitude: number}} cell
 */
export function placeWords({ latitude, longitude }) {
  const words = (/** @type {number} */ v, /** @type {string} */ plus, /** @type {string} */ minus) =>
    `${Math.abs(v)}° ${v < 0 ? minus : plus}`;
  return `${words(latitude, "N", "S")}, ${words(longitude, "E", "W")}`;
}

/**
 * @param {Feed} feed
 * @param {number} offset
 */
export function feedWords({ answered_unix_ms, until_unix_ms, gaps, reason }, offset) {
  return [
    answered_unix_ms !== null && `answered ${moment(answered_unix_ms, offset)}`,
    until_unix_ms !== null && `known until ${moment(until_unix_ms, offset)}`,
    gaps > 0 && `${count(gaps)} gaps`,
    reason,
  ]
    .filter(Boolean)
    .join("; ");
}

/**
 * @param {{cells: WeatherCell[]} | null | undefined} weather
 * @param {number} offset of the site's time
 */
export function weatherCard(weather, offset) {
  if (weather === undefined) {
    return null;
  }
  return el(
    "section.card",
    {},
    el("h2", {}, "Weather"),
    weather === null && el("p.hint", {}, "This gateway asks for no weather: devices are compared with their neighbours alone."),
    weather?.cells.length === 0 && el("p.hint", {}, "No device has told where it stands, so no weather is asked for."),
    el(
      "ul.places",
      { hidden: !weather || weather.cells.length === 0 },
      ...(weather?.cells ?? []).map((cell) =>
        el("li", {}, el("strong", {}, placeWords(cell)), feedLine("Forecast", cell.forecast, offset), feedLine("Satellite", cell.satellite, offset)),
      ),
    ),
  );
}

/**
 * @param {string} name
 * @param {Feed} feed
 * @param {number} offset
 */
function feedLine(name, feed, offset) {
  const state = STATES[feed.state] ?? { text: feed.state, kind: "idle" };
  return el(
    "p",
    {},
    `${name} `,
    el(`span.state.${state.kind}`, {}, state.text),
    el("span.soft", {}, ` ${feedWords(feed, offset)}`),
  );
}
