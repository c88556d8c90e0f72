"""What is on sale, what operators change of it, and what the database refuses."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kie import pricing, tariff
from kie.catalogue import AIModel, ModelState, Override, RegistryVersion
from kie.override_admin import OverrideForm
from tests import published

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _published(settings: Any) -> None:
    settings.USD_RUB_RATE, settings.PRICE_MARKUP, settings.SINGLE_MODEL_ONLY = Decimal(90), Decimal("2.0"), False
    Override.objects.all().delete()
    published.publish()


def z_image() -> AIModel:
    return AIModel.objects.get(key="z-image")


def test_models_are_on_sale_in_the_order_of_the_registry():
    orders = [model.order for model in AIModel.objects.on_sale()]
    assert orders == sorted(orders)
    assert len(orders) >= 16


def test_single_model_only_sells_z_image(settings):
    settings.SINGLE_MODEL_ONLY = True
    assert [model.key for model in AIModel.objects.on_sale()] == ["z-image"]


def test_reading_the_catalogue_is_one_query(django_assert_num_queries):
    by = tariff.now()
    with django_assert_num_queries(1):
        for model in AIModel.objects.on_sale():
            assert model.title("ru")
            assert model.version_label
            assert pricing.price_range(model, by)


def test_a_model_is_found_by_its_old_names():
    assert AIModel.objects.named("kling/v1-avatar-standard") == AIModel.objects.get(key="kling/ai-avatar-standard")
    assert AIModel.objects.named("z-image") == z_image()
    assert AIModel.objects.named("z") is None


def test_texts_come_in_the_language_of_the_person():
    model = z_image()
    assert (model.title("ru"), model.title("en")) == (model.title_ru, model.title_en)
    assert (model.description("ru"), model.description("de")) == (model.description_ru, model.description_en)
    assert (model.examples("ru"), model.examples("en")) == (model.examples_ru, model.examples_en)


def test_the_operators_price_is_on_the_card_and_in_the_charge_alike():
    Override.objects.create(model=z_image(), price=Decimal("3.00"))
    model = AIModel.objects.on_sale().get(key="z-image")
    assert pricing.price_range(model, tariff.now()) == (Decimal("3.00"), Decimal("3.00"))
    assert pricing.quote(model, {"prompt": "кот"}, tariff.now()).price == Decimal("3.00")


def test_without_an_override_the_rule_gives_the_price():
    assert pricing.quote(z_image(), {"prompt": "кот"}, tariff.now()).price == Decimal("0.72")


def test_a_model_switched_off_is_not_on_sale_until_it_is_switched_on():
    override = Override.objects.create(model=z_image(), off=True, reason="complaints")
    assert z_image().state == ModelState.OFF
    assert not AIModel.objects.on_sale().filter(key="z-image").exists()
    override.off = False
    override.save()
    assert AIModel.objects.on_sale().filter(key="z-image").exists()


def test_taking_an_override_back_gives_the_registrys_facts_again():
    before = AIModel.objects.values().get(key="z-image")
    override = Override.objects.create(
        model=z_image(),
        price=Decimal(9),
        order=1,
        badge="🆕",
        title_ru="Имя",
        title_en="Name",
        description_ru="О",
        description_en="About",
    )
    changed = z_image()
    assert (changed.order, changed.badge, changed.title_ru, changed.description_en) == (1, "🆕", "Имя", "About")
    override.delete()
    assert AIModel.objects.values().get(key="z-image") == before


def test_an_override_does_not_sell_what_is_retired():
    gone = z_image()
    gone.retire()
    gone.save()
    Override.objects.create(model=z_image(), price=Decimal(9))
    assert z_image().state == ModelState.RETIRED


ATTACKS = {
    "aimodel_state_known": "UPDATE kie_aimodel SET state = 'gone'",
    "aimodel_output_known": "UPDATE kie_aimodel SET output = 'smell'",
    "aimodel_sold_has_price": "UPDATE kie_aimodel SET pricing = '[]' WHERE state = 'sold'",
    "aimodel_fixed_price_positive": "UPDATE kie_aimodel SET fixed_price = 0",
    "aimodel_takes_time": "UPDATE kie_aimodel SET median_s = deadline_s + 1",
    "kie_aimodel_key": "UPDATE kie_aimodel SET key = 'same'",
    "override_off_has_reason": "UPDATE kie_override SET off = true, reason = ''",
    "override_price_positive": "UPDATE kie_override SET price = -1",
    "kie_override_model_id": 'INSERT INTO kie_override SELECT id + 1, off, reason, price, "order", badge, title_ru, title_en,'
    " description_ru, description_en, by, changed_at, model_id FROM kie_override",
}


@pytest.mark.parametrize("constraint", ATTACKS)
def test_the_database_refuses(constraint):
    Override.objects.create(model=z_image(), badge="🆕")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ATTACKS[constraint])


def test_a_version_that_is_on_sale_cannot_be_deleted():
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM kie_registryversion; SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def operator(client) -> Any:
    client.force_login(get_user_model().objects.create_superuser("olga", password="x"))
    return client


def test_the_admin_lists_models_with_their_prices(operator):
    page = operator.get(reverse("admin:kie_aimodel_changelist"), {"q": "topaz"}).content.decode()
    assert "topaz/image-upscale" in page
    assert "9.00 – 36.00" in page
    assert "z-image" not in page


@pytest.mark.parametrize(
    ("chosen", "there", "not_there"),
    [
        ({"state__exact": "retired"}, "superseded by ai-music-api", "z-image"),
        ({"state__exact": "unpriced"}, "no published price", "z-image"),
        ({"price": "none"}, "claude-opus-4-6", "z-image"),
        ({"price": "0-10", "category__exact": "image"}, "z-image", "ideogram/character-edit"),
        ({"price": "50-"}, "veo3", "z-image"),
        ({"vendor__exact": "Topaz Labs"}, "topaz/video-upscale", "z-image"),
        ({"price": "nonsense"}, "", "z-image"),
    ],
)
def test_the_admin_lists_by_state_price_and_vendor_and_says_why(operator, chosen, there, not_there):
    page = operator.get(reverse("admin:kie_aimodel_changelist"), chosen).content.decode()
    assert there in page
    assert f">{not_there}<" not in page


def test_the_list_of_models_asks_as_many_questions_however_many_there_are(operator):
    with CaptureQueriesContext(connection) as asked:
        operator.get(reverse("admin:kie_aimodel_changelist"), {"price": "10-50"})
    assert len(asked) <= 21, len(asked)


def test_a_price_under_the_dearest_cost_is_refused():
    model = AIModel.objects.get(key="topaz/image-upscale")  # costs up to 0.20 $ = 18 ₽
    assert "price" in OverrideForm({"price": "17.99", "why": "x"}, instance=Override(model=model)).errors
    assert OverrideForm({"price": "18.00", "why": "x"}, instance=Override(model=model)).is_valid()


def test_published_versions_are_looked_at_with_what_they_changed(operator):
    version = RegistryVersion.objects.current()
    assert version is not None
    page = operator.get(reverse("admin:kie_registryversion_change", args=[version.pk])).content.decode()
    assert "elevenlabs/text-to-speech-turbo-2-5" in page
    assert operator.post(reverse("admin:kie_registryversion_change", args=[version.pk]), {"by": "x"}).status_code == 403
    assert operator.get(reverse("admin:kie_registryversion_changelist")).status_code == 200
    assert site.is_registered(AIModel)
