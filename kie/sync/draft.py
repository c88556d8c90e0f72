"""A model that KIE has and the registry has not, as an entry: loaded, and not sold until a person gives it words and a price."""

from typing import Any, Final

from kie.sync.diff import ENDPOINTS, Difference
from kie.sync.pages import bare

TEXTS: Final = {"description", "title"}
OWN: Final = ("x-said", "x-default", "x-type")  # about a page, nothing of the model
VENDORS: Final = {"google": "Google", "bytedance": "ByteDance", "openai": "OpenAI", "kling": "Kling", "wan": "Alibaba", "qwen": "Alibaba", "elevenlabs": "ElevenLabs"}  # fmt: skip
MEDIAN_S: Final = {"image": 30, "video": 180, "audio": 60}
DEADLINE_S: Final = 1200


class NoAdapter(Exception):
    """No family of ours speaks to its endpoint."""


def entry(one: Difference, *, order: int) -> dict[str, Any]:
    """The entry of a model that was added. Raises NoAdapter."""
    family = next((name for name, begins in ENDPOINTS.items() if one.endpoint.startswith(begins)), None)
    if family is None:
        raise NoAdapter(f"no adapter for {one.endpoint}")
    title = (one.title or one.key)[:80]
    output = output_of(one)
    return {
        "key": one.key, "family": family, "kie_model": one.key, "vendor": vendor(one.key), "note": "Found by kie_sync; wants words, a wizard and a price.",
        "category": output, "format": "other", "output": output, "order": order, "title": {"ru": title, "en": title}, "description": {"ru": title, "en": title},
        "median_s": MEDIAN_S[output], "deadline_s": DEADLINE_S, "source_url": bare(one.page), "input": without_texts(one.input), "wizard": [],
    }  # fmt: skip


def output_of(one: Difference) -> str:
    """What comes back, as far as its name tells."""
    words = f"{one.key} {one.title}".lower()
    if any(word in words for word in ("speech", "audio", "music", "tts", "sound", "voice")) and "video" not in words:
        return "audio"
    return "video" if any(word in words for word in ("video", "avatar", "animate", "motion")) else "image"


def vendor(key: str) -> str:
    """The first word of an id, as its owner writes it."""
    first = key.replace("/", "-").split("-")[0]
    return VENDORS.get(first.lower(), first[:1].upper() + first[1:])


def without_texts(schema: Any) -> Any:
    """A schema as the registry keeps it: without words, and without what we noted about its page."""
    if isinstance(schema, list):
        return [without_texts(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {inner: without_texts(part) for inner, part in value.items()}
        if name == "properties"
        else without_texts(value)
        for name, value in schema.items()
        if name not in OWN and not (name in TEXTS and isinstance(value, str))
    }
