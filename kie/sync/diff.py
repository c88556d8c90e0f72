"""What pages say differently from the registry, model by model and field by field; what could break a sale stands apart as risky.

Compared is what must be sent: texts and our own x-words are left out, except an x-word that both state. What an index does not
list any more is `gone`, once: only a page that moved, for all we know. Where nobody says what is all, nothing is gone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kie.registry_file import Model, Registry
from kie.sync.identity import CHAT, CREATE
from kie.sync.pages import bare, path
from kie.sync.reading import Gathered
from kie.sync.spec import Spec, digest

UNIFIED: Final = "market"  # the family that the catalogue has; a dedicated one stands in the documentation alone
ENDPOINTS: Final = {
    UNIFIED: CREATE,
    "veo": "/api/v1/veo/",
    "flux-kontext": "/api/v1/flux/kontext/",
    "4o-image": "/api/v1/gpt4o-image/",
}  # how a family's endpoints begin
RISKY: Final = {"id", "endpoint", "retired", "type", "x-media", "required", "items", "oneOf", "anyOf", "properties"}
COMPARED: Final = ("type", "enum", "const", "default", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "pattern", "deprecated")  # fmt: skip
IF_BOTH: Final = ("x-media", "x-max-mb", "x-accept", "x-max-seconds", "format", "pattern")
Path = tuple[str | int, ...]
INSIDE: Final = ("items", "oneOf", "anyOf")


@dataclass(frozen=True, slots=True)
class Change:
    """One field: what the registry says, what the page says; None where it says nothing. `path` leads to it in the entry."""

    path: tuple[str | int, ...]
    before: Any
    after: Any
    risky: bool = False

    @property
    def field(self) -> str:
        """The path as people read it."""
        return ".".join(str(part) for part in self.path if part != "properties")

    def as_data(self) -> dict[str, Any]:
        """For --json and for keeping."""
        told = {"field": self.field, "before": self.before, "after": self.after, "risky": self.risky}
        return told | {"path": list(self.path)}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Change":
        """What `as_data` made, read back."""
        return cls(tuple(data["path"]), data["before"], data["after"], data["risky"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All of one model. `kind`: added, gone, changed, price. `input` is the page's, for whoever applies it."""

    kind: str
    key: str
    page: str = ""
    title: str = ""
    changes: tuple[Change, ...] = ()
    doubts: tuple[str, ...] = ()
    input: dict[str, Any] = field(default_factory=dict)
    endpoint: str = ""

    @property
    def risky(self) -> bool:
        """Whether a person has to look before it is taken."""
        return self.kind in {"gone", "price"} or bool(self.doubts) or any(change.risky for change in self.changes)

    def risks(self) -> list[str]:
        """What a person has to look at, in words: the doubts, the fields; the kind, where that is risk enough."""
        fields = [f"{change.field} differs" for change in self.changes if change.risky]
        whole = {"gone": ["it may only have moved"], "price": ["another price"]}.get(self.kind, [])
        return [*whole, *self.doubts, *fields]

    def as_data(self) -> dict[str, Any]:
        """For --json and for keeping."""
        told = {"key": self.key, "page": self.page, "risky": self.risky}
        more = {
            "title": self.title, "endpoint": self.endpoint, "doubts": list(self.doubts),
            "fields": [change.as_data() for change in self.changes], "input": self.input,
        }  # fmt: skip
        return told | {name: value for name, value in more.items() if value}

    @classmethod
    def from_data(cls, kind: str, data: dict[str, Any]) -> "Difference":
        """What `as_data` made, read back."""
        return cls(
            kind=kind, key=data["key"], page=data["page"], title=data.get("title", ""), endpoint=data.get("endpoint", ""), input=data.get("input", {}),
            doubts=tuple(data.get("doubts", ())), changes=tuple(Change.from_data(one) for one in data.get("fields", ())),
        )  # fmt: skip


KINDS: Final = ("added", "gone", "changed", "price")


def as_data(differences: Iterable[Difference]) -> dict[str, list[dict[str, Any]]]:
    """By kind, every kind there."""
    found = list(differences)
    return {kind: [one.as_data() for one in found if one.kind == kind] for kind in KINDS}


def from_data(data: dict[str, list[dict[str, Any]]]) -> list[Difference]:
    """What `as_data` made, read back."""
    return [Difference.from_data(kind, one) for kind in KINDS for one in data.get(kind, [])]


def fingerprint(differences: Iterable[Difference]) -> str:
    """Equal for equal drift: an operator is told once of each."""
    return digest(as_data(differences))


def differences(registry: Registry, told: Gathered, *, listed: frozenset[str] | None) -> list[Difference]:
    """All of a run. `listed`: what an index says that there is; None: nothing can be gone."""
    book = _Book(registry)
    found = [one for spec in told.models.values() if (one := _of_page(book, spec, listed))]
    if listed is not None:
        found += _gone(registry, book, told, listed)
    return sorted(found, key=lambda one: (KINDS.index(one.kind), one.key))


