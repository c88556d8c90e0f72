"""`--only`: no page is asked for that need not be, in a source that counts what it is asked."""

from typing import Any

import pytest

from kie.sync import run
from kie.sync.errors import Aborted, NotAnswered
from kie.sync.sources import Page
from tests.kie.sync.book import registry
from tests.kie.sync.told import document, fields
from tests.kie.sync.told import page as page_of

BOOK = registry()
KLING, EDIT, IMAGE = "kling-2.6/image-to-video", "google/nano-banana-edit", "z-image"
HOME = {one.key: one.source_url for one in BOOK.models}
HOST = "http://127.0.0.1:8000"


class Shelf:
    """Pages by their address, or by an id of the catalogue, with the one model that each tells of."""

    name = "shelf"

    def __init__(self, told: dict[str, str]) -> None:
        self._told, self.asked = told, list[str]()
        self.listed: frozenset[str] | None = frozenset(told)

    def pages(self) -> list[Page]:
        """In their order."""
        return [
            Page(one, model=one.removeprefix("catalogue:") if one.startswith("catalogue:") else None)
            for one in self._told
        ]

    def text(self, page: Page) -> str:
        """A page of today's form; "" is silence."""
        self.asked.append(page.name)
        if not (id := self._told[page.name]):
            raise NotAnswered("status 404")
        return page_of(document(fields(), model={"type": "string", "enum": [id]}, example={"model": id}))


def docs(**more: str) -> Shelf:
    """The registry's pages on another host, between pages of models that it has not."""
    here = {url.replace("https://docs.kie.ai", HOST): key for key, url in HOME.items()}
    first = {f"{HOST}/market/acme/{n}": f"acme/{n}" for n in range(5)}
    return Shelf(first | here | {f"{HOST}/market/kling/v3-video": "kling-3.0/video"} | more)


def looked(source: Shelf, *only: str) -> Any:
    """The models that count."""
    return sorted(run.whole(source, BOOK, only=only).told.models)


@pytest.mark.parametrize(
    "only",
    [KLING, "kling-2.6*", HOME[KLING], f"{HOME[KLING]}.md", HOME[KLING].removeprefix("https://docs.kie.ai/"), f"{HOST}/market/kling/image*"],
)  # fmt: skip
def test_what_the_index_or_the_registry_has_a_place_for_is_the_only_page_that_is_read(only):
    source = docs()
    assert looked(source, only) == [KLING]
    assert source.asked == [HOME[KLING].replace("https://docs.kie.ai", HOST)]


def test_a_new_model_is_sought_on_the_likeliest_pages_first_and_no_further_than_it_stands():
    source = docs()
    assert looked(source, "kling-3.0/video", IMAGE) == ["kling-3.0/video", IMAGE]
    assert len(source.asked) <= 3


def test_what_stands_nowhere_is_looked_for_everywhere():
    source = docs()
    with pytest.raises(Aborted, match="nothing is called nobody"):
        looked(source, "nobody")
    assert len(source.asked) == len(source.pages())


def test_the_catalogue_has_named_its_models():
    source = Shelf({f"catalogue:{key}": key for key in HOME} | {f"{HOST}/veo3-api/some-page": ""})
    assert looked(source, HOME[EDIT]) == [EDIT]
    assert source.asked == [f"catalogue:{EDIT}"]
    with pytest.raises(Aborted):
        looked(source, "acme/new")
    assert source.asked[1:] == [f"{HOST}/veo3-api/some-page"]


def test_without_it_everything_is_read():
    source = docs()
    run.whole(source, BOOK)
    assert len(source.asked) == len(source.pages())
