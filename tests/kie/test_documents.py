"""Documents: told apart by their parts where they have any, else by what is said of them, and named so that KIE knows them."""

import io
import zipfile
from types import SimpleNamespace
from typing import Any

import pytest

from kie import contents, registry_file
from kie.inputs import fields, formats
from tests.kie.at_work import BACK, ending, money, order, reloaded, work
from tests.kie.test_uploads import telegram_has

__all__ = ["telegram_has"]
XML = "application/vnd.openxmlformats-officedocument"
WORD, SHEET, SLIDES = (
    f"{XML}.{part}" for part in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
PAGES, KEYNOTE = "application/vnd.apple.pages", "application/vnd.apple.keynote"
TEXT, MARKDOWN, PDF, OLD_SHEET = "text/plain", "text/markdown", "application/pdf", "application/vnd.ms-excel"
ALL = SimpleNamespace(
    media="document",
    accept=(WORD, "application/msword", SHEET, OLD_SHEET, SLIDES, PDF, TEXT, KEYNOTE, PAGES, MARKDOWN),
)
WORDS = "Маяк стоит на скале.\n" * 4000


def archive(*parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for part in ("[Content_Types].xml", *parts):
            file.writestr(part, "<x/>" * 50)
    return out.getvalue()


DOCUMENTS = [
    (WORDS.encode(), TEXT),
    (b"# Lighthouse\n" * 10, MARKDOWN),
    (archive("word/document.xml"), WORD),
    (archive("xl/workbook.xml"), SHEET),
    (archive("ppt/presentation.xml"), SLIDES),
    (archive("Index/Document.iwa"), PAGES),
    (b"%PDF-1.7\n\xff\xfe", PDF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), OLD_SHEET),
]


@pytest.mark.parametrize(("content", "mime"), DOCUMENTS, ids=[mime.rpartition(".")[2] for _, mime in DOCUMENTS])
def test_a_document_is_what_it_says_it_is(content, mime):
    assert contents.mime(ALL, content, mime) == mime
    assert contents.mime(ALL, content[: contents.HEAD_BYTES])  # behind a link, where nothing is said


def test_what_the_parts_say_stands_over_what_is_stated():
    assert contents.mime(ALL, archive("xl/workbook.xml"), WORD) == SHEET


@pytest.mark.parametrize(
    ("content", "stated"),
    [
        (archive("holiday/1.jpg"), WORD),
        ("Маяк".encode("cp1251"), TEXT),
        (b"text\0with nothing", TEXT),
        (b" \n", TEXT),
        (b"<!doctype html><p>gone", TEXT),
        (bytes(range(1, 250)) * 3, MARKDOWN),
    ],
    ids=["another archive", "another alphabet", "NUL", "blank", "page", "noise"],
)
def test_what_it_is_not_is_refused(content, stated):
    with pytest.raises(contents.Unknown):
        contents.mime(ALL, content, stated)


def test_whatever_a_model_takes_has_an_ending():
    registry = registry_file.load()
    models: list[Any] = [SimpleNamespace(**registry.facts_of(entry)) for entry in registry.models if entry.sold]
    taken = {mime for model in models for field in fields(model) for mime in field.accept}

    assert taken <= formats.ENDINGS.keys()


@pytest.mark.django_db
@pytest.mark.parametrize(("content", "mime"), DOCUMENTS[:4], ids=["txt", "md", "docx", "xlsx"])
def test_a_document_goes_to_kie_under_its_own_ending(kie, on_sale, telegram_has, content, mime):
    telegram_has["notes"] = content
    notes = {"file_id": "notes", "kind": "document", "mime": mime, "size": len(content), "name": "notes"}
    job = order(model="wan/3-0-video", input={"prompt": "A film of my notes", "reference_file_urls": [notes]})

    work()

    assert (reloaded(job).state, reloaded(job).error) == ("running", "")
    assert reloaded(job).sent["reference_file_urls"][0].endswith(formats.ENDINGS[mime])


@pytest.mark.django_db
def test_an_archive_that_is_no_document_ends_the_job(kie, on_sale, telegram_has):
    telegram_has["notes"] = archive("holiday/1.jpg")
    notes = {"file_id": "notes", "kind": "document", "mime": WORD, "size": 900}
    job = order(model="wan/3-0-video", input={"prompt": "A film of no notes", "reference_file_urls": [notes]})

    work()

    assert (ending(job), money(job)) == (("failed", "file"), BACK)
