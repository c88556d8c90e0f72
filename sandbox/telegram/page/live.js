// The line to the sandbox: follows one person's chat and comes back by itself when it breaks.

import * as api from "./api.js";

const LONGEST_WAIT_MS = 5000;
const NAP_MS = 5000; // a browser keeps six connections to one host: a hidden tab holds none and looks now and then

/**
 * Calls back with `onChanges({messages, deleted, reset, first})`, `onAnswer`, `onAction` and `onLine(up)`.
 * Events only say that something changed; what changed is always fetched, from the last revision seen, so a lost event loses nothing.
 */
export class Live {
  constructor(user, told) {
    Object.assign(this, { user, told, rev: 0, first: true, wait: 0, stopped: false, pulling: false, again: false });
    this.wake = () => this.connect();
    document.addEventListener("visibilitychange", this.wake);
    this.connect();
    this.pull();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.stream?.close();
    document.removeEventListener("visibilitychange", this.wake);
  }

  connect() {
    this.stream?.close();
    if (document.hidden) return this.nap();
    clearTimeout(this.timer);
    const stream = (this.stream = new EventSource(api.eventsUrl(this.user, this.rev)));
    const hear = (kind, act) => stream.addEventListener(kind, (event) => !this.stopped && act(JSON.parse(event.data)));
    stream.onopen = () => {
      this.wait = 0;
      this.pull();
    };
    stream.onerror = () => this.lost();
    hear("change", (change) => change.rev === this.rev || this.pull());
    hear("answer", (answer) => this.told.onAnswer(answer));
    hear("action", (action) => this.told.onAction(action));
  }

  nap() {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      await this.pull();
      if (!this.stopped && document.hidden) this.nap();
    }, NAP_MS);
  }

  /** Fetch what changed since the last look. Looks do not overlap: a call during one makes one more after it. */
  async pull() {
    if (this.pulling) {
      this.again = true;
      return;
    }
    this.pulling = true;
    try {
      do {
        this.again = false;
        const changes = await api.messages(this.user, this.rev);
        if (this.stopped) return;
        this.take(changes);
      } while (this.again);
    } catch {
      this.lost();
    } finally {
      this.pulling = false;
    }
  }

  take(changes) {
    this.told.onLine(true);
    if (changes.rev < this.rev) { // another sandbox, or its data were deleted: begin anew
      this.rev = 0;
      this.first = true;
      this.again = true;
      this.told.onChanges({ messages: [], deleted: [], reset: true, first: true });
      return;
    }
    this.rev = changes.rev;
    this.told.onChanges({ ...changes, reset: false, first: this.first });
    this.first = false;
  }

  lost() {
    if (this.stopped) return;
    this.stream?.close();
    this.told.onLine(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(LONGEST_WAIT_MS, this.wait * 2 || 300);
  }
}
