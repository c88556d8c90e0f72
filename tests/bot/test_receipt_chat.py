"""A receipt all the way through a local Telegram: uploaded by a person, opened by the worker, answered by an operator."""

from decimal import Decimal

import pytest
import requests

from bot.handlers import receipt as handler
from bot.handlers import request
from bot.models import Update, UpdateState
from payments import ledger, receipts, topups
from payments.models import Receipt, ReceiptState, TopUp, TopUpState
from reliability import cid, instance
from reliability.due import run_due
from tests.bot.chat import Bot, last
from tests.payments.papers import PDF, picture
from tests.sandbox.telegram_side import DEADLINE_S, Telegram

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def asked(bot: Bot, telegram: Telegram, settings, command) -> TopUp:
    """The person has the details of a transfer of 500 ₽ before them."""
    settings.PAYMENTS_ENABLED = True
    settings.PAYMENT_PHONE, settings.PAYMENT_CARD = "+7 999 123-45-67", ""
    settings.PAYMENT_CARD_HOLDER, settings.PAYMENT_BANK = "Иван И.", "Т-Банк"

    def begin(event):
        wanted = topups.start(event.customer, Decimal("500.00"), provider="manual", cid=cid.current())
        return handler.details(event, wanted)

    command("transfer", begin)
    telegram.writes("/transfer")
    bot.polls(telegram)
    return TopUp.objects.get()


def uploads(telegram: Telegram, content: bytes, name: str, mime: str, kind: str = "document") -> None:
    url = f"{telegram.origin}/sandbox/chats/{telegram.user}/upload"
    answer = requests.post(url, files={"file": (name, content, mime)}, data={"kind": kind}, timeout=DEADLINE_S)
    assert answer.ok, answer.text


def opens() -> int:
    """The worker's part."""
    instance.beat("worker")
    return run_due(receipts.QUEUE, instance.me())


def presses(bot: Bot, telegram: Telegram, label: str) -> None:
    message = last(telegram)
    keys = message["reply_markup"]["inline_keyboard"]
    data = next(key["callback_data"] for row in keys for key in row if label in key["text"])
    telegram.presses(message, data)
    bot.polls(telegram)


@pytest.mark.parametrize(
    ("content", "name", "mime", "kind"),
    [(picture(form="JPEG"), "a.jpg", "image/jpeg", "photo"), (PDF, "check.pdf", "application/pdf", "document")],
)
def test_a_receipt_is_taken_opened_and_paid_for(bot, telegram, asked, content, name, mime, kind):
    assert "<code>" not in last(telegram)["text"]
    assert "+7 999 123-45-67" in last(telegram)["text"]
    presses(bot, telegram, "Я оплатил")
    uploads(telegram, content, name, mime, kind)
    bot.polls(telegram)
    assert "Чек получен, платёж на проверке" in last(telegram)["text"]

    assert opens() == 1
    row = Receipt.objects.get()
    assert (row.state, row.seen_before) == (ReceiptState.READ, None)
    topups.approve(asked.pk, by="admin:1")
    bot.polls(telegram)
    assert "пополнен на 500,00\u202f₽" in last(telegram)["text"]
    assert ledger.available(asked.customer) == 500


def test_a_damaged_file_is_told_and_the_next_one_is_good(bot, telegram, asked):
    uploads(telegram, b"PK\x03\x04 a docx under another name" * 20, "check.pdf", "application/pdf")
    bot.polls(telegram)
    assert "Чек получен" in last(telegram)["text"]
    opens()
    bot.polls(telegram)
    assert "не открывается" in last(telegram)["text"]
    asked.refresh_from_db()
    assert "не открывается" in request.shown(asked, waiting=False).text

    presses(bot, telegram, "Добавить чек")
    uploads(telegram, picture(form="JPEG"), "a.jpg", "image/jpeg", "photo")
    bot.polls(telegram)
    opens()
    assert [one.state for one in Receipt.objects.order_by("pk")] == ["unfit", "read"]
    assert "Чеков: 1" in last(telegram)["text"]


def test_the_same_receipt_of_another_person_is_flagged_and_neither_of_them_is_told(bot, telegram, asked):
    boris = telegram.with_person("Олег")
    boris.writes("/transfer")
    bot.polls(boris)
    for who in (telegram, boris):
        uploads(who, PDF, "check.pdf", "application/pdf")
        bot.polls(who)
    assert opens() == 2
    bot.polls(boris)

    first, second = Receipt.objects.order_by("pk")
    assert (first.seen_before, second.seen_before) == (None, first)
    assert first.file_unique_id != second.file_unique_id
    assert "Чек получен, платёж на проверке" in last(boris)["text"]


def test_the_same_receipt_sent_anew_is_told_to_have_been_here(bot, telegram, asked):
    for name in ("check.pdf", "again.pdf"):
        uploads(telegram, PDF, name, "application/pdf")
        bot.polls(telegram)
    assert opens() == 2
    bot.polls(telegram)

    assert "Этот чек уже был" in last(telegram)["text"]
    assert "второй раз не считается" in last(telegram)["text"]
    assert Receipt.objects.order_by("pk").last().seen_before == Receipt.objects.order_by("pk").first()


def test_two_screenshots_sent_together_are_both_there(bot, telegram, asked):
    for shade in (1, 2):
        uploads(telegram, picture(shade, "JPEG"), "a.jpg", "image/jpeg", "photo")
    bot.polls(telegram)
    assert (Receipt.objects.count(), TopUp.objects.get().state) == (2, TopUpState.PENDING)


def test_a_receipt_delivered_twice_is_one(bot, telegram, asked):
    uploads(telegram, PDF, "check.pdf", "application/pdf")
    update = telegram.ok("getUpdates", timeout=0)[-1]
    for _ in range(3):
        bot.takes(update)
    bot.polls(telegram)
    assert Receipt.objects.count() == 1
    assert not Update.objects.exclude(state=UpdateState.DONE).exists()


def test_while_telegram_gives_no_file_the_worker_comes_back(bot, telegram, asked):
    uploads(telegram, PDF, "check.pdf", "application/pdf")
    bot.polls(telegram)
    telegram.fault("getFile", "500", times=1)
    opens()
    row = Receipt.objects.get()
    assert (row.state, row.attempts) == (ReceiptState.NEW, 1)
    Receipt.objects.update(due_at=row.created_at)
    opens()
    assert Receipt.objects.get().state == ReceiptState.READ
