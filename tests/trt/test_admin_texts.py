"""Texts of the admin: every one has its Russian; the catalogue has no other."""

from bot.texts import missing, read
from trt.console import texts


def ids(catalogue):
    return {str(message.id) for message in catalogue if message.id}


def test_every_text_has_its_russian_and_the_catalogue_has_no_other():
    russian = read(texts.RUSSIAN)

    assert ids(russian) == ids(texts.extracted())
    assert missing(russian) == []
