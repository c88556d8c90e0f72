"""The limits of one field as a schema states them, in the words of kie.inputs.Field."""

from collections.abc import Mapping
from typing import Any

from kie.inputs import files, formats, spec


def of_values(found: Mapping[str, Any]) -> dict[str, Any]:
    """Of a text or a number. What must be exceeded is told as a limit of its own: `above`, `below`."""
    return {
        "minimum": found.get("minimum"),
        "maximum": found.get("maximum"),
        "above": found.get("exclusiveMinimum"),
        "below": found.get("exclusiveMaximum"),
        "step": spec.step(found),
        "min_length": found.get("minLength", 0),
        "max_length": found.get("maxLength"),
        "max_total": found.get("x-max-total-chars"),
        "pattern": found.get("pattern", ""),
    }


def of_files(media: str | None, found: Mapping[str, Any]) -> dict[str, Any]:
    """Of a file; {} where none is asked for."""
    if media is None:
        return {}
    upload_mb = files.PHOTO_MB if media == "image" else files.TELEGRAM_MB
    least, most = aspects(found)
    return {
        "media_also": found.get("x-media-alt"),
        "max_mb": min(upload_mb, found.get("x-max-mb", upload_mb)),
        "max_mb_link": found.get("x-max-mb"),
        "min_seconds": found.get("x-min-seconds"),
        "max_seconds": found.get("x-max-seconds"),
        "accept": tuple(dict.fromkeys(formats.mime_of(word, media) for word in found.get("x-accept", ()))),
        "min_side_px": found.get("x-min-side-px", found.get("x-min-px")),
        "max_side_px": found.get("x-max-side-px", found.get("x-max-px")),
        "min_height_px": found.get("x-min-height"),
        "max_megapixels": found.get("x-max-megapixels"),
        "min_aspect": least,
        "max_aspect": most,
    }


def aspects(found: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The least and the largest width ÷ height, from x-aspect-range ("0.4-2.5", "1:8-8:1") or x-aspect-max (8: 1:8 to 8:1)."""
    if "x-aspect-range" in found:
        least, _, most = str(found["x-aspect-range"]).partition("-")
        return _ratio(least), _ratio(most)
    if "x-aspect-max" in found:
        most_ratio = float(found["x-aspect-max"])
        return 1 / most_ratio, most_ratio
    return None, None


def _ratio(written: str) -> float:
    wide, _, high = written.partition(":")
    return float(wide) / float(high or 1)
