"""The balance, the history of operations, and all of them in a file."""

import csv
import io
from decimal import Decimal

import pytest

from bot import movements, statement_file
from bot.screens import statement
from bot.screens.words import rubles
from payments import ledger, topups
from payments.customer import Customer
from payments.models import Transfer
from reliability import cid
from tests.bot.chat import last
from tests.bot.person import check
from tests.bot.test_money_news import pays
from tests.bot.things import NOW

pytestmark = pytest.mark.django_db


def adjusted(one, amount: str, note: str, *, by: str = "admin:1", ref: str = "", debit: bool = False) -> Transfer:
    ref = ref or f"adjust:{cid.new()}"
    return ledger.adjust(one.customer, Decimal(amount), ref=ref, cid=cid.new(), actor=by, note=note, debit=debit)


def read(one) -> list[dict[str, str]]:
    name, content = statement_file.of(one.customer)
    assert name.endswith(".csv")
    text = content.decode("utf-8-sig")
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if one.customer.locale == "ru" else ","))


def test_a_look_at_the_balance_leads_back_to_the_order(anna):
    anna.orders("z-image", "Рыжий кот")
    anna.command("balance")
    assert "Рыжий кот" in anna.tap("↩️ К моему заказу").text


def test_a_look_at_the_history_leads_back_to_the_balance_and_to_the_order(anna):
    anna.orders("z-image", "Рыжий кот")
    anna.command("balance")
    anna.tap("📜 История операций")
    assert "Рыжий кот" in anna.tap("↩️ К моему заказу").text
    anna.press("moves:0")
    assert "Доступно: " in anna.tap("◀️ Назад").text


def test_a_hold_stands_as_held_until_one_line_of_its_outcome_takes_its_place(anna):
    anna.orders("z-image")
    anna.tap("✅ Запустить")
    before = anna.screen
    text = anna.press("moves:0").text
    assert "⏳ 0,76\u202f₽, в резерве: Z-Image" in text
    assert "В резерве: 0,76" in text

    anna.screen = before
    anna.tap("❌ Отменить")
    text = anna.press("moves:0").text
    assert "↩️ +0,76\u202f₽, возврат из резерва: Z-Image" in text
    assert "Вы отменили эту генерацию." in text
    assert "⏳" not in text
    assert "↩️ +0,76\u202f₽, возврат из резерва: Z-Image" in anna.command("balance").text


def test_a_return_says_by_its_sign_whether_money_left_or_came(anna):
    back = ledger.refund(anna.customer, Decimal("5.00"), provider="yookassa", ref="refund:1", cid=cid.new())
    ledger.refund_failure(back, ref="failed:1", cid=cid.new(), actor="yookassa", note="no")
    for text in (anna.command("balance").text, anna.press("moves:0").text):
        assert "↪️ −5,00\u202f₽, возврат платежа" in text
        assert "↩️ +5,00\u202f₽, снова на балансе" in text


def test_each_line_says_what_was_available_after_it_and_by_what_it_was_paid(anna):
    anna.press("pay:100")
    anna.pays(anna.screen.invoice.payload, 160)
    text = anna.press("moves:0").text
    newest, oldest = text.split("➕")[1], text.split("🎁")[1]
    assert newest.startswith(" 100,00\u202f₽, пополнение: звёзды Telegram\nДоступно после: 200,00")
    assert "Доступно после: 100,00" in oldest


def test_pages_are_turned_newest_first_and_hold_all(anna):
    for number in range(17):
        adjusted(anna, "1.00", f"поправка {number}")
    pages = [anna.press(f"moves:{page}").text for page in (0, 1, 2)]
    assert "2/3" in (anna.press("moves:1"), anna.labels)[1]
    told = [page.count("поправка поддержки") for page in pages]
    assert told == [8, 8, 1]
    assert "поправка 16" in pages[0]
    assert anna.press("moves:99").text == pages[2]


@pytest.mark.parametrize(
    ("by", "ref", "shown"), [("admin:1", "", True), ("yookassa", "", False), ("admin:1", "short:refund:x:1", False)]
)
def test_the_reason_of_a_correction_is_its_operators_word_not_a_machines(anna, by, ref, shown):
    adjusted(anna, "5.00", "за неудобство", by=by, ref=ref)
    assert ("за неудобство" in anna.press("moves:0").text) == shown


def lent(anna):
    adjusted(anna, "5.00", "internal words", by="yookassa", ref="short:r:1")


def refused(anna):
    back = ledger.refund(anna.customer, Decimal("5.00"), provider="yookassa", ref="refund:1", cid=cid.new())
    ledger.refund_failure(back, ref="failed:1", cid=cid.new(), actor="admin:1", note="internal words")


