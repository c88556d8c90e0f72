"""The priced order: what is asked for with the model's defaults, its price frozen for a while, how it is shown."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.screens.catalogue import Goods, title
from bot.screens.confirm import Order, Parameter
from bot.screens.question import options
from bot.screens.words import price_span, rubles
from bot.wizard.draft import Draft
from kie import durations, inputs, losses, pricing, quotes, tariff
from kie.catalogue import AIModel
from kie.inputs import Field
from kie.pricing import Numbers

HOLDS = timedelta(minutes=15)  # how long a shown price is kept
CHOICES_PRICED = 40  # a longer list shows no prices


def goods(model: AIModel, by: Numbers) -> Goods:
    """The model with its price range. Raises NotForSale."""
    low, high = pricing.price_range(model, by)
    return Goods(model, low, high, pricing.unit_price(model, by))


def price_now(model: AIModel, answers: Mapping[str, Any], by: Numbers) -> Decimal | None:
    """The price by the answers so far, in rubles; None where they do not decide it yet."""
    try:
        return pricing.quote(model, answers, by).price
    except pricing.NotForSale:
        return None


def price_shown(model: AIModel, answers: Mapping[str, Any], by: Numbers) -> str:
    """The price on a question: by the answers so far, or the range where they do not decide it; "" where there is none."""
    now = price_now(model, answers, by)
    if now is not None:
        return rubles(now)
    try:
        known = goods(model, by)
    except pricing.NotForSale:
        return ""
    return price_span(known.low, known.high, known.each)


def prices_of_choices(model: AIModel, answers: Mapping[str, Any], field: Field, by: Numbers) -> dict[int, Decimal]:
    """What each choice of a field would make the price, where that differs. A choice that no price is known of is not
    among them while others have one: it is not for sale."""
    offered = options(field)
    if not field.sets_price or not offered or len(offered) > CHOICES_PRICED:
        return {}
    prices = {index: price_now(model, {**answers, field.name: value}, by) for index, value in enumerate(offered)}
    known = {index: price for index, price in prices.items() if price is not None}
    return known if len(set(known.values())) > 1 or len(known) < len(offered) else {}


def frozen(model: AIModel, answers: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The price of a complete order as Dialog.quote keeps it, signed. Raises BadInput, NotForSale, and of these AtALoss."""
    input = inputs.complete(model, answers)
    inputs.check(model, input)
    by = tariff.now()
    quote = pricing.quote(model, input, by)
    losses.check(model, quote, by)
    return quotes.signed(model, input, quote, by, until=now + HOLDS)


def price_of(quote: Mapping[str, Any]) -> Decimal:
    """The frozen price in rubles, to be shown: the charge is exactly it, or the order is refused (kie.quotes)."""
    return Decimal(quote["price"])


def lapsed(quote: Mapping[str, Any], now: datetime) -> bool:
    """Whether the frozen price has to be shown anew before anything starts."""
    return now >= datetime.fromisoformat(quote["until"])


def shown(
    model: AIModel, draft: Draft, quote: Mapping[str, Any], *, dialog: int, revision: int, available: Decimal
) -> Order:
    """The order as the confirmation shows it: every parameter, chosen or by default."""
    return Order(
        dialog=dialog,
        revision=revision,
        title=title(model),
        parameters=parameters(model, draft.answers, draft.skipped),
        price=price_of(quote),
        available=available,
        usual=durations.usual(model),
    )


def parameters(model: AIModel, answers: Mapping[str, Any], skipped: Collection[str] = ()) -> list[Parameter]:
    """What people see of an order, in the wizard's order."""
    given = inputs.answers(model, inputs.complete(model, answers))
    return [
        Parameter(index=index, field=field, value=given.get(field.name), chosen=field.name in answers)
        for index, field in enumerate(inputs.fields(model, answers, skipped=skipped))
    ]


def answers_of(model: AIModel, input: Mapping[str, Any]) -> dict[str, Any]:
    """The answers behind the input of an earlier job: what people see, without what is the default anyway."""
    shown = {field.name: field for field in inputs.fields(model)}
    return {
        name: value
        for name, value in inputs.answers(model, input).items()
        if name in shown and (shown[name].required or value != shown[name].default)
    }
