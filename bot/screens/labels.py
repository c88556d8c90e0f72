"""What a model's parameters and their values are called in the active language. The keys are KIE's own names."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screens.words import THIN, cut, lasting, number, quoted, safe

FILES = ("image", "images", "video", "audio", "document")


def label(name: str) -> str:
    """A parameter's name; one without a word of ours is shown as KIE spells it, without the underscores."""
    return _texts().get(name) or _media().get(name) or _knobs().get(name) or name.replace("_", " ").capitalize()


def _texts() -> dict[str, str]:
    return {
        "prompt": _("Description"),
        "text": _("Text"),
        "lyrics": _("Lyrics"),
        "full_lyrics": _("Lyrics"),
        "title": _("Title"),
        "style": _("Style"),
        "tags": _("Style"),
        "negative_prompt": _("What to avoid"),
        "negative_tags": _("Styles to avoid"),
        "voice": _("Voice"),
        "voice_id": _("Voice"),
        "language_code": _("Language"),
        "scene": _("Scene"),
        "previous_text": _("Text before"),
        "next_text": _("Text after"),
        "sample_context": _("Context"),
        "task_id": _("Number of the earlier task"),
        "audio_id": _("Number of the track"),
        "persona_id": _("Number of the persona"),
    }


def _media() -> dict[str, str]:
    return {
        "image": _("Picture"),
        "image_url": _("Picture"),
        "image_urls": _("Pictures"),
        "image_input": _("Pictures"),
        "input_urls": _("Pictures"),
        "filesUrl": _("Pictures"),
        "inputImage": _("Picture"),
        "first_frame_url": _("First frame"),
        "last_frame_url": _("Last frame"),
        "end_image_url": _("Last frame"),
        "tail_image_url": _("Last frame"),
        "mask_url": _("Mask"),
        "reference_image": _("Reference pictures"),
        "reference_image_url": _("Reference picture"),
        "reference_image_urls": _("Reference pictures"),
        "reference_video_urls": _("Reference videos"),
        "reference_audio_urls": _("Reference audio"),
        "video": _("Video"),
        "video_url": _("Video"),
        "video_urls": _("Video"),
        "audio_url": _("Audio"),
        "audio_urls": _("Audio"),
        "upload_url": _("Audio"),
    }


def _knobs() -> dict[str, str]:
    return {
        "aspect_ratio": _("Proportions"),
        "image_size": _("Proportions"),
        "size": _("Size"),
        "resolution": _("Resolution"),
        "image_resolution": _("Resolution"),
        "duration": _("Duration"),
        "n_frames": _("Duration"),
        "quality": _("Quality"),
        "mode": _("Mode"),
        "model": _("Version"),
        "output_format": _("File format"),
        "num_images": _("How many pictures"),
        "max_images": _("How many pictures"),
        "n": _("How many pictures"),
        "upscale_factor": _("Enlarge by"),
        "seed": _("Seed"),
        "guidance_scale": _("Closeness to the description"),
        "cfg_scale": _("Closeness to the description"),
        "strength": _("Strength of the change"),
        "num_inference_steps": _("Steps"),
        "rendering_speed": _("Speed"),
        "acceleration": _("Speed"),
        "speed": _("Pace of speech"),
        "stability": _("Evenness of the voice"),
        "similarity_boost": _("Likeness of the voice"),
        "style_weight": _("Weight of the style"),
        "weirdness_constraint": _("Strangeness"),
        "audio_weight": _("Weight of the audio"),
        "variety": _("Variety"),
        "vocal_gender": _("Vocals"),
        "instrumental": _("No vocals"),
        "temperature": _("Freedom"),
        "background": _("Background"),
        "camera_fixed": _("Still camera"),
        "sound": _("Sound"),
        "audio": _("Sound"),
        "generate_audio": _("Sound"),
        "generate_audio_switch": _("Sound"),
        "watermark": _("Watermark"),
        "remove_watermark": _("Remove the watermark"),
        "nsfw_checker": _("Content filter"),
        "enable_safety_checker": _("Content filter"),
        "prompt_extend": _("Enrich the description"),
        "prompt_optimizer": _("Enrich the description"),
        "expand_prompt": _("Enrich the description"),
        "enhance_prompt": _("Enrich the description"),
        "enable_prompt_expansion": _("Enrich the description"),
        "thinking_mode": _("Thinking"),
        "web_search": _("Search the web"),
        "multi_shots": _("Several shots"),
        "timestamps": _("Time marks"),
        "sound_loop": _("Looped"),
        "loop": _("Looped"),
        "duration_seconds": _("Duration"),
        "prompt_influence": _("Closeness to the description"),
        "custom_mode": _("Own lyrics and style"),
    }


