// The chat page: joins the line to the sandbox, the log and the composer for the person who is chosen.

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { toast, view } from "./dialogs.js";
import { avatar, byId, h, icon, paintAvatar } from "./dom.js";
import { openFaults } from "./faults.js";
import { History } from "./history.js";
import { Presses } from "./keyboard.js";
import { Live } from "./live.js";
import { playOneAtATime } from "./media.js";
import { openPay } from "./pay.js";
import { openMenu } from "./people.js";
import { has, speak, t } from "./words.js";

const REMEMBERED = "sandbox.user"; // the tab's address (#id) says who writes; this is who it was last time
const ACTION_MS = 5000; // a chat action lasts five seconds (core.telegram.org/bots/api#sendchataction)
const START = new URLSearchParams(location.search).get("start"); // ?start=… is the payload of a deep link

class Page {
  constructor(people, me, state) {
    Object.assign(this, { people, me, state, up: null, unseen: 0 });
    this.bot = state.bot ?? {};
    speak(me.language_code);
    this.actions = {
      command: (text) => this.composer.say(text),
      copy: (text) => copy(text),
      follow: (url) => this.follow(url),
      press: (messageId, data) => this.presses.press(messageId, data),
      waits: (name) => this.presses.waits(name),
      pay: (message) => openPay(me.id, message),
      view,
    };
    this.presses = new Presses(me.id);
    this.composer = new Composer(me.id, state.commands ?? []);
    this.history = new History(this.actions);
    this.dress();
    this.live = new Live(me.id, {
      onChanges: (changes) => this.changed(changes),
      onAnswer: (answer) => this.presses.hear(answer),
      onAction: (action) => this.acting(action.action),
      onLine: (up) => this.line(up),
    });
    this.seen = () => document.hidden || this.setUnseen(0);
    document.addEventListener("visibilitychange", this.seen);
  }

  stop() {
    this.live.stop();
    this.history.stop();
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.seen);
  }

  dress() {
    const [menu, sandbox] = [byId("menu"), byId("sandbox")];
    menu.replaceChildren(icon("menu"));
    menu.setAttribute("aria-label", t("menu"));
    menu.onclick = () => this.menu(menu);
    sandbox.replaceChildren(icon("flask"), h("span", {}, t("sandbox")));
    sandbox.title = t("faults");
    sandbox.setAttribute("aria-label", t("faults"));
    sandbox.onclick = openFaults;
    byId("to-bottom").replaceChildren(icon("down"), byId("unread"));
    this.name(this.bot.first_name || t("bot"));
    this.status();
  }

  name(name) {
    byId("name").textContent = name;
    paintAvatar(byId("avatar"), name, this.bot.id ?? 4);
    this.title = name;
    this.setUnseen(this.unseen);
    const about = this.state.description || this.bot.description || t("welcomeText");
    byId("welcome").replaceChildren(avatar(name, this.bot.id ?? 4), h("h2", {}, t("welcome")), h("p", {}, about));
  }

  changed(changes) {
    const heard = this.history.apply(changes);
    const from = changes.messages.find((message) => message.outgoing)?.from;
    if (from && !this.bot.first_name) {
      this.bot = from;
      this.name(from.first_name);
    }
    if (heard) this.acting(null);
    if (heard && !this.composer.commands.length) this.meetBot();
    if (heard && document.hidden) this.setUnseen(this.unseen + heard);
    this.foot();
  }

  /** A bot that was started after this page has only now told its name and commands. */
  async meetBot() {
    const state = await api.state(this.me.id).catch(() => this.state);
    this.bot = { ...this.bot, ...state.bot };
    this.composer.know(state.commands ?? []);
    this.name(this.bot.first_name);
  }

  foot() {
    byId("welcome").hidden = !this.history.empty || this.up === null;
    if (this.me.blocked) this.composer.only(t("unblock"), () => this.setBlocked(false));
    else if (this.history.empty && this.up !== null) this.composer.only(t("start"), () => this.composer.say(START ? `/start ${START}` : "/start"));
    else this.composer.only(null);
  }

  line(up) {
    if (up === this.up) return;
    this.up = up;
    this.status();
  }

  acting(action) {
    clearTimeout(this.timer);
    this.action = action && has(action) ? action : null;
    if (this.action) this.timer = setTimeout(() => this.acting(null), ACTION_MS);
    this.status();
  }

  status() {
    const line = byId("status");
    const acting = this.up && this.action;
    line.className = this.up === false ? "offline" : acting ? "acting" : "";
    const calm = this.me.blocked ? t("blocked") : this.up === null ? t("loading") : t("bot");
    line.textContent = this.up === false ? t("offline") : acting ? t(this.action) : calm;
  }

  setUnseen(count) {
    this.unseen = count;
    document.title = (count ? `(${count}) ` : "") + `${this.title} · ${t("title")}`;
  }

  async menu(button) {
    const people = await api.users().catch(() => this.people);
    this.people = people;
    openMenu(button, people, this.me, { choose: (user) => { location.hash = String(user.id); }, setBlocked: (blocked) => this.setBlocked(blocked), faults: openFaults });
  }

  async setBlocked(blocked) {
    try {
      await (blocked ? api.block : api.unblock)(this.me.id);
      this.me = { ...this.me, blocked };
      if (blocked) toast(t("blockedLine"));
      this.status();
      this.foot();
    } catch (refused) {
      toast(refused.message || t("noLine"), "bad");
    }
  }

  /** A link to this very bot (t.me/name?start=…) is followed here, as /start. True when it was. */
  follow(url) {
    if (url.hostname !== "t.me" || !this.bot.username || url.pathname.slice(1).toLowerCase() !== this.bot.username.toLowerCase()) return false;
    const payload = url.searchParams.get("start");
    this.composer.say(payload ? `/start ${payload}` : "/start");
    return true;
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    prompt(t("copy"), text); // no clipboard without HTTPS or localhost: the person copies by hand
  }
}

let page = null;

/** Open the chat of the person in the address, else of the last one, else of the first. */
async function open() {
  const people = await api.users();
  const named = (id) => people.find((person) => String(person.id) === id);
  const me = named(location.hash.slice(1)) ?? named(localStorage.getItem(REMEMBERED)) ?? people[0];
  const state = await api.state(me.id);
  localStorage.setItem(REMEMBERED, String(me.id));
  page?.stop();
  page = new Page(people, me, state);
}

/** The first opening waits for the sandbox as long as it takes; the page says so meanwhile. */
async function begin(wait = 500) {
  try {
    await open();
  } catch {
    const line = byId("status");
    line.className = "offline";
    line.textContent = t("offline");
    setTimeout(begin, wait, Math.min(5000, wait * 2));
  }
}

speak(navigator.language);
playOneAtATime();
window.addEventListener("hashchange", () => begin());
begin();
