// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { position, reached } from "../../web/evidence.js";
import { evidence, money } from "../../web/format.js";
import { describe } from "../../web/pages/ledger.js";
import { balance, monthAfter, monthName } from "../../web/pages/settlement.js";
import { days, standing, suspectsFirst } from "../../web/pages/trust.js";

const THRESHOLDS = { watch: 1.301, settle: 3, quarantine: 5, ban: 7 };
const device = (more) => ({ id: "a", state: "active", action: "none", armed: true, log10_e: 0, ...more });

test("the scale is logarithmic and ends beyond a ban", () => {
  assert.equal(position(0, THRESHOLDS), 0);
  assert.equal(position(4, THRESHOLDS), 0.5);
  assert.equal(position(-3, THRESHOLDS), 0);
  assert.equal(position(40, THRESHOLDS), 1);
});

test("a threshold is reached when it is met", () => {
  assert.equal(reached(1.3, THRESHOLDS), "none");
  assert.equal(reached(1.301, THRESHOLDS), "watch");
  assert.equal(reached(6.999, THRESHOLDS), "quarantine");
  assert.equal(reached(7, THRESHOLDS), "ban");
});

test("an e-value is written as people write numbers", () => {
  assert.equal(evidence(0), "1.0");
  assert.equal(evidence(1.301), "20");
  assert.equal(evidence(3), "1\u202f000");
  assert.equal(evidence(5.9999), "1\u202f000\u202f000");
  assert.equal(evidence(7), "1.0 × 10⁷");
  assert.equal(evidence(12.5), "3.2 × 10¹²");
  assert.equal(evidence(8.99999), "1.0 × 10⁹");
});

test("a state that cuts off comes before everything else", () => {
  assert.equal(standing(device({ state: "banned" })).text, "banned");
  assert.equal(standing(device({ action: "quarantine", fault: true })).text, "in quarantine");
  assert.equal(standing(device({ fault: true })).text, "reports too little");
  assert.equal(standing(device({ armed: false })).text, "being learned");
  assert.equal(standing(device({})).text, "trusted");
  assert.equal(standing(device({ state: "waiting", armed: false })).text, "not enrolled yet");
});

test("the most suspect stand first, equal ones by name", () => {
  const fleet = [device({ id: "b" }), device({ id: "a10" }), device({ id: "a9" }), device({ id: "z", log10_e: 2 })];
  assert.deepEqual(suspectsFirst(fleet).map((d) => d.id), ["z", "a9", "a10", "b"]);
});

test("blocks become days, each reading once, and what was not expected is a gap", () => {
  const DAY_MS = 86_400_000;
  const block = (day, number, by, reported_mwh, expected_mwh) => ({
    day_unix_ms: day * DAY_MS,
    block: number,
    by,
    gate: "judged",
    reported_mwh,
    expected_mwh,
  });
  const found = days([
    block(3, 0, "neighbours", 10, 9),
    block(3, 0, "weather", 10, 8),
    block(3, 1, "neighbours", 5, 4),
    block(5, 0, "neighbours", 7, 0),
  ]);
  assert.equal(found.reported.from_ms, 3 * DAY_MS);
  assert.deepEqual(found.reported.power_mw, [15, null, null]);
  assert.deepEqual(found.neighbours.power_mw, [13, null, null]);
  assert.deepEqual(found.weather.power_mw, [8, null, null]);
  assert.equal(days([]), null);
  assert.equal(days([block(3, 0, "neighbours", 7, 0)]), null, "nothing to compare with yet");
});

test("money is whole cents", () => {
  assert.equal(money(2346), "23.46");
  assert.equal(money(-123_456_700), "-1\u202f234\u202f567.00");
  assert.equal(balance(100), "gets 1.00");
  assert.equal(balance(-5), "pays 0.05");
  assert.equal(balance(0), "0.00");
});

test("months follow each other over the year's end", () => {
  assert.equal(monthName("2016-08"), "August 2016");
  assert.equal(monthAfter("2016-12", 1), "2017-01");
  assert.equal(monthAfter("2016-01", -1), "2015-12");
});

test("an entry is told in words, and one of a kind to come is not made up", () => {
  assert.equal(describe({ type: "readings", count: 1200, interval_s: 900 }), "1\u202f200 readings of 15 minutes");
  assert.equal(describe({ type: "transfer", energy_wh: 1500, from: "a", to: "b" }), "1.50 kWh from a to b");
  assert.equal(describe({ type: "unban", by: "operator", reason: "repaired" }), "By operator: repaired");
  assert.equal(describe({ type: "of the future" }), "");
});
