"""Screens as values, without a database: words of money and time, pages, progress, results, failures."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest
from django.utils import translation

from bot.handlers.commands import MENU
from bot.screens import balance, bill, catalogue, frame, help, history, hold, question, selling, statement, topup, words
from bot.screens.shelves import Shelf, shelves
from kie.inputs import Field, Kind
from payments.models import Kind as Movement
from payments.terms import Terms
from tests.bot.person import check
from tests.bot.things import NOW, job, model


@pytest.mark.parametrize(
    ("amount", "ru", "en"),
    [
        ("12.4", "12,40\u202f₽", "₽12.40"),
        ("0", "0,00\u202f₽", "₽0.00"),
        ("1234567.89", "1\u202f234\u202f567,89\u202f₽", "₽1,234,567.89"),
        ("-5", "−5,00\u202f₽", "−₽5.00"),
    ],
)
def test_money_is_written_as_the_language_writes_it(amount, ru, en):
    with translation.override("ru"):
        assert words.rubles(Decimal(amount)) == ru
    with translation.override("en"):
        assert words.rubles(Decimal(amount)) == en


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (0, "0\u202fс"),
        (0.4, "0\u202fс"),
        (25, "25\u202fс"),
        (60, "1\u202fмин"),
        (80, "1\u202fмин 20\u202fс"),
        (3600, "1\u202fч"),
        (3725, "1\u202fч 2\u202fмин"),
        (-3, "0\u202fс"),
    ],
)
def test_time_is_told_in_units(russian, seconds, says):
    assert words.lasting(seconds) == says


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(2, "5\u202fс"), (23, "25\u202fс"), (90, "1\u202fмин 30\u202fс"), (150, "2\u202fмин"), (1800, "30\u202fмин")],
)
def test_a_typical_time_has_no_false_precision(russian, seconds, says):
    assert words.about(seconds) == says


def test_moments_are_told_in_moscow_time(russian):
    assert words.moment(datetime(2026, 10, 12, 22, 5, tzinfo=UTC)) == "13.10.2026, 01:05"


@pytest.mark.parametrize(
    ("until", "says"),
    [
        (datetime(2026, 10, 12, 18, 1, tzinfo=UTC), "21:01 по Москве"),
        (datetime(2026, 10, 12, 18, 1, 0, 1, tzinfo=UTC), "21:02 по Москве"),
        (datetime(2026, 10, 12, 18, 1, 59, tzinfo=UTC), "21:02 по Москве"),
        (datetime(2026, 10, 12, 20, 59, 30, tzinfo=UTC), "13.10, 00:00 по Москве"),
        (datetime(2026, 10, 13, 20, 59, 30, tzinfo=UTC), "14.10, 00:00 по Москве"),
    ],
)
def test_the_end_of_a_hold_is_told_to_the_next_full_minute(russian, until, says):
    assert hold.moscow(until, datetime(2026, 10, 12, 15, tzinfo=UTC)) == says


def test_a_quoted_text_is_cut_and_escaped_and_not_quoted_twice(russian):
    assert words.quoted("a <b>\nc") == "«a &lt;b&gt; c»"
    assert words.quoted("x" * 101) == f"«{'x' * 99}…»"
    assert words.quoted("пекарня «Хлеб»") == "пекарня «Хлеб»"


def test_a_button_of_the_catalogue_keeps_badge_and_price_however_long_the_title(language):
    label = words.label("T" * 200, "🔥", words.rubles(Decimal("1234.50")))
    assert len(label) == words.PRICED <= 34
    assert label.endswith(f"… • 🔥 • {words.rubles(Decimal('1234.50'))}")


def test_titles_that_begin_alike_stay_apart_on_a_shelf(russian):
    titles = ["Kling 2.5 Turbo: видео из фото", "Kling 2.5 Turbo: видео по описанию"]
    goods = [catalogue.Goods(model(pk, title), Decimal(40), Decimal(50)) for pk, title in enumerate(titles)]
    screen = catalogue.shelf(Shelf("video", 2), goods, 0)
    labels = [row[0].text for row in screen.keys[:2]]
    assert len(set(labels)) == 2
    assert all(len(text) <= words.PRICED and text.endswith(" • от 40,00\u202f₽") for text in labels)
    assert labels[0].split("…")[1].startswith(" фото") or "фото" in labels[0]


def test_a_name_that_an_operator_gave_stands_on_the_button(russian):
    facts = {"title": {"ru": "Z-Image: быстрая картинка", "en": "Z"}, "short": {"ru": "Z-Image", "en": "Z"}}
    assert catalogue.short_title(model(1, "Z-Image: быстрая картинка", facts=facts)) == "Z-Image"
    assert catalogue.short_title(model(1, "Картинка", facts=facts)) == "Картинка"


def test_a_shelf_is_cheapest_first_eight_a_page_and_turns_around(language):
    goods = [catalogue.Goods(model(pk, f"Model {pk}"), Decimal(30 - pk), Decimal(30 - pk)) for pk in range(1, 20)]
    shelf = Shelf("image", len(goods))
    first, last = catalogue.shelf(shelf, goods, 0), catalogue.shelf(shelf, goods, 2)
    check(first), check(last)
    assert [row[0].data for row in first.keys[:8]] == [f"card:{pk}:shelf:image:0" for pk in range(19, 11, -1)]
    assert [button.text for button in first.keys[8]] == ["◀️", "1/3", "▶️"]
    assert [button.data for button in first.keys[8]] == ["shelf:image:2", "shelf:image:0", "shelf:image:1"]
    assert [row[0].data for row in last.keys[:3]] == [
        "card:3:shelf:image:2",
        "card:2:shelf:image:2",
        "card:1:shelf:image:2",
    ]
    assert last.keys[3][2].data == "shelf:image:0"


def test_only_shelves_with_models_are_shown_in_their_order():
    shown = shelves({"music": 1, "image": 2, "other": 1})
    assert [(shelf.key, shelf.models) for shelf in shown] == [("image", 2), ("music", 1), ("other", 1)]


@pytest.mark.parametrize("page", [0, 1, 99])
def test_a_long_list_of_choices_turns_pages_and_names_choices_by_their_place(language, page):
    field = Field(
        name="voice",
        kind=Kind.CHOICE,
        required=True,
        label_ru="Голос",
        label_en="Voice",
        choices=tuple(f"Voice {n}" for n in range(40)),
    )
    screen = question.question(
        question.Asked(field, title="TTS", revision=7, step=(1, 2), answer="Voice 30", page=page)
    )
    check(screen)
    picks = [button for row in screen.keys for button in row if button.data.startswith("pick:7:")]
    assert [button.data for button in picks] == [f"pick:7:{n}" for n in (range(24) if page == 0 else range(24, 40))]
    assert ("✓ Voice 30" in [button.text for button in picks]) == (page > 0)


def test_the_list_of_generations_shows_state_day_model_and_price(language):
    screen = history.listing([job(state="failed", error_code="cancelled"), job(state="succeeded")], page=1, pages=3)
    check(screen)
    assert screen.keys[0][0].text.startswith("🚫 ")
    assert screen.keys[1][0].data == "job:81:1"
    check(history.listing([], page=0, pages=1))


@pytest.mark.parametrize("kind", Movement.values)
def test_every_kind_of_movement_is_told_in_words(language, kind):
    movement = statement.Movement(kind, Decimal("5.00"), NOW, Decimal("1.00"), "Model <1>")
    screen = balance.balance(Decimal("1.00"), Decimal("5.00"), [movement], can_pay=True)
    check(screen)
    line = next(line for line in screen.text.splitlines() if "Model" in line)
    assert words.rubles(Decimal("5.00")) + "," in line
    assert "Model &lt;1&gt;" in line


def test_every_kind_of_the_ledger_has_its_words(russian):
    from payments.models import Kind as LedgerKind

    words = [statement.kind(kind) for kind in LedgerKind.values]
    assert all(words)
    assert not set(words) & set(LedgerKind.values)
    assert set(statement.MARKS) > set(LedgerKind.values)


@pytest.mark.parametrize("contact", ["", "trt_support", "@trt_support", "https://t.me/trt_support"])
def test_support_leads_to_whoever_is_set(language, settings, contact):
    settings.ADMIN_IDS = ()
    settings.SUPPORT_TELEGRAM, settings.SUPPORT_TEXT = contact, "Пишите <нам>"
    screen = help.support(42, "7F3K-Q2AB")
    check(screen)
    links = [button.url for row in screen.keys for button in row if button.url]
    assert links == (["https://t.me/trt_support"] if contact else [])
    assert "<code>7F3K-Q2AB</code>" in screen.text


def test_without_an_address_of_support_people_are_led_to_the_first_admin(language, settings):
    settings.SUPPORT_TELEGRAM = settings.SUPPORT_TEXT = ""
    settings.ADMIN_IDS = (4242, 17)
    for screen in (help.support(42, "7F3K-Q2AB"), help.blocked()):
        check(screen)
        assert '<a href="tg://user?id=4242">' in screen.text
        assert not any(button.url for row in screen.keys for button in row)  # Telegram may refuse such a key


def test_where_nobody_answers_it_is_said_and_what_to_keep(russian, settings):
    settings.SUPPORT_TELEGRAM = settings.SUPPORT_TEXT = ""
    settings.ADMIN_IDS = ()
    screen = help.support(42, "7F3K-Q2AB")
    check(screen)
    assert "пока не настроена" in screen.text
    assert "<code>42</code>" in screen.text
    assert "<code>7F3K-Q2AB</code>" in screen.text
    assert "Напишите нам" not in screen.text


@pytest.mark.parametrize(
    ("contact", "admins", "says"),
    [("@trt_support", (), None), ("", (17,), "ADMIN_ID"), ("", (), "nobody")],
)
def test_the_operator_is_told_at_the_start_that_support_is_not_configured(settings, contact, admins, says):
    from structlog.testing import capture_logs

    from bot.management.commands.bot import say_what_is_off

    settings.SUPPORT_TELEGRAM, settings.SUPPORT_TEXT, settings.ADMIN_IDS = contact, "", admins
    with capture_logs() as lines:
        say_what_is_off()
    assert [line["event"] for line in lines] == (["support.not_configured"] if says else [])
    assert says is None or (says in lines[0]["instead"] and "SUPPORT_TELEGRAM" in lines[0]["fix_hint"])


@pytest.mark.parametrize("rubles", [50, 100, 50_000])
def test_a_bill_is_titled_by_what_is_bought(language, rubles):
    screen = bill.in_stars(Decimal(rubles), 160, "payload")
    check(screen)
    title = {"ru": "Пополнение на {}", "en": "Top-up by {}"}[language].format(words.whole_rubles(rubles))
    assert screen.invoice.title == screen.invoice.as_telegram()["title"] == title


@pytest.mark.parametrize("waiting", [True, False])
def test_asides_lead_back_to_the_order_only_where_there_is_one(language, waiting):
    for screen in (
        help.helping(waiting=waiting),
        selling.terms(waiting=waiting),
        selling.paysupport([], 42, waiting=waiting),
        topup.own_amount(Terms(), waiting=waiting),
    ):
        check(screen)
        assert ("resume" in [button.data for row in screen.keys for button in row]) == waiting


def test_an_apology_has_the_support_code(language):
    screen = help.apology("7F3K-Q2AB")
    check(screen)
    assert "7F3K-Q2AB" in screen.text


@pytest.mark.parametrize("money", ["paid", "refunded"])
def test_an_apology_for_money_that_has_moved_neither_denies_it_nor_asks_for_it_again(language, money):
    screen = help.apology("7F3K-Q2AB", money=money)
    check(screen)
    assert "7F3K-Q2AB" in screen.text
    assert not any(
        word in screen.text.lower() for word in ("nothing was charged", "try once more", "списано", "ещё раз")
    )
    asks_for_nothing = {"ru": "повторно платить не нужно", "en": "do not pay again"}[language]
    assert (asks_for_nothing in screen.text) == (money == "paid")


def test_a_note_stands_above_a_screen_and_names_its_reason(language):
    screen = frame.noted(help.helping(), "Careful <now>", "INVALID_INPUT")
    check(screen)
    assert screen.text.startswith("ℹ️ <i>Careful &lt;now&gt;</i>\n\n")
    assert screen.reason == "INVALID_INPUT"


@pytest.mark.parametrize("screen", [help.helping, partial(help.unknown_command, "foo")])
def test_the_list_of_commands_leaves_none_of_telegrams_menu_out(language, screen):
    named = set(re.findall(r"/([a-z]+)", re.sub("<[^>]*>", "", screen().text)))

    assert {name for name, _ru, _en in MENU} - named <= {"start", "help"}  # /help is where they are read
