"""From a page to what we need to know of its models: id, endpoint, and the input as JSON Schema."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from kie.sync import pages
from kie.sync.errors import Unreadable
from kie.sync.identity import as_request, is_unified, makes_something, named
from kie.sync.limits import enriched
from kie.sync.operation import Operation, operations
from kie.sync.pages import Document
from kie.sync.schema import Reader
from kie.sync.values import fits, plain
from kie.sync.yaml12 import Malformed

TITLE: Final = re.compile(r"^#\s+(.+?)\s*$", re.MULTILINE)
OURS: Final = re.compile(r"call_?back_?url|calbackurl|^webhook", re.IGNORECASE)  # what TRT itself sets
TEXTS: Final = {"description", "title"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """A model by one page. `input` is JSON Schema 2020-12 with our x-words (x-media, x-max-mb, x-accept, x-max-seconds; x-name: how
    the page spells a trimmed name; x-said: a limit in prose beside another in the schema). `required` in it is a hint. `doubts`: what
    of the page does not agree with itself."""

    page: str
    id: str
    endpoint: str
    input: dict[str, Any]
    model: str | None = None  # what goes into `model`, where the request has that field
    title: str = ""
    folder: str = ""
    deprecated: bool = False
    shared: bool = False  # its page tells of several models: what any of them takes
    doubts: tuple[str, ...] = field(default=())
    pages: tuple[str, ...] = field(default=())  # the others that tell of the same model
    file: str = ""  # where the page was saved, if it was

    def as_data(self) -> dict[str, Any]:
        """For --json and for keeping."""
        told = {"page": self.page, "id": self.id, "endpoint": self.endpoint, "input": self.input}
        more = {
            "file": self.file, "model": self.model, "title": self.title, "folder": self.folder, "deprecated": self.deprecated,
            "doubts": list(self.doubts), "pages": list(self.pages),
        }  # fmt: skip
        return told | {name: value for name, value in more.items() if value} | {"hashes": self.hashes()}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Spec":
        """What `as_data` made, read back."""
        known = {name: value for name, value in data.items() if name in cls.__slots__}
        return cls(**known | {name: tuple(known.get(name, ())) for name in ("doubts", "pages")})

    def hashes(self) -> dict[str, str]:
        """`contract` changes with what we must send, `text` with what people read of it."""
        contract = {"id": self.id, "endpoint": self.endpoint, "input": bare(self.input)}
        return {"contract": digest(contract), "text": digest(texts(self.input))}

    def size(self) -> int:
        """How much it says: of two pages of one model the richer is kept."""
        return len(json.dumps(bare(self.input)))


def specs(page: str, text: str, *, catalogue: str | None = None) -> list[Spec]:
    """The models that a page tells of; [] for a guide, a query, an upload. `catalogue`: the id by the catalogue, where it is
    known. Raises Unreadable, and nothing else, whatever the text is."""
    found = []
    for document in pages.documents(page, text):
        try:
            found += _of_document(page, document, catalogue or document.model, text)
        except Malformed as fault:
            raise Unreadable(page, str(fault)) from fault
    return found


def spec(openapi: dict[str, Any], *, page: str = "", catalogue: str | None = None) -> list[Spec]:
    """The same from an OpenAPI document that is plain data already. Raises Unreadable."""
    try:
        return _of_document(page, Document(openapi), catalogue, "")
    except Malformed as fault:
        raise Unreadable(page, str(fault)) from fault


def _of_document(page: str, document: Document, catalogue: str | None, text: str) -> list[Spec]:
    return [
        one
        for operation in operations(document)
        if makes_something(operation)
        for one in _models(page, operation, catalogue, text)
    ]


def _models(page: str, operation: Operation, catalogue: str | None, text: str) -> list[Spec]:
    reader = Reader(operation.root)
    body = reader.merged(operation.schema, "the request")
    properties = body.get("properties") or {}
    if not isinstance(properties, dict):
        raise Malformed("the request's properties are no mapping")
    trimmed = {name.strip(): part for name, part in properties.items()}
    unified = is_unified(operation, trimmed, reader)
    names = named(operation, trimmed, reader, catalogue)
    if not operation.answers:
        reader.doubts.append("its answers are missing: the page may be cut off")
    schema = _input(trimmed if unified else None, body, reader)
    _compare_with_examples(operation, schema, reader.doubts, unified=unified)
    title = TITLE.search(text)
    return [
        Spec(
            page=page, id=name.id, model=name.model, endpoint=operation.endpoint, input=schema, folder=operation.folder,
            title=operation.title or (title[1] if title else ""), deprecated=operation.deprecated, shared=len(names) > 1, doubts=tuple(dict.fromkeys(reader.doubts)),
        )
        for name in names
    ]  # fmt: skip


def _input(unified: dict[str, Any] | None, body: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """`input` among the properties of the unified form, the body itself of the dedicated ones; without what TRT sets."""
    if unified is not None:
        if "input" not in unified:
            raise Malformed("its request has no input")
        if more := [name for name in unified if name not in {"model", "input"} and not OURS.search(name)]:
            reader.doubts.append(f"{', '.join(more)} beside the input")
        schema = reader.clean(unified["input"], "input")
    else:
        schema = reader.clean(body, "input")
    if not {"properties", "oneOf", "anyOf"} & schema.keys() or schema.get("type", "object") != "object":
        raise Malformed("its input has no fields")
    if schema.get("properties") == {} and not {"oneOf", "anyOf"} & schema.keys():
        reader.doubts.append("its input has no fields")
    return enriched("input", _without_ours({"type": "object"} | schema), reader.doubts)


def _without_ours(schema: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in schema.items() if name not in {"description", "title"}}
    if "properties" in kept:
        kept["properties"] = {name: part for name, part in kept["properties"].items() if not OURS.search(name)}
    if "required" in kept:
        kept["required"] = [name for name in kept["required"] if not OURS.search(name)]
    for word in ("oneOf", "anyOf"):
        if word in kept:
            kept[word] = [_without_ours(branch) for branch in kept[word]]
    return kept


def _compare_with_examples(operation: Operation, schema: dict[str, Any], doubts: list[str], *, unified: bool) -> None:
    """A field that only the example has, or whose example is of another type, is a line that was lost or changed somewhere."""
    fields = dict(all_fields(schema))
    for example in map(as_request, operation.examples):
        given = as_request(example.get("input")) if unified else example
        for raw, value in given.items():
            name = raw.strip()
            if OURS.search(name):
                continue
            if name not in fields:
                doubts.append(f"{name} is in the example and not in the schema")
            elif value not in (None, "") and not any(
                fits(plain(value), one.get("x-type", one.get("type"))) or fits(plain(value), one.get("type"))
                for one in fields[name]
            ):
                doubts.append(f"{name}: the example is not of its type")


def all_fields(schema: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Every field of an input by name, with its schema in each branch that has it."""
    found: dict[str, list[dict[str, Any]]] = {name: [part] for name, part in schema.get("properties", {}).items()}
    for branch in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        for name, parts in all_fields(branch).items():
            found[name] = [*found.get(name, []), *parts]
    return found


def bare(schema: Any) -> Any:
    """A schema without x-words and texts: what must be sent. `properties` named like those words stay."""
    if isinstance(schema, list):
        return [bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {inner: bare(part) for inner, part in value.items()} if name == "properties" else bare(value)
        for name, value in schema.items()
        if not name.startswith("x-") and name not in TEXTS
    }


def texts(schema: Any) -> Any:
    """Only the texts."""
    if isinstance(schema, list):
        return [texts(part) for part in schema]
    if not isinstance(schema, dict):
        return None
    return {name: value if name in TEXTS and isinstance(value, str) else texts(value) for name, value in schema.items()}


def digest(data: Any) -> str:
    """Of canonical JSON: equal data have equal ones, in whatever order."""
    written = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:16]
