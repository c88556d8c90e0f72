"""AI models that KIE makes nothing with any more: each is switched off by itself, and the operator hears of it."""

from typing import Final

import structlog
from django.db import transaction
from django.db.models import QuerySet

from kie.catalogue import AIModel, ModelState, Override
from kie.signals import operator_wanted
from reliability import clock

log = structlog.get_logger()
BY: Final = "TRT"
KIE_SAYS: Final = "KIE: "  # how the reason begins


@transaction.atomic
def by_kie(model: AIModel, why: str) -> bool:
    """Switch a model off, as an operator would, with KIE's words as the reason. False: it is off already."""
    AIModel.objects.select_for_update().get(pk=model.pk)  # two jobs may learn of it at once
    change = Override.objects.filter(model=model).first() or Override(model=model)
    if change.off:
        return False
    change.off, change.by, change.reason = True, BY, f"{KIE_SAYS}{why}"[:200]
    change.save()
    key = f"model:{model.pk}:{clock.now():%Y%m%d%H%M%S}"
    operator_wanted.send(sender=AIModel, key=key, what="model_off", facts={"model": model.key, "why": why[:300]})
    transaction.on_commit(lambda: log.error("model.withdrawn", model=model.key, why=why))
    return True


def standing() -> QuerySet[Override]:
    """What is switched off because KIE said so, until an operator switches it on or it leaves the registry."""
    return Override.objects.filter(reason__startswith=KIE_SAYS, model__state=ModelState.OFF)
