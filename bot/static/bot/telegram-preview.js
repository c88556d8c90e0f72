/* The preview of a hold's words: what stands in the form, as Telegram would show it, while it is typed.
   A text is parsed by the browser but only known tags come out, built anew and without attributes. A browser mends what
   Telegram refuses, so what is wrong is asked of the server, by whose rule the words are saved. */
(() => {
  const PAUSE_MS = 250; // after the last key, before the server is asked
  const TAGS = {
    b: "b", strong: "b", i: "i", em: "i", u: "u", ins: "u", s: "s", strike: "s", del: "s",
    code: "code", pre: "pre", blockquote: "blockquote", a: "a", span: "tg-spoiler", "tg-spoiler": "tg-spoiler", "tg-emoji": "span",
  };

  function copied(from, into) {
    for (const node of from.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) {
        into.append(node.data);
      } else if (node.nodeType === Node.ELEMENT_NODE) {
        const tag = TAGS[node.localName];
        if (!tag) {
          into.append(`<${node.localName}>`);
          copied(node, into);
          continue;
        }
        const made = document.createElement(tag);
        if (tag === "a") made.title = node.getAttribute("href") || "";
        copied(node, made);
        into.append(made);
      }
    }
  }

  function show(preview, words) {
    const parsed = new DOMParser().parseFromString(words.message.replaceAll("{until}", preview.dataset.until), "text/html");
    const text = preview.querySelector(".tg-text");
    text.replaceChildren();
    copied(parsed.body, text);
    preview.querySelector(".tg-key").textContent = words.button;
    preview.querySelector(".tg-toast").textContent = words.toast;
    const lengths = [[text.textContent.trim(), 4096], [words.button, 64], [words.toast, 200]];
    preview.querySelectorAll(".tg-count b").forEach((count, at) => {
      const [shown, most] = lengths[at];
      const length = [...shown].length;
      count.textContent = `${length} / ${most}`;
      count.classList.toggle("tg-over", length > most || !length);
    });
  }

  // What the server says of the words, under them; of an older question nothing.
  async function check(preview, words) {
    const list = preview.querySelector(".tg-wrong");
    const asked = JSON.stringify(words);
    preview.dataset.asked = asked;
    let said;
    try {
      const token = preview.closest("form").elements.csrfmiddlewaretoken.value;
      const answer = await fetch(preview.dataset.check, {
        method: "POST",
        headers: { "X-CSRFToken": token },
        body: new URLSearchParams(words),
      });
      said = answer.ok ? Object.values(await answer.json()).flat() : [list.dataset.away];
    } catch {
      said = [list.dataset.away];
    }
    if (preview.dataset.asked !== asked) return;
    list.replaceChildren(
      ...said.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })),
    );
  }

  function bind(preview) {
    const fields = ["message", "button", "toast"].map((name) => [name, document.getElementById(`id_${name}`)]);
    const said = () =>
      Object.fromEntries(fields.map(([name, field]) => [name, field ? field.value : preview.dataset[name]]));
    const clock = { timeZone: "Europe/Moscow", hour: "2-digit", minute: "2-digit" };
    preview.querySelector(".tg-time").textContent = new Date().toLocaleTimeString("ru", clock);
    let soon;
    const update = () => {
      const words = said();
      show(preview, words);
      if (!preview.dataset.check) return;
      clearTimeout(soon);
      soon = setTimeout(() => check(preview, words), PAUSE_MS);
    };
    for (const [, field] of fields) field?.addEventListener("input", update);
    update();
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".tg-preview").forEach(bind));
})();
