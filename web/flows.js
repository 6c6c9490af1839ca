// SPDX-License-Identifier: MIT
// Where the energy goes right now: roofs, homes, grid, and lines between them as thick as the power.
import { setText, svg } from "./dom.js";
import { power } from "./format.js";

/** @typedef {import("./api.js").Flows} Flows */

const WIDTH = 640;
const HEIGHT = 300;
const NODES = { roofs: [110, 110], homes: [320, 205], grid: [530, 110] };

/**
 * Splits the four totals into what flows between roofs, homes and grid.
 * @param {Flows} f
 * @returns {{roofs_homes: number, roofs_grid: number, grid_homes: number}} milliwatts
 */
export function split(f) {
  const roofs_grid = Math.min(f.grid_export_mw, f.production_mw);
  return {
    roofs_homes: Math.max(0, f.production_mw - roofs_grid),
    roofs_grid,
    grid_homes: Math.max(0, f.grid_import_mw),
  };
}

/**
 * A stroke between 2 and 18 units, in proportion to the largest flow.
 * @param {number} mw
 * @param {number} largest_mw
 */
export function thickness(mw, largest_mw) {
  return mw <= 0 || largest_mw <= 0 ? 2 : 2 + (16 * mw) / largest_mw;
}

const ICONS = {
  roofs: "M-18 4 0-12 18 4M-12 0v14h24V0M-7 -1 8 -1M-4 4H5",
  homes: "M-16 2 0-14 16 2M-11-2v16h22V-2M-3 14V5h6v9",
  grid: "M0-16v32M-12-8h24M-9 0h18M-12-8 0 16 12-8M-12-8v4M12-8v4",
};

/**
 * A circle with its name and value above it, or below it where lines come from above.
 * @param {"roofs" | "homes" | "grid"} name
 * @param {string} label
 */
function node(name, label) {
  const isBelow = name === "homes";
  const [x, y] = NODES[name];
  const value = svg("text", { class: "flow-value", y: isBelow ? 84 : -46 });
  const group = svg(
    "g",
    { transform: `translate(${x} ${y})`, class: `flow-node ${name}` },
    svg("circle", { r: 34 }),
    svg("path", { d: ICONS[name] }),
    svg("text", { class: "flow-label", y: isBelow ? 56 : -72 }),
    value,
  );
  group.children[2].textContent = label;
  return { group, value, label: group.children[2] };
}

/**
 * A bed as wide as the power, and dots that move in it.
 * @param {string} d
 * @param {string} source
 */
function flow(d, source) {
  const bed = svg("path", { d, class: "flow-bed" });
  return { bed, group: svg("g", { class: `flow ${source}` }, bed, svg("path", { d, class: "flow-dots" })) };
}

/** The picture; `update(flows, hasCars)` moves it. */
export function flowPicture() {
  const title = svg("title");
  const nodes = {
    roofs: node("roofs", "Roofs"),
    homes: node("homes", "Homes"),
    grid: node("grid", "Grid"),
  };
  const paths = {
    roofs_homes: flow("M138 132C170 178 230 202 284 205", "from-roofs"),
    roofs_grid: flow("M146 108C240 84 400 84 494 108", "from-roofs"),
    grid_homes: flow("M502 132C470 178 410 202 356 205", "from-grid"),
  };
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", class: "flows" },
    title,
    ...Object.values(paths).map((path) => path.group),
    ...Object.values(nodes).map((n) => n.group),
  );

  /**
   * @param {Flows} f
   * @param {boolean} hasCars whether a charger is among those who use energy
   */
  function update(f, hasCars) {
    const users = hasCars ? "Homes and cars" : "Homes";
    const parts = split(f);
    const largest = Math.max(...Object.values(parts));
    for (const [name, mw] of Object.entries(parts)) {
      const path = paths[/** @type {keyof typeof paths} */ (name)];
      path.bed.style.strokeWidth = String(thickness(mw, largest));
      path.group.classList.toggle("still", mw < 1000);
    }
    const balance = f.grid_export_mw - f.grid_import_mw;
    setText(nodes.roofs.value, power(f.production_mw));
    setText(nodes.homes.label, users);
    setText(nodes.homes.value, power(f.consumption_mw));
    const side = Math.abs(balance) < 500 ? "" : balance > 0 ? "takes " : "gives ";
    setText(nodes.grid.value, `${side}${power(Math.abs(balance))}`);
    setText(
      title,
      `The roofs make ${power(f.production_mw)}, the ${users.toLowerCase()} use ${power(f.consumption_mw)}, ` +
        `the grid ${balance >= 0 ? "takes" : "gives"} ${power(Math.abs(balance))}.`,
    );
  }

  return { picture, update };
}
