"""What may be sent: sizes by Telegram's rules and the model's, kinds of files by what they are for."""

from bot.events import File
from kie.inputs import Field

UPLOAD_MB = {
    "image": 10,
    "video": 20,
    "audio": 20,
    "document": 20,
}  # a bot may fetch 20 MB from Telegram; a photo is 10
LINK_MB = {"image": 30, "video": 100, "audio": 50, "document": 50}
LINK_BYTES = 2048
TEXT_BYTES = 50_000
INPUT_BYTES = 10_000_000
SUFFIXES = {
    "image": ("JPG", "PNG", "WEBP"),
    "video": ("MP4", "MOV"),
    "audio": ("MP3", "WAV", "OGG", "M4A"),
    "document": ("PDF", "DOCX", "TXT"),
}
KINDS = {
    "image": ("photo",),
    "video": ("video", "video_note", "animation"),
    "audio": ("audio", "voice"),
    "document": ("document",),
}


def upload_mb(field: Field) -> float:
    """The largest file that may be sent in the chat, in megabytes."""
    most = UPLOAD_MB[field.media or "document"]
    return min(most, field.max_mb) if field.max_mb else most


def fits(file: File, media: str) -> bool:
    """Whether a file is of the medium: sent as such, or as a file whose type says so."""
    if file.kind in KINDS[media]:
        return True
    return file.kind == "document" and file.mime.startswith(f"{media}/")
