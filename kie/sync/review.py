"""What operators do with a run and with versions: decide, publish, roll back. Each act is in the audit, in its own transaction."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kie import registry
from kie.catalogue import AIModel, RegistryVersion
from kie.errors import KieError, Refused
from kie.registry_file import Registry
from kie.sync import apply, keeping, questions
from kie.sync.apply import CannotTake, Plan
from kie.sync.diff import UNIFIED, Difference
from kie.sync.syncrun import SyncRun, SyncState
from payments import audit

WHOLE = "*"  # of a difference that has no fields: a model that came or went


def withdrawn(key: str) -> str:
    """Proof of a model's end: two runs over all there is, and the catalogue says that it has no such model. "" if it is proven.

    It never is of a dedicated family: the catalogue has none of those, living or not.
    """
    if not keeping.gone_twice(key):
        return apply.missing_once(key)
    if not AIModel.objects.filter(key=key, family=UNIFIED).exists():
        return "the catalogue knows nothing of its family: switch it off, or retire it in the registry file"
    try:
        questions.mine.ask(f"/api/v1/models/{key}/schema")
    except Refused as answer:
        return "" if answer.code == 404 else f"the catalogue does not say: {answer}"
    except KieError as silence:
        return f"the catalogue does not say: {silence}"
    return "the catalogue still has it"


@transaction.atomic
def start(*, by: Any) -> SyncRun:
    """Ask for a run; the one under way, if there is one."""
    row = keeping.start(by=by.get_username())
    audit.record("sync_start", row, by=by)
    return row


@transaction.atomic
def decide(pk: int, key: str, fields: Iterable[str], *, by: Any) -> None:
    """Approve these fields of a model's difference; none: it is left as it is. Raises CannotTake."""
    row = _under_review(pk)
    one = next((one for one in keeping.differences(row) if one.key == key), None)
    if one is None:
        raise CannotTake(_("The run says nothing of this model."))
    offered, wanted = fields_of(one), {*fields}
    if wanted - {*offered}:
        raise CannotTake(_("The run offers no such field of this model."))
    row.decisions = row.decisions | {key: [field for field in offered if field in wanted]}
    row.save(update_fields=["decisions"])
    audit.record("sync_decide", row, by=by, after={"model": key, "taken": row.decisions[key]})


def approve(pk: int, key: str, fields: Iterable[str], *, by: Any) -> None:
    """Take these fields. To take none is no approval and no refusal either: perhaps a slip. Raises CannotTake."""
    if not (taken := [*fields]):
        raise CannotTake(_("Nothing is ticked. Tick what is to be taken, or press “Leave as it is”."))
    decide(pk, key, taken, by=by)


def fields_of(one: Difference) -> list[str]:
    """What of a difference can be approved."""
    return [change.field for change in one.changes] or [WHOLE]


def planned(row: SyncRun) -> Plan:
    """What would be published now. Asks KIE about models that are gone: not for a transaction. Raises CannotTake."""
    made = apply.plan(_base(row), _approved(row), known=keeping.versions(), proof=withdrawn)
    if not made.taken and not made.refused:
        raise CannotTake(_("Nothing is approved."))
    return made


def doubts(row: SyncRun) -> list[tuple[str, str]]:
    """Of what was approved: model and what of its page does not agree with itself. It was shown; before the last step it is again."""
    return [(one.key, doubt) for one in _approved(row) for doubt in one.doubts]


def publish(pk: int, *, by: Any) -> RegistryVersion:
    """drift → published: what was approved becomes a version, all of it or nothing. Raises CannotTake, also where somebody
    decided otherwise while KIE was asked."""
    seen = SyncRun.objects.get(pk=pk)
    made = planned(seen)
    if made.refused:
        raise CannotTake("; ".join(f"{key}: {why}" for key, why in made.refused.items()))
    return _published(seen, made, by=by)


@transaction.atomic
def _published(seen: SyncRun, made: Plan, *, by: Any) -> RegistryVersion:
    row = _under_review(seen.pk)
    if row.decisions != seen.decisions:
        raise CannotTake(_("Somebody has decided otherwise meanwhile: look once more."))
    _base(row)
    version = apply.publish(made, by=by.get_username())
    row.state, row.published = SyncState.PUBLISHED, version
    row.save(update_fields=["state", "published"])
    after = {"version": version.version, "models": made.taken}
    audit.record("sync_publish", row, by=by, before={"version": row.compared_with}, after=after)
    return version


@transaction.atomic
def roll_back(version: RegistryVersion, *, by: Any) -> None:
    """Sell by an earlier version; a start does not undo it. A repeat changes nothing.

    Raises pydantic's ValidationError for one that this release cannot read.
    """
    before = registry.make_current(version)
    if before != version.version:
        audit.record("registry_back", version, by=by, before={"version": before}, after={"version": version.version})


def _base(row: SyncRun) -> Registry:
    base = keeping.current()
    if base is None or base.version != row.compared_with:
        raise CannotTake(_("The registry has changed since: compare again."))
    return base


def _under_review(pk: int) -> SyncRun:
    row: SyncRun | None = SyncRun.objects.lock(pk, SyncState.DRIFT)
    if row is None:
        raise CannotTake(_("It is not under review any more."))
    return row


def _approved(row: SyncRun) -> Iterator[Difference]:
    """What was approved, each model with the fields that were."""
    for one in keeping.differences(row):
        fields = row.decisions.get(one.key, [])
        if WHOLE in fields:
            yield one
        elif fields:
            yield replace(one, changes=tuple(change for change in one.changes if change.field in fields))
