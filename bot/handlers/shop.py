"""What is on sale, as the screens want it."""

from decimal import Decimal
from statistics import median_low
from typing import Any

from bot.screen import Screen
from bot.screens import catalogue
from bot.screens.catalogue import Goods
from bot.screens.shelves import Format, Shelf, formats, shelves
from bot.screens.topup import Usual
from bot.wizard import offer
from kie import tariff
from kie.catalogue import AIModel, on_shelves
from kie.pause import Pause
from kie.pricing import NotForSale, Numbers


def on_sale(pk: int) -> AIModel | None:
    """The model, if it is still sold."""
    return AIModel.objects.on_sale().filter(pk=pk).first()


def gone(pk: int) -> Screen:
    """What a person reads instead of a model that cannot be started now: it is paused, or not sold any more."""
    paused = Pause.objects.open().filter(model=pk).exists()
    return catalogue.paused() if paused else catalogue.gone()


def all_shelves() -> list[Shelf]:
    """The shelves that have something on them."""
    return shelves(on_shelves())


def all_formats(shelf: str = "") -> list[Format]:
    """The formats that have something, on one shelf or on all."""
    models = AIModel.objects.on_sale()
    return formats((models.filter(category=shelf) if shelf else models).values_list("format", flat=True))


def goods(**where: Any) -> list[Goods]:
    """What is sold there (`category`, `format`, `pk__in`), with prices; a model that nothing prices is not shown."""
    by = tariff.now()
    return [one for model in AIModel.objects.on_sale().filter(**where) if (one := priced(model, by)) is not None]


def images_for(rubles: Decimal) -> int:
    """How many usual images a sum makes; 0 where none is sold, or the sum makes none."""
    image = usual().image
    return int(rubles // image) if image else 0


def priced(model: AIModel, by: Numbers) -> Goods | None:
    """The model with its prices, None if no rule gives one."""
    try:
        return offer.goods(model, by)
    except NotForSale:
        return None


def usual() -> Usual:
    """What a picture and a video cost in the middle of what is sold, as each model comes, with nothing set."""
    by = tariff.now()
    prices: dict[str, list[Decimal]] = {"image": [], "video": []}
    for model in AIModel.objects.on_sale().filter(category__in=prices):
        if (price := offer.price_now(model, {}, by)) is not None:
            prices[model.category].append(price)
    image, video = (median_low(found) if found else None for found in prices.values())
    return Usual(image, video)
