"""Meeting people: whoever writes to the bot has a customer and a wallet from then on."""

import structlog
from django.db import transaction

from payments import gifts, invites
from payments.customer import Customer, Wallet
from payments.invite import Invite
from reliability.log import person
from reliability.one import one

__all__ = ["Customer", "Wallet", "locale_of", "meet"]

log = structlog.get_logger()


def meet(
    telegram_id: int, *, first_name: str, username: str | None, language_code: str | None, invite_code: str = ""
) -> tuple[Customer, bool]:
    """The person behind a Telegram id, and whether they are new here: then they get a wallet and what a newcomer is given,
    and whoever sent them the link with `invite_code` has invited them.

    Name and username follow Telegram; the language too, until the person has chosen one. A repeat, from as many
    threads as you like, gives the same person and no second bonus.
    """
    seen = {"first_name": _storable(first_name)[:128], "username": _storable(username or "")[:64]}
    customer = one(Customer.objects.filter(telegram_id=telegram_id))
    if customer is None:
        with transaction.atomic():
            by = invites.inviter(invite_code)
            started = {**seen, "locale": _locale(language_code), "invited_by": by}
            customer, new = Customer.objects.get_or_create(telegram_id=telegram_id, defaults=started)
            if new:
                _welcome(customer)
                return customer, True
    if not customer.chosen_locale and language_code:
        seen["locale"] = _locale(language_code)
    changed = [name for name, value in seen.items() if getattr(customer, name) != value]
    if changed:
        for name in changed:
            setattr(customer, name, seen[name])
        customer.save(update_fields=changed)
    return customer, False


def locale_of(telegram_id: int) -> str:
    """The language of whoever is behind a Telegram id; Russian of somebody we never met."""
    return Customer.objects.filter(telegram_id=telegram_id).values_list("locale", flat=True).first() or _locale(None)


def _welcome(customer: Customer) -> None:
    Wallet.objects.open(customer)
    if customer.invited_by_id is not None:
        Invite.objects.create(friend=customer)
    gifts.welcome(customer)
    met = {"person": person(customer.telegram_id), "locale": customer.locale, "invited": bool(customer.invited_by_id)}
    transaction.on_commit(lambda: log.info("person.met", **met))


def _locale(language_code: str | None) -> str:
    """Ours for Telegram's IETF tag: English for English, Russian for all the others and for none."""
    return "en" if (language_code or "").lower().split("-")[0] == "en" else "ru"


def _storable(text: str) -> str:
    """What PostgreSQL can keep of a stranger's text: no NUL, no halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
