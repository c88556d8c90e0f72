"""A bank transfer in the chat: details that can be copied, the receipt, what fits and what does not."""

import pytest

from payments import ledger, receipts
from payments.models import Receipt, ReceiptKind, TopUp, TopUpState
from tests.bot.transfers import CARD, PHONE, bank, paying_anna, photo, transfers

__all__ = ["bank", "paying_anna", "transfers"]
pytestmark = pytest.mark.django_db


def test_the_details_can_be_copied_and_say_exactly_how_much(paying_anna):
    text = paying_anna.screen.text
    for part in ("<code>500</code>", f"<code>{CARD}</code>", f"<code>{PHONE}</code>", "Иван И.", "Т-Банк", "чек"):
        assert part in text
    assert "ℹ️" not in text
    assert [one[0].text for one in paying_anna.screen.keys[:2]] == ["✅ Я оплатил(а)", "❌ Отменить заявку"]


@pytest.mark.parametrize(("language", "shown"), [("ru", "<code>512,50</code>"), ("en", "<code>512.50</code>")])
def test_kopecks_are_copied_as_a_banks_app_takes_them(person, transfers, language, shown):
    assert shown in transfers(person(language=language), "512.50").text


def test_what_is_not_known_is_not_shown(person, transfers, settings):
    settings.PAYMENT_CARD = settings.PAYMENT_BANK = ""
    text = transfers(person()).text
    assert "Карта" not in text
    assert "Банк:" not in text


def test_a_receipt_is_asked_for_and_puts_the_request_on_review(paying_anna):
    assert "скриншот, фото или PDF" in paying_anna.tap("✅ Я оплатил(а)").text
    screen = photo(paying_anna)

    assert "Чек получен, платёж на проверке" in screen.text
    assert "не больше суток" in screen.text
    row = Receipt.objects.get()
    assert (row.kind, row.size, row.topup.state) == (ReceiptKind.PHOTO, 90_000, TopUpState.PENDING)
    assert ledger.available(paying_anna.customer) == 0


def test_a_receipt_right_under_the_details_counts_too(paying_anna):
    assert "Чек получен" in photo(paying_anna).text


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"kind": "document", "mime": "application/pdf", "name": "check.pdf"}, "pdf"),
        ({"kind": "document", "mime": "image/png", "name": "IMG.PNG"}, "photo"),
        ({"kind": "document", "mime": "", "name": "Чек.PDF"}, "pdf"),
        ({"kind": "document", "mime": "application/octet-stream", "name": "a.b.jpeg"}, "photo"),
    ],
)
def test_files_that_a_receipt_can_be_are_taken(paying_anna, facts, kind):
    paying_anna.send(unique_id="u", size=1000, **facts)
    assert Receipt.objects.get().kind == kind


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"kind": "video", "mime": "video/mp4"}, "Это видео"),
        ({"kind": "voice"}, "голосовое"),
        ({"kind": "sticker", "mime": "image/webp"}, "Это стикер"),
        ({"kind": "document", "mime": "application/msword", "name": "check.pdf"}, "такого типа"),
        ({"kind": "document", "mime": "image/heic", "name": "IMG.HEIC"}, "такого типа"),
        ({"kind": "document", "mime": "", "name": "pdf"}, "такого типа"),
        ({"kind": "animation", "mime": "video/mp4"}, "Это видео"),
    ],
)
def test_what_can_be_no_receipt_is_told_what_fits_and_the_question_stays(paying_anna, facts, said):
    screen = paying_anna.send(unique_id="u", **facts)
    assert said in screen.text
    assert "скриншот или фото, файл JPG, PNG или WEBP либо PDF" in screen.text
    assert screen.reason == "INVALID_INPUT"
    assert not Receipt.objects.exists()
    assert "Чек получен" in photo(paying_anna).text


def test_a_text_is_told_that_a_receipt_is_needed(paying_anna):
    assert "Это текст, а нужен чек" in paying_anna.say("оплатил!").text


@pytest.mark.parametrize("what", ["text", "sticker"])
def test_on_review_what_can_be_no_receipt_is_told_that_none_is_needed_and_where_to_ask(paying_anna, what):
    photo(paying_anna)
    screen = paying_anna.say("Когда придёт?") if what == "text" else paying_anna.send(kind="sticker", unique_id="u")
    assert screen.text.startswith("ℹ️ <i>Чек уже у нас, сообщение к нему не нужно.")
    assert "⏳ Платёж на проверке" in screen.text
    assert screen.reason == "INVALID_INPUT"
    paying_anna.tap("💬 Поддержка")
    assert "✍️ Написать в поддержку" in paying_anna.labels
    assert "Чеков: 2" in photo(paying_anna, "two").text


@pytest.mark.parametrize(("size", "fits"), [(20 * 1024 * 1024, True), (20 * 1024 * 1024 + 1, False)])
def test_the_limit_is_telegrams(paying_anna, size, fits):
    screen = paying_anna.send(kind="document", mime="application/pdf", name="a.pdf", size=size, unique_id="u")
    assert ("больше 20 МБ" not in screen.text) is fits
    assert Receipt.objects.exists() is fits


def test_a_second_receipt_is_added_and_the_same_one_is_told(paying_anna):
    photo(paying_anna, "one")
    assert "Чеков: 2" in photo(paying_anna, "two").text
    assert "Этот чек уже был" in photo(paying_anna, "one").text
    assert Receipt.objects.count() == 2


def test_there_are_enough_receipts_at_last(paying_anna):
    for number in range(receipts.MOST):
        photo(paying_anna, f"u{number}")
    assert "достаточно" in photo(paying_anna, "one more").text
    assert Receipt.objects.count() == receipts.MOST


def test_a_second_request_shows_the_open_one_and_why(paying_anna, transfers):
    screen = transfers(paying_anna, "1000")
    assert "У вас уже есть открытая заявка" in screen.text
    assert "<code>500</code>" in screen.text
    photo(paying_anna)
    screen = transfers(paying_anna, "1000")
    assert "У вас уже есть открытая заявка" in screen.text
    assert "на проверке" in screen.text
    assert TopUp.objects.count() == 1
