// SPDX-License-Identifier: MIT
// The gateway's HTTP interface, typed.

/**
 * @typedef {object} Flows
 * @property {number} production_mw
 * @property {number} consumption_mw
 * @property {number} grid_import_mw
 * @property {number} grid_export_mw
 *
 * @typedef {object} Site
 * @property {string} name
 * @property {number} now_ms the site's clock
 * @property {number} rate how many times as fast as real time it runs
 * @property {number} utc_offset_min of the site's standard time
 * @property {Flows} flows
 * @property {{known: number, enrolled: number, online: number, banned: number}} devices
 * @property {{stored: number, refused: Record<string, number>, per_minute: number}} readings
 *
 * @typedef {object} Device
 * @property {string} id
 * @property {number} peak_power_w
 * @property {"waiting" | "active" | "banned"} state
 * @property {boolean} online
 * @property {number | null} last_unix_ms site time of the newest reading
 * @property {number | null} received_unix_ms when it was received
 * @property {number | null} production_mw
 * @property {number | null} consumption_mw
 * @property {number | null} produced_mwh
 * @property {number | null} consumed_mwh
 * @property {number} stored
 * @property {number} refused
 * @property {{serial: string, not_after_unix_ms: number} | null} [certificate]
 * @property {number} [boot_epoch]
 * @property {number} [sequence]
 *
 * @typedef {object} Curve
 * @property {number} from_ms
 * @property {number} step_ms
 * @property {(number | null)[]} power_mw mean power of each step
 *
 * @typedef {"production" | "consumption" | "grid_import" | "grid_export"} Channel
 */

/** What the gateway said instead of an answer. `status` is 0 when it could not be reached. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<any>} the parsed answer, null for an empty one
 */
async function request(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new ApiError(0, "The gateway cannot be reached.");
  }
  if (answer.status === 204) {
    return null;
  }
  const body = await answer.json().catch(() => null);
  if (!answer.ok) {
    throw new ApiError(answer.status, body?.error ?? `The gateway answered ${answer.status}.`);
  }
  return body;
}

/**
 * @param {string} path
 * @param {unknown} [body]
 */
function post(path, body) {
  return request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Wattward": "1" },
    body: JSON.stringify(body ?? {}),
  });
}

/** @param {string} password */
export const login = (password) => post("/api/login", { password });
export const logout = () => post("/api/logout");
/** @returns {Promise<Site>} */
export const site = () => request("/api/site");
/** @returns {Promise<Device[]>} */
export const devices = () => request("/api/devices");
/**
 * @param {string} id
 * @returns {Promise<Device>}
 */
export const device = (id) => request(`/api/devices/${encodeURIComponent(id)}`);

/**
 * The mean power of one device, or of the whole site when `id` is null.
 * @param {string | null} id
 * @param {Channel} channel
 * @param {{from_ms: number, to_ms: number, step_s: number}} range
 * @returns {Promise<Curve>}
 */
export function curve(id, channel, range) {
  const place = id === null ? "/api/site" : `/api/devices/${encodeURIComponent(id)}`;
  const query = new URLSearchParams({
    channel,
    from_ms: String(Math.floor(range.from_ms)),
    to_ms: String(Math.floor(range.to_ms)),
    step_s: String(range.step_s),
  });
  return request(`${place}/curve?${query}`);
}
