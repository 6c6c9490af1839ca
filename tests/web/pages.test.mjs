// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { rows } from "../../web/chart.js";
import { sinceTheFirst, span } from "../../web/curves.js";
import { split, thickness } from "../../web/flows.js";
import { deviceState } from "../../web/format.js";
import { sorted } from "../../web/pages/live.js";
import { standing } from "../../web/pages/trust.js";

test("what the roofs make goes to the homes first and the rest to the grid", () => {
  const flows = { production_mw: 9000, consumption_mw: 7000, grid_import_mw: 1000, grid_export_mw: 3000 };
  assert.deepEqual(split(flows), { roofs_homes: 6000, roofs_grid: 3000, grid_homes: 1000 });
});

test("a meter that reports more export than production draws no negative flow", () => {
  const flows = { production_mw: 10, consumption_mw: 0, grid_import_mw: 0, grid_export_mw: 50 };
  assert.deepEqual(split(flows), { roofs_homes: 0, roofs_grid: 10, grid_homes: 0 });
});

test("the meter at the transformer is shown as what it is, and as contradicted when it is", () => {
  const feeder = { id: "f", role: "feeder", state: "active", action: "none", online: true, inspect: false };
  assert.equal(deviceState(feeder).text, "feeder meter");
  assert.equal(deviceState({ ...feeder, online: false }).text, "offline");
  assert.equal(deviceState({ ...feeder, role: "member" }).text, "online");
  assert.equal(standing(feeder).text, "feeder meter");
  assert.equal(standing({ ...feeder, inspect: true }).text, "contradicted");
  assert.equal(standing({ ...feeder, role: "member" }).text, "being learned");
});

test("the largest flow is the thickest and nothing is thinner than the thinnest", () => {
  assert.equal(thickness(8, 8), 18);
  assert.equal(thickness(0, 8), 2);
  assert.equal(thickness(0, 0), 2);
});

test("a range covers its hours and lies on whole steps, whatever the moment", () => {
  const range = { label: "", hours: 24, step_s: 900 };
  const a = span(1_470_052_800_001, range);
  assert.equal(a.to_ms - a.from_ms, 24 * 3600 * 1000);
  assert.equal(a.from_ms % 900_000, 0);
  assert.deepEqual(span(1_470_052_800_001 + 899_000, range), a);
});

test("a curve begins where its first value is, and never shrinks to nothing", () => {
  const curve = (...power_mw) => ({ from_ms: 0, step_ms: 1000, power_mw });
  const none = null;
  const [a, b] = sinceTheFirst([curve(none, none, none, 4, 5, 6, 7, 8), curve(none, none, none, none, 5, 6, 7, 8)]);
  assert.deepEqual([a.from_ms, a.power_mw], [2000, [none, 4, 5, 6, 7, 8]]);
  assert.deepEqual([b.from_ms, b.power_mw], [2000, [none, none, 5, 6, 7, 8]]);
  const [last] = sinceTheFirst([curve(none, none, none, none, none, none, none, none)]);
  assert.deepEqual([last.from_ms, last.power_mw.length], [7000, 1]);
  const [whole] = sinceTheFirst([curve(1, none, 3)]);
  assert.deepEqual([whole.from_ms, whole.power_mw.length], [0, 3]);
});

test("rows of a chart keep gaps as gaps", () => {
  const curve = { from_ms: 0, step_ms: 1000, power_mw: [1_000_000, null] };
  const drawn = rows([{ label: "Made", color: "made", curve }], 60);
  assert.deepEqual(drawn, [
    [new Date(3_600_000), 1],
    [new Date(3_601_000), null],
  ]);
});

test("devices sort by number where a column is one, and by name where they tie", () => {
  const device = (id, stored) => ({ id, stored });
  const column = { name: "Readings", text: String, key: (d) => d.stored };
  const devices = [device("home-10", 5), device("home-9", 5), device("home-1", 70)];
  assert.deepEqual(sorted(devices, column, true).map((d) => d.id), ["home-1", "home-9", "home-10"]);
});

test("the gateway serves every module, under its own path", () => {
  const web = new URL("../../web/", import.meta.url);
  const served = new Set(readFileSync(new URL("assets", web), "utf8").split("\n"));
  const modules = readdirSync(web, { recursive: true }).filter((name) => name.endsWith(".js"));
  assert.ok(modules.length > 10);
  for (const name of modules) {
    assert.ok(served.has(`${name} /${name}`), `web/assets has no line for ${name}`);
  }
});
