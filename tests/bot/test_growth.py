"""Promo codes, the gift, invited friends, in the chat of a person: what is said, what stands afterwards."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache

from bot import renders, telegram
from bot.events import Command
from bot.models import Delivery, DialogState
from kie import jobs
from kie.models import Job
from payments import invites, ledger, people
from payments.models import Customer, Guess, Invite, PromoCode, Terms
from reliability import clock
from tests.bot.person import Person, check
from tests.payments.own_money import tops_up

pytestmark = pytest.mark.django_db
TEN = Decimal("10.00")


@pytest.fixture
def summer():
    return PromoCode.objects.create(code="SUMMER", rubles=TEN)


@pytest.fixture
def named(settings):
    """Telegram has told us our name."""
    cache.set(telegram._me(), "trt_bot")


def opens(person, argument):
    return person.does(Command, name="start", argument=argument)


def test_a_code_is_asked_for_and_redeemed(anna, summer):
    anna.command("menu")
    assert "Напишите код" in anna.tap("🎟 Промокод").text
    assert anna.dialog.state == DialogState.PROMO

    screen = anna.say("sumмеr")

    assert screen.text.startswith("<b>✅ Баланс пополнен на 10\u202f₽ (≈ 1 картинка)</b>")
    assert "110,00" in screen.text
    assert anna.dialog.state == DialogState.IDLE


@pytest.mark.parametrize("way", ["command", "link"])
def test_a_code_comes_with_the_command_or_by_a_link(anna, summer, way):
    if way == "command":
        anna.does(Command, name="promo", argument="sum mer")
    else:
        opens(anna, "promo_summer")

    assert ledger.available(anna.customer) == Decimal("110.00")


def test_an_order_that_waits_stays_where_it_is(anna, summer):
    anna.orders("z-image", "Рыжий кот")
    anna.does(Command, name="promo")
    anna.say("WRONG")
    screen = anna.say("SUMMER")
    assert ledger.available(anna.customer) == Decimal("110.00")
    assert "↩️ К моему заказу" in anna.labels, screen

    assert "Рыжий кот" in anna.tap("↩️ К моему заказу").text
    assert anna.dialog.state == DialogState.CONFIRM


def test_a_link_with_a_code_does_not_put_the_order_away(anna, summer):
    anna.orders("z-image", "Рыжий кот")
    opens(anna, "promo_SUMMER")

    assert "Рыжий кот" in anna.tap("↩️ К моему заказу").text


DAY = timedelta(days=1)
REFUSED = {
    "ru": [
        ({"active": False}, "больше не действует"),
        ({"starts_at": clock.now() + DAY}, "ещё не действует: он заработает"),
        ({"ends_at": clock.now() - DAY}, "Срок этого кода истёк"),
        ({"most_uses": 0}, "уже разобрали"),
    ],
    "en": [
        ({"active": False}, "does not work any more"),
        ({"starts_at": clock.now() + DAY}, "does not work yet: it begins on"),
        ({"ends_at": clock.now() - DAY}, "it worked until"),
        ({"most_uses": 0}, "fully used up"),
    ],
}


@pytest.mark.parametrize(("language", "facts", "words"), [(one, *row) for one, rows in REFUSED.items() for row in rows])
def test_why_a_code_gives_nothing_is_said_in_both_languages(person, language, facts, words):
    PromoCode.objects.create(code="SUMMER", rubles=TEN, **facts)
    anna = person("0", language=language)

    screen = anna.does(Command, name="promo", argument="SUMMER")

    assert words in screen.text
    assert screen.reason == "INVALID_INPUT"
    assert ledger.available(anna.customer) == 0


def test_a_code_used_before_says_when(anna, summer):
    opens(anna, "promo_SUMMER")

    assert "Вы уже активировали этот код" in opens(anna, "promo_SUMMER").text
    assert ledger.available(anna.customer) == Decimal("110.00")


def test_after_ten_guesses_it_is_said_from_when_codes_may_be_tried_again(anna, summer):
    anna.does(Command, name="promo")
    for number in range(10):
        assert "Такого кода нет" in anna.say(f"GUESS{number}").text
    screen = anna.say("SUMMER")

    assert "За час введено 10 неверных кодов" in screen.text
    assert screen.reason == "RATE_LIMIT"
    assert ledger.available(anna.customer) == Decimal("100.00")


@pytest.mark.parametrize("later", [timedelta(hours=25), timedelta(days=9)])
def test_a_code_that_comes_days_after_it_was_asked_for_is_read(anna, summer, later):
    anna.command("promo")
    with clock.moved(later):
        anna.say("SUMMER")
    assert ledger.available(anna.customer) == Decimal("110.00")


def test_an_order_behind_the_question_for_a_code_is_put_away_after_a_day(anna, summer):
    anna.orders("z-image")
    anna.command("promo")
    with clock.moved(DAY):
        assert "убрали незаконченный заказ" in anna.say("SUMMER").text


@pytest.mark.parametrize("what", ["ab", "привет, как дела?", "x" * 40, "photo"])
def test_what_cannot_be_a_code_is_no_guess_and_is_asked_again(anna, what):
    anna.does(Command, name="promo")
    screen = anna.photo() if what == "photo" else anna.say(what)

    assert "не похоже на промокод" in screen.text
    assert not Guess.objects.exists()
    assert anna.dialog.state == DialogState.PROMO


def test_the_gift_is_offered_while_it_waits_and_taken_once(anna):
    assert "🎉 Забрать подарок" not in (anna.command("menu"), anna.labels)[1]
    assert "Сейчас подарков нет" in opens(anna, "gift").text
    Terms.objects.create(pk=1, gift_on=True)
    anna.command("menu")

    assert "🎉 Подарок для вас" in anna.tap("🎉 Забрать подарок").text
    given = ledger.available(anna.customer) - 100
    assert 10 <= given <= 30
    assert "Подарок вы уже получили" in opens(anna, "gift").text
    assert ledger.available(anna.customer) - 100 == given
    assert "🎉 Забрать подарок" not in (anna.command("menu"), anna.labels)[1]


@pytest.mark.parametrize(
    "argument", ["", "x", "ref_", "ref_NOBODY", "promo_", "gift2", "promo_a b", "ref_'; DROP TABLE--", "x" * 64]
)
def test_a_link_that_means_nothing_is_a_plain_start(anna, argument):
    assert "Здравствуйте, Анна" in opens(anna, argument).text
    assert ledger.available(anna.customer) == Decimal("100.00")


def test_a_blocked_person_gets_nothing_by_any_link(anna, summer):
    Terms.objects.create(pk=1, gift_on=True)
    Customer.objects.filter(pk=anna.customer.pk).update(blocked=True)
    for argument in ("gift", "promo_SUMMER", ""):
        assert opens(anna, argument).reason == "PERMISSION_DENIED"

    assert ledger.available(anna.customer) == Decimal("100.00")


def test_the_first_screen_tells_what_was_given_and_nothing_that_was_not(person):
    assert "у вас есть" not in opens(person("0"), "").text
    Terms.objects.create(pk=1, welcome_rub=15)
    anna = person("0")
    assert "15,00" in opens(anna, "").text

    ledger.hold(anna.customer, TEN, ref="hold:job:x", cid="C")
    assert "15,00" not in opens(anna, "").text  # it is spent


def test_the_invitation_has_a_link_to_copy_and_to_share(anna, named):
    anna.command("menu")
    screen = anna.tap("🎁 Пригласить друга")
    link = f"https://t.me/trt_bot?start=ref_{invites.code_of(anna.customer)}"

    assert f"<code>{link}</code>" in screen.text
    assert "25\u202f₽ (≈ 4 картинки)" in screen.text
    share = next(button.url for row in screen.keys for button in row if button.url)
    assert parse_qs(urlsplit(share).query)["url"] == [link]
    assert str(anna.chat) not in link


def test_before_telegram_has_told_our_name_there_is_no_broken_link(anna):
    cache.clear()

    assert "Ссылка готовится" in anna.command("invite").text


def test_without_rewards_the_menu_does_not_lead_there(anna):
    Terms.objects.create(pk=1, invite_rub=0)
    assert "🎁 Пригласить друга" not in (anna.command("menu"), anna.labels)[1]
    assert "ничего не начисляется" in anna.command("invite").text


def test_ones_own_link_is_said_to_be_ones_own(anna):
    assert "ваша собственная ссылка" in opens(anna, f"ref_{invites.code_of(anna.customer)}").text


def test_a_friends_first_paid_result_is_told_to_whoever_invited_them(anna, person, named):
    code = invites.code_of(anna.customer)
    boris, _ = people.meet(5001, first_name="Борис", username=None, language_code="ru", invite_code=code)
    tops_up(boris, "50.00")
    friend = Person(boris)
    friend.orders("z-image")
    friend.tap("✅ Запустить")
    job = Job.objects.get()
    jobs.submitting(job.pk, {})
    jobs.run(job.pk, "task-1")
    assert Invite.objects.get().state == "waits"
    jobs.succeed(job.pk, Result())
    assert Invite.objects.get().state == "earned"

    invites.step(Invite.objects.get())

    told = Delivery.objects.get(dedup_key=f"invite:{boris.pk}")
    assert told.chat == anna.chat
    screen = renders.render(told)
    check(screen)
    assert "🎁 25,00\u202f₽ за друга" in screen.text
    assert "Заработано: <b>25,00\u202f₽</b>" in anna.command("invite").text


class Result:
    """KIE's record of a task that has succeeded, as far as a job reads it."""

    def as_result(self):
        return {"files": [], "text": "x"}
