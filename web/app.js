// SPDX-License-Identifier: MIT
// The shell: session, pages, connection. A page is one file in pages/, registered in PAGES.
import * as api from "./api.js";
import { byId, el, setText } from "./dom.js";
import { moment } from "./format.js";
import { Live } from "./live.js";
import { forgetKey } from "./operator.js";
import * as devicePage from "./pages/device.js";
import * as healthPage from "./pages/health.js";
import * as ledgerPages from "./pages/ledger.js";
import * as livePage from "./pages/live.js";
import { loginPage } from "./pages/login.js";
import * as sessionPage from "./pages/session.js";
import * as settlementPage from "./pages/settlement.js";
import * as statementPage from "./pages/statement.js";
import * as trustPages from "./pages/trust.js";

/**
 * What a page gets. `signal` aborts when the page is left: listeners and timers end with it.
 * @typedef {object} Context
 * @property {Live} live
 * @property {AbortSignal} signal
 * @property {string[]} parameters what the route's pattern caught
 *
 * @typedef {object} Page
 * @property {RegExp} route matched against the hash without its "#"
 * @property {string} [nav] its name in the navigation, where it has an entry
 * @property {string} [href]
 * @property {string} [within] the href of the entry that it belongs to
 * @property {string} title
 * @property {(context: Context) => HTMLElement} show
 */

/** @type {Page[]} */
const PAGES = [
  livePage.page,
  devicePage.page,
  sessionPage.page,
  trustPages.page,
  trustPages.devicePage,
  ledgerPages.page,
  ledgerPages.entryPage,
  settlementPage.page,
  statementPage.page,
  healthPage.page,
];

const live = new Live();
let leave = new AbortController();

function currentPath() {
  return location.hash.replace(/^#/, "") || "/";
}

function showPage() {
  leave.abort();
  leave = new AbortController();
  const path = currentPath();
  const page = PAGES.find((candidate) => candidate.route.test(path)) ?? PAGES[0];
  const caught = (path.match(page.route) ?? []).slice(1);
  const parameters = caught.filter((part) => part !== undefined).map(decodeURIComponent);
  const context = { live, signal: leave.signal, parameters };
  byId("main").replaceChildren(page.show(context));
  document.title = `${parameters[0] ?? page.title} · ${live.site?.name ?? "Wattward"}`;
  for (const link of byId("nav").querySelectorAll("a")) {
    const here = link.getAttribute("href") === `#${page.href ?? page.within ?? ""}`;
    link.toggleAttribute("aria-current", here);
    if (here) {
      link.setAttribute("aria-current", "page");
    }
  }
}

function showLogin() {
  forgetKey();
  live.stop();
  leave.abort();
  byId("top").hidden = true;
  byId("banner").classList.remove("shown");
  byId("main").replaceChildren(loginPage(begin));
}

function showClock() {
  if (live.site === null) {
    return;
  }
  const fast = live.site.rate > 1 ? ` · time runs ${live.site.rate}×` : "";
  setText(byId("clock"), moment(live.now_ms(), live.site.utc_offset_min) + fast);
  setText(byId("site-name"), live.site.name);
}

function showConnection() {
  const banner = byId("banner");
  banner.classList.toggle("shown", !live.connected);
  byId("main").classList.toggle("stale", !live.connected);
  setText(
    banner,
    live.connected
      ? ""
      : "The connection to the gateway is lost. What you see is as it was at " +
          `${new Date(live.heard_ms).toLocaleTimeString("en-GB")}.`,
  );
  if (!live.connected) {
    // The session may have ended; then the login is the way on.
    api.site().catch((error) => error.status === 401 && showLogin());
  }
}

/** After a login, and at a start with a session that still holds. */
async function begin() {
  try {
    live.site = await api.site();
    live.heard_ms = Date.now();
    for (const device of await api.devices()) {
      live.devices.set(device.id, device);
    }
  } catch (error) {
    if (error instanceof api.ApiError && error.status === 401) {
      showLogin();
    } else {
      byId("main").replaceChildren(
        el(
          "section.card.notice",
          { role: "alert" },
          el("h1", {}, "The gateway does not answer"),
          el("p", {}, error instanceof Error ? error.message : String(error)),
          el("button", { type: "button", click: begin }, "Try again"),
        ),
      );
    }
    return;
  }
  byId("top").hidden = false;
  byId("nav").replaceChildren(
    ...PAGES.filter((page) => page.nav).map((page) => el("a", { href: `#${page.href}` }, page.nav)),
  );
  live.start();
  showClock();
  showPage();
}

live.addEventListener("site", showClock);
live.addEventListener("connection", showConnection);
addEventListener("hashchange", () => {
  if (!byId("top").hidden) {
    showPage();
    byId("main").focus({ preventScroll: true });
    scrollTo(0, 0);
  }
});
byId("skip").addEventListener("click", (event) => {
  // The hash names pages, so this link must not change it.
  event.preventDefault();
  byId("main").focus();
});
byId("logout").addEventListener("click", async () => {
  await api.logout().catch(() => undefined);
  showLogin();
});
begin();
