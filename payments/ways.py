"""Which ways to pay are open to a person now: ready here, and offered by the operator to people with their language."""

from payments import providers
from payments.providers import Provider
from payments.terms import STARS, Method

FIRST = 0  # the place of Stars as long as no row gives them one


def open_to(locale: str) -> list[Provider]:
    """In the operator's order. Stars are open without a row; a row may move, hide or close them as any other way."""
    rows = {row.provider: row for row in Method.objects.all()}

    def offered(provider: Provider) -> bool:
        row = rows.get(provider.name)
        return provider.name == STARS if row is None else row.on and getattr(row, locale)

    def place(provider: Provider) -> tuple[int, str]:
        return rows[provider.name].place if provider.name in rows else FIRST, provider.name

    return sorted(filter(offered, providers.ready()), key=place)


def open_way(locale: str, name: str) -> Provider | None:
    """The way of that name, if it is open."""
    return next((one for one in open_to(locale) if one.name == name), None)
