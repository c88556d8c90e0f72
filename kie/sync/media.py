"""Which inputs are files: by their name, by `format: uri`, by what their description says. Names vary (image_url, filesUrl,
input_urls, tail_image_url…); a media field may even be typed `object` though addresses are sent."""

import re
from typing import Any, Final

from kie.sync.phrases import name_words
from kie.sync.values import main

SAID_BY_NAME: Final = {
    "video": {"video", "videos", "clip", "clips"},
    "audio": {"audio", "audios", "voice", "voices", "sound", "music", "song", "vocal", "verify"},
    "image": {"image", "images", "img", "imgs", "photo", "picture", "frame", "frames", "mask", "masks"},
}
FILES: Final = {
    "file",
    "files",
    "upload",
    "input",
    "reference",
    "character",
    "source",
    "element",
    "elements",
}  # of any kind
PLAIN: Final = {"image", "images", "img", "imgs", "photo", "photos", "picture", "video", "videos", "audio", "audios", "mask", "masks"}  # fmt: skip
BESIDE: Final = {"start", "first", "last", "end", "tail", "frame", "list"}  # words that leave a name that of a file
ADDRESS: Final = {"url", "urls", "uri", "uris", "link", "links"}
NEVER: Final = {"callback", "call", "back", "webhook", "task", "id", "ids", "size", "count", "num", "number", "format", "weight", "strength", "ratio", "rate", "duration", "prompt", "type", "mode", "quality", "resolution", "index", "gender", "setting", "settings", "style", "name", "text", "language", "speed", "speaker"}  # fmt: skip
LABELS: Final = {"description", "title", "caption", "color", "colour", "tone", "genre", "subject", "background", "preset", "note", "notes"}  # fmt: skip
BEGINS: Final = re.compile(r"^[^.。\n]{0,60}?(?:\burls?\b|\blinks?\b|\bfiles?\b|链接|地址|upload)", re.IGNORECASE)
SENT: Final = re.compile(
    r"\b(?:provide|pass|supply|enter|specify|accepts?|supports?|(?:must|should)\s+be)\b[^.。\n]{0,40}\b(?:urls?|links?|base64)\b",
    re.IGNORECASE,
)
DESCRIBES: Final = re.compile(
    r"^\W*(?:the\s+|an?\s+)?(?:describ\w+|description|title|colou?r|name|notes?|text|words?|caption|tone|style|genre|type|mode|prompt|instructions?|how|what|which|whether)\b",
    re.IGNORECASE,
)
BY_PROSE: Final = {
    "video": re.compile(r"\bvideos?\b|\bmp4\b|视频", re.IGNORECASE),
    "audio": re.compile(r"\baudios?\b|\bmp3\b|\bvoice\b|\bmusic\b|音频", re.IGNORECASE),
    "image": re.compile(r"\bimages?\b|\bpictures?\b|\bphotos?\b|\bjpe?g\b|\bpng\b|\bmask\b|图片|图像", re.IGNORECASE),
    "document": re.compile(r"\bpdf\b|\bdocx?\b|\bxlsx?\b|\bpptx?\b|\bdocuments?\b", re.IGNORECASE),
}
TURNS: Final = re.compile(r"\b\w+[- ]to[- ](?:image|video|audio|speech|music)\b", re.IGNORECASE)  # what a model does
SIZED: Final = re.compile(r"\d\s*[KMG]i?B\b", re.IGNORECASE)
BY_MIME: Final = re.compile(r"\b(image|video|audio)/[a-z0-9.+-]+", re.IGNORECASE)


def kind(name: str, schema: dict[str, Any], prose: str) -> str | None:
    """image, video, audio, document; None if it is no file. `schema` is of one value, not of the list around it."""
    named = name_words(name)
    words = set(named)
    if words & NEVER or "enum" in schema or main(schema.get("type")) not in {"string", "object", None}:
        return None
    if schema.get("properties"):
        return None
    is_uri = schema.get("format") in {"uri", "url", "uri-reference"}
    if named and named[-1] in LABELS and not is_uri:
        return None
    is_address = bool(words & ADDRESS) or is_uri
    by_name = next((medium for medium, names in SAID_BY_NAME.items() if words & names), None)
    if (not is_address and not (words & FILES or by_name)) or not (
        is_address or _is_file(schema, prose) or _is_plain(words, prose)
    ):
        return None
    return by_name or spoken_of(prose, of_files=bool(words & FILES) or words <= ADDRESS)


def is_said(name: str, schema: dict[str, Any], prose: str) -> bool:
    """Whether more than its bare name says that it is a file."""
    is_address = "format" in schema or not ADDRESS.isdisjoint(name_words(name))
    return is_address or _is_file(schema, prose) or bool(SIZED.search(prose))


def is_of_unknown_kind(name: str, schema: dict[str, Any]) -> bool:
    """Whether a field that is no file by `kind` has the name of one (filesUrl, input_urls)."""
    words = set(name_words(name))
    is_text = main(schema.get("type")) == "string" and "enum" not in schema
    return is_text and bool(words & ADDRESS and words & FILES) and not words & NEVER


def _is_plain(words: set[str], prose: str) -> bool:
    """Whether a name is that of a file and of nothing else, and nothing is described."""
    return bool(words & PLAIN) and words <= PLAIN | BESIDE | FILES and not DESCRIBES.search(prose.strip())


def _is_file(schema: dict[str, Any], prose: str) -> bool:
    """Whether a description is a file's: it begins with one, says that its address is sent, or names a type. What only mentions
    one may be words about it."""
    begins = (one.strip() for one in (prose, schema.get("description", "")))
    return bool(BY_MIME.search(prose)) or any(
        (BEGINS.search(one) or SENT.search(one)) and not DESCRIBES.search(one) for one in begins
    )


def spoken_of(prose: str, *, of_files: bool = True) -> str | None:
    """The one kind that the text speaks of; of several the accepted types decide, else the first that it names."""
    accepted = {found.lower() for found in BY_MIME.findall(prose)}
    if len(accepted) == 1:
        return accepted.pop()
    said = TURNS.sub(" ", prose)
    found = sorted((match.start(), medium) for medium, words in BY_PROSE.items() if (match := words.search(said)))
    return found[0][1] if found and of_files else None
