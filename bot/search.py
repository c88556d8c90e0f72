"""Which models fit a few words: by name, id, vendor, tags, description, shelf and format, in both languages."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation

from bot import stems
from bot.screens.shelves import FORMATS, SHELVES, format_title, shelf_title
from bot.stems import Word
from kie.catalogue import AIModel

SHORTEST, LONGEST = 2, 100  # characters of a query that are looked at
READ = ("pk", "order", "key", "kie_model", "vendor", "tags", "category", "format", "aliases")
TEXTS = ("title_ru", "title_en", "description_ru", "description_en")
NAMES = ("facts__title", "facts__short")  # of the registry

# What people call a task, beside the name that its shelf or format has.
CALLED = {
    "background-removal": "убрать удалить вырезать стереть отделить фон задний прозрачный без фона remove erase delete cut out",
    "upscale": "увеличить повысить улучшить качество разрешение резкость крупнее апскейл апскейлер upscale upscaler enlarge",
    "lip-sync": "губы под голос липсинк lipsync",
    "text-to-speech": "озвучить озвучка диктор начитать tts voice",
    "speech-to-text": "расшифровать расшифровка транскрибация transcribe",
    "image-to-video": "оживить анимировать animate",
}

Field = tuple[int, bool, list[str]]  # what a word in it is worth, whether a beginning will do, and its words


def readable(query: str) -> str:
    """The query as it is looked for: "" where it is too short to mean anything."""
    words = " ".join(stems.folded(query).split())[:LONGEST]
    return words if len(words.replace(" ", "")) >= SHORTEST else ""


def find(query: str) -> list[int]:
    """Keys of the models on sale that fit every word of `query`, the closest first. Two statements, no JSON of schemas.

    Words like «без» put a model that has them first, and leave none out: there are too many ways to say the same.
    """
    asked = stems.split(readable(query))
    if not asked:
        return []
    places = _places()
    shop = [(row, _fields(row, places)) for row in AIModel.objects.on_sale().values(*READ, *TEXTS, *NAMES)]
    known = stems.words(frozenset(word for _row, fields in shop for _worth, _begun, text in fields for word in text))
    meant = stems.words(frozenset(asked))
    words = [meant[word] for word in asked]
    ranked = [(-score, row["order"], row["pk"]) for row, fields in shop if (score := _score(fields, known, words))]
    return [pk for _less, _order, pk in sorted(ranked)]


def _fields(row: Mapping[str, Any], places: Mapping[str, str]) -> list[Field]:
    """A name counts more than a tag, a tag more than what the description says. There only whole words count."""
    ids = (row["key"], row["kie_model"], *row["aliases"])
    return [
        (9, True, _split(row["title_ru"], row["title_en"], *_short(row), *ids)),
        (4, True, _split(row["vendor"], *row["tags"], places[row["category"]], places[row["format"]])),
        (1, False, _split(row["description_ru"], row["description_en"])),
    ]


def _score(fields: Sequence[Field], known: Mapping[str, Word], words: Sequence[Word]) -> int:
    """How close. 0 where a word is missing."""
    read = [(worth, begun, [known[word] for word in text]) for worth, begun, text in fields]
    scores = {
        word: max(
            (worth for worth, begun, text in read if word.is_in(text) or (begun and word.begins(text))), default=0
        )
        for word in words
    }
    needed = [word for word in words if not word.empty] or words
    return sum(scores.values()) if all(scores[word] for word in needed) else 0


def _short(row: Mapping[str, Any]) -> list[str]:
    """The names on its buttons, in the languages where no operator has given it another (AIModel.short_title)."""
    title, short = row["facts__title"], row["facts__short"] or {}
    return [short[locale] for locale in short if row[f"title_{locale}"] == title[locale]]


def _places() -> dict[str, str]:
    """Shelves and formats, as people of either language read and call them. Two keys are both: «upscale», «other»."""
    names: dict[str, str] = {key: CALLED.get(key, "") for key in (*SHELVES, *FORMATS)}
    for locale in ("ru", "en"):
        with translation.override(locale):
            for key, name in [(key, shelf_title(key)) for key in SHELVES] + [
                (key, format_title(key)) for key in FORMATS
            ]:
                names[key] += f" {name}"
    return names


def _split(*parts: str) -> list[str]:
    return stems.split(" ".join(parts))
