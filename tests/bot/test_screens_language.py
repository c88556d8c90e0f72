"""Texts: every one has its Russian, with the same placeholders; English stands in the code."""

import re
import string

import pytest
from django.utils import translation
from django.utils.translation import gettext, ngettext

from bot import texts

CYRILLIC = re.compile("[А-Яа-яЁё]")
CODE, RUSSIAN = texts.extracted(), texts.read(texts.RUSSIAN)


def placeholders(text: str) -> list[str]:
    return sorted(name or "" for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def ids(message) -> list[str]:
    return list(message.id) if isinstance(message.id, (tuple, list)) else [message.id]


def strings(message) -> list[str]:
    return list(message.string) if isinstance(message.string, (tuple, list)) else [message.string]


def test_every_text_of_the_code_has_its_russian_and_the_catalogue_has_no_other():
    known = {str(ids(message)) for message in RUSSIAN if message.id}
    assert known == {str(ids(message)) for message in CODE if message.id}
    assert len(known) > 200


def test_nothing_is_left_untranslated_or_to_be_looked_at():
    assert texts.missing(RUSSIAN) == []


@pytest.mark.parametrize("message", [one for one in RUSSIAN if one.id], ids=lambda one: str(one.id)[:40])
def test_a_translation_fits_its_text(message):
    assert not any(CYRILLIC.search(one) for one in ids(message)), "the code speaks English"
    wanted = placeholders(ids(message)[-1])
    for translated in strings(message):
        assert placeholders(translated) == wanted
        assert translated.count("\n") == ids(message)[0].count("\n")
        assert "  " not in translated
        assert not translated.endswith("!")


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (1, "Готова к работе 1 модель."),
        (2, "Готовы к работе 2 модели."),
        (5, "Готовы к работе 5 моделей."),
        (11, "Готовы к работе 11 моделей."),
        (21, "Готова к работе 21 модель."),
    ],
)
def test_russian_counts_as_russian_does(count, says):
    with translation.override("ru"):
        assert ngettext("{} model is ready to work.", "{} models are ready to work.", count).format(count) == says


def test_the_compiled_catalogue_is_the_one_that_django_reads():
    with translation.override("ru"):
        assert gettext("✅ Start for {}") == "✅ Запустить за {}"
    with translation.override("en"):
        assert gettext("✅ Start for {}") == "✅ Start for {}"
