// Keys under a message, and what happens between a press and the bot's answer to it.

import * as api from "./api.js";
import { alertBox, toast } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { safeUrl } from "./entities.js";
import { number, t } from "./words.js";

const LOOK_AGAIN_MS = [1500, 3500, 10_000]; // if the line drops, the answer is asked for; after the last look we stop waiting

/** The keys of a message, or null. An invoice that came without keys has one that pays. */
export function keyboard(message, actions) {
  let rows = message.reply_markup?.inline_keyboard ?? [];
  if (message.invoice && !rows.flat().some((button) => button.pay)) {
    rows = [[{ pay: true, text: t("pay", { n: number(message.invoice.total_amount) }) }], ...rows];
  }
  if (!rows.length) return null;
  return h("div", { class: "keys" }, rows.map((row) => h("div", { class: "keys-row" }, row.map((button) => key(button, message, actions)))));
}

function key(button, message, actions) {
  const words = h("span", {}, button.text);
  if (button.url) {
    const url = safeUrl(button.url);
    const follow = (event) => url && actions.follow(url) && event.preventDefault();
    return h("a", { class: "key", href: url?.href, title: button.url, target: "_blank", rel: "noopener noreferrer", onclick: follow }, words, icon("link"));
  }
  const make = (act, mark, more = {}) => h("button", { type: "button", class: `key${mark ? ` key-${mark}` : ""}`, onclick: act, ...more }, words, mark === "copy" && icon("copy"));
  if (button.pay) return make(() => actions.pay(message), "pay");
  if (button.copy_text) return make(() => actions.copy(button.copy_text.text), "copy");
  if (button.callback_data === undefined) return make(() => toast(t("notHere")));
  const name = pressName(message.message_id, button.callback_data);
  return make(() => actions.press(message.message_id, button.callback_data), "", { "data-press": name, "aria-busy": actions.waits(name) && "true" });
}

const pressName = (messageId, data) => `${messageId}:${data}`;

/** The presses of one person that the bot has not answered yet. */
export class Presses {
  constructor(user) {
    this.user = user;
    this.open = new Set(); // names of keys that show progress
    this.waiting = new Map(); // callback query id → resolve
    this.early = new Map(); // answers that overtook the press's own response
  }

  waits(name) {
    return this.open.has(name);
  }

  /** Press a key, show progress until the bot answers, then show what it said. A second press meanwhile does nothing. */
  async press(messageId, data) {
    const name = pressName(messageId, data);
    if (this.open.has(name)) return;
    this.mark(name, true);
    try {
      const { callback_query_id: id } = await api.press(this.user, messageId, data);
      const answer = await this.answered(id);
      if (!answer) toast(t("noAnswer"));
      else if (answer.text && answer.show_alert) alertBox(answer.text);
      else if (answer.text) toast(answer.text);
    } catch (refused) {
      toast(refused.message || t("noLine"), "bad");
    } finally {
      this.mark(name, false);
    }
  }

  /** News of the event stream. */
  hear(answer) {
    const resolve = this.waiting.get(answer.callback_query_id);
    if (resolve) return resolve(answer);
    this.early.set(answer.callback_query_id, answer);
    if (this.early.size > 50) this.early.delete(this.early.keys().next().value);
  }

  answered(id) {
    if (this.early.has(id)) return Promise.resolve(this.early.get(id));
    return new Promise((resolve) => {
      const settle = (answer) => {
        timers.forEach(clearTimeout);
        this.waiting.delete(id);
        resolve(answer);
      };
      const look = async (last) => {
        const answer = await api.answer(this.user, id).catch(() => ({ answered: false }));
        if (answer.answered) settle(answer);
        else if (last) settle(null);
      };
      const timers = LOOK_AGAIN_MS.map((wait, index) => setTimeout(look, wait, index === LOOK_AGAIN_MS.length - 1));
      this.waiting.set(id, settle);
    });
  }

  mark(name, busy) {
    if (busy) this.open.add(name);
    else this.open.delete(name);
    for (const button of document.querySelectorAll(".key[data-press]")) {
      if (button.dataset.press === name) busy ? button.setAttribute("aria-busy", "true") : button.removeAttribute("aria-busy");
    }
  }
}
