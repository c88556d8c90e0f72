"""What the bytes of a receipt are: a whole picture, or a PDF. Names and Telegram's words are not believed."""

from io import BytesIO
from typing import Final

import puremagic
from PIL import Image

PDF: Final = "application/pdf"
PICTURES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}  # Pillow's names
HEAD_BYTES: Final = 1024
# Within which a whole PDF says where its table of contents is; some banks write a little behind it.
TAIL_BYTES: Final = 2048


class Unfit(Exception):
    """Neither a picture that we can show nor a PDF, or a broken one."""


def mime(content: bytes) -> str:
    """The MIME type of a receipt: what the browser of an operator may be told. Raises Unfit."""
    if _begins_as_pdf(content):
        if not any(mark in content[-TAIL_BYTES:] for mark in (b"startxref", b"%%EOF")):
            raise Unfit("a PDF without its end")
        return PDF
    try:
        with Image.open(BytesIO(content), formats=tuple(PICTURES)) as picture:
            told = PICTURES[picture.format or ""]
            picture.verify()
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombError, Warning) as why:
        raise Unfit(f"no picture that opens: {type(why).__name__}") from why
    return told


def _begins_as_pdf(content: bytes) -> bool:
    try:
        told = {one.mime_type for one in puremagic.magic_string(content[:HEAD_BYTES])}
    except (puremagic.PureError, ValueError):
        return False
    return PDF in told
