// The menu at the top: who writes to the bot, blocking it, and the way to the faults.

import * as api from "./api.js";
import { popover } from "./attach.js";
import { sheet, toast } from "./dialogs.js";
import { avatar, field, h, icon } from "./dom.js";
import { t } from "./words.js";

/** Open the menu. `actions`: `choose(user)`, `setBlocked(blocked)`, `faults()`. */
export function openMenu(button, people, me, actions) {
  const act = (work) => () => {
    menu.close();
    work();
  };
  const person = (user) => h("button", { type: "button", class: "item person", "data-user": user.id, "aria-current": user.id === me.id && "true", onclick: act(() => actions.choose(user)) },
    avatar(user.first_name, user.id), h("span", { class: "grow" }, user.first_name, h("small", {}, [user.username && `@${user.username}`, user.language_code].filter(Boolean).join(" · "))),
    user.id === me.id && icon("check"));
  const menu = popover(button, [
    h("h3", {}, t("people")), h("div", { class: "people" }, people.map(person)),
    h("button", { type: "button", class: "item", id: "add-person", onclick: act(() => addPerson(actions.choose)) }, icon("plus"), t("addPerson")),
    h("hr"),
    h("button", { type: "button", class: "item", id: "open-faults", onclick: act(actions.faults) }, icon("flask"), t("faults")),
    h("button", { type: "button", class: "item danger", id: "block", onclick: act(() => actions.setBlocked(!me.blocked)) }, icon("block"), t(me.blocked ? "unblock" : "block")),
  ], "below");
}

function addPerson(choose) {
  const name = h("input", { name: "first_name", required: true, maxlength: "64", autocomplete: "off" });
  const speaks = h("select", { name: "language_code" }, h("option", { value: "ru" }, "Русский"), h("option", { value: "en" }, "English"));
  const form = h("form", { class: "fields" },
    field(t("name"), name), field(t("language"), speaks),
    h("button", { type: "submit", class: "primary" }, t("add")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const user = await api.addUser({ first_name: name.value.trim(), language_code: speaks.value });
      dialog.close();
      choose(user);
    } catch (refused) {
      toast(refused.message || t("noLine"), "bad");
    }
  });
  const dialog = sheet({ title: t("addPerson"), body: form });
  name.focus();
}
