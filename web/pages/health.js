// SPDX-License-Identifier: MIT
// How the gateway is doing: what came in, and what it refused and why.
import { el, setText } from "../dom.js";
import { count, refusal } from "../format.js";

/** @type {import("../app.js").Page} */
export const page = { route: /^\/health$/, nav: "Health", href: "/health", title: "Health", show };

/** @param {import("../app.js").Context} context */
function show({ live, signal }) {
  const stored = el("output");
  const perMinute = el("output");
  const enrolled = el("output");
  const refused = el("tbody");

  function draw() {
    const site = live.site;
    if (site === null) {
      return;
    }
    setText(stored, count(site.readings.stored));
    setText(perMinute, count(site.readings.per_minute));
    setText(enrolled, `${count(site.devices.enrolled)} of ${count(site.devices.known)}`);
    const reasons = Object.entries(site.readings.refused).sort((a, b) => b[1] - a[1]);
    refused.replaceChildren(
      ...reasons.map(([reason, n]) =>
        el(n > 0 ? "tr.bad" : "tr", {}, el("th", { scope: "row" }, refusal(reason)), el("td.number", {}, count(n))),
      ),
    );
  }

  live.addEventListener("site", draw, { signal });
  draw();
  return el(
    "div.stack",
    {},
    el("h1", {}, "Health"),
    el(
      "dl.figures",
      {},
      el("div", {}, el("dt", {}, "Readings on disk"), el("dd", {}, stored)),
      el("div", {}, el("dt", {}, "In the last minute"), el("dd", {}, perMinute)),
      el("div", {}, el("dt", {}, "Devices enrolled"), el("dd", {}, enrolled)),
    ),
    el(
      "section.card",
      {},
      el("h2", {}, "Refused since the gateway started"),
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Reason"), el("th.number", { scope: "col" }, "Readings"))),
        refused,
      ),
      el(
        "p.hint",
        {},
        "Monitoring reads the same figures at ",
        el("a", { href: "/metrics" }, "/metrics"),
        " and ",
        el("a", { href: "/healthz" }, "/healthz"),
        ".",
      ),
    ),
  );
}
