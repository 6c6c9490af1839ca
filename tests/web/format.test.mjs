// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { age, count, deviceState, energy, moment, power, refusal } from "../../web/format.js";

test("power keeps three digits and changes its unit before they run out", () => {
  assert.equal(power(0), "0 W");
  assert.equal(power(999_400), "999 W");
  assert.equal(power(999_600), "1.00 kW");
  assert.equal(power(4_213_000), "4.21 kW");
  assert.equal(power(61_340_000), "61.3 kW");
  assert.equal(power(-250_000), "-250 W");
  assert.equal(power(null), "–");
});

test("energy goes from Wh to MWh", () => {
  assert.equal(energy(950_000), "950 Wh");
  assert.equal(energy(4_213_000), "4.21 kWh");
  assert.equal(energy(1_234_000_000), "1.23 MWh");
  assert.equal(energy(undefined), "–");
});

test("counts group their digits and ages have one unit", () => {
  assert.equal(count(1234567), "1\u202f234\u202f567");
  assert.equal(count(999), "999");
  assert.equal(age(500), "now");
  assert.equal(age(59_000), "59 s");
  assert.equal(age(5 * 60_000), "5 min");
  assert.equal(age(3 * 3_600_000), "3 h");
  assert.equal(age(3 * 86_400_000), "3 d");
  assert.equal(age(-1), "now");
});

test("a moment is told in the site's time, whatever the reader's", () => {
  assert.equal(moment(1_470_038_400_000, -480), "1 Aug 2016, 00:00");
  assert.equal(moment(1_470_038_400_000, 60), "1 Aug 2016, 09:00");
  assert.equal(moment(0, 60), "–");
});

test("a device is banned whether or not it is online", () => {
  assert.deepEqual(deviceState({ state: "banned", online: true }), { text: "banned", kind: "bad" });
  assert.equal(deviceState({ state: "quarantined", online: true }).text, "in quarantine");
  assert.deepEqual(deviceState({ state: "active", online: false }), { text: "offline", kind: "bad" });
  assert.deepEqual(deviceState({ state: "waiting", online: false }), { text: "not enrolled yet", kind: "idle" });
});

test("a reason the page does not know is shown as it is", () => {
  assert.equal(refusal("bad_signature"), "Signature does not hold");
  assert.equal(refusal("some_new_reason"), "some new reason");
});
