"""Going on with clips of Grok: KIE has prices for some sizes of a source, and only those are offered."""

import pytest

from kie import inputs, own, pricing
from kie.catalogue import AIModel
from tests.kie.at_work import ending, reloaded, somebody, work
from tests.kie.going_on import LATER_S, confirmed, of
from tests.kie.test_catalogue_file import BY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
LARGER, LONGER = "grok-imagine/upscale", "grok-imagine/extend"


def clip(kie, size: str):
    """A finished one, made here."""
    return finished(kie, confirmed(somebody(), "grok-imagine/text-to-video", prompt="A wave", resolution=size))


def finished(kie, job):
    """The order, once KIE has made it and we have it."""
    work()
    kie.ended(reloaded(job).kie_task_id)
    work(after_s=LATER_S)
    assert ending(job) == ("succeeded", "")
    return reloaded(job)


def offered(job, key: str) -> bool:
    """Whether it is a key under the result, and a choice of that model's own question: one goes with the other."""
    model = AIModel.objects.get(key=key)
    (field,) = [field for field in inputs.fields(model) if field.of]
    asked = own.offered(job.customer, model, field).filter(pk=job.pk).exists()
    assert (model in own.follow_ups(job)) is asked
    return asked


@pytest.mark.parametrize(("size", "usd"), [("480p", "0.15"), ("720p", "0.1")])
def test_a_clip_is_enlarged_from_its_key_to_its_result(kie, size, usd):
    film = clip(kie, size)
    assert offered(film, LARGER)
    answer = {"task_id": of(film) | {"resolution": size}}
    assert str(pricing.quote(AIModel.objects.get(key=LARGER), answer, BY).cost_usd) == usd

    job = finished(kie, confirmed(film.customer, LARGER, **answer))

    assert job.sent == {"task_id": film.kie_task_id, "resolution": "1080p"}


def test_the_largest_clip_is_neither_enlarged_nor_gone_on_with(kie):
    film = clip(kie, "1080p")

    assert not offered(film, LARGER)
    assert not offered(film, LONGER)


@pytest.mark.parametrize("size", ["480p", "720p"])
def test_a_clip_of_a_size_that_has_a_price_is_gone_on_with(kie, size):
    assert offered(clip(kie, size), LONGER)


def test_a_continuation_which_does_not_say_its_size_is_gone_on_with_at_the_dearest(kie):
    film = clip(kie, "480p")
    job = finished(kie, confirmed(film.customer, LONGER, task_id=of(film), prompt="On and on"))

    assert offered(job, LONGER)
    answer = {"task_id": of(job), "prompt": "On"}
    assert str(pricing.quote(AIModel.objects.get(key=LONGER), answer, BY).cost_usd) == "0.135"
