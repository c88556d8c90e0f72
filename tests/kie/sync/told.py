"""Pages for tests, made to measure: one of today's form, one of the old form, one flattened."""

from typing import Any

import pytest
import yaml

from kie.sync.errors import Unreadable
from kie.sync.spec import Spec, specs

CREATE = "/api/v1/jobs/createTask"
PROMPT: dict[str, Any] = {"type": "string", "maxLength": 3000, "description": "What to draw"}


def document(
    input: Any, *, model: Any = None, example: Any = None, endpoint: str = CREATE, **more: Any
) -> dict[str, Any]:
    """An OpenAPI document of one createTask, or, elsewhere, of a body that is `input` itself."""
    named = model if model is not None else {"type": "string", "enum": ["acme/dream"], "default": "acme/dream"}
    body = {"type": "object", "required": ["model"], "properties": {"model": named, "callBackUrl": {"type": "string"}}}
    if endpoint == CREATE:
        body["properties"]["input"] = input  # type: ignore[index]
    else:
        body = input
    shown = example if example is not None else {"model": "acme/dream", "input": {}}
    content = {"schema": body, "example": shown}
    answers = {"200": {"description": ""}}
    operation = {
        "summary": "Acme - Dream",
        "requestBody": {"content": {"application/json": content}},
        "responses": answers,
    }
    return {"openapi": "3.0.1", "paths": {endpoint: {"post": operation}}, "components": {}} | more


def fields(**properties: Any) -> dict[str, Any]:
    """An input with these properties and a prompt."""
    return {"type": "object", "properties": {"prompt": PROMPT} | properties, "required": ["prompt"]}


def page(content: Any, *, title: str = "Acme - Dream") -> str:
    """A page of today's form. Text is taken as YAML as it is."""
    block = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    return f"# {title}\n\n## OpenAPI Specification\n\n```yaml\n{block.rstrip()}\n```\n"


def old_page(content: Any, *, info: str = f"yaml market/acme/dream.json post {CREATE}") -> str:
    """A page as Mintlify had it."""
    block = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
    head = "> ## Documentation Index\n> All pages: https://docs.kie.ai/llms.txt\n\n# Acme\n\n> Dreams\n\n"
    return f"{head}<Card>\n  Text\n</Card>\n\n## OpenAPI\n\n````{info}\n{block.rstrip()}\n````\n"


def flattened(input: dict[str, Any], *, endpoint: str = "/api/v1/veo/generate") -> dict[str, Any]:
    """Mintlify's other dialect: one body whose properties are wrapped."""
    wrapped = {name: {"allOf": [part]} for name, part in input["properties"].items()}
    body = {"type": "object", "properties": wrapped, "required": True, "requiredProperties": input.get("required", [])}
    request = {"parameters": {"query": {}}, "body": {"application/json": {"schemaArray": [body], "examples": {}}}}
    return {
        "paths": {"path": endpoint, "method": "post", "request": request, "type": "path"},
        "components": {"schemas": {}},
    }


def one(text: str, **more: Any) -> Spec:
    """The only model of a page."""
    (found,) = specs("a page", text, **more)
    return found


def field(properties: dict[str, Any] | Any, name: str = "it") -> dict[str, Any]:
    """How one field of an input is understood."""
    cleaned: dict[str, Any] = one(page(document(fields(**{name: properties})))).input["properties"][name]
    return cleaned


def reason(text: str) -> str:
    """Why a page is refused."""
    with pytest.raises(Unreadable) as refused:
        specs("a page", text)
    return refused.value.reason
