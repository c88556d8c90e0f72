"""Reading the one row that a unique column names."""

from typing import TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def one(rows: QuerySet[M]) -> M | None:
    """The only row of `rows`, or None. `first` would order it by its key, and Django pays for an order with every column."""
    return next(iter(rows), None)
