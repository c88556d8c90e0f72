"""What a file is, told by its bytes. Names, Telegram's words and servers' headers are not believed, except of which type a
document is among those that look alike.
"""

import codecs
from io import BytesIO

import puremagic
from PIL import Image

from kie.fetch import HEAD_BYTES
from kie.inputs import formats
from kie.inputs.field import Field
from kie.inputs.formats import SAME

READ_HERE = {"image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff"}
PAGE = (b"<!doctype html", b"<html")


class Unknown(Exception):
    """The bytes are not what the field takes."""


def mime(field: Field, head: bytes, stated: str = "") -> str:
    """The MIME type under which `field` takes a file that begins with `head`, or is it. Of documents several types look alike:
    there `stated` decides, if the bytes do not contradict. Raises Unknown."""
    if is_page(head):
        raise Unknown("a page, not a file")
    told = kinds(head)
    if field.media == "document" and field.accept:
        told = _documents(head, told)
        if stated in told and stated in field.accept:
            return stated
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


def _documents(head: bytes, told: set[str]) -> set[str]:
    """The types of documents that it may be: archives with names of parts, old containers, texts without any mark."""
    if head[:4] == b"PK\x03\x04":
        inside = {one for mark, mimes in formats.ZIPPED.items() if mark in head for one in mimes}
        return inside if inside or b"PK\x05\x06" in head[-66_000:] else told  # the list of parts may be still to come
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return told | formats.OLD
    return told | formats.TEXTS if _is_text(head) else told


def _is_text(head: bytes) -> bool:
    try:
        return b"\0" not in head and bool(codecs.getincrementaldecoder("utf-8")().decode(head).strip())
    except UnicodeDecodeError:
        return False


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
