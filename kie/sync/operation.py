"""What a document says of its one operation, in one form for the dialects: OpenAPI as published, and Mintlify's flattened one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kie.sync.pages import Document
from kie.sync.yaml12 import Malformed

JSON: Final = re.compile(r"\s*application/json\s*(?:;|$)", re.IGNORECASE)
METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options", "trace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`schema`: of the JSON body, or of the query as an object; None where there is neither. `root` is what a $ref points into.
    `answers`: whether what stands after the request on every page is there, too: it is what a page that is cut off loses."""

    method: str
    endpoint: str
    title: str
    folder: str
    about: str
    deprecated: bool
    schema: dict[str, Any] | None
    examples: list[Any] = field(default_factory=list)
    root: dict[str, Any] = field(default_factory=dict)
    answers: bool = True


def operations(document: Document) -> list[Operation]:
    """All that the document describes; a page has one. Raises Malformed, also where the fence says another operation."""
    paths = document.content["paths"]
    flat = isinstance(paths.get("path"), str)
    found = [_flattened(document.content)] if flat else list(_published(document.content))
    if not found:
        raise Malformed("an OpenAPI document without an operation")
    method, path = document.announced or ("", "")
    if method and (method, _trimmed(path)) not in {(one.method, one.endpoint) for one in found}:
        raise Malformed(f"its fence says {method} {path}, its document another operation")
    return found


def _published(root: dict[str, Any]) -> Iterator[Operation]:
    for endpoint, item in root["paths"].items():
        if not endpoint.startswith("/") or not isinstance(item, dict):
            raise Malformed(f"{endpoint!r} is no path")
        said = [name for name in item if name in METHODS]
        if not said or any(
            isinstance(value, dict) for name, value in item.items() if name not in METHODS and not name.startswith("x-")
        ):
            raise Malformed(f"{endpoint} has no method, or more than methods")
        for method in said:
            what = _mapping(item[method], f"{method} {endpoint}")
            schema, examples = _body(what)
            if schema is None and what.get("requestBody") is None:
                schema = _query(what.get("parameters"))
            yield _operation(root, method, endpoint, what, schema, examples, answers=bool(what.get("responses")))


def _trimmed(endpoint: str) -> str:
    return endpoint.strip().rstrip("/") or "/"


def _operation(
    root: dict[str, Any],
    method: str,
    endpoint: str,
    what: dict[str, Any],
    schema: Any,
    examples: list[Any],
    *,
    answers: bool,
) -> Operation:
    tags = what.get("tags")
    folder = what.get("x-apidog-folder") or (tags[0] if isinstance(tags, list) and tags else "")
    return Operation(
        method=method, endpoint=_trimmed(endpoint), answers=answers, title=words(what.get("summary")), folder=words(folder),
        about=str(what.get("description") or ""), deprecated=what.get("deprecated") is True, schema=schema, examples=examples, root=root,
    )  # fmt: skip


def _body(what: dict[str, Any]) -> tuple[dict[str, Any] | None, list[Any]]:
    body = what.get("requestBody")
    if body is None:
        return None, []
    content = _mapping(_mapping(body, "requestBody").get("content"), "the request's content")
    json = next((part for kind, part in content.items() if JSON.match(kind)), None)
    if json is None:  # an upload: a form
        return None, []
    json = _mapping(json, "application/json")
    schema = _mapping(json.get("schema"), "the request's schema")
    return schema, _examples(json, schema)


def _query(parameters: Any) -> dict[str, Any] | None:
    """Parameters of the address as one object."""
    if not isinstance(parameters, list) or not parameters:
        return None
    properties, required = {}, []
    for one in parameters:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise Malformed("a parameter without a name")
        if one.get("in") != "query":
            continue
        told = {"description": one["description"]} if "description" in one else {}
        properties[one["name"]] = told | _mapping(one.get("schema", {"type": "string"}), one["name"])
        required += [one["name"]] if one.get("required") is True else []
    return {"type": "object", "properties": properties, "required": required}


def _examples(json: dict[str, Any], schema: dict[str, Any]) -> list[Any]:
    """Every example of a whole request, however it is given."""
    found = [json.get("example"), schema.get("example")]
    found += schema["examples"] if isinstance(schema.get("examples"), list) else []
    named = json.get("examples")
    found += [one.get("value") for one in named.values() if isinstance(one, dict)] if isinstance(named, dict) else []
    return [one for one in found if one is not None]


def _flattened(root: dict[str, Any]) -> Operation:
    """`paths.path`, `paths.method`, and of the body a list of schemas whose properties are wrapped in `allOf`."""
    paths = root["paths"]
    method = str(paths.get("method", "")).lower()
    if method not in METHODS or not paths["path"].startswith("/"):
        raise Malformed("a flattened document without path or method")
    request = _mapping(paths.get("request"), "request")
    answers = any(word in paths for word in ("response", "deprecated", "type"))
    bodies = _mapping(request.get("body") or {}, "request.body")
    if "application/json" in bodies:
        body = _mapping(bodies["application/json"], "application/json")
        schema = _unwrapped(body.get("schemaArray"), "the request's schemaArray")
        return _operation(root, method, paths["path"], {}, schema, _examples(body, schema), answers=answers)
    query = _mapping(_mapping(request.get("parameters") or {}, "parameters").get("query") or {}, "query")
    fields = {name: _unwrapped(_mapping(one, name).get("schema"), name) for name, one in query.items()}
    required = [name for name, one in fields.items() if one.get("required") is True]
    schema = {"type": "object", "properties": fields, "required": required} if fields else {}
    return _operation(root, method, paths["path"], {}, schema or None, [], answers=answers)


def _unwrapped(schemas: Any, what: str) -> dict[str, Any]:
    if not isinstance(schemas, list) or not schemas:
        raise Malformed(f"{what} is empty")
    if len(schemas) > 1:
        return {"oneOf": schemas}
    return _mapping(schemas[0], what)


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"{what} is missing or no mapping")
    return value


def words(value: Any) -> str:
    """A title or a folder, its runs of spaces made one."""
    return " ".join(str(value).split()) if isinstance(value, str) else ""
