"""What a schema asks for once some of it is answered: if/then, dependent fields, one of several, «not with».

Of JSON Schema's applicators it reads what they say of presence (`required` in every place, `not` of it) and the stricter
limits that a condition puts on a field. Everything else is left to the validator, whose word on the whole is the last; of
one word of ours, `x-total` (how long several files may last together), it knows nothing: kie.inputs.checking adds them up.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kie.inputs import judge, source

Schema = Mapping[str, Any]
PRESENT = "…"  # stands for any answer
CONDITIONAL = {"x-span", "x-total", "allOf", "anyOf", "oneOf", "if", "not", "dependentRequired", "dependentSchemas"}


@dataclass(slots=True)
class Demands:
    """What holds for the fields of one input, as far as it is answered."""

    required: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)  # must not come beside what is there, or does and must not
    choices: list[list[str]] = field(default_factory=list)  # of the names of each some are needed
    open: list[list[str]] = field(
        default_factory=list
    )  # of those that nothing given settles, what can still be answered
    narrowed: dict[str, list[Schema]] = field(default_factory=dict)  # stricter limits on a field
    totals: list[Schema] = field(default_factory=list)  # x-total: `of` these fields together at most `most` seconds


def demands(
    schema: Schema, given: Mapping[str, Any], *, skipped: Collection[str] = (), askable: Collection[str] | None = None
) -> Demands:
    """What `schema` demands beside `given`. A person passes over `skipped`, and can be asked for `askable` alone (None: all)."""
    found = Demands(required=set(schema.get("required", ())))
    if CONDITIONAL & schema.keys():
        known: Mapping[str, Schema] = schema.get("properties", {})
        reach = set(known if askable is None else askable) - set(skipped)
        reach |= {hidden for hidden, visible in source.companions(known).items() if visible in reach}
        _Walk(given, reach, found).conditions(schema)
    return found


def standing(schema: Schema, given: Mapping[str, Any], answered: Sequence[str]) -> list[str]:
    """Of the answers, in the order in which they were given, those that no later one forbids."""
    left, kept = dict(given), list(answered)
    if not CONDITIONAL & schema.keys():
        return kept
    for name in answered:
        others = {one: value for one, value in left.items() if one != name}
        if name in demands(schema, others).forbidden:
            left, kept = others, [one for one in kept if one != name]
    return kept


def shut_out(schema: Schema, given: Mapping[str, Any], answered: Collection[str]) -> set[str]:
    """The fields that cannot come beside what is answered: that or what it needs forbids them, or they would forbid it."""
    if not CONDITIONAL & schema.keys() or not answered:
        return set()
    absent = [name for name in schema.get("properties", {}) if name not in given]
    others = {name: value for name, value in given.items() if name not in answered}
    forbid = {name for name in absent if _with_needs(schema, {**others, name: PRESENT}).forbidden & set(answered)}
    return forbid | _with_needs(schema, given).forbidden


def _with_needs(schema: Schema, given: Mapping[str, Any]) -> Demands:
    """What is demanded beside what is given and what that needs."""
    needed = demands(schema, given).required - given.keys()
    return demands(schema, {**given, **dict.fromkeys(needed, PRESENT)})


class _Walk:
    """One look at a schema: `reach` are the fields that can still be answered."""

    def __init__(self, given: Mapping[str, Any], reach: set[str], found: Demands) -> None:
        self.given, self.reach, self.found = given, reach, found

    def part(self, schema: Schema) -> None:
        """A subschema that applies."""
        self.found.required |= set(schema.get("required", ()))
        for name, spec in schema.get("properties", {}).items():
            self.found.narrowed.setdefault(name, []).append(spec)
        self.conditions(schema)

    def conditions(self, schema: Schema) -> None:
        """What a schema says besides its own properties."""
        for one in schema.get("allOf", ()):
            self.part(one)
        if span := schema.get("x-span"):
            self.span(span)
        if total := schema.get("x-total"):
            self.found.totals.append(total)
        if "if" in schema:
            self.part(schema.get("then" if self.holds(schema["if"]) else "else", {}))
        for name, names in schema.get("dependentRequired", {}).items():
            self.found.required |= set(names) if name in self.given else set()
        for name, one in schema.get("dependentSchemas", {}).items():
            if name in self.given:
                self.part(one)
        self.found.forbidden |= set(self.excluded(schema.get("not", {})))
        if "anyOf" in schema:
            self.choice(schema["anyOf"], alone=False)
        if "oneOf" in schema:
            self.choice(schema["oneOf"], alone=True)

    def span(self, span: Mapping[str, Any]) -> None:
        """The end of a stretch, once its beginning is known."""
        begins = self.given.get(span["from"])
        if isinstance(begins, int | float):
            self.found.narrowed.setdefault(span["to"], []).append(judge.ending(span, begins))

    def holds(self, schema: Schema) -> bool:
        return judge.fits(schema, self.given)

    def excluded(self, schema: Schema) -> Iterable[str]:
        """The fields that complete, or would, what must not be: `not` of a schema, or of any of several."""
        for one in schema.get("anyOf", ()):
            yield from self.excluded(one)
        rest = {rule: said for rule, said in schema.items() if rule != "required"}
        missing = self.missing(schema)
        if len(missing) <= 1 and self.holds(rest):
            yield from missing or schema.get("required", ())

    def choice(self, branches: Sequence[Schema], *, alone: bool) -> None:
        """One of several: settled by what is given or will be in any case, or by the only one left, or open. `alone`: no
        other may come beside it."""
        names = list(dict.fromkeys(name for one in branches for name in one.get("required", ())))
        self.found.choices.append(names)
        left = [one for one in branches if self.possible(one)]
        settled = [one for one in branches if self.holds(one)] or [one for one in left if self.sure(one)]
        if not settled and len(left) > 1:
            self.found.open.append([name for name in names if name in self.reach])
        elif not settled:
            for one in left:
                self.part(one)
        elif alone and len(settled) == 1:
            self.part(settled[0])
            others = [self.missing(one) for one in branches if one is not settled[0]]
            self.found.forbidden |= {name for missing in others if len(missing) == 1 for name in missing}
        elif alone:
            self.found.forbidden |= {name for one in settled for name in one.get("required", ())}

    def missing(self, branch: Schema) -> set[str]:
        return {name for name in branch.get("required", ()) if name not in self.given}

    def sure(self, branch: Schema) -> bool:
        """Whether a branch comes true by what is required anyway."""
        return self.missing(branch) <= self.found.required

    def possible(self, branch: Schema) -> bool:
        """Whether a branch can still come true: all that it needs is given or can be, and nothing given speaks against it."""
        rest = {rule: said for rule, said in branch.items() if rule != "required"}
        return self.missing(branch) <= self.reach and self.holds(rest)
