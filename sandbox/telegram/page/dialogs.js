// What lies over the chat: toasts, sheets, the viewer of pictures.

import { byId, h, icon } from "./dom.js";
import { t } from "./words.js";

const TOAST_MS = 4000;

/** A short note at the bottom; `tone` "bad" for what went wrong. */
export function toast(text, tone = "") {
  const note = h("div", { class: `toast ${tone}` }, text);
  const corner = byId("toasts");
  corner.append(note);
  while (corner.children.length > 3) corner.firstChild.remove();
  if (corner.matches(":popover-open")) corner.hidePopover(); // shown anew, it stands above a dialog that has opened since
  corner.showPopover();
  setTimeout(() => note.remove(), TOAST_MS + text.length * 30);
}

/**
 * Open a sheet over the chat and return its <dialog>. It closes by Escape, by its ✕ and by a click outside; `onclose` is told.
 * `look` is "sheet" (the foot of a phone, the middle of a desktop), "drawer" (the right edge) or "viewer" (everything).
 */
export function sheet({ title, body, look = "sheet", onclose }) {
  const close = h("button", { type: "button", class: "round close", "aria-label": t("close"), onclick: () => dialog.close() }, icon("close"));
  const head = h("div", { class: "sheet-head" }, h("h2", {}, title), close);
  const dialog = h("dialog", { class: look, "aria-label": title }, h("div", { class: "sheet-body" }, head, body));
  dialog.addEventListener("pointerdown", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    onclose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** The dialog of answerCallbackQuery with show_alert. */
export function alertBox(text) {
  const ok = h("button", { type: "button", class: "primary", onclick: () => dialog.close() }, t("ok"));
  const dialog = h("dialog", { class: "sheet alert", role: "alertdialog", "aria-label": text },
    h("div", { class: "sheet-body" }, h("p", { class: "alert-text" }, text), ok));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** Pictures and films of one message over the whole window; arrows go from one to the next. */
export function view(items, start) {
  let index = start;
  const stage = h("div", { class: "stage" });
  const save = h("a", { class: "round", "aria-label": t("download") }, icon("save"));
  const count = h("span", { class: "count-of" });
  const step = (by) => () => show((index + by + items.length) % items.length);
  const arrows = items.length > 1 ? [
    h("button", { type: "button", class: "round prev", "aria-label": t("previous"), onclick: step(-1) }, icon("prev")),
    h("button", { type: "button", class: "round next", "aria-label": t("next"), onclick: step(1) }, icon("next")),
  ] : [];

  function show(next) {
    index = next;
    const item = items[index];
    stage.replaceChildren(item.kind === "photo"
      ? h("img", { src: item.url, alt: t("photo") })
      : h("video", { src: item.url, controls: true, autoplay: true, playsinline: true }));
    save.href = item.url;
    save.download = item.name;
    count.textContent = items.length > 1 ? `${index + 1} / ${items.length}` : "";
  }
  show(index);
  const dialog = sheet({ title: t("open"), look: "viewer", body: [stage, ...arrows, h("div", { class: "viewer-bar" }, count, save)] });
  stage.addEventListener("click", (event) => event.target.tagName !== "VIDEO" && dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") step(-1)();
    if (event.key === "ArrowRight") step(1)();
  });
}
