"""Texts of the admin: every one has its Russian; the catalogue has no other."""

import re

from django.apps import apps
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext

from bot.texts import missing, read
from trt.console import texts
from trt.env import ROOT


def ids(catalogue):
    return {str(message.id) for message in catalogue if message.id}


def test_every_text_has_its_russian_and_the_catalogue_has_no_other():
    russian = read(texts.RUSSIAN)

    assert ids(russian) == ids(texts.extracted())
    assert missing(russian) == []


def names_of_lists() -> dict[str, str]:
    """Each model's name over its list, in English, and the same in the language of now."""
    found = {}
    for model in apps.get_models():
        with translation.override("en"):
            english = capfirst(str(model._meta.verbose_name_plural))
        found[english] = capfirst(str(model._meta.verbose_name_plural))
    return found


def test_the_runbook_calls_things_as_the_admin_does_in_both_languages():
    told = re.findall(r"\*([A-Z][^*]+)\* \(«([^»]+)»\)", (ROOT / "docs" / "RUNBOOK.md").read_text())
    assert len(told) >= 8
    with translation.override("ru"):
        lists = names_of_lists()
        assert told == [(english, lists.get(english) or gettext(english)) for english, _ in told]
