// Sending files: the menu of kinds, and the sheet that shows what is about to be sent.

import { sheet, toast } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { size, t } from "./words.js";

const KINDS = [
  ["photo", "photoItem", "image/*"],
  ["video", "videoItem", "video/*"],
  ["audio", "audioItem", "audio/*"],
  ["document", "fileItem", ""],
];
const PHOTO = /^image\/(jpeg|png|webp|bmp)$/; // what Telegram takes as a photo; other pictures go as files

const input = h("input", { type: "file", multiple: true, hidden: true });
document.body.append(input);

/** What a file is when nobody said: by its type. */
function kindOf(file) {
  if (PHOTO.test(file.type)) return "photo";
  if (file.type.startsWith("video/")) return "video";
  if (file.type.startsWith("audio/")) return "audio";
  return "document";
}

/** Ask what to attach, above the button that was pressed; `chosen(files, kind)` gets the person's choice. */
export function attachMenu(button, chosen) {
  const pick = (kind, accept) => () => {
    input.accept = accept;
    input.value = ""; // the same file may be chosen twice in a row
    input.onchange = () => chosen(input.files, kind);
    menu.close();
    input.click();
  };
  const items = KINDS.map(([kind, word, accept]) =>
    h("button", { type: "button", class: "item", "data-kind": kind, onclick: pick(kind, accept) }, icon(kind === "document" ? "file" : kind), t(word)));
  const menu = popover(button, items, "above");
}

/** A small menu beside a button, as a dialog: Escape and a click outside close it, the focus comes back. */
export function popover(button, items, place) {
  const menu = h("dialog", { class: `popover ${place}` }, h("div", { class: "popover-body" }, items));
  menu.addEventListener("pointerdown", (event) => event.target === menu && menu.close());
  menu.addEventListener("close", () => menu.remove());
  document.body.append(menu);
  const edge = button.getBoundingClientRect();
  menu.style.setProperty("--right", `${Math.max(8, window.innerWidth - edge.right)}px`);
  menu.style.setProperty(place === "above" ? "--bottom" : "--top", `${place === "above" ? window.innerHeight - edge.top + 8 : edge.bottom + 8}px`);
  menu.showModal();
  return menu;
}

/** Show `files`, ask for a caption, then call `send(file, kind, caption)` for each; the caption goes with the first. */
export function preview(files, kind, send) {
  const kinds = files.map((file) => (kind === "photo" && !PHOTO.test(file.type) ? kindOf(file) : kind ?? kindOf(file)));
  const urls = files.map((file) => URL.createObjectURL(file));
  const raw = h("input", { type: "checkbox" });
  const caption = h("textarea", { rows: "1", placeholder: t("caption"), "aria-label": t("caption"), maxlength: "1024" });
  const button = h("button", { type: "submit", class: "primary" }, files.length > 1 ? t("sendFiles", { n: files.length }) : t("send"));
  const form = h("form", { class: "preview" },
    h("div", { class: `previews${files.length > 1 ? " many" : ""}` }, files.map((file, index) => thumbnail(file, kinds[index], urls[index]))),
    kinds.includes("photo") && h("label", { class: "check" }, raw, t("asFile")),
    caption, button);
  caption.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    button.textContent = t("sending");
    try {
      for (const [index, file] of files.entries()) {
        await send(file, raw.checked && kinds[index] === "photo" ? "document" : kinds[index], index === 0 ? caption.value.trim() : "");
      }
      dialog.close();
    } catch (refused) {
      button.disabled = false;
      button.textContent = t("send");
      toast(`${t("notSent")}: ${refused.message || t("noLine")}`, "bad");
    }
  });
  const dialog = sheet({ title: t("attach"), body: form, onclose: () => urls.forEach((url) => URL.revokeObjectURL(url)) });
  caption.focus();
}

function thumbnail(file, kind, url) {
  if (kind === "photo") return h("img", { src: url, alt: file.name });
  if (kind === "video") return h("video", { src: url, muted: true, preload: "metadata", "aria-label": file.name });
  return h("div", { class: "file" }, h("span", { class: "file-icon" }, icon(kind === "audio" ? "audio" : "file")),
    h("span", { class: "file-words" }, h("b", {}, file.name), h("small", {}, size(file.size))));
}
