"""How the shop is laid out: by what is made (shelves) and by what it is made of (formats), as people see them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kie.registry_entry import CATEGORIES as SHELVES
from kie.registry_entry import FORMATS

__all__ = ["FORMATS", "SHELVES", "Format", "Origin", "Shelf", "format_title", "formats", "shelf_title", "shelves"]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A shelf and how many models stand on it."""

    key: str
    models: int
    action = "shelf"

    @property
    def title(self) -> str:
        """The name on its button."""
        return shelf_title(self.key)


@dataclass(frozen=True, slots=True)
class Format:
    """A format and how many models there are of it."""

    key: str
    models: int
    action = "format"

    @property
    def title(self) -> str:
        """The name on its button."""
        return format_title(self.key)


@dataclass(frozen=True, slots=True)
class Origin:
    """The list from which a model's card was opened, and the way back to it."""

    action: str  # shelf, format, found
    key: str = ""
    page: int = 0

    @property
    def args(self) -> tuple[str, str, int]:
        """What the buttons of a card keep of it."""
        return self.action, self.key, self.page


def shelf_title(key: str) -> str:
    """A shelf's name in the active language."""
    return {
        "image": _("🎨 Images"),
        "video": _("🎬 Video"),
        "audio": _("🎵 Audio"),
        "music": _("🎼 Music"),
        "avatar": _("🧑‍🎤 Avatars"),
        "upscale": _("✨ Enhance"),
        "other": _("⭐ Other"),
    }[key]


def format_title(key: str) -> str:
    """A format's name in the active language."""
    return {
        "text-to-image": _("Text → picture"),
        "image-to-image": _("Picture → picture"),
        "text-to-video": _("Text → video"),
        "image-to-video": _("Picture → video"),
        "video-to-video": _("Video → video"),
        "text-to-speech": _("Text → speech"),
        "speech-to-text": _("Speech → text"),
        "text-to-audio": _("Text → sound"),
        "audio-to-audio": _("Sound → sound"),
        "text-to-music": _("Text → music"),
        "audio-to-music": _("Sound → music"),
        "text-to-text": _("Text → text"),
        "lip-sync": _("Lip sync"),
        "upscale": _("Enlarge"),
        "background-removal": _("Remove background"),
        "other": _("Something else"),
    }[key]


def shelves(counts: Mapping[str, int]) -> list[Shelf]:
    """The shelves that have something, in their order; `counts` are models by category."""
    return [Shelf(key, counts[key]) for key in SHELVES if counts.get(key)]


def formats(of: Iterable[str]) -> list[Format]:
    """The formats that have something, in their order; `of` has one entry a model."""
    counts = Counter(of)
    return [Format(key, counts[key]) for key in FORMATS if counts[key]]
