// SPDX-License-Identifier: MIT
// The form in which the operator bans a device, lifts a ban, or keeps what the owner says.
import * as api from "../api.js";
import { el } from "../dom.js";
import * as operator from "../operator.js";

/** @typedef {import("../operator.js").Kind} Kind */

/** @type {Record<Kind, {button: string, done: string}>} */
const WORDS = {
  ban: { button: "Ban it", done: "It is banned." },
  unban: { button: "Lift it", done: "It is let in again." },
  appeal: { button: "Keep the owner's words", done: "The owner's words are kept." },
};

/**
 * @param {{id: string, state: string, action: string}} device
 * @returns {Kind[]} what can be decided about it
 */
export function choices({ state, action }) {
  const isHeld = state === "banned" || state === "quarantined" || action !== "none";
  return state === "banned" ? ["unban", "appeal"] : isHeld ? ["unban", "ban", "appeal"] : ["ban"];
}

/**
 * @param {{id: string, state: string, action: string}} device
 * @param {() => void} decided called once something was
 */
export function decisionForm(device, decided) {
  const kinds = choices(device);
  const reason = /** @type {HTMLInputElement} */ (
    el("input", { id: "reason", required: true, maxLength: operator.REASON_MAX_LEN })
  );
  const file = /** @type {HTMLInputElement} */ (el("input", { id: "key-file", type: "file" }));
  const keyRow = el("div", { hidden: operator.hasKey() }, el("label", { for: "key-file" }, "The operator's key file"), file);
  const note = el("p.error", { role: "alert" });
  const buttons = kinds.map((kind, i) =>
    el(i === 0 ? "button" : "button.quiet", { type: "submit", value: kind, name: "kind" }, WORDS[kind].button),
  );

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    const kind = /** @type {Kind} */ (/** @type {HTMLButtonElement} */ (event.submitter).value);
    note.textContent = "";
    setBusy(true);
    try {
      if (!operator.hasKey()) {
        const chosen = file.files?.[0];
        if (chosen === undefined) {
          throw new Error("Choose the operator's key file first.");
        }
        await operator.openKey(await chosen.text());
      }
      const decision = { kind, device: device.id, reason: reason.value.trim() };
      const answer = await api.operatorAct(await operator.signed(await api.operatorNext(), decision));
      reason.value = "";
      note.textContent = answer?.warning ?? "";
      said.textContent = WORDS[kind].done;
      decided();
    } catch (error) {
      note.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      keyRow.hidden = operator.hasKey();
      setBusy(false);
    }
  }

  /** @param {boolean} isBusy */
  function setBusy(isBusy) {
    for (const button of buttons) {
      /** @type {HTMLButtonElement} */ (button).disabled = isBusy;
    }
  }

  const said = el("p.hint", { role: "status" });
  return el(
    "form.decide",
    { submit },
    el("div", {}, el("label", { for: "reason" }, "Why"), reason),
    keyRow,
    el("div.ranges", {}, ...buttons),
    note,
    said,
    el(
      "p.hint",
      {},
      "Your browser signs it with the key from ",
      el("code", {}, "operator/operator.key"),
      "; the key is not sent. It stands in the ledger with your signature. The same on the command line: ",
      el("code", {}, `wattward trust ${kinds[0]} ${device.id} --reason TEXT`),
    ),
  );
}
