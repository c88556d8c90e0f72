"""Which markup a price is made with: of one choice of a model, of a model, of a shelf, of everything. The most specific wins.

Operators write the exceptions as lines, one each; a word that is no model is one of CATEGORIES, a shelf:

    video = 2.5
    z-image = 3
    kling/v2-1-pro duration=10 = 1.8
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from kie.bill import said
from kie.inputs.spec import choices
from kie.registry_file import CATEGORIES

LEAST, MOST = Decimal(1), Decimal(1000)
PLACES: Final = 4


class BadLine(ValueError):
    """A line that says nothing we can read. `number` counts from 1; `why` is "form", "markup" or "twice"."""

    def __init__(self, number: int, line: str, why: str) -> None:
        super().__init__(f"line {number} ({line}): {why}")
        self.number, self.line, self.why = number, line, why


@dataclass(frozen=True, slots=True)
class Rule:
    """A markup of one shelf or model, or of those of its orders whose input is as `when` says."""

    of: str
    markup: Decimal
    when: Mapping[str, str] = field(default_factory=dict)

    def fits(self, input: Mapping[str, Any]) -> bool:
        """Whether an order with this whole input is meant; what is not known does not fit."""
        return all(name in input and said(input[name]) == value for name, value in self.when.items())

    def __str__(self) -> str:
        return " ".join([self.of, *(f"{name}={value}" for name, value in self.when.items())]) + f" = {self.markup:f}"


@dataclass(frozen=True, slots=True)
class Markups:
    """The markup of everything, and the exceptions."""

    of_all: Decimal
    rules: tuple[Rule, ...] = ()

    def of(self, key: str, shelf: str, input: Mapping[str, Any]) -> Decimal:
        """The markup of an order: the exception with the most conditions; of two equal ones the first."""
        mine = [rule for rule in self.of_model(key) if rule.fits(input)]
        if mine:
            return max(mine, key=lambda rule: len(rule.when)).markup
        return next((rule.markup for rule in self.rules if rule.of == shelf), self.of_all)

    def of_model(self, key: str) -> list[Rule]:
        """The exceptions that name the model."""
        return [rule for rule in self.rules if rule.of == key]


def parse(text: str) -> tuple[Rule, ...]:
    """The exceptions of an operator's lines. Raises BadLine."""
    rules: list[Rule] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        rule = _parsed(number, line.strip())
        if any((rule.of, rule.when) == (one.of, one.when) for one in rules):
            raise BadLine(number, line.strip(), "twice")
        rules.append(rule)
    return tuple(rules)


def impossible(rule: Rule, fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Which conditions no order meets, each with the values that there are. `fields`: the model's properties; where a field's
    values cannot be listed, any may be meant."""
    there = {name: [said(value) for value in _values(fields[name])] for name in rule.when if name in fields}
    return {name: values for name, values in there.items() if values and rule.when[name] not in values}


def _values(field: Mapping[str, Any]) -> tuple[Any, ...]:
    return (False, True) if field.get("type") == "boolean" else choices(field)


def text(rules: tuple[Rule, ...]) -> str:
    """The lines in their one form."""
    return "\n".join(map(str, rules))


def _parsed(number: int, line: str) -> Rule:
    named, equals, written = line.rpartition("=")
    of, *conditions = named.split()[:1] + named.split()[1:] if equals and named.split() else [""]
    pairs = [one.partition("=") for one in conditions]
    whole = of and "=" not in of and all(name and equal and value for name, equal, value in pairs)
    if not whole or (pairs and of in CATEGORIES):
        raise BadLine(number, line, "form")
    return Rule(of, _markup(number, line, written), {name: value for name, _, value in pairs})


def _markup(number: int, line: str, written: str) -> Decimal:
    try:
        markup = Decimal(written.strip().replace(",", "."))
    except InvalidOperation:
        raise BadLine(number, line, "form") from None
    if not (markup.is_finite() and LEAST <= markup <= MOST) or markup != round(markup, PLACES):
        raise BadLine(number, line, "markup")
    return markup
