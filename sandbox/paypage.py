"""The page where a person pays: one card, for every provider. No script; each button is a form of its own."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from aiohttp import web

_HEAD = """<!doctype html><html lang="ru"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
:root{{color-scheme:light dark;--card:#fff;--back:#eef1f5;--line:#0002;--main:#0b6bcb}}
@media(prefers-color-scheme:dark){{:root{{--card:#1d2126;--back:#12151a;--line:#fff2;--main:#3d92e6}}}}
*{{box-sizing:border-box}}body{{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--back);font:16px/1.45 system-ui,sans-serif}}
main{{width:100%;max-width:24rem;background:var(--card);border:1px solid var(--line);border-radius:1.2rem;padding:1.5rem}}
h1{{font-size:2rem;margin:.3rem 0 .2rem;overflow-wrap:anywhere}}p{{margin:.4rem 0;overflow-wrap:anywhere}}small{{opacity:.7}}
button,a.button{{display:block;width:100%;margin-top:.7rem;padding:.95rem;border:1px solid var(--line);border-radius:.8rem;background:none;color:inherit;font:inherit;text-align:center;text-decoration:none;cursor:pointer}}
button.main{{background:var(--main);border-color:var(--main);color:#fff;font-weight:600}}
button:focus-visible,a:focus-visible{{outline:3px solid var(--main);outline-offset:2px}}</style>
<main>"""
_FOOT = "<p><small>Песочница: деньги здесь не настоящие.</small></p></main></html>"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # under no-referrer a browser says that its own form comes from nowhere
}


@dataclass(frozen=True, slots=True)
class Button:
    """A form with nothing but a button: POST to `action`, a path of this peer."""

    label: str
    action: str
    main: bool = False

    def __str__(self) -> str:
        kind = " class='main'" if self.main else ""
        return f"<form method='post' action='{escape(self.action)}'><button{kind}>{escape(self.label)}</button></form>"


def page(
    *, shop: str, amount: str, lines: list[str], buttons: list[Button], back: str = "", status: int = 200
) -> web.Response:
    """What is paid, what can be done, and the way back to the shop. All texts are escaped here."""
    body = _HEAD.format(title=escape(f"{amount} — {shop}")) + f"<small>{escape(shop)}</small><h1>{escape(amount)}</h1>"
    body += "".join(f"<p>{escape(line)}</p>" for line in lines if line) + "".join(map(str, buttons))
    if back:
        body += f"<a class='button' href='{escape(back)}' rel='noreferrer'>Вернуться в магазин</a>"
    return web.Response(text=body + _FOOT, content_type="text/html", headers=HEADERS, status=status)


def by_browser(request: web.Request) -> bool:
    """Whether a person's form asks, who wants to see the page again, and not a program, which wants JSON."""
    return "text/html" in request.headers.get("Accept", "")
