"""Rate, markup, daily rates, pauses and margins in the admin: seen before they are published, written down, taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from kie import balance, losses, tariff
from kie.models import AIModel, DollarRate, Override, Pause, Tariff
from kie.pause import Charge, Reason
from kie.rate import RateState
from payments.models import AuditEntry
from reliability import clock
from tests.trt.test_admin_pages import assistant, operator, shop  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db
PAGE = "/admin/kie/tariff/1/change/"
NOW = {
    "usd_rub_rate": "", "jump_percent": "5.00", "stale_days": "5", "markup": "", "exceptions": "", "least_rub": "0.01",
    "step_rub": "0.01", "why": "доллар вырос",
}  # fmt: skip
DAY = clock.now().date()


@pytest.fixture(autouse=True)
def _environment(settings) -> None:
    settings.USD_RUB_RATE, settings.PRICE_MARKUP = Decimal(95), Decimal(2)


def rate(rubles: str, state: str = RateState.PROPOSED) -> DollarRate:
    return DollarRate.objects.create(day=DAY, rubles=Decimal(rubles), against=Decimal(95), state=state)


def row_of(table: dict, title: str) -> list[str]:
    return next([str(cell) for cell in row] for row in table["rows"] if title in str(row[0]))


def test_a_change_shows_every_price_old_and_new_then_holds_and_is_written_down(operator, shop):  # noqa: F811
    title = AIModel.objects.get(key="z-image").title_ru
    changed = NOW | {"markup": "3", "exceptions": "z-image=4\n"}
    shown = operator.post(PAGE, changed)
    assert len(shown.context["table"]["rows"]) == AIModel.objects.filter(state="sold").count()
    assert row_of(shown.context["table"], title)[1:4] == ["0,76", "1,52", "+100.0"]
    assert ("наценка, раз", "—", "3") in [(str(name), old, new) for name, old, new in shown.context["changed"]]
    assert tariff.now().markups.of_all == 2

    assert operator.post(PAGE, changed | {"confirm": "1"}).status_code == 302
    assert (tariff.now().markups.of_all, Tariff.objects.get().exceptions) == (3, "z-image = 4")
    entry = AuditEntry.objects.get(act="tariff")
    assert (entry.before["markup"], entry.after["markup"], entry.reason) == (None, "3", "доллар вырос")
    assert Tariff.objects.get().history.first().history_user.username == "operator"


def test_the_balance_at_kie_and_its_limit_are_on_the_page_and_on_the_first_one(operator, shop):  # noqa: F811
    assert "Кредитов на KIE" not in operator.get("/admin/").content.decode()
    balance.note(Decimal(1500))
    operator.post(PAGE, NOW | {"low_credits": "1600", "confirm": "1"})
    assert AuditEntry.objects.get(act="tariff").after["low_credits"] == "1600"

    seen = operator.get(PAGE).content.decode().replace("\xa0", " ")
    assert "Кредитов: 1500, около 712 ₽" in seen
    balance.note(Decimal(1500))
    (line,) = (line for line in operator.get("/admin/").context["work"] if line["title"] == "Кредитов на KIE")
    assert (line["count"].replace("\xa0", " "), line["bad"]) == ("1500 ≈ 712 ₽", True)


def test_the_page_says_which_rate_and_markup_hold_and_why(operator, shop):  # noqa: F811
    seen = operator.get(PAGE).content.decode()
    assert "95 ₽: USD_RUB_RATE из окружения" in seen
    assert "×2: PRICE_MARKUP из окружения" in seen
    operator.post(PAGE, NOW | {"usd_rub_rate": "97.5", "markup": "2.5", "confirm": "1"})
    seen = operator.get(PAGE).content.decode()
    assert "97.5 ₽: задан здесь" in seen
    assert "×2.5: задана здесь" in seen


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"usd_rub_rate": "0"}, "Больше нуля, не больше 100 000"),
        ({"markup": "0.99"}, "От 1 до 1000"),
        ({"least_rub": "0"}, "Больше нуля, не больше 10 000 ₽"),
        ({"step_rub": "0.03"}, "Выберите корректный вариант"),
        ({"exceptions": "z-image 3"}, "Строка 1 не читается: «z-image 3»"),
        ({"exceptions": "z-image = 3\nnobody = 2"}, "Нет ни модели, ни раздела «nobody»"),
        ({"exceptions": "z-image colour=red = 3"}, "У z-image нет параметра «colour»"),
        (
            {"exceptions": "kling/v2-1-pro duration=7 = 2"},
            "У kling/v2-1-pro не бывает duration=7. Бывает: 5, 10.",
        ),
        ({"why": ""}, "Обязательное поле"),
    ],
)
def test_what_cannot_be_is_refused_in_words(operator, shop, wrong, words):  # noqa: F811
    answer = operator.post(PAGE, NOW | {"daily": "on"} | wrong | {"confirm": "1"})
    assert words in answer.content.decode()
    assert not Tariff.objects.get().daily


def test_former_numbers_are_seen_and_set_again_with_one_press(operator, shop):  # noqa: F811
    for markup in ("2.5", "4"):
        operator.post(PAGE, NOW | {"markup": markup, "confirm": "1"})
    former = Tariff.objects.get().history.get(markup=Decimal("2.5"))
    back = reverse("admin:kie_tariff_former", args=[former.history_id])
    assert f'href="{back}"' in operator.get(PAGE).content.decode()

    shown = operator.get(back)
    assert [(old, new) for _name, old, new in shown.context["changed"]] == [("4.0000", "2.5000")]
    assert tariff.now().markups.of_all == 4
    assert operator.post(back, {"confirm": "1"}).status_code == 302
    assert tariff.now().markups.of_all == Decimal("2.5")
    entry = AuditEntry.objects.filter(act="tariff").latest("pk")
    assert (entry.before["markup"], entry.after["markup"]) == ("4.0000", "2.5000")
    assert entry.reason.startswith("возврат к значениям от ")


def test_who_may_only_look_changes_nothing(shop, assistant):  # noqa: F811
    client, waiting = assistant("view_tariff", "view_dollarrate", "view_pause"), rate("120")
    former = Tariff.objects.get().history.first()
    for page, given in (
        (PAGE, NOW | {"markup": "3", "confirm": "1"}),
        (reverse("admin:kie_tariff_former", args=[former.history_id]), {"confirm": "1"}),
        (f"/admin/kie/dollarrate/{waiting.pk}/take/", {"reason": "x", "confirm": "1"}),
    ):
        assert client.post(page, given).status_code == 403
    assert (tariff.now().markups.of_all, DollarRate.objects.get(pk=waiting.pk).state) == (2, "proposed")


def test_a_jump_is_taken_with_a_reason_after_its_prices_were_seen(operator, shop):  # noqa: F811
    Tariff.objects.update(daily=True)
    waiting = rate("120")
    take = f"/admin/kie/dollarrate/{waiting.pk}/take/"
    assert "/take/" in operator.get(f"/admin/kie/dollarrate/{waiting.pk}/change/").content.decode()
    assert "Обязательное поле" in operator.post(take, {"reason": ""}).content.decode()
    shown = operator.post(take, {"reason": "биржа"})
    assert row_of(shown.context["table"], AIModel.objects.get(key="z-image").title_ru)[1:3] == ["0,76", "0,96"]
    assert tariff.now().rate == 95

    assert operator.post(take, {"reason": "биржа", "confirm": "1"}).status_code == 302
    assert tariff.now().rate == 120
    assert AuditEntry.objects.get(act="rate").reason == "биржа"
    assert "уже решено" in operator.post(take, {"reason": "биржа", "confirm": "1"}, follow=True).content.decode()
    assert AuditEntry.objects.filter(act="rate").count() == 1


def test_a_jump_is_declined(operator, shop):  # noqa: F811
    Tariff.objects.update(daily=True)
    waiting = rate("9500")
    operator.post(f"/admin/kie/dollarrate/{waiting.pk}/decline/", {"reason": "сбой", "confirm": "1"})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by, tariff.now().rate) == ("declined", "operator", 95)


def test_a_pause_for_a_slip_of_kie_ends_by_a_word_and_one_for_a_price_does_not(operator, shop):  # noqa: F811
    model = AIModel.objects.get(key="z-image")
    Charge.objects.create(
        model=model, variant="", expected_usd=Decimal("0.004"), charged_usd=Decimal("0.1"), registry_version=model.version_id
    )  # fmt: skip
    losses.look()
    row = Pause.objects.open().get()
    assert (row.reason, AIModel.objects.on_sale().filter(pk=model.pk).exists()) == (Reason.CHARGED, False)
    page = f"/admin/kie/pause/{row.pk}/change/"
    assert "/resume/" in operator.get(page).content.decode()
    operator.post(f"/admin/kie/pause/{row.pk}/resume/", {"reason": "разовый сбой", "confirm": "1"})
    assert AIModel.objects.on_sale().filter(pk=model.pk).exists()
    assert AuditEntry.objects.get(act="resume").reason == "разовый сбой"

    Override.objects.create(model=model, price=Decimal("0.10"))
    losses.look()
    assert "/resume/" not in operator.get(f"/admin/kie/pause/{Pause.objects.open().get().pk}/change/").content.decode()


def test_margins_are_sorted_and_name_what_loses(operator, shop, django_assert_max_num_queries):  # noqa: F811
    model = AIModel.objects.get(key="z-image")
    Override.objects.create(model=model, price=Decimal("0.10"))
    losses.look()
    page = reverse("admin:kie_tariff_margins")
    with django_assert_max_num_queries(20):
        shown = operator.get(page)
    first = [str(cell) for cell in shown.context["rows"][0]["cells"]]
    assert model.title_ru in first[0]
    assert first[2:5] == ["$0.004 → 0,10 ₽ (задана вручную)", "-0.28", "-280.0"]
    assert shown.context["rows"][0]["mark"] == "снята с продажи: убыток"
    assert shown.context["losing"] == 1
    for by in ("dearest_rub", "-taken", "model", "nonsense"):
        assert operator.get(page, {"by": by}).status_code == 200
    assert operator.get(page, {"by": "-shelf"}).context["rows"][0]["cells"][1] == "video"


def test_an_operators_price_below_the_dearest_dollar_is_refused(operator, shop):  # noqa: F811
    model = AIModel.objects.get(key="z-image")
    Tariff.objects.update(daily=True)
    rate("200", RateState.ACCEPTED)
    page = reverse("admin:kie_aimodel_change", args=[model.pk])
    form = {"override-TOTAL_FORMS": "1", "override-INITIAL_FORMS": "0", "override-0-model": model.pk, "override-0-price": "0.79", "override-0-why": "акция", "confirm": "1"}  # fmt: skip
    assert "0,80" in operator.post(page, form).content.decode().replace("0.80", "0,80")
    assert operator.post(page, form | {"override-0-price": "0.80"}).status_code == 302
    seen = operator.get(page).content.decode()
    assert "operator · 0.80" in seen


def test_the_list_of_models_says_which_is_off_sale_for_a_loss(operator, shop):  # noqa: F811
    Override.objects.create(model=AIModel.objects.get(key="z-image"), price=Decimal("0.10"))
    listed = reverse("admin:kie_aimodel_changelist")
    assert "снята с продажи: убыток" not in operator.get(listed, {"q": "z-image"}).content.decode()
    losses.look()
    assert "снята с продажи: убыток" in operator.get(listed, {"q": "z-image"}).content.decode()


def test_health_says_an_old_rate_a_jump_and_losses():
    from trt.console import facts, health

    Tariff.objects.create(pk=1, daily=True)
    DollarRate.objects.create(
        day=DAY - timedelta(days=9), rubles=Decimal(95), against=Decimal(95), state=RateState.ACCEPTED
    )
    rate("120")
    known = facts._prices(clock.now())
    assert (known["pricing_version"], known["pricing"]) == (1, "95 (daily) × 2")
    assert health._of_prices(known | {"models_paused": 2}) == [
        "the daily rate of the dollar is 9 days old",
        "a jump of the dollar waits for an operator",
        "2 model(s) would sell at a loss and are off sale",
    ]
