"""Words without their endings, by PostgreSQL's own dictionaries: «картинок», «картинки» and «картинку» are one word to it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from django.db import connection

WORD = re.compile(r"\d+(?:\.\d+)+|[^\W_]+")  # «3.1» is a word, «Z-Image» is two
SHORTEST_BEGINNING = 3  # letters that may be the beginning of a longer word

# A dictionary says {} of a word that carries no sense («без», «the»): such a one stays as it is.
DICTIONARIES = """
    SELECT word, found[1] IS NULL, coalesce(found[1], word) FROM (
        SELECT word, ts_lexize((CASE WHEN word ~ '[а-я]' THEN 'russian_stem' ELSE 'english_stem' END)::regdictionary, word)
        FROM unnest(%s::text[]) word
    ) looked_up (word, found)
"""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a query, or of what is looked through."""

    written: str
    stem: str
    empty: bool  # carries no sense by itself: «без», «для»

    def is_in(self, others: Iterable[Self]) -> bool:
        """Whether one of `others` is this very word, in whatever form."""
        return any(self.stem == other.stem for other in others)

    def begins(self, others: Iterable[Self]) -> bool:
        """Whether one of `others` begins as this is written: «elev» is ElevenLabs, «10» is 10s and is not 1080p."""
        if len(self.written) < SHORTEST_BEGINNING and not self.written.isdigit():
            return False
        longer = (other.written for other in others if other.written.startswith(self.written))
        return any(not (self.written[-1:] + one[len(self.written) :][:1]).isdecimal() for one in longer)


def folded(text: str) -> str:
    """As texts are compared: in small letters, «ё» as «е»."""
    return text.casefold().replace("ё", "е")


def split(text: str) -> list[str]:
    """The words of a text, folded."""
    return WORD.findall(folded(text))


@lru_cache(maxsize=16)
def words(written: frozenset[str]) -> Mapping[str, Word]:
    """What the dictionaries say of these, all in one statement: the same at any time, so the shop's are asked for once."""
    with connection.cursor() as cursor:
        cursor.execute(DICTIONARIES, [sorted(written)])
        return {word: Word(word, stem, empty) for word, empty, stem in cursor.fetchall()}
