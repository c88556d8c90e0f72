"""How long a sound or a clip lasts, told by its bytes: what Telegram does not say of a file that was sent as a document."""

from io import BytesIO

from tinytag import TinyTag, TinyTagException

LONGEST_S = 100_000.0


def seconds(content: bytes) -> float | None:
    """The length of an MP3, WAV, OGG, FLAC, M4A, MP4 or MOV; None of anything else, and where its bytes say nothing sound."""
    try:
        found = TinyTag.get(file_obj=BytesIO(content), tags=False).duration
    except (TinyTagException, ArithmeticError, LookupError, ValueError, TypeError, OSError):  # a stranger's bytes
        return None
    length = round(float(found or 0), 2)
    return length if 0 < length < LONGEST_S else None
