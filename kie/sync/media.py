"""Which inputs are files: by their name, by `format: uri`, by what their description says. Names vary (image_url, filesUrl,
input_urls, tail_image_url…); a media field may even be typed `object` though addresses are sent."""

import re
from typing import Any, Final

from kie.sync.values import main

CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
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
ADDRESS: Final = {"url", "urls", "uri", "uris", "link", "links"}
NEVER: Final = {"callback", "call", "back", "webhook", "task", "id", "ids", "size", "count", "num", "number", "format", "weight", "strength", "ratio", "rate", "duration", "prompt", "type", "mode", "quality", "resolution", "index", "gender", "setting", "settings", "style", "name", "text", "language", "speed", "speaker"}  # fmt: skip
SAYS_FILE: Final = re.compile(r"\burls?\b|file url|链接|地址|upload", re.IGNORECASE)
BY_PROSE: Final = {
    "video": re.compile(r"\bvideos?\b|\bmp4\b|视频", re.IGNORECASE),
    "audio": re.compile(r"\baudios?\b|\bmp3\b|\bvoice\b|\bmusic\b|音频", re.IGNORECASE),
    "image": re.compile(r"\bimages?\b|\bpictures?\b|\bphotos?\b|\bjpe?g\b|\bpng\b|\bmask\b|图片|图像", re.IGNORECASE),
    "document": re.compile(r"\bpdf\b|\bdocuments?\b", re.IGNORECASE),
}
BY_MIME: Final = re.compile(r"\b(image|video|audio)/[a-z0-9.+-]+", re.IGNORECASE)


def kind(name: str, schema: dict[str, Any], prose: str) -> str | None:
    """image, video, audio, document; None if it is no file. `schema` is of one value, not of the list around it."""
    words = {word.lower() for word in re.split(r"[^A-Za-z]+", CAMEL.sub("_", name)) if word}
    if words & NEVER or "enum" in schema or main(schema.get("type")) not in {"string", "object", None}:
        return None
    if schema.get("properties"):
        return None
    is_address = bool(words & ADDRESS) or schema.get("format") in {"uri", "url", "uri-reference"}
    by_name = next((medium for medium, named in SAID_BY_NAME.items() if words & named), None)
    if by_name and (is_address or SAYS_FILE.search(prose) or BY_MIME.search(prose)):
        return by_name
    if is_address or (words & FILES and (SAYS_FILE.search(prose) or BY_MIME.search(prose))):
        return _by_prose(prose, of_files=bool(words & FILES) or words <= ADDRESS)
    return None


def _by_prose(prose: str, *, of_files: bool) -> str | None:
    """The one kind that the text speaks of; of several the accepted types decide, else the first that it names."""
    accepted = {found.lower() for found in BY_MIME.findall(prose)}
    if len(accepted) == 1:
        return accepted.pop()
    named = sorted((match.start(), medium) for medium, words in BY_PROSE.items() if (match := words.search(prose)))
    return named[0][1] if named and of_files else None
