// SPDX-License-Identifier: MIT
// What a page asks the gateway for: while it comes, when it is there, and when it cannot be had.
import { ApiError } from "./api.js";
import { el } from "./dom.js";

const REFRESH_MS = 10000;

/**
 * A place that shows what `load` brings, drawn by `draw` when it comes and again every ten seconds when it
 * changed. A gateway without that part answers 404; then `missing` is said, once, without an alarm.
 * @template T
 * @param {AbortSignal} signal
 * @param {object} how
 * @param {() => Promise<T>} how.load
 * @param {(value: T, again: () => void) => HTMLElement} how.draw `again` asks and draws at once
 * @param {string} how.missing
 * @param {boolean} [how.once] what does not change is asked for once
 * @param {(ask: () => void) => void} [how.news] is told how to ask when something is known to be new
 * @returns {HTMLElement}
 */
export function remote(signal, { load, draw, missing, once, news }) {
  const place = el("div.stack", { "aria-busy": "true" }, el("p.hint", { role: "status" }, "Asking the gateway …"));
  let shown = "";
  let isDone = Boolean(once);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });

  /**
   * @param {string} what
   * @param {() => HTMLElement} make
   */
  function show(what, make) {
    place.setAttribute("aria-busy", "false");
    // Who is in the middle of something keeps it.
    if (shown === what || (shown !== "" && place.contains(document.activeElement))) {
      return;
    }
    shown = what;
    place.replaceChildren(make());
  }

  async function refresh() {
    try {
      const value = await load();
      if (!signal.aborted) {
        show(JSON.stringify(value), () => draw(value, again));
      }
    } catch (error) {
      if (!signal.aborted) {
        isDone ||= error instanceof ApiError && error.status === 404;
        show(`error ${error}`, () => notice(error, missing));
      }
    }
    clearTimeout(timer);
    if (!isDone && !signal.aborted) {
      timer = setTimeout(refresh, REFRESH_MS);
    }
  }

  function again() {
    if (!signal.aborted) {
      shown = "";
      refresh();
    }
  }

  news?.(refresh);
  refresh();
  return place;
}

/**
 * @param {unknown} error
 * @param {string} missing
 */
function notice(error, missing) {
  if (error instanceof ApiError && error.status === 404) {
    return el("section.card.notice", { role: "status" }, el("p", {}, missing));
  }
  return el("section.card.notice", {}, el("p.error", { role: "alert" }, error instanceof Error ? error.message : String(error)));
}
