"""Which models fit a few words: by name, id, vendor, tags, description, shelf and format, in both languages."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils import translation

from bot.screens.shelves import FORMATS, SHELVES, format_title, shelf_title
from kie.catalogue import AIModel

SHORTEST, LONGEST = 2, 100  # characters of a query that are looked at
STEM = 5  # letters from which the ending of a Russian word is left open
READ = ("pk", "order", "key", "kie_model", "vendor", "tags", "category", "format", "aliases")
TEXTS = ("title_ru", "title_en", "description_ru", "description_en")


def readable(query: str) -> str:
    """The query as it is looked for: "" where it is too short to mean anything."""
    words = " ".join(_folded(query).split())[:LONGEST]
    return words if len(words.replace(" ", "")) >= SHORTEST else ""


def find(query: str) -> list[int]:
    """Keys of the models on sale that fit every word of `query`, the closest first. One query, no JSON of schemas."""
    words = [_stem(word) for word in readable(query).split()]
    rows = AIModel.objects.on_sale().values(*READ, *TEXTS) if words else []
    places = _places()
    ranked = [(-score, row["order"], row["pk"]) for row in rows if (score := _score(row, places, words))]
    return [pk for _less, _order, pk in sorted(ranked)]


def _score(row: Mapping[str, Any], places: Mapping[str, str], words: list[str]) -> int:
    """How close: a name counts more than a tag, a tag more than what the description says. 0 where a word is missing."""
    fields = (
        (9, _text(row["title_ru"], row["title_en"], row["key"], row["kie_model"], *row["aliases"])),
        (4, _text(row["vendor"], *row["tags"], places[row["category"]], places[row["format"]])),
        (1, _text(row["description_ru"], row["description_en"])),
    )
    scores = [max((worth for worth, text in fields if word in text), default=0) for word in words]
    return sum(scores) if all(scores) else 0


def _places() -> dict[str, str]:
    """Shelves and formats, as people of either language read them. Two keys are both: «upscale», «other»."""
    names: dict[str, str] = dict.fromkeys((*SHELVES, *FORMATS), "")
    for locale in ("ru", "en"):
        with translation.override(locale):
            for key, name in [(key, shelf_title(key)) for key in SHELVES] + [
                (key, format_title(key)) for key in FORMATS
            ]:
                names[key] += f" {name}"
    return names


def _text(*parts: str) -> str:
    return _folded(" ".join(parts))


def _folded(text: str) -> str:
    return text.casefold().replace("ё", "е")


def _stem(word: str) -> str:
    """Without the ending, where there is a rest that says enough: «картинки» finds «картинку»."""
    return word[:-1] if len(word) > STEM and re.search("[аеиоуыэюяйь]$", word) else word
