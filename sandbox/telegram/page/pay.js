// Paying an invoice with test Stars.

import * as api from "./api.js";
import { sheet } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { number, t } from "./words.js";

const paid = new Set(); // "user message" of what was paid on this page

/** The confirm sheet of an invoice. It pays only when its button is pressed, and shows how that ended. */
export function openPay(user, message) {
  const { invoice } = message;
  const stars = { n: number(invoice.total_amount) };
  const name = `${user} ${message.message_id}`;
  const outcome = h("p", { class: "outcome", role: "status" });
  const button = h("button", { type: "button", class: "primary", onclick: () => act() }, paid.has(name) ? t("payAgain", stars) : t("pay", stars));
  const dialog = sheet({
    title: t("invoice"),
    body: h("div", { class: "pay" },
      h("div", { class: "pay-star", "aria-hidden": "true" }, "⭐"), h("h3", {}, invoice.title), h("p", {}, invoice.description),
      h("p", { class: "price" }, `⭐ ${stars.n}`), h("small", {}, t("testStars")), outcome, button),
  });
  let act = pay;
  button.focus();

  async function pay() {
    const again = paid.has(name);
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
    outcome.className = "outcome";
    outcome.textContent = t("paying");
    try {
      const result = await api.pay(user, message.message_id, again);
      if (result.paid) done();
      else {
        if (result.already) paid.add(name); // on another page or another day
        failed(result.already ? t("alreadyPaid") : result.reason);
      }
    } catch (refused) {
      failed(refused.message || t("noLine"));
    }
  }

  function done() {
    paid.add(name);
    outcome.className = "outcome good";
    outcome.replaceChildren(icon("check"), t("paid"));
    button.removeAttribute("aria-busy");
    button.disabled = false;
    button.textContent = t("ok");
    act = () => dialog.close();
    button.focus();
  }

  function failed(reason) {
    outcome.className = "outcome bad";
    outcome.textContent = `${t("notPaid")}: ${reason}`;
    button.removeAttribute("aria-busy");
    button.disabled = false;
    button.textContent = paid.has(name) ? t("payAgain", stars) : t("pay", stars);
  }
}
