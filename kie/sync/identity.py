"""Which model a page is about. Its address says nothing of it, and ids are copied from page to page (trap 8): whatever names one
is compared. On conflict the catalogue's word counts first, then the example request's; and it is a doubt."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from kie.sync.operation import Operation
from kie.sync.schema import Reader
from kie.sync.yaml12 import Malformed, as_written

CREATE: Final = "/api/v1/jobs/createTask"
MODEL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*){0,2}")
SAID: Final = re.compile(
    r"(?:must\s+be|must\s+use(?:\s+the)?|always\s+(?:be|use)|fixed(?:\s+(?:value|to|as|at))?(?:\s+is)?|必须(?:为|是|使用)|固定(?:为|值))\s*[:：]?\s*[`'\"“‘]([^`'\"”’\s]+)[`'\"”’]",
    re.IGNORECASE,
)
PLACEHOLDER: Final = re.compile(r"custom_|your[-_]|<|example", re.IGNORECASE)
NO_MODEL: Final = re.compile(
    r"^/api/v1/common/|^/client/|file-[a-z0-9-]*upload|/download-url$|/chat/credit$|/jobs/recordInfo$"
)
CHAT: Final = re.compile(r"/(?:chat/completions|messages|responses)$|:(?:stream)?generateContent$", re.IGNORECASE)
BY_MODEL: Final = {"/api/v1/veo/generate", "/api/v1/flux/kontext/generate"}  # each value of `model` is sold as a model
NAMED: Final = {  # dedicated endpoints without an id of their own; the others are called by their path
    "/api/v1/gpt4o-image/generate": "4o-image",
    "/api/v1/modify/generate": "luma/modify",
    **{f"/api/v1/generate/{name}": f"suno/{name}" for name in ("extend", "upload-cover", "upload-extend", "add-instrumental", "add-vocals", "replace-section", "mashup", "sounds", "generate-persona")},
    "/api/v1/generate/get-timestamped-lyrics": "suno/timestamped-lyrics", "/api/v1/lyrics": "suno/lyrics", "/api/v1/wav/generate": "suno/wav",
    "/api/v1/vocal-removal/generate": "suno/vocal-removal", "/api/v1/mp4/generate": "suno/music-video", "/api/v1/midi/generate": "suno/midi",
    "/api/v1/suno/cover/generate": "suno/cover-art", "/api/v1/style/generate": "suno/boost-style", "/api/v1/voice/generate": "suno/voice-generate",
    "/api/v1/voice/validate": "suno/voice-validate",
}  # fmt: skip
SUNO: Final = "/api/v1/generate"  # its versions are sold apart: suno/generate/V5
BY_PATH: Final = {f"/api/v1/{name}" for name in ("runway/generate", "runway/extend", "aleph/generate", "veo/extend", "veo/get-4k-video")}  # fmt: skip
WORK: Final = {CREATE, SUNO, *BY_MODEL, *NAMED, *BY_PATH}
VERSION: Final = re.compile(r"v?\d+(?:[._]\d+)*\w*", re.IGNORECASE)  # of a model that has its name from elsewhere
QUERIED: Final = {"/api/v1/veo/get-1080p-video"}  # made by asking: a GET that is work


@dataclass(frozen=True, slots=True)
class Named:
    """An id that TRT would sell under, and what goes into `model`; None where the request has no such field."""

    id: str
    model: str | None


def makes_something(operation: Operation) -> bool:
    """Whether the operation starts a generation: not a query, an upload, an account's figure.

    Raises Malformed where an endpoint that we know for its work is said to be asked in another way: a model would be lost in silence.
    """
    if NO_MODEL.search(operation.endpoint):
        return False
    if operation.endpoint in WORK and operation.method != "post":
        raise Malformed(f"{operation.endpoint} stands under {operation.method}, not under post")
    if operation.endpoint in WORK and operation.schema is None:
        raise Malformed(f"{operation.endpoint} has no JSON body")
    return operation.endpoint in QUERIED or (operation.method == "post" and operation.schema is not None)


def is_unified(operation: Operation, properties: dict[str, Any], reader: Reader) -> bool:
    """Whether a request is `model` and `input`: of createTask, or of an endpoint that we do not know and that has its form."""
    if operation.endpoint == CREATE:
        return True
    if _is_known(operation) or not {"model", "input"} <= properties.keys():
        return False
    given = reader.merged(properties["input"], "input")
    return given.get("type") == "object" or bool({"properties", "oneOf", "anyOf"} & given.keys())


def named(operation: Operation, properties: dict[str, Any], reader: Reader, catalogue: str | None) -> list[Named]:
    """The models of a page: one, or several that share all else. Raises Malformed where nothing names any."""
    field, tail = properties.get("model"), operation.endpoint.strip("/").removeprefix("api/v1/")
    if not _is_known(operation):
        reader.doubts.append(f"{operation.endpoint} is an endpoint that nobody knows")
    if field is None and operation.endpoint not in {CREATE, SUNO, *BY_MODEL}:
        if CHAT.search(operation.endpoint):
            return [Named(catalogue or operation.endpoint.strip("/").split("/")[0], None)]
        return [Named(catalogue or NAMED.get(operation.endpoint) or tail, None)]
    values = _values(reader.merged(field if field is not None else {}, "model"), operation.examples, reader, catalogue)
    if operation.endpoint == SUNO:
        return [Named(f"suno/generate/{value}", value) for value in values]
    if operation.endpoint in BY_PATH | QUERIED | NAMED.keys():
        return [Named(NAMED.get(operation.endpoint) or tail, None)]
    if operation.endpoint == CREATE and (versions := [one for one in values if VERSION.fullmatch(one)]):
        raise Malformed(f"model: {versions[0]} is a version, and nobody says of what")
    return [Named(f"{tail}/{value}" if VERSION.fullmatch(value) else value, value) for value in values]


def _is_known(operation: Operation) -> bool:
    return operation.endpoint in WORK | QUERIED or bool(CHAT.search(operation.endpoint))


def _values(field: dict[str, Any], examples: list[Any], reader: Reader, catalogue: str | None) -> list[str]:
    listed = _words(field.get("enum", []))
    fixed = _words(_constants(field))
    default = _words([field["default"]]) if field.get("default") else []
    shown = list(dict.fromkeys(_mentioned([one.get("model") for one in map(as_request, examples)])))
    own = _mentioned([field.get("example"), *_list(field.get("examples"))])[:1]
    said = _mentioned(SAID.findall(str(field.get("description") or "")))
    if len(listed) > len(set(listed)):
        reader.doubts.append("model: an id is listed twice")
    claims = {"the constant": fixed, "the list": listed, "the default": default, "the example": shown, "its own example": own, "the text": said}  # fmt: skip
    chosen = [catalogue] if catalogue else fixed or _chosen(listed, default, shown or own, said)
    if not chosen:
        raise Malformed("nothing names its model")
    if not listed and not default and not fixed:
        reader.doubts.append("model: it has no list of ids")
    for who, ids in claims.items():
        if other := [one for one in ids if one not in chosen]:
            reader.doubts.append(f"model: {who} says {', '.join(other)}, not {', '.join(chosen)}")
    return list(dict.fromkeys(chosen))


def _constants(field: dict[str, Any]) -> list[Any]:
    """What a field can only be, by itself or by each of its branches."""
    branches = [one for word in ("oneOf", "anyOf") for one in _list(field.get(word)) if isinstance(one, dict)]
    return [one["const"] for one in (field, *branches) if one.get("const") is not None]


def _chosen(listed: list[str], default: list[str], shown: list[str], said: list[str]) -> list[str]:
    """The example's word before the list's, where they differ; else the whole list."""
    if shown and listed and not set(shown) & set(listed):
        return shown[:1]
    return listed or default or shown[:1] or said[:1]


def as_request(example: Any) -> dict[str, Any]:
    """An example of a request: an object, or one written as text, perhaps broken: then {}."""
    if isinstance(example, str):
        try:
            example = json.loads(example)
        except (ValueError, RecursionError):
            return {}
    return example if isinstance(example, dict) else {}


def _words(values: Any) -> list[str]:
    """Ids among values; placeholders are none. Raises Malformed for what cannot be one."""
    if not isinstance(values, list):
        raise Malformed("model: the enumeration is no list")
    words = [str(as_written(value)).strip() for value in values if value is not None]
    words = [word for word in words if not PLACEHOLDER.match(word)]
    if wrong := [word for word in words if not _is_id(word)]:
        raise Malformed(f"model: {wrong[0][:80]!r} is no id")
    return words


def _mentioned(values: list[Any]) -> list[str]:
    """Ids among values that may be anything: of examples and of prose."""
    words = (str(as_written(value)).strip() for value in values if isinstance(value, str))
    return [word for word in words if _is_id(word) and not PLACEHOLDER.match(word)]


def _is_id(word: str) -> bool:
    return len(word) <= 80 and bool(MODEL_ID.fullmatch(word))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
