"""What a file is, told by its bytes. Names, Telegram's words and servers' headers are not believed."""

from io import BytesIO

import puremagic
from PIL import Image

from kie.fetch import HEAD_BYTES
from kie.inputs.field import Field
from kie.inputs.formats import SAME

READ_HERE = {"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff"}
PAGE = (b"<!doctype html", b"<html")


class Unknown(Exception):
    """The bytes are not what the field takes."""


def mime(field: Field, head: bytes) -> str:
    """The MIME type under which `field` takes a file that begins with `head`. Raises Unknown."""
    if is_page(head):
        raise Unknown("a page, not a file")
    told = kinds(head)
    fitting = [one for one in field.accept if one in told]
    if not field.accept:
        fitting = sorted(one for one in told if field.media == "document" or one.startswith(f"{field.media}/"))
    if fitting:
        return fitting[0]
    if field.media == "document" and not field.accept:
        return "application/octet-stream"  # a text has no signature
    raise Unknown(f"bytes of {', '.join(sorted(told)) or 'nothing known'}")


def kinds(head: bytes) -> set[str]:
    """All MIME types that the first bytes of a file may mean: some containers hold sound or video alike."""
    try:
        found = {SAME.get(one.mime_type, one.mime_type) for one in puremagic.magic_string(head[:HEAD_BYTES])}
    except (puremagic.PureError, ValueError):
        found = set()
    if head[4:8] == b"ftyp" and not any(one.startswith("image/") for one in found):
        found |= {"video/mp4", "audio/mp4"}  # brands are many, and a recorder's .m4a often has a video's
    if head[:4] == b"OggS":
        found |= {"audio/ogg", "video/ogg"}
    return (found | _frames(head)) - {""}


def _frames(head: bytes) -> set[str]:
    """Bare MPEG or AAC sound begins with a frame: eleven or twelve set bits, then fields that have impossible values."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return set()
    if head[1] & 0xF6 == 0xF0:
        return {"audio/aac"}
    possible = head[1] & 0x18 != 0x08 and head[1] & 0x06 and head[2] & 0xF0 != 0xF0 and head[2] & 0x0C != 0x0C
    return {"audio/mpeg"} if possible else set()


def is_page(head: bytes) -> bool:
    """Whether it is a web page: what servers show for a file that is gone, or before a login."""
    return any(mark in head[:1000].lower() for mark in PAGE)


def sides(content: bytes, mime: str) -> dict[str, int]:
    """Width and height of a picture whose structure is whole; {} of what is none that we can read. Raises Unknown."""
    if mime not in READ_HERE:
        return {}
    try:
        with Image.open(BytesIO(content)) as picture:
            width, height = picture.size
            picture.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as why:
        raise Unknown(f"not a whole picture: {type(why).__name__}") from why
    return {"width": width, "height": height}
