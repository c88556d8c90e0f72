"""A guest of the documentation's host: paced, remembering, never led away; against a real server on a socket."""

import json
from collections import defaultdict
from collections.abc import Iterator

import pytest
import stamina

from kie.sync.errors import Aborted, NotAnswered
from kie.sync.polite import Pace, Polite
from kie.sync.reading import read
from kie.sync.sources import Docs
from tests.kie.sync.told import document, fields, page
from tests.kie.sync.waiting import Waits
from tests.serving import Quiet, serving


class Site:
    """What the server says: by path a list of answers (status, headers, body), the last one again and again."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, dict[str, str], str]]] = {}
        self.asked: dict[str, list[dict[str, str]]] = defaultdict(list)
        self.origin = ""

    def says(self, path: str, body: str = "", status: int = 200, **headers: str) -> None:
        """One more answer at `path`."""
        self.answers.setdefault(path, []).append((status, headers, body))


@pytest.fixture
def site() -> Iterator[Site]:
    told = Site()

    class Handler(Quiet):
        def do_GET(self) -> None:
            told.asked[self.path].append(self.lower_headers())
            waiting = told.answers.get(self.path, [(404, {}, "")])
            status, headers, body = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            content = body.encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with serving(Handler) as origin, stamina.set_testing(True, attempts=4, cap=True):
        told.origin = origin
        yield told


def is_page(text: str) -> bool:
    return text.startswith("#")


@pytest.fixture
def polite(tmp_path) -> Polite:
    return Polite(tmp_path / "cache", Pace(every_s=0))


def test_requests_are_a_second_apart(site, tmp_path):
    waits = Waits()
    site.says("/a", "# a")
    with waits.owned():
        guest = Polite(tmp_path, Pace(waits.sleep))
        for _ in range(3):
            guest.get(f"{site.origin}/a", is_page=is_page)
    assert waits.waited == [1.0, 1.0]


def test_what_has_not_changed_is_not_sent_again(site, polite):
    site.says("/a", "# a", ETag='"1"')
    site.says("/a", status=304)
    assert [polite.get(f"{site.origin}/a", is_page=is_page) for _ in range(2)] == ["# a", "# a"]
    assert [asked.get("if-none-match") for asked in site.asked["/a"]] == [None, '"1"']


def test_a_changed_page_replaces_the_kept_one(site, polite):
    site.says("/a", "# a", ETag='"1"')
    site.says("/a", "# b", ETag='"2"')
    assert [polite.get(f"{site.origin}/a", is_page=is_page) for _ in range(3)] == ["# a", "# b", "# b"]


def test_the_html_shell_is_asked_again_and_never_kept(site, polite, tmp_path):
    site.says("/a", "<!doctype html>", ETag='"shell"')
    site.says("/a", "# a")
    assert polite.get(f"{site.origin}/a", is_page=is_page) == "# a"
    assert not list((tmp_path / "cache").glob("*.json"))


def test_nothing_but_shells_is_silence(site, polite):
    site.says("/a", "<!doctype html>")
    with pytest.raises(NotAnswered, match="something else"):
        polite.get(f"{site.origin}/a", is_page=is_page)
    assert len(site.asked["/a"]) == 3


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_host_is_asked_again(site, polite, status):
    site.says("/a", status=status)
    site.says("/a", "# a")
    assert polite.get(f"{site.origin}/a", is_page=is_page) == "# a"


def test_a_page_that_is_not_there_is_not_asked_for_again(site, polite):
    with pytest.raises(NotAnswered, match="404"):
        polite.get(f"{site.origin}/a", is_page=is_page)
    assert len(site.asked["/a"]) == 1


def test_redirects_are_followed_on_the_same_host_only(site, polite):
    site.says("/a", status=302, Location="/b")
    site.says("/b", "# b")
    assert polite.get(f"{site.origin}/a", is_page=is_page) == "# b"
    site.says("/c", status=302, Location="http://localhost:1/evil")
    with pytest.raises(NotAnswered, match="another host"):
        polite.get(f"{site.origin}/c", is_page=is_page)
    site.says("/d", status=302, Location="/d")
    with pytest.raises(NotAnswered, match="on and on"):
        polite.get(f"{site.origin}/d", is_page=is_page)


def test_a_page_that_does_not_end_is_given_up(site, polite):
    site.says("/a", "#" + "x" * 2_100_000)
    with pytest.raises(NotAnswered, match="bytes"):
        polite.get(f"{site.origin}/a", is_page=is_page)


def test_a_damaged_memory_is_no_memory(site, polite, tmp_path):
    site.says("/a", "# a", ETag='"1"')
    polite.get(f"{site.origin}/a", is_page=is_page)
    for file in (tmp_path / "cache").iterdir():
        file.write_text(json.dumps({"url": "another"}))
    assert polite.get(f"{site.origin}/a", is_page=is_page) == "# a"
    assert "if-none-match" not in site.asked["/a"][1]


def test_the_documentation_is_read_by_its_index_and_markdown_twins(site, polite):
    lines = [
        f"- Image Models > Acme [Acme - Dream]({site.origin}/market/acme/dream.md): text",
        f"- 中文 [梦]({site.origin}/cn/market/acme/dream.md)",
        "- [Elsewhere](https://elsewhere.example/a.md)",
        f"- [Dead]({site.origin}/market/dead.md)",
    ]
    site.says("/llms.txt", "\n".join(lines))
    site.says("/market/acme/dream.md", page(document(fields())))
    docs = Docs(polite, site.origin)
    readings = [read(docs, one, {}) for one in docs.pages()]
    assert [
        (one.page.removeprefix(site.origin), [model.id for model in one.found], one.answered) for one in readings
    ] == [
        ("/market/acme/dream", ["acme/dream"], True),
        ("/market/dead", [], False),
    ]
    assert docs.listed == {f"{site.origin}/market/acme/dream", f"{site.origin}/market/dead"}


def test_without_an_index_nothing_is_proven(site, polite):
    with pytest.raises(Aborted, match="index"):
        Docs(polite, site.origin).pages()
