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
 * @property {"waiting" | "active" | "quarantined" | "banned"} state
 * @property {"member" | "feeder"} [role] the feeder's meter measures what all members together take or give
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
 * @property {number} [sessions] charging sessions that are kept; a charger has some
 *
 * @typedef {object} SessionHead one charging session of a charger
 * @property {number} session its number
 * @property {number} start_unix_ms
 * @property {number} duration_ms as far as it is known
 * @property {number} plug
 * @property {string} protocol
 * @property {"DC" | "AC" | "unknown"} energy
 * @property {string | null} car its id, hexadecimal
 * @property {number} energy_wh
 * @property {number} peak_w
 * @property {number | null} soc_first_pct
 * @property {number | null} soc_last_pct
 * @property {string | null} ended null: it goes on
 * @property {string | null} fault the first
 *
 * @typedef {object} SessionCourse with all times since its start
 * @property {boolean} complete
 * @property {[number, number, number, number | null, ...(number | null)[]][]} samples time, mV, mA, state of charge in percent, and what the car asked for
 * @property {{t_ms: number, state: string}[]} states of the power stage
 * @property {{t_ms: number, phase: string}[]} phases of the dialogue
 * @property {{t_ms: number, message: string, answer: string}[]} messages
 * @property {{t_ms: number, fault: string}[]} faults
 *
 * @typedef {SessionHead & SessionCourse} Session
 *
 * @typedef {object} Curve
 * @property {number} from_ms
 * @property {number} step_ms
 * @property {(number | null)[]} power_mw mean power of each step
 *
 * @typedef {"production" | "consumption" | "grid_import" | "grid_export"} Channel
 *
 * @typedef {"none" | "watch" | "settle-at-expected" | "quarantine" | "ban"} Action
 *
 * @typedef {object} Judged what the trust engine thinks of a device
 * @property {string} id
 * @property {"waiting" | "active" | "quarantined" | "banned"} state
 * @property {"member" | "feeder"} [role] of the feeder's meter: evidence against all members together
 * @property {Action} action
 * @property {number} log10_e evidence that it reports more than there is
 * @property {number} log10_shortfall evidence that it reports less
 * @property {number | null} reputation permille, for people; decides nothing
 * @property {boolean} armed enough neighbours were found to compare with
 * @property {number} peers
 * @property {boolean} inspect yields much more than its neighbours
 * @property {boolean} fault reports far too little
 * @property {string | null} reason of its newest decision
 * @property {"engine" | "operator" | null} by
 * @property {number | null} decided_unix_ms
 *
 * @typedef {Record<"watch" | "settle" | "quarantine" | "ban", number>} Thresholds log10 of the e-value
 *
 * @typedef {object} Feed of weather
 * @property {"waiting" | "fresh" | "stale" | "missing"} state
 * @property {number | null} answered_unix_ms
 * @property {number | null} until_unix_ms what it knows ends here
 * @property {number} gaps
 * @property {string | null} reason of a failure
 *
 * @typedef {{latitude: number, longitude: number, forecast: Feed, satellite: Feed}} WeatherCell
 *
 * @typedef {object} Trust
 * @property {{cells: WeatherCell[]} | null} [weather] null: the gateway asks nobody
 * @property {string} rule
 * @property {Thresholds} thresholds
 * @property {Judged[]} devices
 *
 * @typedef {object} Block one comparison
 * @property {number} day_unix_ms
 * @property {number} block of the day
 * @property {"neighbours" | "weather"} by
 * @property {string} gate "judged", or why it did not count
 * @property {number} reported_mwh
 * @property {number} expected_mwh above zero where there is an expectation
 * @property {number} peers
 * @property {number} log10_e
 *
 * @typedef {object} Decision
 * @property {number} unix_ms
 * @property {string} kind
 * @property {Action | "inspect"} action
 * @property {string} before
 * @property {"engine" | "operator"} by
 * @property {string} reason
 * @property {Record<string, string | number | boolean | null> | null} evidence the numbers it rests on
 *
 * @typedef {Judged & {decisions: Decision[], blocks: Block[]}} TrustDevice
 *
 * @typedef {object} OperatorNext what the operator's next signature is for
 * @property {string} origin of the log
 * @property {number} number
 * @property {number} unix_ms
 * @property {string} key hexadecimal
 *
 * @typedef {object} LedgerHead
 * @property {string} vkey name+id+key
 * @property {number} size
 * @property {string} root base64
 * @property {string} checkpoint the signed note; empty before the first
 * @property {string | null} trouble
 *
 * @typedef {{index: number, unix_ms: number, type: string, device?: string} &
 *   Record<string, unknown>} LedgerEntry as the gateway reads it
 *
 * @typedef {object} LedgerProof
 * @property {number} leafIdx
 * @property {number} treeSize
 * @property {string} entry base64 of its bytes
 * @property {string[]} proof base64
 *
 * @typedef {object} Energies in Wh
 * @property {number} production_wh
 * @property {number} consumption_wh
 * @property {number} self_wh made and used in the same quarter of an hour
 * @property {number} bought_wh from members
 * @property {number} sold_wh to members
 * @property {number} import_wh
 * @property {number} export_wh
 *
 * @typedef {object} Amounts in billionths of a cent
 * @property {number} bought_cost
 * @property {number} fee_cost
 * @property {number} import_cost
 * @property {number} sold_credit
 * @property {number} export_credit
 *
 * @typedef {Energies & Amounts & {total_cent: number}} Sums the total above zero: the member receives it
 *
 * @typedef {object} Settlement
 * @property {string} month "2016-08"
 * @property {string[]} [months] with readings
 * @property {string} tariff empty without one
 * @property {number} entries of the ledger that it follows from
 * @property {number} unsigned_blocks left out
 * @property {(Sums & {member: string, jumps: number})[]} members
 * @property {Sums} sum
 *
 * @typedef {object} MemberStatement by day, or by quarter of an hour of one day
 * @property {string} member
 * @property {string} month
 * @property {string} tariff
 * @property {number} entries
 * @property {number} jumps of its counters
 * @property {number} from_ms
 * @property {number} step_ms
 * @property {((Energies & Amounts & {total: number}) | null)[]} intervals null: nothing was metered
 * @property {Sums} sum
 *
 * @typedef {{read: number, size: number}} SettlementProgress of reading the ledger
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