@pytest.mark.parametrize(("move", "says"), [(refused, "снова на балансе"), (lent, "добавлено нами")])
def test_what_a_return_of_a_payment_moves_beside_itself_is_not_called_a_correction(anna, move, says):
    move(anna)
    assert says in anna.press("moves:0").text
    assert says in read(anna)[0]["Операция"]
    assert "поправка" not in anna.screen.text
    assert "internal" not in anna.screen.text


@pytest.mark.parametrize("kind", statement.MARKS)
def test_a_page_of_the_longest_lines_fits_a_message(language, kind):
    longest = statement.Movement(kind, Decimal("999999999999.99"), NOW, Decimal("999999999999.99"), "<" * 80, "&" * 500)
    check(statement.listing([longest] * 8, Decimal("1.00"), page=0, pages=3, waiting=True))


def test_a_person_without_operations_is_told_so(person):
    one = person()
    assert "Операций пока не было" in one.press("moves:0").text
    assert "📜 История операций" not in (one.command("balance"), one.labels)[1]


def test_the_file_has_every_movement_and_adds_up(anna):
    anna.orders("z-image")
    anna.tap("✅ Запустить")
    anna.tap("❌ Отменить")
    adjusted(anna, "30.00", "лишнее", debit=True)
    rows = read(anna)

    assert [row["Операция"] for row in rows] == ["поправка поддержки", "возврат из резерва", "в резерве", "бонус"]
    assert [row["Изменение доступного, ₽"] for row in rows] == ["-30,00", "0,76", "-0,76", "100,00"]
    assert [row["Доступно после, ₽"] for row in rows] == ["70,00", "100,00", "99,24", "100,00"]
    assert [row["В резерве после, ₽"] for row in rows] == ["0,00", "0,00", "0,76", "0,00"]
    assert rows[0]["Причина"] == "лишнее"
    assert rows[1]["За что"].startswith("Z-Image")


def test_the_file_of_a_person_with_english_is_one_for_their_spreadsheet(person):
    one = person("1234.50", language="en")
    assert read(one)[0]["Available after, ₽"] == "1234.50"


@pytest.mark.parametrize("note", ["=1+1", "+7 900", "-1", "@sum", " =cmd", "\t=1", "\r=1", 'a;"b"\nc', "обычное"])
def test_what_others_have_written_is_never_a_formula_nor_another_cell(anna, note):
    adjusted(anna, "1.00", note)
    cell = read(anna)[0]["Причина"]
    assert cell.removeprefix("'") == note
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_file_that_would_be_too_long_keeps_the_newest_and_says_so(anna, monkeypatch):
    monkeypatch.setattr(statement_file, "MOST_ROWS", 2)
    adjusted(anna, "1.00", "вторая")
    assert len(read(anna)) == 2
    adjusted(anna, "1.00", "третья")
    rows = read(anna)
    assert [row["Причина"] for row in rows[:2]] == ["третья", "вторая"]
    assert "не поместились" in rows[2]["Время (Москва)"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("dispatch")
def test_the_file_comes_into_the_chat_as_it_is_when_it_is_sent(bot, telegram):
    telegram.writes("/balance")
    bot.polls(telegram)
    customer = Customer.objects.get()
    topups.paid(
        topups.start(customer, Decimal(100), cid=cid.new()), external_id="c", currency="XTR", minor_amount=160,
        cid=cid.new(),
    )  # fmt: skip
    telegram.writes("/balance")
    bot.polls(telegram)
    telegram.presses(last(telegram), "moves:0")
    bot.polls(telegram)
    telegram.presses(last(telegram), "csv")
    for update in telegram.ok("getUpdates", timeout=0):
        bot.takes(update)
    bot.answers()
    adjusted(type("One", (), {"customer": customer}), "7.00", "в последний миг")
    while bot.sends():
        pass

    sent = next(one for one in reversed(telegram.chat()["messages"]) if "document" in one)
    assert sent["document"]["file_name"].startswith("trt-")
    assert "Все операции" in sent["caption"]
    path = telegram.ok("getFile", file_id=sent["document"]["file_id"])["file_path"]
    import requests

    content = requests.get(f"{telegram.origin}/file/bot{telegram.token}/{path}", timeout=30).content.decode("utf-8-sig")
    assert "в последний миг" in content
    assert content.count("\r\n") == 3
    assert rubles(Decimal("107.00")).removesuffix("\u202f₽") in content


def test_neither_a_page_nor_the_file_asks_once_a_row(anna, django_assert_num_queries):
    for _ in range(3):
        anna.orders("z-image")
        anna.tap("✅ Запустить")
        anna.tap("❌ Отменить")
        pays(anna, 50)
        adjusted(anna, "1.00", "поправка")
    with django_assert_num_queries(1):
        told = [movements.movement(one) for one in movements.seen(anna.customer)]
    assert len(told) == 10
    with django_assert_num_queries(1):
        statement_file.of(anna.customer)
