"""A model that KIE does not serve any more is switched off by itself, once, and the operator hears of it."""

import pytest

from bot.models import Delivery
from kie import withdrawn
from kie.catalogue import AIModel, ModelState, Override
from tests.kie.at_work import BACK, ending, money, order, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]


@pytest.mark.parametrize(
    ("code", "words"), [(505, "Feature disabled"), (422, "The model name you specified is not supported")]
)
def test_it_goes_off_sale_with_kies_words_and_the_money_back(kie, settings, code, words):
    settings.ADMIN_IDS = (700_001,)
    kie.fault("createTask", "code", code=code, msg=words, times=0)
    jobs = [order(), order()]

    work()

    assert {ending(job) for job in jobs} == {("failed", "model_off")}
    assert all(money(job) == BACK for job in jobs)
    model = AIModel.objects.get(key="z-image")
    assert (model.state, model.override.by, words in model.override.reason) == (ModelState.OFF, "TRT", True)
    (alarm,) = Delivery.objects.filter(payload__name="alarm")
    assert (alarm.payload["what"], alarm.payload["facts"]["model"]) == ("model_off", "z-image")


def test_other_models_stay_on_sale(kie):
    kie.fault("createTask", "code", code=505, msg="Feature disabled")
    order()
    on_sale = AIModel.objects.on_sale().count()

    work()

    assert AIModel.objects.on_sale().count() == on_sale - 1


def test_what_kie_has_withdrawn_is_counted_until_an_operator_switches_it_on():
    Override.objects.create(model=AIModel.objects.get(key="recraft/crisp-upscale"), off=True, reason="not for us")
    withdrawn.by_kie(AIModel.objects.get(key="z-image"), "505: Feature disabled")
    (change,) = withdrawn.standing()
    assert change.model.key == "z-image"

    change.off = False
    change.save()
    assert not withdrawn.standing()


def test_what_an_operator_set_stays_beside_it():
    model = AIModel.objects.get(key="z-image")
    Override.objects.create(model=model, price="5.00", badge="🔥", by="anna")

    assert withdrawn.by_kie(model, "505: Feature disabled")
    assert not withdrawn.by_kie(model, "505: Feature disabled")

    change = Override.objects.get()
    assert (str(change.price), change.badge, change.off) == ("5.00", "🔥", True)
