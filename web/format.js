// SPDX-License-Identifier: MIT
// Numbers, times and ages as people read them. Pure functions.

const NO_VALUE = "–";

/**
 * Power with a unit that keeps three or four digits: 950 W, 4.21 kW, 61.3 kW.
 * @param {number | null | undefined} mw milliwatts
 * @returns {string}
 */
export function power(mw) {
  if (mw === null || mw === undefined) {
    return NO_VALUE;
  }
  const w = mw / 1000;
  return Math.abs(w) < 999.5 ? `${Math.round(w)} W` : `${digits(w / 1000)} kW`;
}

/**
 * Energy: 950 Wh, 4.21 kWh, 1.23 MWh.
 * @param {number | null | undefined} mwh milliwatt-hours
 * @returns {string}
 */
export function energy(mwh) {
  if (mwh === null || mwh === undefined) {
    return NO_VALUE;
  }
  const wh = mwh / 1000;
  if (Math.abs(wh) < 999.5) {
    return `${Math.round(wh)} Wh`;
  }
  return Math.abs(wh) < 999500 ? `${digits(wh / 1000)} kWh` : `${digits(wh / 1e6)} MWh`;
}

/**
 * Three significant digits, never an exponent.
 * @param {number} v
 * @returns {string}
 */
function digits(v) {
  const size = Math.abs(v);
  return v.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

/**
 * A whole number with thin spaces between groups of three.
 * @param {number | null | undefined} n
 * @returns {string}
 */
export function count(n) {
  if (n === null || n === undefined) {
    return NO_VALUE;
  }
  return String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

/**
 * How long ago: "now", "12 s", "5 min", "3 h", "2 d".
 * @param {number | null | undefined} ms
 * @returns {string}
 */
export function age(ms) {
  if (ms === null || ms === undefined) {
    return NO_VALUE;
  }
  const s = Math.max(0, ms / 1000);
  if (s < 2) {
    return "now";
  }
  if (s < 90) {
    return `${Math.round(s)} s`;
  }
  if (s < 90 * 60) {
    return `${Math.round(s / 60)} min`;
  }
  return s < 36 * 3600 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} d`;
}

/**
 * A moment as "1 Aug 2016, 10:35", in the site's own standard time, wherever the reader is.
 * @param {number | null | undefined} ms
 * @param {number} utcOffsetMin
 * @returns {string}
 */
export function moment(ms, utcOffsetMin) {
  if (!ms) {
    return NO_VALUE;
  }
  return new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone: "UTC",
  }).format(ms + utcOffsetMin * 60000);
}

/**
 * A state in words.
 * @param {{state: string, online: boolean, role?: string}} device
 * @returns {{text: string, kind: "good" | "idle" | "bad"}}
 */
export function deviceState(device) {
  if (device.state === "banned") {
    return { text: "banned", kind: "bad" };
  }
  if (device.state === "quarantined") {
    return { text: "in quarantine", kind: "bad" };
  }
  if (device.state === "waiting") {
    return { text: "not enrolled yet", kind: "idle" };
  }
  if (device.role === "feeder" && device.online) {
    return { text: "feeder meter", kind: "good" };
  }
  return device.online ? { text: "online", kind: "good" } : { text: "offline", kind: "bad" };
}

/** The gateway's reasons for refusing a reading, in words. */
export const REFUSALS = /** @type {Record<string, string>} */ ({
  malformed: "Not a reading",
  bad_signature: "Signature does not hold",
  wrong_identity: "Signed as somebody else",
  too_old: "Behind the replay window",
  banned: "Device is banned",
  unknown_device: "Unknown device",
  replay: "Sent before",
  rate_limited: "Too many at once",
});

/**
 * @param {string} reason
 * @returns {string}
 */
export function refusal(reason) {
  return REFUSALS[reason] ?? reason.replaceAll("_", " ");
}

/**
 * Money with two decimals and a thin space between groups of three: "1 234.50".
 * @param {number} cents a whole number
 * @returns {string}
 */
export function money(cents) {
  const size = Math.abs(cents);
  return `${cents < 0 ? "-" : ""}${count(Math.floor(size / 100))}.${String(size % 100).padStart(2, "0")}`;
}

/**
 * An e-value from its logarithm to base 10: "1.4", "37", "12 000", "3.0 × 10⁹".
 * @param {number} power10
 * @returns {string}
 */
export function evidence(power10) {
  if (power10 < 1) {
    return (10 ** power10).toFixed(1);
  }
  if (power10 < 6) {
    const digit = 10 ** Math.max(0, Math.floor(power10) - 1);
    return count(Math.round(10 ** power10 / digit) * digit);
  }
  // Evidence ends at 2^120, far below what a number can hold.
  const [factor, exponent] = (10 ** power10).toExponential(1).split("e+");
  return `${factor} × 10${exponent.replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(d)])}`;
}

/**
 * A day as "5 Aug 2016" from a moment, in the site's time.
 * @param {number | null | undefined} ms
 * @param {number} utcOffsetMin
 * @returns {string}
 */
export function day(ms, utcOffsetMin) {
  return moment(ms, utcOffsetMin).replace(/, .*$/, "");
}

/**
 * With a capital letter first.
 * @param {string} text
 */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * A price of a kWh: "30 cents", "18.25 cents".
 * @param {number | bigint} microcents millionths of a cent
 */
export const price = (microcents) => `${Number((Number(microcents) / 1e6).toFixed(4))} cents a kWh`;
