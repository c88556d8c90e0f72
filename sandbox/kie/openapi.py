"""A model's page as OpenAPI, the same for the catalogue API and the documentation: limits of files stand in prose, as at KIE."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .catalogue import Model

JOBS = "/api/v1/jobs/createTask"
CALLBACK = {"type": "string", "format": "uri", "description": "The URL to receive task completion notifications"}
_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_./$-]*")


def document(models: list[Model], *, version: str = "3.0.1") -> dict[str, Any]:
    """The OpenAPI document of a page: one path, one method; several models are values of `model`."""
    first = models[0]
    method = "get" if first.id == "veo/get-1080p-video" else "post"
    operation: dict[str, Any] = {"summary": first.title, "deprecated": False, "description": ""}
    if method == "get":
        operation["parameters"] = _parameters(first)
    else:
        body = {"schema": body_schema(models), "example": example(models)}
        operation["requestBody"] = {"content": {"application/json": body}}
    reply = {"$ref": "#/components/schemas/response%20not%20with%20recordId"}
    operation["responses"] = {"200": {"description": "", "content": {"application/json": {"schema": reply}}}}
    operation["x-apidog-folder"] = f"docs/en/Market/{first.output.title()}    Models"
    return {
        "openapi": version,
        "info": {"title": "", "version": "1.0.0"},
        "paths": {endpoint(first): {method: operation}},
        "components": {"schemas": {"response not with recordId": _RESPONSE}},
        "servers": [{"url": "https://api.kie.ai"}],
    }


_RESPONSE = {
    "type": "object",
    "properties": {
        "code": {"type": "integer", "enum": [200, 401, 402, 404, 422, 429, 455, 500, 501, 505]},
        "msg": {"type": "string"},
        "data": {"type": "object", "properties": {"taskId": {"type": "string"}}},
    },
}


def endpoint(model: Model) -> str:
    """Where it is asked for. Models that chat have the model in the path."""
    return model.endpoint or f"/{model.id}/v1/chat/completions"


def body_schema(models: list[Model]) -> dict[str, Any]:
    """The schema of the request's body."""
    first = models[0]
    input = public(first.input)
    if first.family == "market":
        ids = [model.id for model in models]
        model: dict[str, Any] = {"type": "string", "enum": ids, "default": ids[0], "description": f"Must be `{ids[0]}`"}
        properties = {"model": model, "callBackUrl": CALLBACK, "input": input}
        return {"type": "object", "required": ["model"], "properties": properties}
    if len(models) > 1 and "model" in input["properties"]:
        values = [value for one in models for value in one.input["properties"]["model"]["enum"]]
        input["properties"]["model"] = {"type": "string", "enum": values, "default": values[0]}
    if first.family != "chat":
        input["properties"]["callBackUrl"] = CALLBACK
        input["required"] = [*input.get("required", []), *["callBackUrl"] * first.needs_callback]
        input["x-apidog-orders"] = list(input["properties"])
    return input


def public(schema: Any) -> Any:
    """A schema as KIE publishes it: what only this peer checks (x-…) becomes prose, the order of the fields a list."""
    if isinstance(schema, list):
        return [public(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: public(part) for name, part in schema.items() if not name.startswith("x-")}
    if "x-media" in schema:
        plain["description"] = _of_file(schema)
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        plain["x-apidog-orders"] = list(schema["properties"])
    return plain


def _of_file(schema: dict[str, Any]) -> str:
    media = schema["x-media"]
    # A picture's place may take films, too.
    of = dict.fromkeys(("mp4", "quicktime"), schema.get("x-media-alt", media))
    kinds = [kind if "/" in kind else f"{of.get(kind, media)}/{kind}" for kind in schema.get("x-accept", [])]
    accepted = f"; accepted types: {', '.join(kinds)}" if kinds else ""
    size = f"; Max size: {schema['x-max-mb']:.1f}MB" if "x-max-mb" in schema else ""
    return f"File URL after upload, not file content{accepted}{size}"


def _parameters(model: Model) -> list[dict[str, Any]]:
    required = model.input.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": public(spec)}
        for name, spec in model.input["properties"].items()
    ]


def example(models: list[Model]) -> dict[str, Any]:
    """A body that would be taken."""
    first = models[0]
    properties, required = first.input.get("properties", {}), first.input.get("required", [])
    given = {name: _value(spec) for name, spec in properties.items() if name in required or "default" in spec}
    callback = {"callBackUrl": "https://your-domain.com/api/callback"} if first.family != "chat" else {}
    return {"model": first.id, **callback, "input": given} if first.family == "market" else given | callback


def _value(spec: dict[str, Any]) -> Any:
    if "default" in spec or "enum" in spec:
        return spec.get("default", spec.get("enum", [None])[0])
    if spec.get("type") == "array":
        return [_value(spec.get("items", {}))] * max(1, spec.get("minItems", 1))
    if spec.get("type") in ("integer", "number"):
        return spec.get("minimum", 1)
    if spec.get("type") == "boolean":
        return False
    return "https://example.com/file" if spec.get("format") == "uri" else "a quiet harbour at dawn"


def yaml(value: Any, depth: int = 0) -> str:
    """Block YAML whose scalars are JSON's, so that no reader takes 9:16 for a number."""
    indent = "  " * depth
    if isinstance(value, list):
        return "".join(f"{indent}- {json.dumps(part, ensure_ascii=False)}\n" for part in value)
    lines = []
    for name, part in value.items():
        key = name if _PLAIN_KEY.fullmatch(name) else json.dumps(name)
        nested = isinstance(part, dict | list) and part
        lines.append(f"{indent}{key}:" + (f"\n{yaml(part, depth + 1)}" if nested else f" {_scalar(part)}\n"))
    return "".join(lines)


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
