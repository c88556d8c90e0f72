"""The shelves of the shop: the catalogue's categories as people see them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

SHELVES = ("image", "video", "audio", "music", "avatar", "upscale", "other")
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A shelf and how many models stand on it."""

    key: str
    models: int

    @property
    def title(self) -> str:
        """The name on its button."""
        return {
            "image": _("🎨 Images"),
            "video": _("🎬 Video"),
            "audio": _("🎵 Audio"),
            "music": _("🎼 Music"),
            "avatar": _("🧑‍🎤 Avatars"),
            "upscale": _("✨ Enhance"),
            OTHER: _("⭐ Other"),
        }[self.key]


def shelf_of(category: str) -> str:
    """The key of the shelf on which a category stands; a category that has none stands among the others."""
    return category if category in SHELVES else OTHER


def shelves(categories: Iterable[str]) -> list[Shelf]:
    """The shelves that have something, in their order; `categories` has one entry a model."""
    keys = [shelf_of(category) for category in categories]
    return [Shelf(key, keys.count(key)) for key in SHELVES if key in keys]
