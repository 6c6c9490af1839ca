// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { standing } from "../../web/pages/session.js";
import { clock, endOf, lastAt, momentWords, path, pieces, roundTimes, roundValues, spanOf, words } from "../../web/timeline.js";

const at = (t_ms, state) => ({ t_ms, state });
const SESSION = {
  duration_ms: 60000,
  samples: [
    [0, 0, 0, null],
    [12000, 396000, 100000, 20],
  ],
  states: [at(0, "OFF"), at(6000, "TESTING"), at(12000, "ON"), at(50000, "OPENING"), at(51000, "OFF")],
  phases: [],
  messages: [{ t_ms: 12100, message: "CURRENT_DEMAND", answer: "OK" }],
  faults: [],
};

test("a moment is told in minutes, with tenths while they matter", () => {
  assert.equal(clock(0), "0:00.0");
  assert.equal(clock(42_390), "0:42.3");
  assert.equal(clock(59_999), "0:59.9");
  assert.equal(clock(725_000), "12:05");
  assert.equal(clock(3_750_000), "1:02:30");
});

test("the last of a list at a moment is found, and nothing before the first", () => {
  assert.equal(lastAt(SESSION.states, 5999).state, "OFF");
  assert.equal(lastAt(SESSION.states, 6000).state, "TESTING");
  assert.equal(lastAt(SESSION.states, 1e9).state, "OFF");
  assert.equal(lastAt(SESSION.states.slice(1), 10), undefined);
  assert.equal(lastAt([], 10), undefined);
});

test("pieces follow each other up to the end", () => {
  const found = pieces(SESSION.states, endOf(SESSION)).map(({ from, to }) => [from, to]);
  assert.deepEqual(found.at(-1), [51000, 60000]);
  assert.deepEqual(found[0], [0, 6000]);
  assert.ok(found.every(([from], i) => i === 0 || from === found[i - 1][1]));
});

test("views cut the start and the end out of a session", () => {
  assert.deepEqual(spanOf(SESSION, "whole"), { from: 0, to: 60000 });
  assert.deepEqual(spanOf(SESSION, "start"), { from: 0, to: 15000 });
  assert.deepEqual(spanOf(SESSION, "end"), { from: 40000, to: 60000 });
});

test("a session that begins while the one before runs down does not begin with charging", () => {
  const states = [at(0, "RAMPING_DOWN"), at(100, "OPENING"), ...SESSION.states.map((s) => at(s.t_ms + 200, s.state))];
  assert.deepEqual(spanOf({ ...SESSION, states }, "start"), { from: 0, to: 15250 });
});

test("a session that never charged is shown whole in every view", () => {
  const failed = { ...SESSION, states: [at(0, "OFF"), at(6000, "FAULT")] };
  for (const view of ["whole", "start", "end"]) {
    assert.deepEqual(spanOf(failed, view), { from: 0, to: 60000 });
  }
  assert.equal(endOf({ duration_ms: 0, samples: [], states: [], messages: [] }), 1);
});

test("scales end at a round value that holds everything", () => {
  assert.deepEqual(roundValues(396), [0, 200, 400]);
  assert.deepEqual(roundValues(401), [0, 250, 500]);
  assert.deepEqual(roundValues(0.7), [0, 0.5, 1]);
  for (const most of [0, 1, 3, 9.9, 32, 120, 999]) {
    assert.ok(roundValues(most)[2] >= most);
  }
});

test("times are round and never crowd", () => {
  assert.deepEqual(roundTimes({ from: 0, to: 60000 }, 400), [0, 15000, 30000, 45000, 60000]);
  assert.ok(roundTimes({ from: 0, to: 8 * 3600000 }, 300).length <= 5);
});

test("a line breaks where a value is missing", () => {
  const drawn = path([[0, 1], [1, null], [2, 3], [3, 4]], (t) => t, (v) => v);
  assert.equal(drawn, "M0.0 1.0M2.0 3.0L3.0 4.0");
});

test("a moment tells volts, amperes, power and what was said last", () => {
  assert.equal(momentWords(SESSION, 13000), "0:13.0 · 396.0 V · 100.0 A · 39.6 kW · 20 % · On · Current demand: OK");
  assert.equal(momentWords(SESSION, 100), "0:00.1 · 0.0 V · 0.0 A · 0 W · Off");
});

test("a fault says more about a session than its end", () => {
  assert.deepEqual(standing({ ended: "LOST", fault: "OVER_CURRENT" }), { text: "fault: over current", kind: "bad" });
  assert.deepEqual(standing({ ended: null, fault: null }), { text: "goes on", kind: "good" });
  assert.deepEqual(standing({ ended: "SOMETHING_NEW", fault: null }), { text: "something new", kind: "warn" });
  assert.equal(words("PRE_CHARGING"), "Pre charging");
});
