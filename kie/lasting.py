"""How long a sound or a clip lasts, told by its bytes: what Telegram does not say of a file that was sent as a document."""

from io import BytesIO

from tinytag import TinyTag, TinyTagException

LONGEST_S = 100_000.0
TAIL_BYTES = 8_192  # of no frame: a tag at the end, or a last frame that is cut off
AAC_HZ = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)


def seconds(content: bytes) -> float | None:
    """The length of an MP3, WAV, OGG, FLAC, M4A, MP4, MOV or bare AAC; None of anything else, and where its bytes say nothing
    sound."""
    if content[:1] == b"\xff" and content[1:2] and content[1] & 0xF6 == 0xF0:
        return _of_aac(content)
    try:
        found = TinyTag.get(file_obj=BytesIO(content), tags=False).duration
    except (TinyTagException, ArithmeticError, LookupError, ValueError, TypeError, OSError):  # a stranger's bytes
        return None
    return _sound(float(found or 0))


def _of_aac(content: bytes) -> float | None:
    """Frame by frame (ADTS, ISO 14496-3): each says how long it is and how many blocks of 1,024 samples it has."""
    at, seconds = 0, 0.0
    while at < len(content):
        head = content[at : at + 7]
        if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
            break
        size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        rate = head[2] >> 2 & 15
        if size < 7 or rate >= len(AAC_HZ):
            break
        seconds += 1024 * ((head[6] & 3) + 1) / AAC_HZ[rate]
        at += size
    return _sound(seconds) if len(content) - at <= TAIL_BYTES else None


def _sound(seconds: float) -> float | None:
    length = round(seconds, 2)
    return length if 0 < length < LONGEST_S else None
