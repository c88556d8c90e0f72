"""Where pages come from, best first: KIE's catalogue API (with a key), its documentation, pages that somebody has saved."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from kie.errors import KieError
from kie.sync.errors import Aborted, NotAnswered
from kie.sync.pages import BYTES, address, bare, place
from kie.sync.polite import Polite
from kie.sync.questions import Questions

INDEX: Final = "llms.txt"
LINK: Final = re.compile(r"\[[^\]\n]*\]\(<?(https?://[^)\s>]+)>?\)")
SAVED: Final = {".md", ".txt"}
CHINESE: Final = re.compile(r"^cn(?:/|$)|-cn$")


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is read. `name`: its address, else its file; `model`: its id by the catalogue."""

    name: str
    file: str = ""
    model: str | None = None


class Source(Protocol):
    """`name` stands in the journal of runs. `listed`: addresses of all pages there are, by an index; None: nobody says what is all,
    so that nothing is ever gone."""

    name: str
    listed: frozenset[str] | None

    def pages(self) -> list[Page]:
        """What there is to read. Raises Aborted."""

    def text(self, page: Page) -> str:
        """One of them. Raises NotAnswered."""


class Folder:
    """Saved pages: .md and .txt files, nested or not. The first line of one may be its address. An llms.txt among them is the
    index: what it does not list is not there any more, unless that is much (`run.compared`); without one a folder says nothing of
    what it does not hold."""

    name = "folder"

    def __init__(self, path: Path) -> None:
        self._path = path
        self.listed: frozenset[str] | None = None

    def pages(self) -> list[Page]:
        if not self._path.is_dir():
            raise Aborted(f"{self._path} is no folder")
        files = [
            one
            for one in sorted(self._path.rglob("*"))
            if one.suffix.lower() in SAVED and one.is_file() and not one.is_symlink()
        ]
        indexes = [one for one in files if one.name.lower() == INDEX]
        if indexes:
            self.listed = frozenset(link for one in indexes for link in links(_index(one)))
        found = [self._page(one) for one in files if one not in indexes]
        if not found:
            raise Aborted(f"{self._path} holds no .md or .txt file")
        return found

    def _page(self, file: Path) -> Page:
        name = file.relative_to(self._path).as_posix()
        try:
            with file.open(encoding="utf-8", errors="replace") as opened:
                url, _rest = address(opened.read(2000))
        except OSError:  # `text` will say so
            return Page(name, name)
        return Page(url or name, name)

    def text(self, page: Page) -> str:
        file = self._path / page.file
        try:
            if file.stat().st_size > 4 * BYTES:
                raise NotAnswered("the file is too large")
            return file.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError) as fault:
            raise NotAnswered(f"the file is not to be read: {type(fault).__name__}") from fault


class Docs:
    """KIE's documentation: the index, then each page's Markdown twin. `only`: which addresses to read."""

    name = "docs"

    def __init__(self, polite: Polite, origin: str, only: Callable[[str], bool] = lambda address: True) -> None:
        self._polite, self._origin, self._only = polite, origin, only
        self.listed: frozenset[str] | None = None

    def pages(self) -> list[Page]:
        try:
            index = self._polite.get(f"{self._origin}/{INDEX}", is_page=lambda text: bool(links(text)))
        except NotAnswered as silence:
            raise Aborted(f"the index is not to be had: {silence}") from silence
        host = place(self._origin)[0]
        found = [link for link in links(index) if place(link)[0] == host and not CHINESE.search(place(link)[1])]
        self.listed = frozenset(found)
        return [Page(link) for link in found if self._only(link)]

    def text(self, page: Page) -> str:
        return self._polite.get(
            f"{page.name}.md", is_page=lambda text: address(text)[1].lstrip().startswith(("#", ">"))
        )


class Catalogue:
    """KIE's catalogue API: a list, then a schema a model. It knows no dedicated families: of those it says nothing."""

    name = "catalogue"

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self.listed: frozenset[str] | None = None

    def pages(self) -> list[Page]:
        models = self._asked("/api/v1/models").get("models")
        ids = (
            [one["model"] for one in models if isinstance(one, dict) and isinstance(one.get("model"), str)]
            if isinstance(models, list)
            else []
        )
        if not ids:
            raise Aborted("the catalogue is empty")
        self.listed = frozenset(ids)
        return [Page(f"catalogue:{id}", model=id) for id in dict.fromkeys(ids)]

    def _asked(self, path: str) -> dict[str, Any]:
        try:
            data = self._questions.ask(path)
        except KieError as trouble:
            raise Aborted(f"the catalogue is not to be had: {trouble}") from trouble
        return data if isinstance(data, dict) else {}

    def text(self, page: Page) -> str:
        try:
            return json.dumps(self._asked(f"/api/v1/models/{page.model}/schema"))
        except Aborted as silence:
            raise NotAnswered(str(silence)) from silence


class Both:
    """The catalogue for what it has, the documentation for the dedicated families."""

    name = "catalogue+docs"

    def __init__(self, catalogue: Catalogue, docs: Docs) -> None:
        self._catalogue, self._docs = catalogue, docs
        self.listed: frozenset[str] | None = None

    def pages(self) -> list[Page]:
        found = self._catalogue.pages() + self._docs.pages()
        self.listed = (self._catalogue.listed or frozenset()) | (self._docs.listed or frozenset())
        return found

    def text(self, page: Page) -> str:
        return (self._catalogue if page.model else self._docs).text(page)


def _index(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as fault:
        raise Aborted(f"the index {file.name} is not to be read: {type(fault).__name__}") from fault


def links(index: str) -> list[str]:
    """Addresses of an llms.txt, each once, without `.md`: `- Breadcrumb > Part [Title](address.md): text`."""
    return list(dict.fromkeys(bare(link) for link in LINK.findall(index)))
