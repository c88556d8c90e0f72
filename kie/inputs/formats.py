"""Formats of files: their many spellings (Telegram's clients', the models' schemas') brought to one MIME type each."""

SAME = {  # what clients call it → what it is
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/heif": "image/heic",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/opus": "audio/ogg",
    "audio/x-aac": "audio/aac",
    "audio/x-flac": "audio/flac",
    "video/mov": "video/quicktime",
    "video/x-quicktime": "video/quicktime",
    "video/mkv": "video/x-matroska",
    "text/md": "text/markdown",
    "text/txt": "text/plain",
}
_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_DOCUMENTS = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "docx": f"{_OPEN_XML}.wordprocessingml.document",
    "xlsx": f"{_OPEN_XML}.spreadsheetml.sheet",
    "pptx": f"{_OPEN_XML}.presentationml.presentation",
    "txt": "text/plain",
    "md": "text/markdown",
    "key": "application/vnd.apple.keynote",
    "pages": "application/vnd.apple.pages",
    "numbers": "application/vnd.apple.numbers",
}
TEXTS = {"text/plain", "text/markdown"}  # nothing in their bytes tells them apart
OLD = {_DOCUMENTS[name] for name in ("doc", "xls", "ppt")}  # one container for all of them
ZIPPED = {  # the name of a part, which an archive lists → what the archive is
    b"word/document": {_DOCUMENTS["docx"]},
    b"xl/workbook": {_DOCUMENTS["xlsx"]},
    b"ppt/presentation": {_DOCUMENTS["pptx"]},
    b"Index/": {_DOCUMENTS[name] for name in ("key", "pages", "numbers")},
}
ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/tiff": ".tiff",
    "image/heic": ".heic",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/x-matroska": ".mkv",
    "video/webm": ".webm",
    "video/x-msvideo": ".avi",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/flac": ".flac",
    "audio/x-ms-wma": ".wma",
} | {mime: f".{ending}" for ending, mime in _DOCUMENTS.items()}  # what a file's name ends with
_VIDEO = {"mp4", "quicktime", "mov", "x-matroska", "mkv", "webm"}  # told apart where a field takes pictures, too
NAMES = {
    "image/jpeg": "JPG",
    "audio/mpeg": "MP3",
    "audio/mp4": "M4A",
    "audio/x-ms-wma": "WMA",
    "video/quicktime": "MOV",
    "video/x-matroska": "MKV",
} | {mime: ending.upper() for ending, mime in _DOCUMENTS.items()}


def mime_of(spelling: str, media: str) -> str:
    """The MIME type that a schema's x-accept means: "image/jpeg", "jpg" of a picture, "mov" of a video, "docx"."""
    word = spelling.lower()
    if "/" in word:
        return SAME.get(word, word)
    if media == "document":
        return _DOCUMENTS.get(word, f"application/{word}")
    family = "video" if media == "image" and word in _VIDEO else media
    mime = f"{family}/{word}"
    return SAME.get(mime, mime)


def name(mime: str) -> str:
    """What people call a format: JPG, MP3…"""
    return NAMES.get(mime, mime.partition("/")[2].upper())