def choice(name: str, value: Any) -> str:
    """One of a list, as it stands on its button."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name in {"duration", "n_frames", "duration_seconds"} and str(value).isdigit():
        return lasting(int(value))
    if name == "upscale_factor":
        return f"×{value}"
    words = {
        "auto": _("auto"),
        "none": _("none"),
        "basic": _("basic"),
        "standard": _("standard"),
        "normal": _("normal"),
        "high": _("high"),
        "medium": _("medium"),
        "low": _("low"),
        "fast": _("fast"),
        "square": _("square"),
        "square_hd": _("square HD"),
        "portrait": _("portrait"),
        "landscape": _("landscape"),
        "portrait_4_3": _("portrait 3:4"),
        "portrait_3_2": _("portrait 2:3"),
        "portrait_16_9": _("portrait 9:16"),
        "landscape_4_3": _("landscape 4:3"),
        "landscape_3_2": _("landscape 3:2"),
        "landscape_16_9": _("landscape 16:9"),
        "transparent": _("transparent"),
        "opaque": _("opaque"),
        "TURBO": _("fast"),
        "BALANCED": _("balanced"),
        "QUALITY": _("best quality"),
    }
    if name == "vocal_gender":
        words = {"m": _("male"), "f": _("female")}
    return words.get(str(value)) or cut(str(value), 40)


def value(name: str, kind: str, given: Any) -> str:
    """An answer as a screen repeats it, as HTML: a text cut and in quotes, files named, a choice by its word."""
    if given is None or given in ("", []):
        return "—"
    if isinstance(given, list):
        return _several(name, kind, given)
    if isinstance(given, dict):
        return _file(given)
    if kind in FILES:
        return safe(cut(str(given), 60))
    if kind in {"text", "long_text"} and isinstance(given, str):
        return quoted(given)
    if isinstance(given, float) or (
        isinstance(given, int) and not isinstance(given, bool) and kind in {"integer", "number"}
    ):
        return _quantity(name, given)
    return safe(choice(name, given))


def _quantity(name: str, given: float) -> str:
    if name in {"duration", "n_frames", "duration_seconds"}:
        return lasting(given)
    whole = float(given).is_integer()
    return number(given) if whole and abs(given) >= 10_000 and name != "seed" else str(int(given) if whole else given)


def _several(name: str, kind: str, given: list[Any]) -> str:
    if kind in FILES:
        return ngettext("{} file", "{} files", len(given)).format(len(given))
    return safe(cut(", ".join(choice(name, one) for one in given), 100))


def _file(given: dict[str, Any]) -> str:
    kinds = {"photo": _("📷 photo"), "video": _("🎬 video"), "audio": _("🎵 audio"), "voice": _("🎤 voice message")}
    facts = [kinds.get(str(given.get("kind")), _("📎 file"))]
    if given.get("name"):
        facts.append(safe(cut(str(given["name"]), 40)))
    if given.get("width") and given.get("height"):
        facts.append(f"{given['width']}×{given['height']}")
    if given.get("duration"):
        facts.append(lasting(given["duration"]))
    return ", ".join(facts)


def megabytes(most: float) -> str:
    """10 → «10 МБ»."""
    return f"{most:g}{THIN}{_('MB')}"
