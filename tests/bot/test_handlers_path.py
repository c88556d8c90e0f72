"""The main path: from /start to a confirmed picture, and what the balance says about it."""

from decimal import Decimal

import pytest

from bot.models import DialogState
from kie.models import Job, JobState
from payments import ledger

pytestmark = pytest.mark.django_db


def test_from_start_to_a_confirmed_picture_takes_at_most_five_taps_and_the_prompt(anna):
    anna.command("start")
    taps = ["🎨 Картинки", "Z-Image", "🚀 Запустить"]
    for label in taps:
        anna.tap(label)
    anna.say("Рыжий кот на окне")
    shown, spending = anna.screen.text, anna.labels[0]
    anna.tap("✅ Запустить")
    job = Job.objects.get()
    assert len(taps) + 1 <= 5
    assert job.state == JobState.QUEUED
    assert job.input == {"prompt": "Рыжий кот на окне", "aspect_ratio": "1:1"}
    assert anna.screen.tracks == job.pk
    assert "0,76\u202f₽" in shown
    assert spending == "✅ Запустить за 0,76\u202f₽"
    assert (job.price, ledger.held(anna.customer), ledger.available(anna.customer)) == (
        Decimal("0.76"),
        Decimal("0.76"),
        Decimal("99.24"),
    )


def test_start_greets_by_name_and_counts_the_models(anna):
    screen = anna.command("start")
    assert "Здравствуйте, Анна" in screen.text
    assert "177 моделей" in screen.text
    assert "🎨 Картинки (63)" in anna.labels


def test_the_demo_says_what_it_has_given_and_nothing_else_promises_a_sum(anna, person, settings):
    settings.DEMO_BONUS_RUB = Decimal("300.00")
    assert "Для начала" not in anna.command("start").text  # she was met before and was given nothing
    assert "Для начала у вас есть <b>300,00\u202f₽</b>." in person().command("start").text


def test_a_name_with_markup_is_shown_literally(person):
    assert "&lt;b&gt;Боб" in person(name="<b>Боб").command("start").text


def test_the_confirmation_shows_everything_that_will_be_paid_for(anna):
    text = anna.orders("nano-banana-pro", "<Кот> & пёс").text
    for part in (
        "Nano Banana Pro",
        "«&lt;Кот&gt; &amp; пёс»",
        "Цена: <b>17,10",
        "после запуска 82,90",
        "Обычно занимает около 45",
    ):
        assert part in text, part


def test_a_long_prompt_is_cut_at_a_hundred_characters_on_the_screen_and_kept_whole_in_the_order(anna):
    prompt = "кот " * 100
    text = anna.orders("z-image", prompt).text
    anna.tap("✅ Запустить")
    assert "кот кот" in text
    assert "…»" in text
    assert max(map(len, text.splitlines())) < 130
    assert Job.objects.get().input["prompt"] == prompt.strip()


def test_the_balance_tells_what_happened_in_words(anna):
    anna.orders("z-image")
    anna.tap("✅ Запустить")
    text = anna.command("balance").text
    assert "Доступно: <b>99,24" in text
    assert "В резерве: 0,76" in text
    assert "бонус" in text
    assert "⏳ 0,76\u202f₽, в резерве: Z-Image" in text


def test_the_menu_leaves_the_wizard_and_moves_no_money(anna):
    anna.orders("z-image")
    anna.tap("🏠 В меню")
    assert anna.dialog.state == DialogState.IDLE
    assert not Job.objects.exists()
    assert ledger.available(anna.customer) == 100


def test_the_history_lists_opens_and_repeats(anna):
    anna.orders("z-image", "<i>дом")
    anna.tap("✅ Запустить")
    Job.objects.update(created_at="2026-10-12T11:05Z")
    assert anna.command("history").keys[0][0].text == "⏳ 12.10 Z-Image: быстро • 0,76\u202f₽"
    text = anna.tap("⏳").text
    assert "12.10.2026, 14:05" in text
    assert "«&lt;i&gt;дом»" in text


def test_a_look_at_the_history_leads_back_to_the_order(anna):
    anna.orders("z-image", "Дом")
    assert "↩️ К моему заказу" in (anna.command("history"), anna.labels)[1]  # while there is nothing on it
    anna.tap("↩️ К моему заказу")
    anna.tap("✅ Запустить")
    anna.orders("z-image", "Рыжий кот")
    anna.command("history")
    anna.tap("⏳")
    assert "Рыжий кот" in anna.tap("↩️ К моему заказу").text
    anna.command("history")
    assert "Рыжий кот" in anna.tap("↩️ К моему заказу").text
    assert anna.dialog.state == DialogState.CONFIRM


def test_nobody_opens_repeats_or_cancels_what_is_another_persons(anna, person):
    anna.orders("z-image")
    anna.tap("✅ Запустить")
    job, boris = Job.objects.get(), person("50.00", name="Борис")
    for data in (f"job:{job.pk}:0", f"again:{job.pk}", f"media:{job.pk}", f"drop:{job.pk}"):
        assert boris.press(data).reason == "EXPIRED_BUTTON"
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    assert Job.objects.count() == 1


def test_a_queued_job_is_cancelled_with_its_money_back(anna):
    anna.orders("z-image")
    anna.tap("✅ Запустить")
    anna.tap("❌ Отменить")
    assert "🚫 Отменено" in anna.screen.text
    assert Job.objects.get().error_code == "cancelled"
    assert ledger.available(anna.customer) == 100


def test_a_job_under_way_is_not_cancelled_and_says_so(anna):
    anna.orders("z-image")
    anna.tap("✅ Запустить")
    data = anna.data("❌ Отменить")
    Job.objects.update(state="running", kie_task_id="t1", submitted_at="2026-10-12T11:05Z")
    told = anna.press(data)
    assert "отменить уже нельзя" in told.text
    assert "сами вернутся на баланс" in told.text
    assert (told.fresh, told.reason) == (True, "STATE_MISMATCH")  # a note in the progress message would be edited away
    assert Job.objects.get().state == JobState.RUNNING
