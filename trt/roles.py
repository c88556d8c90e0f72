"""What each role of operators may see and do: groups of Django, written anew at each `prepare`. Who wants another set makes a
group of their own beside these."""

from typing import Final

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

SEES: Final = frozenset({
    "payments.view_customer", "payments.view_transfer", "payments.view_topup", "payments.view_refund", "payments.view_difference",
    "payments.view_method", "payments.view_terms", "payments.view_receipt", "payments.view_promocode", "payments.view_redemption",
    "payments.view_invite", "kie.view_job", "kie.view_aimodel", "kie.view_breaker", "bot.view_update", "bot.view_delivery", "bot.view_dialog",
    "bot.view_hold", "bot.view_passivecopy",
})  # fmt: skip
RUNS: Final = frozenset({
    "payments.block_person", "payments.requery_topup", "bot.change_update", "bot.change_delivery", "bot.add_hold", "bot.change_hold",
    "bot.change_passivecopy", "reliability.view_instance", "reliability.view_lease", "reliability.view_sweep", "kie.view_registryversion", "kie.view_tariff",
    "kie.view_dollarrate", "kie.view_pause", "kie.view_syncrun", "kie.run_sync",
})  # fmt: skip
MONEY: Final = frozenset({
    "payments.credit_person", "payments.debit_person", "payments.bonus_person", "payments.payout_person", "payments.approve_topup",
    "payments.reject_topup", "payments.refund_topup", "payments.requery_topup", "payments.decide_refund", "payments.settle_difference",
    "payments.decide_proposal", "payments.export_money", "payments.view_accounts", "payments.view_proposal", "payments.view_auditentry",
    "payments.view_reconciliation", "payments.add_promocode", "payments.change_promocode", "kie.view_tariff", "kie.change_tariff",
    "kie.view_dollarrate", "kie.change_dollarrate", "kie.view_pause", "kie.change_pause",
})  # fmt: skip
OWNS: Final = (
    "auth",
    "axes",
    "bot",
    "kie",
    "payments",
    "reliability",
    "django_q",
)  # apps of which the owner may do all

ROLES: Final[dict[str, frozenset[str]]] = {"support": SEES, "operator": SEES | RUNS, "finance": SEES | MONEY}
OWNER: Final = "owner"


@transaction.atomic
def establish() -> None:
    """Make the four groups what this release says they are. A repeat changes nothing. Raises LookupError for a right that no
    migration has made."""
    for role, rights in ROLES.items():
        _set(role, _rights(rights))
    _set(OWNER, list(Permission.objects.filter(content_type__app_label__in=OWNS)))


def _set(role: str, rights: list[Permission]) -> None:
    group, _new = Group.objects.get_or_create(name=role)
    group.permissions.set(rights)


def _rights(names: frozenset[str]) -> list[Permission]:
    wanted = Q()
    for app, _dot, codename in (name.partition(".") for name in names):
        wanted |= Q(content_type__app_label=app, codename=codename)
    found = list(Permission.objects.filter(wanted).select_related("content_type"))
    if missing := names - {f"{one.content_type.app_label}.{one.codename}" for one in found}:
        raise LookupError(f"no such rights: {', '.join(sorted(missing))}")
    return found
