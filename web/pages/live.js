// SPDX-License-Identifier: MIT
// The first page: what the site does now, its day, and every device.
import { curveCard } from "../curves.js";
import { el, setText } from "../dom.js";
import { flowPicture } from "../flows.js";
import { age, count, deviceState, energy, power } from "../format.js";

/** @typedef {import("../api.js").Device} Device */

/** @type {import("../app.js").Page} */
export const page = { route: /^\/$/, nav: "Live", href: "/", title: "Live", show };

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {boolean} [number]
 * @property {boolean} [minor] not shown on a phone
 * @property {(device: Device, now_ms: number, rate: number) => string} text now_ms is the site's clock
 * @property {(device: Device) => string | number} key what it sorts by
 */

/** @type {Column[]} */
const COLUMNS = [
  { name: "Device", text: (d) => d.id, key: (d) => d.id },
  { name: "State", text: (d) => deviceState(d).text, key: (d) => deviceState(d).text },
  { name: "Makes", number: true, text: (d) => power(d.production_mw), key: (d) => d.production_mw ?? -1 },
  { name: "Uses", number: true, text: (d) => power(d.consumption_mw), key: (d) => d.consumption_mw ?? -1 },
  { name: "Made in all", number: true, minor: true, text: (d) => energy(d.produced_mwh), key: (d) => d.produced_mwh ?? -1 },
  {
    name: "Heard",
    number: true,
    text: (d, now_ms, rate) => (d.received_unix_ms ? age((now_ms - d.received_unix_ms) / rate) : "never"),
    key: (d) => -(d.received_unix_ms ?? 0),
  },
  { name: "Readings", number: true, minor: true, text: (d) => count(d.stored), key: (d) => d.stored },
  { name: "Refused", number: true, minor: true, text: (d) => count(d.refused), key: (d) => d.refused },
];

/** @param {Column} column */
const classes = (column) => (column.number ? ".number" : "") + (column.minor ? ".minor" : "");

/**
 * Devices in the order of a column; equal ones by name, so that rows do not dance.
 * @param {Device[]} devices
 * @param {Column} column
 * @param {boolean} down
 */
export function sorted(devices, column, down) {
  return [...devices].sort((a, b) => {
    const x = column.key(a);
    const y = column.key(b);
    const order =
      typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });
    return (down ? -order : order) || a.id.localeCompare(b.id, "en", { numeric: true });
  });
}

/** @param {import("../app.js").Context} context */
function show(context) {
  const flows = flowCard(context);
  return el(
    "div.stack",
    {},
    el("h1.visually-hidden", {}, "Live"),
    flows,
    curveCard(context, null, "The site's day"),
    fleetCard(context),
  );
}

/** @param {import("../app.js").Context} context */
function flowCard({ live, signal }) {
  const { picture, update } = flowPicture();
  const online = el("output");
  const perMinute = el("output");
  const refused = el("output");

  function draw() {
    const site = live.site;
    if (site === null) {
      return;
    }
    update(
      site.flows,
      [...live.devices.values()].some((device) => (device.sessions ?? 0) > 0),
    );
    setText(online, `${site.devices.online} of ${site.devices.known}`);
    setText(perMinute, count(site.readings.per_minute));
    setText(refused, count(Object.values(site.readings.refused).reduce((sum, n) => sum + n, 0)));
  }

  live.addEventListener("site", draw, { signal });
  draw();
  return el(
    "section.card.now",
    { "aria-label": "Now" },
    picture,
    el(
      "dl.figures",
      {},
      el("div", {}, el("dt", {}, "Devices online"), el("dd", {}, online)),
      el("div", {}, el("dt", {}, "Signed readings a minute"), el("dd", {}, perMinute)),
      el("div", {}, el("dt", {}, "Refused"), el("dd", {}, refused)),
    ),
  );
}

/** @param {import("../app.js").Context} context */
function fleetCard({ live, signal }) {
  let column = COLUMNS[0];
  let down = false;
  let wanted = "";
  const body = el("tbody");
  const nothing = el("p.hint", { hidden: true });
  const heads = COLUMNS.map((candidate) =>
    el(
      `th${classes(candidate)}`,
      { scope: "col" },
      el(
        "button.sort",
        {
          type: "button",
          click: () => {
            down = candidate === column ? !down : Boolean(candidate.number);
            column = candidate;
            order();
          },
        },
        candidate.name,
      ),
    ),
  );
  /** @type {Map<string, HTMLElement>} */
  const rows = new Map();

  /** @param {Device} device */
  function row(device) {
    let tr = rows.get(device.id);
    if (tr === undefined) {
      const link = el("a", { href: `#/device/${encodeURIComponent(device.id)}` }, device.id);
      tr = el(
        "tr",
        {},
        el("th", { scope: "row" }, link),
        ...COLUMNS.slice(1).map((c) => el(`td${classes(c)}`, { "data-name": c.name }, el("span"))),
      );
      rows.set(device.id, tr);
    }
    for (const [i, c] of COLUMNS.entries()) {
      if (i > 0) {
        const cell = /** @type {HTMLElement} */ (tr.children[i].firstChild);
        setText(cell, c.text(device, live.now_ms(), live.site?.rate ?? 1));
        cell.className = c.name === "State" ? `state ${deviceState(device).kind}` : "";
      }
    }
    return tr;
  }

  function order() {
    for (const [i, head] of heads.entries()) {
      const here = COLUMNS[i] === column;
      head.setAttribute("aria-sort", !here ? "none" : down ? "descending" : "ascending");
    }
    const shown = [...live.devices.values()].filter((d) => d.id.toLowerCase().includes(wanted));
    body.replaceChildren(...sorted(shown, column, down).map(row));
    nothing.hidden = shown.length > 0;
    const isEmpty = live.devices.size === 0;
    table.hidden = isEmpty;
    search.hidden = isEmpty;
    nothing.replaceChildren(
      ...(isEmpty
        ? ["No devices yet. ", el("code", {}, "wattward device add NAME --peak-power W"), " makes one known."]
        : ["No device has that in its name."]),
    );
  }

  live.addEventListener(
    "device",
    (event) => {
      const device = /** @type {CustomEvent<Device>} */ (event).detail;
      if (rows.has(device.id)) {
        row(live.devices.get(device.id) ?? device);
      } else {
        order();
      }
    },
    { signal },
  );
  // Ages grow by themselves, and an order by a value that moves is taken up again now and then.
  const timer = setInterval(() => {
    for (const device of live.devices.values()) {
      row(device);
    }
    if (column.number && !body.contains(document.activeElement)) {
      order();
    }
  }, 5000);
  signal.addEventListener("abort", () => clearInterval(timer));

  const search = el("input", {
    type: "search",
    placeholder: "Find a device",
    "aria-label": "Find a device",
    input: (/** @type {Event} */ event) => {
      wanted = /** @type {HTMLInputElement} */ (event.target).value.trim().toLowerCase();
      order();
    },
  });
  const table = el("table.fleet", {}, el("thead", {}, el("tr", {}, ...heads)), body);
  order();
  return el("section.card", {}, el("div.row", {}, el("h2", {}, "Devices"), search), table, nothing);
}
