"""What operators change of a model: asked why, shown old → new, then done and written into the audit."""

from decimal import Decimal

import pytest
from django.urls import reverse

from kie.models import AIModel, Override
from payments.models import AuditEntry
from tests.trt.test_admin_pages import assistant, operator, shop  # noqa: F401 (fixtures)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _environment(settings) -> None:
    settings.USD_RUB_RATE, settings.PRICE_MARKUP = Decimal(95), Decimal(2)


def model() -> AIModel:
    return AIModel.objects.get(key="z-image")


def address() -> str:
    return reverse("admin:kie_aimodel_change", args=[model().pk])


def form(**fields: str) -> dict[str, str]:
    """As the page of the model sends it."""
    standing = Override.objects.first()
    counts = {
        "TOTAL_FORMS": "1",
        "INITIAL_FORMS": str(int(standing is not None)),
        "MIN_NUM_FORMS": "0",
        "MAX_NUM_FORMS": "1",
    }
    given = {"model": str(model().pk), "id": str(standing.pk) if standing else "", **fields}
    return {f"override-{name}": value for name, value in counts.items()} | {
        f"override-0-{name}": value for name, value in given.items()
    }


def entries() -> list[tuple]:
    rows = AuditEntry.objects.filter(act="model").order_by("pk")
    return [(row.by.username, row.reason, row.before, row.after) for row in rows]


def test_a_price_is_shown_old_and_new_then_holds_and_is_written_down(operator, shop):  # noqa: F811
    shown = operator.post(address(), form(price="5.00", why="акция"))
    assert [(str(name), old, new) for name, old, new in shown.context["changed"]] == [("цена, ₽", "—", "5.00")]
    assert "Сейчас люди платят 0,76 ₽, будут платить 5,00 ₽." in shown.context["sentences"]
    assert "акция" in shown.content.decode()
    assert (model().fixed_price, entries()) == (None, [])

    assert operator.post(address(), form(price="5.00", why="акция") | {"confirm": "1"}).status_code == 302
    override = Override.objects.get()
    assert (model().fixed_price, override.by, override.reason) == (Decimal("5.00"), "operator", "акция")
    assert entries() == [("operator", "акция", {"price": None}, {"price": "5.00"})]
    seen = operator.get(address()).content.decode()
    assert "Изменить модель" in seen
    assert "акция" in seen


@pytest.mark.parametrize("changed", [{"off": "on"}, {"price": "5.00"}, {"title_ru": "Имя"}])
@pytest.mark.parametrize("confirm", [{}, {"confirm": "1"}])
def test_no_change_goes_without_a_reason(operator, shop, changed, confirm):  # noqa: F811
    answer = operator.post(address(), form(**changed) | confirm)
    assert "Напишите почему" in answer.content.decode()
    assert (Override.objects.count(), model().state, entries()) == (0, "sold", [])


def test_a_model_is_switched_off_and_given_back_with_a_reason(operator, shop):  # noqa: F811
    operator.post(address(), form(off="on", why="жалобы") | {"confirm": "1"})
    assert (model().state, Override.objects.get().reason) == ("off", "жалобы")
    operator.post(address(), form(off="on", title_ru="Имя", why="опечатка") | {"confirm": "1"})
    assert Override.objects.get().reason == "жалобы"  # of switching it off: that the list of models shows

    operator.post(address(), form(off="on", title_ru="Имя", DELETE="on") | {"confirm": "1"})
    assert Override.objects.exists()
    back = form(off="on", title_ru="Имя", DELETE="on", why="починили")
    assert {new for _name, _old, new in operator.post(address(), back).context["changed"]} == {"нет", "—"}
    operator.post(address(), back | {"confirm": "1"})
    assert (model().state, Override.objects.exists()) == ("sold", False)
    assert [(why, after.get("off")) for _by, why, _before, after in entries()] == [
        ("жалобы", True), ("опечатка", None), ("починили", False),
    ]  # fmt: skip


def test_what_changes_nothing_is_said_and_not_written_down(operator, shop):  # noqa: F811
    for given in (form(), form(why="просто так")):
        answer = operator.post(address(), given, follow=True)
        assert "Ничего не изменено" in answer.content.decode()
    assert (Override.objects.count(), entries()) == (0, [])


@pytest.mark.parametrize("rights", [("view_override",), ("change_aimodel",), ("change_aimodel", "view_override")])
def test_who_may_not_change_this_changes_nothing(shop, assistant, rights):  # noqa: F811
    client = assistant("view_aimodel", *rights)
    for confirm in ({}, {"confirm": "1"}):
        client.post(address(), form(price="5.00", why="x") | confirm)
    assert (Override.objects.count(), entries()) == (0, [])
