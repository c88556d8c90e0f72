"""An order from the first word to the delivered picture, in one process against local peers: every line of its log, as
production writes it, carries its correlation id, and none has a secret or names the person.
"""

import io
import json
import logging
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
import requests
from PIL import Image

from bot.models import Update
from kie import callback
from kie.catalogue import AIModel
from kie.job import Job
from payments import topups
from payments.models import Customer
from reliability import cid, log
from reliability.cid import LENGTH
from tests import published
from tests.bot.chat import Bot, fresh_gateway
from tests.kie.at_work import Door, opened, work
from tests.sandbox.kie_side import KIE_KEY, QUICK, Kie, sandbox_process
from tests.sandbox.telegram_side import DEADLINE_S, Telegram

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("log")]
TOKEN = "424242:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRETS = (
    "KIE_API_KEY",
    "KIE_CALLBACK_TOKEN",
    "WEBHOOK_SECRET_PATH",
    "WEBHOOK_SECRET_TOKEN",
    "SECRET_KEY",
    "LEDGER_KEY",
)


class Log:
    """What production's log says, line by line."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def events(self) -> dict[str, list[str]]:
        """By correlation id."""
        told = defaultdict(list)
        for line in self.lines:
            told[line.get("cid", "")].append(line["event"])
        return told


@pytest.fixture
def written(monkeypatch) -> Iterator[Log]:
    """From the renderer of production, into memory."""
    root, written = logging.getLogger(), Log()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr(sys, "stdout", written.stream)
    log.configure(json=True)
    monkeypatch.undo()
    yield written
    log.configure()
    root.handlers[:], root.level = handlers, level


@pytest.fixture(scope="module")
def peers(tmp_path_factory) -> Iterator[dict[str, str]]:
    credentials = {"TELEGRAM_BOT_TOKEN": TOKEN, "KIE_API_KEY": KIE_KEY}
    with sandbox_process(tmp_path_factory.mktemp("peers"), peers=("telegram", "kie"), **credentials) as process:
        yield process.origins


@pytest.fixture
def telegram(peers, settings) -> Iterator[Telegram]:
    settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_API_URL = TOKEN, peers["telegram"]
    settings.KIE_API_URL = settings.KIE_UPLOAD_URL = peers["kie"]
    settings.KIE_API_KEY, settings.DEMO_BONUS_RUB = KIE_KEY, Decimal("300.00")
    settings.PAYMENTS_ENABLED = True
    Kie(peers["kie"], KIE_KEY).config(**QUICK)
    fresh_gateway()
    telegram = Telegram(peers["telegram"], TOKEN)
    telegram.reset()
    yield telegram.with_person()
    fresh_gateway()


@pytest.fixture
def door(settings) -> Iterator[Door]:
    with opened() as door:
        settings.KIE_CALLBACK_BASE_URL = door.origin
        yield door


@pytest.fixture
def bot(telegram) -> Bot:
    published.publish()
    return Bot()


@pytest.fixture
def taps(bot: Bot, telegram: Telegram) -> Callable[[str], None]:
    """Presses the newest button that does something, and the bot answers."""

    def press(action: str) -> None:
        for message in reversed(telegram.chat()["messages"]):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for key in row:
                    if key.get("callback_data", "").startswith(action):
                        telegram.presses(message, key["callback_data"])
                        return bot.polls(telegram)
        raise AssertionError(f"nothing does {action}")

    return press


def sends_a_photo(telegram: Telegram) -> None:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(out, "JPEG")
    url = f"{telegram.origin}/sandbox/chats/{telegram.user}/upload"
    answer = requests.post(url, files={"file": ("me.jpg", out.getvalue())}, data={"kind": "photo"}, timeout=DEADLINE_S)
    assert answer.ok, answer.text


def keeps_silent_about(written: Log, telegram: Telegram, settings) -> None:
    text = written.stream.getvalue()
    for secret in (TOKEN, TOKEN.partition(":")[2], *(getattr(settings, name) for name in SECRETS), str(telegram.user)):
        assert secret not in text, [line for line in text.splitlines() if secret in line][:3]


def test_every_line_of_an_order_carries_its_id_and_no_secret(bot, telegram, taps, door, client, written, settings):
    model = AIModel.objects.get(kie_model="google/nano-banana-edit")
    telegram.fault("answerCallbackQuery", "429", retry_after=1, times=9)  # said by a thread of a pool
    telegram.writes("/start")
    bot.polls(telegram)
    taps("shelf:image")
    telegram.presses(telegram.chat()["messages"][-1], f"start:{model.pk}", force=True)
    bot.polls(telegram)
    sends_a_photo(telegram)
    bot.polls(telegram)
    taps("done:")
    telegram.writes("Добавь шляпу")
    bot.polls(telegram)
    taps("run:")
    work()  # uploads and submits
    public_id, signed, body = door.knocks.get(timeout=DEADLINE_S)
    path = f"/callbacks/kie/{public_id}/{signed}"
    assert client.post(path, body, content_type="application/json").status_code == 200
    work()
    while bot.answers() + bot.sends():
        pass
    bot.dispatch.taps.shutdown()

    job = Job.objects.get()
    assert job.state == "succeeded", job.error
    assert [line["event"] for line in written.lines if len(line.get("cid", "")) != LENGTH] == []
    story = written.events()
    expected = [
        "update.stored",
        "update.claimed",
        "update.routed",
        "ledger.moved",
        "job.confirmed",
        "update.done",
        "telegram.tap_not_answered",
        "delivery.sent",
        "job.submitting",
        "kie.asked",
        "job.running",
        "callback.heard",
        "job.ended",
    ]
    assert set(expected) <= set(story[job.cid]), set(expected) - set(story[job.cid])
    assert story[job.cid].count("kie.asked") >= 3  # the upload, the create, a look
    for update in Update.objects.all():
        assert {"update.stored", "update.claimed", "update.routed", "update.done"} <= set(story[update.cid])
    assert callback.signature(public_id) not in written.stream.getvalue()
    keeps_silent_about(written, telegram, settings)


def test_so_do_the_lines_of_a_failure_and_of_a_payment(bot, telegram, written, settings, monkeypatch):
    telegram.writes("/start")
    bot.polls(telegram)

    def fails(event):
        raise RuntimeError(f"planted, with {settings.TELEGRAM_BOT_TOKEN}")

    from bot.router import on

    monkeypatch.setitem(on.commands, "menu", fails)
    telegram.writes("/menu")
    bot.polls(telegram)
    for _ in range(3):
        Update.objects.filter(state="new").update(due_at="2020-01-01T00:00:00Z")
        bot.answers()
    with cid.bound(cid.new()) as paid:
        offer = topups.start(Customer.objects.get(), Decimal("50.00"), cid=paid)
        topups.paid(offer, external_id="charge-1", currency="XTR", minor_amount=offer.minor_amount, cid=paid)
    while bot.sends():
        pass

    assert [line["event"] for line in written.lines if len(line.get("cid", "")) != LENGTH] == []
    story = written.events()
    dead = Update.objects.get(state="dead").cid
    assert {"update.failed", "update.dead", "delivery.sent"} <= set(story[dead])
    assert {"topup.paid", "ledger.moved", "delivery.sent"} <= set(story[paid])
    keeps_silent_about(written, telegram, settings)