/**
 * @param {string} id of a charger
 * @returns {Promise<{sessions: SessionHead[]}>} newest first
 */
export const sessions = (id) => request(`/api/devices/${encodeURIComponent(id)}/sessions`);
/**
 * @param {string} id
 * @param {string | number} number
 * @returns {Promise<Session>}
 */
export const session = (id, number) => request(`/api/devices/${encodeURIComponent(id)}/sessions/${number}`);

/** @returns {Promise<Trust>} */
export const trust = () => request("/api/trust");
/**
 * @param {string} id
 * @returns {Promise<TrustDevice>}
 */
export const trustDevice = (id) => request(`/api/trust/${encodeURIComponent(id)}`);

/** @returns {Promise<OperatorNext>} */
export const operatorNext = () => request("/api/operator");
/**
 * @param {string} action Base64
 * @returns {Promise<{warning: string} | null>}
 */
export const operatorAct = (action) => post("/api/operator/act", { action });

/** @returns {Promise<LedgerHead>} */
export const ledger = () => request("/api/ledger");
/**
 * Entries backwards, newest first; `next` is where the search goes on, null at the log's beginning.
 * @param {{type: string, device: string, before: number | null, count: number}} wanted
 * @returns {Promise<{size: number, entries: LedgerEntry[], next: number | null}>}
 */
export function ledgerSearch({ type, device, before, count }) {
  const query = new URLSearchParams({ count: String(count) });
  for (const [name, value] of Object.entries({ type, device, before: before === null ? "" : String(before) })) {
    if (value !== "") {
      query.set(name, value);
    }
  }
  return request(`/api/ledger/search?${query}`);
}
/**
 * @param {string} index
 * @param {bigint} size of the tree to prove it in
 * @returns {Promise<LedgerProof>}
 */
export const ledgerProof = (index, size) => request(`/api/ledger/proof?index=${index}&size=${size}`);
/**
 * @param {bigint} old
 * @param {bigint} size
 * @returns {Promise<{proof: string[]}>}
 */
export const ledgerConsistency = (old, size) => request(`/api/ledger/consistency?old=${old}&size=${size}`);

/**
 * @param {string | null} month null is the newest
 * @returns {Promise<Settlement | SettlementProgress>}
 */
export const settlement = (month) => request(`/api/settlement${month === null ? "" : `?month=${month}`}`);
/**
 * @param {string} member
 * @param {string} month
 * @param {string} [day] "1" to "31"
 * @returns {Promise<MemberStatement | SettlementProgress>}
 */
export const memberStatement = (member, month, day) => request(statementPath(month, "", member, day));
/**
 * @param {string} month
 * @param {"csv" | "html" | ""} format
 * @param {string} [member]
 * @param {string} [day]
 */
export function statementPath(month, format, member, day) {
  const query = new URLSearchParams({ month });
  if (day) {
    query.set("day", day);
  }
  if (format) {
    query.set("format", format);
  }
  return `/api/settlement${member === undefined ? "" : `/${encodeURIComponent(member)}`}?${query}`;
}
