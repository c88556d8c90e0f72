"""Nothing is sold at a loss: an order is looked at before its price is shown, and every model on sale now and then.

A model with a choice that would lose money at the dearest dollar that we know, or by what KIE has really taken for that choice,
takes itself off sale. It comes back by itself as soon as no choice of it loses: a price or a rate was set, the registry has new
costs, the dollar fell. What KIE took too much is believed until then, or until an operator says that it is mended.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import structlog
from django.db import transaction

from kie import tariff
from kie.bill import EXACT
from kie.catalogue import AIModel, ModelState
from kie.pause import Charge, Pause, Reason
from kie.pricing import NotForSale, Numbers, Quote, quotes
from kie.signals import operator_wanted
from reliability import clock

log = structlog.get_logger()
AS_SAID: Final = Decimal(1)
Charges = Mapping[str, Decimal]  # choice → how many times its cost KIE took; 1 where it took less


class AtALoss(NotForSale):
    """The order would cost us more than its price."""

    def __init__(self, loss: "Loss") -> None:
        super().__init__(f"{loss.price} ₽ for what costs {loss.cost:.2f} ₽")
        self.loss = loss


@dataclass(frozen=True, slots=True)
class Loss:
    """A choice that loses money: rubles of price and of cost."""

    reason: Reason
    variant: str
    price: Decimal
    cost: Decimal


def check(model: AIModel, quote: Quote, by: Numbers) -> None:
    """Raises AtALoss for an order that would lose money."""
    charged = Charge.objects.filter(model=model, variant=quote.variant, registry_version=model.version_label).first()
    if loss := of_quote(quote, by, {} if charged is None else {charged.variant: charged.times}):
        raise AtALoss(loss)


def of_quote(quote: Quote, by: Numbers, charges: Charges) -> Loss | None:
    """What an order would lose, None where it loses nothing."""
    times = max(AS_SAID, charges.get(quote.variant, AS_SAID))
    if quote.margin(by.dollar, times=times) >= 0:
        return None
    reason = Reason.PRICE if quote.margin(by.dollar) < 0 else Reason.CHARGED
    return Loss(reason, quote.variant, quote.price, EXACT.multiply(EXACT.multiply(quote.cost_usd, times), by.dollar))


def of_model(model: AIModel, by: Numbers, charges: Charges) -> Loss | None:
    """The greatest loss among its choices."""
    try:
        found = [loss for quote in quotes(model, by) if (loss := of_quote(quote, by, charges))]
    except NotForSale:
        return None  # it has no price: it is not sold at all
    return max(found, key=lambda loss: loss.cost - loss.price, default=None)


def charges(models: Iterable[AIModel]) -> dict[int, dict[str, Decimal]]:
    """What KIE took last for the choices of each model, under its present costs; one query for all."""
    present = {model.pk: model.version_label for model in models}
    found: dict[int, dict[str, Decimal]] = {pk: {} for pk in present}
    for one in Charge.objects.filter(model__in=present):
        if one.registry_version == present[one.model_id]:
            found[one.model_id][one.variant] = one.times
    return found


@transaction.atomic
def pause(model: AIModel, loss: Loss) -> bool:
    """on sale → off. The operator hears of it once. False: it was off already."""
    AIModel.objects.select_for_update(no_key=True).get(pk=model.pk)  # two orders may find it at once
    if Pause.objects.open().filter(model=model).exists():
        return False
    row = Pause.objects.create(model=model, **_facts(loss))
    why = f"{loss.variant or '—'}: {loss.price} ₽ < {loss.cost:.2f} ₽, {loss.reason.value}"
    operator_wanted.send(
        sender=Pause, key=f"loss:{row.pk}", what="at_a_loss", facts={"model": model.title_ru, "why": why}
    )
    transaction.on_commit(lambda: log.warning("model.paused", model=model.key, why=why))
    return True


def look() -> int:
    """Every model of the shop: off sale where it would lose money, on again where it does not any more. Says how many changed."""
    by = tariff.now()
    models = list(AIModel.objects.filter(state=ModelState.SOLD))
    taken, off = charges(models), dict(Pause.objects.open().values_list("model_id", "pk"))
    changed = 0
    for model in models:
        loss = of_model(model, by, taken[model.pk])
        if loss is not None and model.pk not in off:
            changed += pause(model, loss)
        elif loss is None and model.pk in off:
            changed += _end(off[model.pk], model)
    return changed


@transaction.atomic
def resume(pause_id: int, *, by: str) -> bool:
    """off → on sale, by an operator: what KIE took is forgotten, the next task tells anew. False: it has ended before.

    A price that does not cover its cost is found again by the next look: that is mended by a price, not by a word.
    """
    row = Pause.objects.open().select_for_update().filter(pk=pause_id).first()
    if row is None:
        return False
    Charge.objects.filter(model=row.model_id).delete()
    row.ended_at, row.ended_by = clock.now(), by
    row.save(update_fields=["ended_at", "ended_by"])
    return True


def _end(pause_id: int, model: AIModel) -> int:
    ended = Pause.objects.open().filter(pk=pause_id).update(ended_at=clock.now())
    if ended:
        log.info("model.resumed", model=model.key)
    return ended


def _facts(loss: Loss) -> dict[str, Any]:
    return {"reason": loss.reason, "variant": loss.variant[:300], "price": loss.price, "cost": loss.cost}
