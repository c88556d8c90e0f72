// The drawer of troubles: what fails now, and switching more on. For operators who want to see how the bot copes.

import * as api from "./api.js";
import { sheet, toast } from "./dialogs.js";
import { field, h } from "./dom.js";
import { language, t } from "./words.js";

// name → [what a person sees in Russian, in English, the parameter it takes]; what is not here shows in the sandbox's own words
const TROUBLES = {
  429: ["слишком часто: подожди и повтори", "too many requests: wait and repeat", "retry_after"],
  500: ["внутренняя ошибка Telegram", "Telegram's internal error"],
  502: ["Telegram на минуту недоступен", "Telegram is away for a minute"],
  timeout: ["Telegram принял вызов и молчит", "Telegram takes the call and is silent"],
  answer_lost: ["дело сделано, а ответ потерян", "the work is done, the answer is lost"],
  refused: ["соединение отвергнуто", "the connection is refused"],
  duplicate: ["событие приходит боту дважды", "the bot gets the event twice"],
  late: ["событие приходит с опозданием", "the bot gets the event late", "seconds"],
  forged: ["вместе с событием приходит поддельное", "a forged event comes too"],
  not_delivered: ["событие не доходит", "the event does not arrive"],
  blocked: ["человек заблокировал бота", "the person has blocked the bot"],
  not_modified: ["«message is not modified»", "“message is not modified”"],
  url_rejected: ["Telegram не берёт файл по ссылке", "Telegram refuses a file by its URL"],
};

const DELIVERY = new Set(["duplicate", "late", "forged", "not_delivered"]); // troubles of updates on their way to the bot

const troubleName = (name, own = "") => TROUBLES[name]?.[language() === "ru" ? 0 : 1] ?? own;

export async function openFaults() {
  const list = h("ul", { class: "faults" });
  const delivery = h("div", { class: "delivery" });
  const form = h("div", {});
  const clear = h("button", { type: "button", class: "quiet", onclick: () => attempt(api.clearFaults) }, t("clear"));

  async function attempt(work) {
    try {
      await work();
      const [now, state] = await Promise.all([api.faults(), api.state()]);
      showActive(list, clear, now.faults);
      if (!form.firstChild) form.append(faultForm(now.known, (fault) => attempt(() => api.addFault(fault))));
      showDelivery(delivery, state);
    } catch (refused) {
      toast(refused.message || t("noLine"), "bad");
    }
  }

  sheet({
    title: t("faults"), look: "drawer",
    body: h("div", { class: "stack" }, h("p", {}, t("faultsText")), h("h3", {}, t("active")), list, clear, form, h("h3", {}, t("delivery")), delivery),
  });
  await attempt(async () => {});
}

function showActive(list, clear, active) {
  clear.hidden = active.length === 0;
  list.replaceChildren(...(active.length ? active.map((fault) => h("li", {},
    h("code", {}, fault.method === "*" ? t("anyMethod") : fault.method), " ", h("b", {}, String(fault.fault)), " ", troubleName(fault.fault),
    h("small", {}, fault.times ? t("left", { n: fault.left ?? fault.times }) : t("untilCleared")))) : [h("li", { class: "none" }, t("none"))]));
}

function showDelivery(box, state) {
  const webhook = state.webhook ?? state;
  const lines = [webhook.url ? `${t("webhook")}: ${webhook.url}` : t("polling")];
  lines.push(t("pending", { n: state.pending ?? webhook.pending_update_count ?? 0 }));
  if (webhook.last_error_message) lines.push(t("lastError", { text: webhook.last_error_message }));
  box.replaceChildren(...lines.map((line) => h("p", {}, line)));
}

/** The form that switches one on; `known` is what this sandbox knows: `{methods, faults: {name: sentence}}`. */
function faultForm(known, add) {
  const method = h("select", { name: "method" }, ["*", ...known.methods].map((name) => h("option", { value: name }, name === "*" ? `* (${t("anyMethod")})` : name)));
  const fault = h("select", { name: "fault" }, Object.entries(known.faults).map(([name, own]) => h("option", { value: name }, `${name}: ${troubleName(name, own)}`)));
  const times = h("input", { type: "number", name: "times", min: "0", max: "1000", value: "1" });
  const seconds = h("input", { type: "number", name: "seconds", min: "0", max: "3600", value: "3" });
  const secondsField = field(t("seconds"), seconds);
  const parameter = () => TROUBLES[fault.value]?.[2];
  const chosen = () => {
    secondsField.hidden = !parameter();
    const delivery = DELIVERY.has(fault.value);
    if (delivery !== (method.value === "webhook")) method.value = delivery ? "webhook" : "*";
  };
  fault.addEventListener("change", chosen);
  chosen();
  const form = h("form", { class: "fields" }, field(t("method"), method), field(t("fault"), fault),
    field(t("times"), times), secondsField, h("button", { type: "submit", class: "primary" }, t("turnOn")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const more = parameter() ? { [parameter()]: Number(seconds.value) } : {};
    add({ method: method.value, fault: fault.value, times: Number(times.value), ...more });
  });
  return form;
}
