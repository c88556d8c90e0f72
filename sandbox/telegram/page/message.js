// One row of the log: a bubble with what it says and carries, and the keys under it.

import { h, icon } from "./dom.js";
import { rich } from "./entities.js";
import { keyboard } from "./keyboard.js";
import { inWords, mediaNode, mediaOf } from "./media.js";
import { clock, fullTime, number, t } from "./words.js";

/** A line of Telegram's own in the middle of the log (a payment, a refund), or null for a real message. */
export function serviceText(message) {
  if (message.successful_payment) return t("paidLine", { n: number(message.successful_payment.total_amount) });
  if (message.refunded_payment) return t("refundLine", { n: number(message.refunded_payment.total_amount) });
  return null;
}

export const serviceRow = (message) =>
  h("div", { class: "row service", "data-id": message.message_id, title: fullTime(message.date) }, h("span", {}, serviceText(message)));

export const dayRow = (name) => h("div", { class: "row service day" }, h("span", {}, name));

/**
 * Draw `block` (`{messages, out, first, last}`, several messages only for an album) into `row`, which may show an older version of it.
 * Media that have not changed stay where they are, so that a film goes on while its caption is edited; so does the focus.
 */
export function drawRow(row, block, actions) {
  const focused = [...row.querySelectorAll(".key")].indexOf(document.activeElement);
  const lead = block.messages[0];
  row.className = `row ${block.out ? "out" : "in"}${block.first ? " first" : ""}${block.last ? " last" : ""}`;
  row.dataset.id = lead.message_id;
  if (!row.firstElementChild) row.append(h("div", { class: "body" }, h("div", { class: "bubble" })));
  const body = row.firstElementChild;
  body.querySelector(":scope > .keys")?.remove();
  fillBubble(body.firstElementChild, block.messages, actions);
  body.append(...[keyboard(lead, actions)].filter(Boolean));
  if (focused >= 0) (row.querySelectorAll(".key")[focused] ?? row.querySelector(".key"))?.focus({ preventScroll: true });
  return row;
}

function fillBubble(bubble, messages, actions) {
  const media = messages.map(mediaOf).filter(Boolean);
  const signature = media.map((one) => one.id).join(" ");
  const old = bubble.querySelector(":scope > .media");
  const kept = old && old.dataset.files === signature ? old : null;
  const said = messages.find((message) => message.text || message.caption) ?? messages[0];
  const words = said.text ?? said.caption ?? "";
  const visual = media.length > 0 && media.every((one) => one.kind === "photo" || one.kind === "video");

  for (const child of [...bubble.children]) if (child !== kept) child.remove();
  bubble.prepend(...[quote(messages[0])].filter(Boolean));
  if (media.length && !kept) bubble.append(wrapMedia(media, signature, bubble, actions));
  if (!media.length) bubble.parentElement.style.removeProperty("--wide");
  if (messages[0].invoice) bubble.append(invoiceCard(messages[0].invoice));
  bubble.className = `bubble${visual ? " visual" : ""}${words ? "" : visual ? " bare" : " wordless"}${onlyEmoji(words) && !media.length ? " emoji" : ""}`;

  const nothing = !words && !media.length && !messages[0].invoice;
  const entities = said.text === undefined ? said.caption_entities : said.entities;
  const text = h("div", { class: "text", dir: "auto" }, nothing ? h("i", {}, t("otherMessage")) : rich(words, entities, actions), meta(messages.at(-1)));
  bubble.append(text);
}

function wrapMedia(media, signature, bubble, actions) {
  const { node, width } = mediaNode(media, actions);
  const { style } = bubble.parentElement;
  if (width) style.setProperty("--wide", `${width}px`);
  else style.removeProperty("--wide");
  return h("div", { class: "media", "data-files": signature }, node);
}

function quote(message) {
  const original = message.reply_to_message;
  return original && h("div", { class: "quote" }, inWords(original).slice(0, 120));
}

function meta(message) {
  const edited = message.edit_date && h("span", { class: "edited" }, `${t("edited")} `);
  const time = h("time", { datetime: new Date(message.date * 1000).toISOString(), title: fullTime(message.date) }, clock(message.date));
  return h("span", { class: "meta" }, " ", edited, time, !message.outgoing && icon("check"));
}

function invoiceCard(invoice) {
  return h("div", { class: "invoice" },
    h("div", { class: "invoice-star", "aria-hidden": "true" }, "⭐"),
    h("b", {}, invoice.title), h("p", {}, invoice.description),
    h("p", { class: "price" }, `⭐ ${number(invoice.total_amount)}`), h("small", {}, t("testStars")));
}

const EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*\s?){1,3}$/u;
const onlyEmoji = (text) => text.length <= 24 && EMOJI.test(text);
