// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import { test } from "node:test";

import { barWords, extent } from "../../web/bars.js";
import { neighbours } from "../../web/pages/settlement.js";
import { daysOf, percent, signedMoney, timeOfDay } from "../../web/pages/statement.js";
import { feedWords, placeWords } from "../../web/weather.js";

const sums = (self_wh, bought_wh, import_wh, sold_wh, export_wh) => ({ self_wh, bought_wh, import_wh, sold_wh, export_wh });

test("bars reach as far as what was used and what was given away", () => {
  const bars = [{ sums: sums(1, 2, 3, 4, 5) }, { sums: null }, { sums: sums(7, 0, 0, 0, 1) }];
  assert.deepEqual(extent(bars), { up: 7, down: 9 });
  assert.deepEqual(extent([{ sums: null }]), { up: 0, down: 0 });
});

test("a bar is told in words, without what is nothing", () => {
  assert.equal(barWords({ title: "5 August", sums: sums(100, 0, 50, 0, 0) }), "5 August: own use 100 Wh, from the grid 50 Wh");
  assert.equal(barWords({ title: "5 August", sums: sums(0, 0, 0, 0, 0) }), "5 August: no energy");
  assert.equal(barWords({ title: "5 August", sums: null }), "5 August: nothing metered");
});

test("amounts are billionths of a cent, rounded to cents with their sign", () => {
  assert.equal(signedMoney(2346e9), "+23.46");
  assert.equal(signedMoney(-5e9), "-0.05");
  assert.equal(signedMoney(-0.4e9), "0.00");
});

test("a part of nothing is no number", () => {
  assert.equal(percent(1, 3), "33 %");
  assert.equal(percent(0, 0), "–");
});

test("months have their days, and times are the site's", () => {
  assert.deepEqual(["2016-02", "2015-02", "2016-12"].map(daysOf), [29, 28, 31]);
  assert.equal(timeOfDay(1470009600000, -480), "16:00");
});

test("the months beside one are those with readings, where that is known", () => {
  assert.deepEqual(neighbours("2016-08"), ["2016-07", "2016-09"]);
  assert.deepEqual(neighbours("2016-08", ["2016-08", "2016-09"]), ["2016-09"]);
});

test("a place and its weather are told in words", () => {
  assert.equal(placeWords({ latitude: -33.9, longitude: 151.2 }), "33.9° S, 151.2° E");
  const feed = { state: "missing", answered_unix_ms: null, until_unix_ms: null, gaps: 0, reason: "it did not answer" };
  assert.equal(feedWords(feed, 0), "it did not answer");
});
