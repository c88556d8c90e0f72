// Photos, videos, sounds and files of a message, alone or as an album.

import { fileUrl } from "./api.js";
import { h, icon } from "./dom.js";
import { duration, has, size, t } from "./words.js";

const WIDEST = 420; // CSS pixels of a picture in a bubble
const TALLEST = 460;
// How many pictures stand in each row of an album of 1…10.
const ALBUM_ROWS = [[], [1], [2], [1, 2], [2, 2], [2, 3], [3, 3], [1, 3, 3], [2, 3, 3], [3, 3, 3], [2, 2, 3, 3]];

/** What a message carries: `{kind, id, name, …}`, or null for a message of words. */
export function mediaOf(message) {
  if (message.photo?.length) {
    const best = message.photo.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a));
    return { kind: "photo", id: best.file_id, width: best.width, height: best.height, name: `photo-${message.message_id}.jpg` };
  }
  const film = message.video || message.animation || message.video_note;
  if (film) {
    const name = film.file_name || `video-${message.message_id}.mp4`;
    return { kind: "video", id: film.file_id, width: film.width || film.length, height: film.height || film.length, loop: Boolean(message.animation), name };
  }
  for (const kind of ["audio", "voice", "document"]) {
    if (message[kind]) return { ...message[kind], kind, id: message[kind].file_id, name: message[kind].file_name || "" };
  }
  return null;
}

const visual = (media) => media.kind === "photo" || media.kind === "video";

/**
 * The node of one or more media, and the width in pixels that its bubble takes (0: as wide as it likes).
 * `actions.view(items, index)` opens the viewer.
 */
export function mediaNode(list, actions) {
  if (!list.every(visual)) return { node: h("div", { class: "files" }, list.map(row)), width: 0 };
  const items = list.map((media) => ({ ...media, url: fileUrl(media.id) }));
  if (items.length > 1) return { node: album(items, actions), width: WIDEST };
  const [media] = items;
  const [width, height] = [media.width || WIDEST, media.height || WIDEST];
  const scale = Math.min(1, WIDEST / width, TALLEST / height);
  const shown = Math.max(160, Math.round(width * scale));
  const node = h("div", { class: "frame" }, media.kind === "photo" ? shot(items, 0, actions) : film(media));
  node.style.aspectRatio = `${width} / ${Math.min(height, width * 2)}`;
  return { node, width: shown };
}

function shot(items, index, actions) {
  const media = items[index];
  const content = media.kind === "photo"
    ? h("img", { src: media.url, alt: "", draggable: "false", decoding: "async", onerror: gone })
    : h("video", { src: `${media.url}#t=0.1`, preload: "metadata", muted: true, playsinline: true, tabindex: "-1" });
  const badge = media.kind === "video" && h("span", { class: "play-badge" }, icon("play"));
  const label = `${t(media.kind)} ${items.length > 1 ? `${index + 1}/${items.length}` : ""}, ${t("open")}`;
  return h("button", { type: "button", class: "shot", "aria-label": label, onclick: () => actions.view(items, index) }, content, badge);
}

function film(media) {
  const video = h("video", { src: media.url, preload: "metadata", controls: !media.loop, playsinline: true, "aria-label": t("video"), onerror: gone });
  if (media.loop) Object.assign(video, { loop: true, muted: true, autoplay: true });
  return video;
}

function gone(event) {
  event.target.parentElement?.append(h("span", { class: "gone" }, t("mediaGone")));
}

function album(items, actions) {
  const grid = h("div", { class: "album" });
  let index = 0;
  for (const inRow of ALBUM_ROWS[items.length] ?? items.map(() => 1)) {
    for (let n = 0; n < inRow; n += 1, index += 1) {
      const cell = shot(items, index, actions);
      cell.classList.add(`of-${inRow}`);
      grid.append(cell);
    }
  }
  return grid;
}

function row(media) {
  return media.kind === "document" ? documentRow(media) : player(media);
}

function documentRow(media) {
  const name = media.name || t("file");
  const extension = name.includes(".") ? name.split(".").pop().slice(0, 4) : "";
  const about = media.file_size ? size(media.file_size) : media.mime_type || "";
  return h("a", { class: "file", href: fileUrl(media.id), download: name, "aria-label": `${t("download")}: ${name}, ${about}` },
    h("span", { class: "file-icon" }, extension ? h("span", {}, extension) : icon("file")),
    h("span", { class: "file-words" }, h("b", {}, name), h("small", {}, about, h("span", { class: "save" }, icon("save")))));
}

/** Music or voice: a button, a slider and the time. The file is fetched when it is played, not before. */
function player(media) {
  const sound = h("audio", { src: fileUrl(media.id), preload: "none" });
  const button = h("button", { type: "button", class: "round-play", "aria-label": t("play"), onclick: toggle }, icon("play"));
  const slider = h("input", { type: "range", min: "0", max: "1000", value: "0", "aria-label": t("position"), oninput: seek });
  const time = h("small", { class: "time" }, duration(media.duration));
  const length = () => (Number.isFinite(sound.duration) && sound.duration) || media.duration || 0;

  function toggle() {
    if (sound.paused) sound.play().catch(() => { time.textContent = t("mediaGone"); });
    else sound.pause();
  }
  function seek() {
    if (length()) sound.currentTime = (slider.value / 1000) * length();
    show();
  }
  function show() {
    const part = length() ? sound.currentTime / length() : 0;
    if (document.activeElement !== slider || !sound.paused) slider.value = String(Math.round(part * 1000));
    slider.style.setProperty("--played", `${part * 100}%`);
    slider.setAttribute("aria-valuetext", duration(sound.currentTime));
    time.textContent = sound.currentTime ? `${duration(sound.currentTime)} / ${duration(length())}` : duration(length());
  }
  function turned() {
    button.replaceChildren(icon(sound.paused ? "play" : "pause"));
    button.setAttribute("aria-label", t(sound.paused ? "play" : "pause"));
    show();
  }
  for (const event of ["play", "pause", "ended"]) sound.addEventListener(event, turned);
  for (const event of ["timeupdate", "loadedmetadata"]) sound.addEventListener(event, show);

  const voice = media.kind === "voice";
  const name = media.title || media.name || t("audio");
  const title = voice ? null : h("b", {}, media.performer ? `${media.performer} – ${name}` : name);
  const save = h("a", { class: "save", href: sound.src, download: media.name || `${media.kind}.${voice ? "ogg" : "mp3"}`, "aria-label": t("download") }, icon("save"));
  return h("div", { class: `player ${media.kind}`, role: "group", "aria-label": voice ? t("voice") : `${t("audio")}: ${name}` },
    button, h("div", { class: "player-words" }, title, slider, h("span", { class: "under" }, time, save)), sound);
}

/** One thing sounds at a time: whatever begins to play stops the others. Call once. */
export function playOneAtATime() {
  document.addEventListener("play", (event) => {
    for (const other of document.querySelectorAll("audio, video")) {
      if (other !== event.target && !other.loop) other.pause();
    }
  }, true);
}

/** «Фото», «Голосовое сообщение»…: a message in two words, for a quote or the tab's title. */
export function inWords(message) {
  const media = mediaOf(message);
  const kind = media && { document: "file" }[media.kind] || media?.kind;
  return message.text || message.caption || (kind && has(kind) ? t(kind) : message.invoice?.title || "");
}
