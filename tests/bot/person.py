"""A person in a chat with the bot: says, sends and taps, as the dispatcher would pass it to the router.

Every screen that comes back is held against Telegram's limits and our promises about screens.
"""

import itertools
import re
from dataclasses import dataclass, field
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser

from django.db import transaction
from django.utils import translation

import bot.handlers  # noqa: F401 (fills the router)
from bot.events import Command, Event, File, Message, Paid, Tap
from bot.models import Dialog
from bot.router import on, read
from bot.screen import Button, Screen
from payments import ledger, people
from payments.customer import Customer
from reliability import cid

_ids = itertools.count(800_000_001)
LEAVING = {"menu", "home", "prev", "offer", "balance", "topup", "history"}  # actions that lead out of a screen


@dataclass
class Person:
    """`screen` is what the bot has said last."""

    customer: Customer
    screen: Screen = field(default_factory=lambda: Screen(""))
    message_ids: itertools.count = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def new(cls, rubles: str, *, language: str, name: str) -> "Person":
        telegram_id = next(_ids)
        customer, _ = people.meet(telegram_id, first_name=name, username=None, language_code=language)
        if Decimal(rubles):
            ledger.bonus(customer, Decimal(rubles), ref=f"bonus:test:{telegram_id}", cid=cid.new())
        return cls(customer)

    @property
    def chat(self) -> int:
        return self.customer.telegram_id

    @property
    def dialog(self) -> Dialog:
        return Dialog.objects.get_or_create(chat=self.chat, defaults={"customer": self.customer})[0]

    @property
    def labels(self) -> list[str]:
        return [button.text for row in self.screen.keys for button in row]

    def does(self, kind: type[Event], **what: object) -> Screen | None:
        """An event, answered in one transaction in the person's language, as the dispatcher does it."""
        self.customer.refresh_from_db()
        _ = self.dialog
        with transaction.atomic():
            dialog = Dialog.objects.select_for_update().get(chat=self.chat)
            where = {"customer": self.customer, "dialog": dialog, "chat": self.chat}
            event = kind(**where, **{"message_id": next(self.message_ids), **what})
            with translation.override(self.customer.locale):
                screen = on.answer(event)
        if screen is not None:
            check(screen)
            self.screen = screen
        return screen

    def command(self, name: str) -> Screen:
        return self.does(Command, name=name)

    def say(self, text: str, *, date: int = 0) -> Screen:
        return self.does(Message, text=text, date=date)

    def send(self, group: str = "", caption: str = "", **file: object) -> Screen:
        return self.does(
            Message, text=caption, file=File(**{"file_id": "AgAC" + "x" * 60, **file}), media_group_id=group
        )

    def photo(self, **file: object) -> Screen:
        return self.send(
            **{"kind": "photo", "mime": "image/jpeg", "size": 90_000, "width": 1280, "height": 960, **file}
        )

    def tap(self, label: str) -> Screen:
        """The button of the last screen whose text begins with `label` (or holds it, if none begins so)."""
        buttons = [button for row in self.screen.keys for button in row]
        found = [one for one in buttons if one.text.startswith(label)] or [one for one in buttons if label in one.text]
        assert found, f"no {label!r} among {self.labels} under {self.screen.text}"
        return self.press(found[0].data)

    def press(self, data: str, *, on_text: bool = True, under: int | None = None) -> Screen:
        """A button by its data, of any message; `under` is its number, where it matters whether it is the same one."""
        action, *args = data.split(":")
        where = {} if under is None else {"message_id": under}
        return self.does(Tap, action=action, args=tuple(args), on_text=on_text, **where)

    def data(self, label: str) -> str:
        return next(button.data for row in self.screen.keys for button in row if label in button.text)

    def pays(self, payload: str, stars: int, charge: str = "charge-1") -> Screen | None:
        return self.does(Paid, payload=payload, currency="XTR", amount=stars, charge_id=charge)

    def orders(self, model: str, prompt: str = "Рыжий кот на окне") -> Screen:
        """From the menu to the confirmation of a model that asks for a text alone."""
        from kie.models import AIModel

        self.press(f"start:{AIModel.objects.get(key=model).pk}")
        return self.say(prompt)


class _Tags(HTMLParser):
    ALLOWED = {"b", "i", "code", "a"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        assert tag in self.ALLOWED, tag
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(screen: Screen) -> None:
    """What holds for every screen: Telegram would take it, every button has a handler, there is a way out."""
    tags = _Tags()
    tags.feed(screen.text)
    assert not tags.open, screen.text
    plain = unescape(re.sub(r"<[^>]+>", "", screen.text))
    assert 0 < len(plain) <= 4096
    assert not screen.media or len(screen.text) <= 1024  # the sender cuts what is longer, through tags and entities
    assert "\n\n\n" not in screen.text
    assert plain == plain.strip()
    buttons = [button for row in screen.keys for button in row]
    assert len(buttons) <= 100
    assert all(len(row) <= 8 for row in screen.keys)
    for button in buttons:
        check_button(button)
    final_word = not buttons
    assert final_word or any(button.url or button.data.split(":")[0] in LEAVING | {"language"} for button in buttons), (
        screen
    )
    if screen.invoice:
        assert len(screen.invoice.title) <= 32
        assert len(screen.invoice.description) <= 255


def check_button(button: Button) -> None:
    assert 0 < len(button.text) <= 64
    if button.url:
        return
    assert 1 <= len(button.data.encode()) <= 64
    action, *args = button.data.split(":")
    assert action in on.taps, f"{button.data} has no handler"
    assert read(tuple(args), on.taps[action][1]) is not None, f"{button.data} does not fit its handler"
