"""One page: is it a page at all, and which OpenAPI documents stand in it. Both generations, and the catalogue API's JSON.

Since February 2026 a page is `# Title`, prose, `## OpenAPI Specification`, a fence of three backticks; before it was
`> ## Documentation Index …`, `# Title`, components, `## OpenAPI`, a fence of four whose info says method and path. Descriptions
hold fences, too, but indented: only a fence at column 0 ends the block. Guides and callback pages have no block at all.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from kie.sync import yaml12
from kie.sync.errors import Unreadable
from kie.sync.yaml12 import Malformed

BYTES: Final = 600_000  # of one page; whole aggregates have 200,000
ADDRESS: Final = re.compile(
    r"^[\s#>*<!\[-]*(?:(?:source|url|page|link|from)\s*:\s*)?<?(https?://[^\s>)\]]+)[>)\]\s-]*$", re.IGNORECASE
)
FENCE: Final = re.compile(r"^(`{3,}|~{3,})[ \t]*([^`\n]*)$")
ANNOUNCED: Final = re.compile(r"\b(get|post|put|patch|delete)\s+(/\S+)", re.IGNORECASE)
HEADING: Final = re.compile(r"^#{2,6}\s+OpenAPI(?:\s+Specification)?\s*$", re.MULTILINE)
SHELL: Final = re.compile(r"^\s*<(?:!doctype|html|head|script|body|meta)\b", re.IGNORECASE)
YAML: Final = re.compile(r"(?:ya?ml|openapi|swagger)\b|$", re.IGNORECASE)  # of a fence that may hold a document
PATHS: Final = re.compile(r"^(?:paths|openapi|swagger)\s*:", re.MULTILINE)
WHOLE: Final = (
    re.compile(r"^(?:openapi|swagger)\s*:\s*\S(?=.*^paths\s*:)", re.MULTILINE | re.DOTALL),
    re.compile(r"^\s*\{(?=.*\"(?:openapi|swagger)\"\s*:\s*\"\d)(?=.*\"paths\"\s*:)", re.DOTALL),
)  # under whatever name
INDENTED: Final = re.compile(r"^[ \t]+(?:openapi|swagger)\s*:\s*['\"]?[23]\.", re.MULTILINE)
TROUBLE: Final = re.compile(
    r"#\s*(?:error\b|[45]\d\d\b|(?:page\s+)?not\s+found|too\s+many\s+requests|access\s+denied|just\s+a\s+moment)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document as plain data. `announced`: method and path by the fence; `model`: its id by the catalogue API."""

    content: dict[str, Any]
    announced: tuple[str, str] | None = None
    model: str | None = None


def is_shell(text: str) -> bool:
    """Whether it is the site's JavaScript shell, which comes with status 200 instead of a page when one asks too fast."""
    return bool(SHELL.match(text.lstrip("\ufeff")))


def address(text: str) -> tuple[str, str]:
    """The page's own address, if its first line is one, else "", and the rest."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")
    first, _line, rest = text.partition("\n")
    found = ADDRESS.match(first)
    return (found[1], rest.lstrip("\n")) if found else ("", text)


def place(url: str) -> tuple[str, str]:
    """Host and path of an address, or ("", the path) of a file; ("", "") of what is neither."""
    try:
        parts = urlsplit(url)
    except ValueError:  # half an IPv6 address
        return "", ""
    return parts.netloc, parts.path.strip("/")


def bare(url: str) -> str:
    """An address without `.md`: a page and its Markdown twin are one."""
    return url.rstrip("/").removesuffix(".md").rstrip("/")


def path(url: str) -> str:
    """Where a page stands, at whatever host it is read: KIE, a mirror, the local peer."""
    return place(bare(url))[1]


def documents(page: str, text: str) -> list[Document]:
    """What stands in a page; [] if it is one without a document: a guide, callbacks, questions. Raises Unreadable."""
    if len(text) > BYTES:
        raise Unreadable(page, f"over {BYTES} characters")
    _url, body = address(text)
    if is_shell(body):
        raise Unreadable(page, "an HTML shell, not the page")
    try:
        if body.startswith("{"):
            return _of_catalogue(body)
        return _of_markdown(body)
    except Malformed as fault:
        raise Unreadable(page, str(fault)) from fault


def _of_markdown(body: str) -> list[Document]:
    found, outside = [], []
    for info, content in _blocks(body):
        if info is None:
            outside.append(content)
        elif _is_document(info, content):
            announced = ANNOUNCED.search(info)
            found.append(
                Document(_document(yaml12.load(content)), (announced[1].lower(), announced[2]) if announced else None)
            )
    prose = "\n".join(outside)
    if PATHS.search(prose) or INDENTED.search(prose):
        raise Malformed("an OpenAPI document without its fence")
    if not found and HEADING.search(prose):
        raise Malformed("announces an OpenAPI document and has none")
    if not found and not body.lstrip().startswith(("#", ">")):
        raise Malformed("not a page: it begins with neither # nor >")
    if not found and TROUBLE.match(body.lstrip()):
        raise Malformed("an error, not the page")
    return found


def _is_document(info: str, content: str) -> bool:
    """Whether a fence holds an OpenAPI document: it says YAML, or nothing, and has paths; or it is one without a doubt."""
    return bool(YAML.match(info) and PATHS.search(content)) or any(sign.search(content) for sign in WHOLE)


def _blocks(body: str) -> Iterator[tuple[str | None, str]]:
    """Stretches of prose (None, text) and of fences (info, content). Raises Malformed where a YAML fence has no end."""
    lines: list[str] = []
    opened: re.Match[str] | None = None
    for line in body.split("\n"):
        fence = FENCE.match(line)
        if opened is None and fence:
            yield None, "\n".join(lines)
            opened, lines = fence, []
        elif opened and fence and not fence[2].strip() and fence[1].startswith(opened[1]):
            yield opened[2].strip(), "\n".join(lines) + "\n"
            opened, lines = None, []
        else:
            lines.append(line)
    if opened and (opened[2].lower().startswith(("yaml", "yml")) or PATHS.search("\n".join(lines))):
        raise Malformed("the page is cut off: its YAML block has no end")
    yield None, "\n".join(lines)


def _of_catalogue(body: str) -> list[Document]:
    """GET /api/v1/models/{id}/schema: an envelope, in its data the id and the document, which may be null."""
    try:
        answer = json.loads(body, object_pairs_hook=_once, parse_constant=_no_number, parse_int=_whole)
    except (ValueError, RecursionError) as fault:
        raise Malformed(f"no JSON: {type(fault).__name__}") from fault
    data = answer.get("data", answer)
    if str(answer.get("code", 200)) != "200":
        raise Malformed(f"an answer of trouble: code {str(answer['code'])[:20]}")
    if not isinstance(data, dict) or not {"paths", "openapi", "model"} & data.keys():
        raise Malformed("an answer without data")
    content = data if "paths" in data else data.get("openapi")
    model = data.get("model")
    if content is None:
        return []
    yaml12.check_size(content)
    return [Document(_document(content), model=model.strip() if isinstance(model, str) else None)]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    known = dict(pairs)
    if len(known) != len(pairs):
        raise Malformed("a key is said twice")
    return known


def _whole(digits: str) -> int:
    if len(digits) > 20:  # as in YAML
        raise Malformed("a number that is too long")
    return int(digits)


def _no_number(word: str) -> Any:
    raise Malformed(f"{word} is no number")


def _document(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict) or not isinstance(content.get("paths"), dict):
        raise Malformed("no OpenAPI document: it has no paths")
    return content
