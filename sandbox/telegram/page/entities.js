// Telegram's formatted text → DOM. Offsets are UTF-16 units, as JavaScript's own are (core.telegram.org/bots/api#messageentity).

import { h, icon } from "./dom.js";
import { t } from "./words.js";

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s" };

/**
 * The nodes of `text` with its `entities`. `actions.command(text)` sends a command, `actions.copy(text)` copies.
 * Entities may nest; one that crosses the end of another is cut in two there.
 */
export function rich(text, entities = [], actions) {
  const sorted = entities
    .filter((entity) => entity.length > 0 && entity.offset >= 0 && entity.offset < text.length)
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
  return between(text, 0, text.length, sorted, actions);
}

function between(text, start, end, entities, actions) {
  const nodes = [];
  const queue = [...entities];
  let at = start;
  while (queue.length) {
    const entity = queue.shift();
    const [from, to] = [entity.offset, Math.min(entity.offset + entity.length, end)];
    const inside = [];
    while (queue.length && queue[0].offset < to) {
      const inner = queue.shift();
      const over = inner.offset + inner.length - to;
      inside.push(inner); // what sticks out of `to` is left to the rest of it
      if (over > 0) insert(queue, { ...inner, offset: to, length: over });
    }
    if (from > at) nodes.push(text.slice(at, from));
    nodes.push(dress(entity, text.slice(from, to), between(text, from, to, inside, actions), actions));
    at = BLOCKS.has(entity.type) && text[to] === "\n" ? to + 1 : to; // a block ends its line by itself
  }
  if (at < end) nodes.push(text.slice(at, end));
  return nodes;
}

function insert(queue, entity) {
  const place = queue.findIndex((other) => other.offset > entity.offset);
  queue.splice(place < 0 ? queue.length : place, 0, entity);
}

function dress(entity, raw, children, actions) {
  switch (entity.type) {
    case "bold": case "italic": case "underline": case "strikethrough":
      return h(TAGS[entity.type], {}, children);
    case "code":
      return h("code", { class: "copyable", role: "button", tabindex: "0", title: t("copy"), ...pressed(() => actions.copy(raw)) }, raw);
    case "pre":
      return codeBlock(entity.language, raw, actions);
    case "spoiler":
      return spoiler(children);
    case "blockquote":
      return h("blockquote", {}, children);
    case "expandable_blockquote":
      return h("blockquote", { class: "folded", role: "button", tabindex: "0", ...pressed((event) => event.currentTarget.classList.toggle("folded")) }, children);
    case "text_link":
      return link(entity.url, children, actions);
    case "url":
      return link(/^[a-z][a-z0-9+.-]*:/i.test(raw) ? raw : `http://${raw}`, children, actions);
    case "email":
      return link(`mailto:${raw}`, children, actions);
    case "phone_number":
      return link(`tel:${raw.replace(/[^\d+]/g, "")}`, children, actions);
    case "bot_command":
      return h("button", { type: "button", class: "command", onclick: () => actions.command(raw) }, raw);
    case "mention": case "hashtag": case "cashtag": case "text_mention":
      return h("span", { class: "tag" }, children);
    default: // custom_emoji and whatever Telegram adds later: the text itself
      return h("span", {}, children);
  }
}

/** Listeners of something that is not a button but acts as one, for mouse and keyboard. */
function pressed(act) {
  return {
    onclick: act,
    onkeydown: (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act(event);
    },
  };
}

function spoiler(children) {
  const show = (event) => {
    const element = event.currentTarget;
    element.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) element.removeAttribute(name);
  };
  return h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": t("spoiler"), ...pressed(show) }, h("span", {}, children));
}

function codeBlock(language, raw, actions) {
  const copy = h("button", { type: "button", class: "mini", "aria-label": t("copy"), onclick: () => actions.copy(raw) }, icon("copy"));
  return h("div", { class: "code" }, h("div", { class: "code-head" }, language || "", copy), h("pre", {}, h("code", {}, raw)));
}

/** Where a link may lead: a page, a letter, a call or Telegram. Anything else, `javascript:` first of all, is not a link. */
export function safeUrl(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:", "tel:", "tg:"].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}

function link(address, children, actions) {
  const url = safeUrl(address);
  if (!url) return h("span", {}, children);
  const follow = (event) => actions.follow(url) && event.preventDefault();
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", title: url.href, onclick: follow }, children);
}
