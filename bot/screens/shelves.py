"""The shelves of the shop: what a person looks for, each gathering several of the catalogue's categories."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

OTHER = "other"
CATEGORIES = {
    "image": {"image", "text-to-image", "image-to-image", "image-edit", "layer-decomposition", "music-cover-art"},
    "video": {
        "video",
        "text-to-video",
        "image-to-video",
        "reference-to-video",
        "video-to-video",
        "video-extend",
        "motion-control",
        "music-video",
    },
    "audio": {"audio", "text-to-speech", "speech", "sound-effect", "audio-cleanup", "audio-convert", "voice-clone"},
    "music": {"music", "music-cover", "music-edit", "music-extend", "music-persona", "lyrics"},
    "avatar": {"avatar", "lip-sync"},
    "enhance": {"enhance", "upscale", "video-upscale", "background-removal", "segmentation"},
    OTHER: set(),
}


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
            "enhance": _("✨ Enhance"),
            OTHER: _("⭐ Other"),
        }[self.key]


def shelf_of(category: str) -> str:
    """The key of the shelf on which a category stands."""
    return next((key for key, categories in CATEGORIES.items() if category in categories), OTHER)


def shelves(categories: list[str]) -> list[Shelf]:
    """The shelves that have something, in their order; `categories` has one entry a model."""
    keys = [shelf_of(category) for category in categories]
    return [Shelf(key, keys.count(key)) for key in CATEGORIES if key in keys]
