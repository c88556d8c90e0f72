// The log of one chat: keeps its messages in order, draws only what changed, and looks after the scroll.

import { byId, h } from "./dom.js";
import { dayRow, drawRow, serviceRow, serviceText } from "./message.js";
import { dayKey, dayName, language, t } from "./words.js";

const NEAR_PX = 90; // this close to the end counts as being there
const TOGETHER_S = 300; // messages of one side within five minutes stand together

export class History {
  constructor(actions) {
    Object.assign(this, { actions, messages: new Map(), rows: new Map(), unread: 0, pinned: true, top: 0 });
    this.log = byId("log");
    this.scroller = byId("scroller");
    this.button = byId("to-bottom");
    this.scroller.onscroll = () => this.scrolled();
    this.button.onclick = () => this.toEnd(true);
    this.watcher = new ResizeObserver(() => this.pinned && this.toEnd(false));
    this.watcher.observe(this.log);
    this.watcher.observe(this.scroller);
  }

  stop() {
    this.watcher.disconnect();
    this.log.replaceChildren();
    this.setUnread(0);
  }

  get empty() {
    return this.messages.size === 0;
  }

  get(messageId) {
    return this.messages.get(messageId);
  }

  /** Take changed and deleted messages. Returns how many new ones the bot wrote. `first` is the filling of the page. */
  apply({ messages, deleted, reset, first }) {
    if (reset) this.messages.clear();
    const fresh = messages.filter((message) => !this.messages.has(message.message_id));
    for (const message of messages) this.messages.set(message.message_id, message);
    for (const id of deleted ?? []) this.messages.delete(id);

    const mine = fresh.some((message) => !message.outgoing);
    const stay = first || mine || this.pinned;
    const anchor = stay ? null : this.anchor();
    this.draw(first);
    const heard = fresh.filter((message) => message.outgoing).length;
    if (stay) this.toEnd(!first && fresh.length > 0);
    else this.returnTo(anchor);
    if (!stay && heard) this.setUnread(this.unread + heard);
    return first ? 0 : heard;
  }

  draw(first) {
    const wanted = this.plan();
    const keys = new Set(wanted.map((block) => block.key));
    for (const [key, row] of this.rows) {
      if (keys.has(key)) continue;
      row.remove();
      this.rows.delete(key);
    }
    let place = this.log.firstElementChild;
    for (const block of wanted) {
      const row = this.row(block, first);
      if (row === place) place = place.nextElementSibling;
      else this.log.insertBefore(row, place);
    }
    this.log.setAttribute("aria-busy", "false");
  }

  row(block, first) {
    let row = this.rows.get(block.key);
    if (!row) {
      row = block.day ? dayRow(block.day) : block.service ? serviceRow(block.messages[0]) : drawRow(h("div"), block, this.actions);
      if (!first) row.classList.add("new");
      this.rows.set(block.key, row);
    } else if (row.dataset.signature !== block.signature && block.out !== undefined) {
      drawRow(row, block, this.actions);
    }
    row.dataset.signature = block.signature;
    return row;
  }

  /** What stands in the log, top to bottom: days, lines of Telegram's own, messages and albums. */
  plan() {
    const blocks = [];
    let previous = null;
    for (const message of [...this.messages.values()].sort((a, b) => a.message_id - b.message_id)) {
      const day = dayKey(message.date);
      if (previous?.date !== day) {
        const name = dayName(message.date);
        blocks.push({ key: `day ${day} ${name}`, day: name });
        previous = { date: day };
      }
      if (serviceText(message)) {
        blocks.push({ key: `service ${message.message_id} ${language()}`, service: true, messages: [message] });
        previous = { date: day };
        continue;
      }
      const group = message.media_group_id;
      if (group && previous.block?.group === group) {
        previous.block.messages.push(message);
        continue;
      }
      const out = !message.outgoing;
      const near = previous.block && previous.block.out === out && message.date - previous.block.messages.at(-1).date < TOGETHER_S;
      const block = { key: `message ${message.message_id}`, messages: [message], group, out, first: !near, last: true };
      if (near) previous.block.last = false;
      blocks.push(block);
      previous = { date: day, block };
    }
    for (const block of blocks) {
      block.signature = [language(), block.first, block.last, ...(block.messages ?? []).map((message) => `${message.message_id}.${message.rev}`)].join(" ");
    }
    return blocks;
  }

  /** The first row in sight and where it stands, so that the reader's place can be kept. A day sticks to the top: it tells nothing. */
  anchor() {
    const edge = this.scroller.getBoundingClientRect().top;
    const row = [...this.log.children].find((child) => !child.classList.contains("day") && child.getBoundingClientRect().bottom > edge);
    return row && { row, top: row.getBoundingClientRect().top };
  }

  returnTo(anchor) {
    if (anchor?.row.isConnected) this.scroller.scrollTop += anchor.row.getBoundingClientRect().top - anchor.top;
  }

  toEnd(smoothly) {
    this.pinned = true;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smoothly && !calm ? "smooth" : "instant" });
    this.setUnread(0);
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const left = scrollHeight - scrollTop - clientHeight;
    if (left < NEAR_PX) this.pinned = true;
    else if (scrollTop < this.top - 2) this.pinned = false; // only a hand scrolls up; a smooth way down is no change of mind
    this.top = scrollTop;
    if (this.pinned) this.setUnread(0);
    this.button.hidden = this.pinned;
  }

  setUnread(count) {
    this.unread = count;
    const badge = byId("unread");
    badge.hidden = count === 0;
    badge.textContent = count > 99 ? "99+" : String(count);
    this.button.hidden = this.pinned && count === 0;
    this.button.setAttribute("aria-label", count ? `${t("toBottom")}, ${t("newMessages", { n: count })}` : t("toBottom"));
  }
}