class _Book:
    """The registry's models by every name that a page may have for them."""

    def __init__(self, registry: Registry) -> None:
        self._by_key = {model.key: model for model in registry.models}
        self._by_kie: dict[str, list[Model]] = {}
        self.aliases = {alias for model in registry.models for alias in model.aliases}
        for model in registry.models:
            self._by_kie.setdefault(model.kie_model, []).append(model)

    def model(self, spec: Spec) -> Model | None:
        if spec.id in self._by_key:
            return self._by_key[spec.id]
        same = self._by_kie.get(spec.id, [])
        return same[0] if len(same) == 1 and spec.endpoint == CREATE else None


def _of_page(book: _Book, spec: Spec, listed: frozenset[str] | None) -> Difference | None:
    model = book.model(spec)
    about: dict[str, Any] = {
        "page": spec.page,
        "title": spec.title,
        "doubts": spec.doubts,
        "input": spec.input,
        "endpoint": spec.endpoint,
    }
    if model is None:
        if spec.id in book.aliases or CHAT.search(spec.endpoint) or spec.deprecated:
            return None
        return Difference(kind="added", key=spec.id, **about)
    changes = tuple(_changes(model, spec, returned=model.retired and listed is not None and bare(spec.page) in listed))
    return Difference(kind="changed", key=model.key, changes=changes, **about) if changes else None


def _changes(model: Model, spec: Spec, *, returned: bool) -> Iterator[Change]:
    if returned:
        yield Change(("retired",), True, False, risky=True)
    begins = ENDPOINTS.get(model.family)
    if begins and not spec.endpoint.startswith(begins):
        yield Change(("endpoint",), begins, spec.endpoint, risky=True)
    skipped = {"model"} if spec.endpoint != CREATE and spec.model is not None else set()
    found = _of_schemas(("input",), model.input, spec.input, skipped=skipped)
    yield from (change for change in found if not (spec.shared and _within(change)))


def _of_schemas(
    where: Path, ours: dict[str, Any], theirs: dict[str, Any], *, skipped: Iterable[str] = ()
) -> Iterator[Change]:
    for word in (*COMPARED, *IF_BOTH[:4]):
        if word in IF_BOTH and not (word in ours and word in theirs):
            continue
        if word == "default" and "x-default" in theirs:
            continue  # the page denies its own
        if not _same(word, ours.get(word), theirs.get(word)):
            yield Change((*where, word), ours.get(word), theirs.get(word), risky=word in RISKY)
    for word in INSIDE:
        yield from _inside((*where, word), word, ours.get(word), theirs.get(word))
    mine, other = ours.get("properties", {}), theirs.get("properties", {})
    for name in dict.fromkeys([*mine, *other]):
        if name in skipped:
            continue
        if name in mine and name in other:
            yield from _of_schemas((*where, "properties", name), mine[name], other[name])
        else:
            needed = name in theirs.get("required", ())
            yield Change((*where, "properties", name), mine.get(name), other.get(name), risky=name in mine or needed)
    needs = [sorted(set(one.get("required", ())) - set(skipped)) for one in (ours, theirs)]
    if needs[0] != needs[1]:
        yield Change((*where, "required"), needs[0], needs[1], risky=True)


def _inside(where: Path, word: str, ours: Any, theirs: Any) -> Iterator[Change]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        yield from _of_schemas(where, ours, theirs)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _of_schemas((*where, number), mine, other)
    elif theirs is not None:  # what only the registry has of branches are its own rules
        yield Change(where, ours, theirs, risky=True)
    elif word == "items" and ours is not None:
        yield Change(where, ours, None, risky=True)


def _same(word: str, ours: Any, theirs: Any) -> bool:
    if word in {"enum", "x-accept"} and isinstance(ours, list) and isinstance(theirs, list):
        return {(type(one), one) for one in ours} == {(type(one), one) for one in theirs}
    if word == "deprecated":
        return bool(ours) == bool(theirs)
    return (
        type(ours) is type(theirs) and ours == theirs
        if isinstance(ours, bool) or isinstance(theirs, bool)
        else bool(ours == theirs)
    )


def _within(change: Change) -> bool:
    """Whether the registry only says less than the page: right, where the page speaks of several models at once."""
    ours, theirs, word = change.before, change.after, change.path[-1]
    if word == "enum" and ours and theirs:
        return {*ours} <= {*theirs}
    if ours is not None and theirs is not None and str(word).startswith("max"):
        return bool(ours <= theirs)
    return ours is not None and theirs is not None and str(word).startswith("min") and bool(ours >= theirs)


def _gone(registry: Registry, book: _Book, told: Gathered, listed: frozenset[str]) -> Iterator[Difference]:
    found = {model.key for spec in told.models.values() if (model := book.model(spec))}
    unread = {path(one.page) for one in told.unreadable}
    addresses = {path(one) for one in listed if "://" in one}
    for model in registry.models:
        nameable = addresses or model.family == UNIFIED  # ids alone, the catalogue's, name no dedicated one
        known = model.key in found or model.retired or model.family == "chat" or not nameable
        page = path(model.source_url)
        named = {model.key, model.kie_model} & listed or (page and page in addresses)
        if not known and not named and page not in unread:
            yield Difference(kind="gone", key=model.key, page=model.source_url, title=model.title.en)
