// Building nodes. Text only ever becomes a text node, so nothing a bot or a person writes can run here.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element: `h("button", {class: "key", onclick: press}, "Text")`.
 * A property that starts with `on` is a listener, `true` an empty attribute; `null`, `undefined` and `false` are left out.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A control under its words; they alone are its name, not the options of a list as well. */
export function field(words, control) {
  control.setAttribute("aria-label", words);
  return h("label", {}, words, control);
}

export const byId = (id) => document.getElementById(id);

// Strokes on a 24×24 field.
const ICONS = {
  menu: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  send: "M5 12 4 5l17 7-17 7 1-7Zm0 0h8",
  attach: "m19.5 11.5-7.8 7.8a5 5 0 0 1-7-7l8-8a3.4 3.4 0 0 1 4.8 4.8l-7.9 7.9a1.7 1.7 0 0 1-2.4-2.4l7.2-7.2",
  slash: "M4 7h16M4 12h16M4 17h10",
  down: "m6 9 6 6 6-6",
  close: "M6 6l12 12M18 6 6 18",
  check: "m5 12.5 4.5 4.5L19 7.5",
  link: "M8 16 16.5 7.5M9.5 7H17v7.5",
  copy: "M9 9h10v10H9zM5 15V5h10",
  play: "M8 5.5v13l11-6.5z",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  save: "M12 4v11m-5-4.5 5 5 5-5M5 20h14",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 2-2 5 5M15.5 9.5v.01",
  video: "M4 6h11v12H4zM15 10.5l5-3v9l-5-3",
  audio: "M9 17.5V6l10-2v11.5M9 17.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Zm10-2a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Z",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  plus: "M12 5v14M5 12h14",
  block: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM5.7 5.7l12.6 12.6",
  flask: "M9 3h6M10 3v6l-5 9a2 2 0 0 0 1.8 3h10.4a2 2 0 0 0 1.8-3l-5-9V3M7.5 15h9",
  prev: "m15 5-7 7 7 7",
  next: "m9 5 7 7-7 7",
};

/** A line icon that takes the colour of the text around it; it says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** The first letter of a name on one of eight gradients; the same id always gets the same gradient. */
export function paintAvatar(element, name, id) {
  element.textContent = [...(name || "?").trim()][0]?.toUpperCase() ?? "?";
  element.dataset.hue = String(Math.abs(Number(id) || 0) % 8);
  return element;
}

export const avatar = (name, id) => paintAvatar(h("span", { class: "avatar", "aria-hidden": "true" }), name, id);
