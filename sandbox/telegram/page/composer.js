// The foot of the page: writing, commands, attaching. Or one wide button when there is only one thing to do.

import * as api from "./api.js";
import { attachMenu, preview } from "./attach.js";
import { toast } from "./dialogs.js";
import { byId, h, icon } from "./dom.js";
import { t } from "./words.js";

const LONGEST = 4096; // UTF-16 units of a message; a longer text leaves as several, as from any Telegram client

export class Composer {
  constructor(user, commands) {
    Object.assign(this, { user, queue: Promise.resolve(), chosen: -1 });
    for (const name of ["form", "text", "send", "attach", "slash", "wide"]) this[name] = byId(name);
    this.list = byId("commands");
    this.text.placeholder = t("placeholder");
    this.text.setAttribute("aria-label", t("placeholder"));
    for (const [name, key] of [["send", "send"], ["attach", "attach"], ["slash", "commands"]]) {
      this[name].setAttribute("aria-label", t(key));
      this[name].title = t(key);
      this[name].replaceChildren(icon(name));
    }
    this.know(commands);
    this.text.value = draftOf(user);
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    this.text.oninput = () => this.typed();
    this.text.onkeydown = (event) => this.key(event);
    this.text.onpaste = (event) => this.offer(event.clipboardData.files, event);
    this.attach.onclick = () => attachMenu(this.attach, (files, kind) => this.offer(files, null, kind));
    this.slash.onclick = () => (this.list.hidden ? this.suggest("/") : this.hush());
    this.typed();
    this.dropZone();
    document.onpointerdown = (event) => {
      if (!this.list.contains(event.target) && !this.slash.contains(event.target)) this.hush();
    };
    byId("composer").onkeydown = (event) => { // braces: false from such a listener would swallow the key
      if (event.key === "Escape") this.hush();
    };
  }

  /** The bot's commands, for the menu and for what is typed after a slash. */
  know(commands) {
    this.commands = commands;
    this.slash.hidden = commands.length === 0;
  }

  /** Send a text, after those that were sent before it. What could not be sent comes back into the field. */
  say(text) {
    this.queue = this.queue.then(async () => {
      for (const part of parts(text)) {
        try {
          await api.send(this.user, part);
        } catch (refused) {
          toast(`${t("notSent")}: ${refused.message || t("noLine")}`, "bad");
          this.text.value = [part, this.text.value].filter(Boolean).join("\n");
          this.typed();
          return;
        }
      }
    });
  }

  /** One wide button instead of the field: START, or unblocking. Null brings the field back. */
  only(label, act) {
    this.form.hidden = Boolean(label);
    this.wide.hidden = !label;
    this.wide.textContent = label ?? "";
    this.wide.onclick = act ?? null;
    this.hush();
  }

  submit() {
    const text = this.text.value.trim();
    if (!text) return;
    this.text.value = "";
    this.typed();
    this.say(text);
    this.text.focus();
  }

  typed() {
    const { text } = this;
    keepDraft(this.user, text.value);
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
    this.form.classList.toggle("filled", Boolean(text.value.trim()));
    if (/^\/\w*$/.test(text.value)) this.suggest(text.value);
    else this.hush();
  }

  key(event) {
    if (!this.list.hidden && this.choose(event)) return event.preventDefault();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return undefined;
    event.preventDefault();
    return this.submit();
  }

  suggest(beginning) {
    const fitting = this.commands.filter(({ command }) => `/${command}`.startsWith(beginning.toLowerCase()));
    this.chosen = -1;
    this.list.setAttribute("aria-label", t("commands"));
    this.list.replaceChildren(...fitting.map(({ command, description }) =>
      h("button", { type: "button", role: "option", onclick: () => this.run(command) }, h("b", {}, `/${command}`), h("span", {}, description))));
    this.list.hidden = fitting.length === 0;
    this.slash.setAttribute("aria-expanded", String(!this.list.hidden));
  }

  hush() {
    this.list.hidden = true;
    this.slash.setAttribute("aria-expanded", "false");
  }

  /** Arrows, Tab and Enter in the list of commands. True when the key was used. */
  choose(event) {
    const options = [...this.list.children];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.chosen = this.chosen < 0 && step < 0 ? options.length - 1 : (this.chosen + step + options.length) % options.length;
      options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.chosen)));
      options[this.chosen]?.scrollIntoView({ block: "nearest" });
      return true;
    }
    if ((event.key === "Enter" || event.key === "Tab") && this.chosen >= 0) {
      options[this.chosen].click();
      return true;
    }
    return false;
  }

  run(command) {
    this.text.value = "";
    this.typed();
    this.hush();
    this.say(`/${command}`);
    this.text.focus();
  }

  /** Files from the menu, the clipboard or a drop: shown first, then sent one after another. */
  offer(files, event, kind) {
    if (!files?.length || this.form.hidden) return;
    event?.preventDefault();
    preview([...files], kind, (file, as, caption) => api.upload(this.user, file, as, caption));
  }

  dropZone() {
    const zone = byId("drop");
    zone.textContent = t("dropHere");
    const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    document.ondragover = (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      zone.hidden = this.form.hidden;
    };
    document.ondragleave = (event) => {
      if (!event.relatedTarget) zone.hidden = true;
    };
    document.ondrop = (event) => {
      zone.hidden = true;
      if (carries(event)) this.offer(event.dataTransfer.files, event);
    };
  }
}

const drafts = new Map();
const draftOf = (user) => drafts.get(user) ?? "";
const keepDraft = (user, text) => drafts.set(user, text);

/** Cut at the last line or word that fits. */
function parts(text) {
  const list = [];
  let rest = text;
  while (rest.length > LONGEST) {
    const head = rest.slice(0, LONGEST);
    const cut = [head.lastIndexOf("\n"), head.lastIndexOf(" ")].find((place) => place > LONGEST / 2) ?? LONGEST;
    list.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  return [...list, rest];
}
