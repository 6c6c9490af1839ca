// SPDX-License-Identifier: MIT
// The operator's login.
import * as api from "../api.js";
import { el } from "../dom.js";

/**
 * @param {() => void} done called once the session holds
 * @returns {HTMLElement}
 */
export function loginPage(done) {
  const password = /** @type {HTMLInputElement} */ (
    el("input", {
      id: "password",
      type: "password",
      autocomplete: "current-password",
      required: true,
      "aria-describedby": "login-error",
    })
  );
  const error = el("p.error", { id: "login-error", role: "alert" });
  const button = /** @type {HTMLButtonElement} */ (el("button", { type: "submit" }, "Log in"));

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    error.textContent = "";
    try {
      await api.login(password.value.trim());
      done();
    } catch (problem) {
      error.textContent = problem instanceof Error ? problem.message : String(problem);
      password.select();
    } finally {
      button.disabled = false;
    }
  }

  queueMicrotask(() => password.focus());
  return el(
    "section.login",
    {},
    el("img", { src: "/icon.svg", alt: "", width: 56, height: 56 }),
    el("h1", {}, "Wattward"),
    el(
      "form.card",
      { submit },
      el("label", { for: "password" }, "Operator's password"),
      password,
      error,
      button,
      el(
        "p.hint",
        {},
        "It was printed once, at the first start. ",
        el("code", {}, "wattward operator password"),
        " makes a new one.",
      ),
    ),
  );
}
