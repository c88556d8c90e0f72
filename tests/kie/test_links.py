"""Links that people send, on their way to KIE: looked at by a real request first; what is dead never gets there."""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from requests_hardened import ip_filter_adapter

from kie import fetch
from reliability import clock
from tests.kie.at_work import BACK, HELD, ending, money, order, reloaded, work
from tests.kie.test_uploads import a_page, a_picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
PICTURE = a_picture()
NOISE = bytes(range(7, 250)) * 20


class Site:
    """A site whose answer the test writes: status, body, headers. `asked` counts calls, `taken` bodies read to the end."""

    def __init__(self, origin: str) -> None:
        self.origin, self.asked, self.taken = origin, 0, 0
        self.answers(200, PICTURE)

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.status, self.body, self.headers = status, body, headers


@contextmanager
def serving() -> Iterator[Site]:
    class Serve(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked += 1
            if site.status == 0:  # silence: the connection is closed without a word
                return
            self.send_response(site.status)
            for name, value in site.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            with suppress(ConnectionError):  # the caller has seen enough
                self.wfile.write(site.body)
                site.taken += 1

        def log_message(self, format: str, *args: object) -> None:
            """Tests speak through their assertions."""

    class Server(ThreadingHTTPServer):
        daemon_threads = False  # all have answered when it closes

    with Server(("127.0.0.1", 0), Serve) as server:
        site = Site(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def site(kie, settings) -> Iterator[Site]:
    """The only site on a loopback address that may be opened: it is a configured peer's."""
    with serving() as site:
        settings.KIE_UPLOAD_URL = site.origin
        yield site


def edit(link: str):
    return order(model="google/nano-banana-edit", input={"prompt": f"A hat for {link}", "image_urls": [link]})


def test_a_link_that_gives_a_picture_goes_to_kie_as_it_is(kie, site):
    job = edit(f"{site.origin}/cat.jpg")

    work()

    assert reloaded(job).state == "running"
    assert kie.tasks(job)[0]["input"] == job.input


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (404, b"no such file", {}),
        (403, PICTURE, {}),
        (302, b"", {"Location": "http://127.0.0.1:1/"}),
        (200, b"", {}),
        (200, a_page(), {"Content_Type": "image/jpeg"}),
        (200, NOISE, {"Content_Type": "image/png"}),
        (200, PICTURE, {"Content_Length": "10000001"}),
        (200, PICTURE + bytes(10_000_001), {}),
    ],
    ids=["gone", "closed", "redirect inside", "empty", "page", "noise", "said too large", "found too large"],
)
def test_a_link_that_gives_no_picture_ends_the_job_before_kie(kie, site, ended, status, body, headers):
    site.answers(status, body, **headers)
    job = edit(f"{site.origin}/cat.jpg")

    work()

    assert (ending(job), money(job), ended) == (("failed", "link"), BACK, [job])
    assert reloaded(job).error_field == "image_urls"
    assert (kie.tasks(job), reloaded(job).submitted_at) == ([], None)


def test_the_body_of_a_redirect_is_never_read_for_it_may_be_endless(kie, settings):
    with serving() as site:
        settings.KIE_UPLOAD_URL = site.origin
        site.answers(302, bytes(64_000_000), Location="https://example.com/cat.jpg")
        job = edit(f"{site.origin}/cat.jpg")
        work()

    assert (ending(job), site.asked, site.taken) == (("failed", "link"), 1, 0)


def as_if_public(monkeypatch, *ports: str) -> None:
    """Sites at these ports pass the filter as if they were on a public address; all else is judged as ever."""
    judge = ip_filter_adapter.filter_host

    def judged(hostname: str, port: int, *, allow_loopback: bool) -> str:
        return hostname if str(port) in ports else judge(hostname, port, allow_loopback=allow_loopback)

    monkeypatch.setattr(ip_filter_adapter, "filter_host", judged)


def port_of(site: Site) -> str:
    return site.origin.rpartition(":")[2]


def test_redirects_are_followed_but_not_for_ever(site, monkeypatch):
    as_if_public(monkeypatch, port_of(site))
    site.answers(302, Location="/round-and-round")

    with pytest.raises(fetch.Dead, match="status 302"):
        fetch.head(f"{site.origin}/a", most_bytes=1000, peer=False, until=math.inf)

    assert site.asked == fetch.REDIRECTS + 1


def test_a_redirect_leads_to_the_file_but_never_inside(site, monkeypatch):
    with serving() as other:
        site.answers(302, Location=f"{other.origin}/cat.png")

        as_if_public(monkeypatch, port_of(site))
        with pytest.raises(fetch.Dead, match="InvalidIPAddress"):
            fetch.head(f"{site.origin}/a", most_bytes=10_000, peer=False, until=math.inf)
        assert other.asked == 0

        as_if_public(monkeypatch, port_of(site), port_of(other))
        assert fetch.head(f"{site.origin}/a", most_bytes=10_000, peer=False, until=math.inf) == PICTURE


@pytest.mark.parametrize("status", [500, 503, 429, 0], ids=["500", "503", "429", "silence"])
def test_a_silent_host_proves_nothing_and_is_asked_again(kie, site, status):
    site.answers(status)
    job = edit(f"{site.origin}/slow.jpg")
    work()
    assert (ending(job), money(job), kie.tasks(job)) == (("queued", ""), HELD, [])

    site.answers(200, PICTURE)
    assert work(after_s=9) == 0
    work(after_s=11)

    assert (reloaded(job).state, len(kie.tasks(job))) == ("running", 1)


def test_the_silence_of_a_host_is_borne_for_a_minute(kie, site, ended):
    site.answers(503)
    job = edit(f"{site.origin}/never.jpg")

    for after_s in (0, 11, 22, 61):
        assert work(after_s=after_s) == 1

    assert (ending(job), money(job), ended) == (("failed", "link_away"), BACK, [job])
    assert (site.asked, kie.tasks(job)) == (4, [])


def test_links_are_looked_at_before_any_file_goes_up(kie, site):
    site.answers(404)
    face = {"file_id": "never-opened", "kind": "photo"}
    job = order(
        model="google/nano-banana-edit", input={"prompt": "Two", "image_urls": [face, f"{site.origin}/cat.jpg"]}
    )

    work()

    assert ending(job) == ("failed", "link")


def test_another_port_of_a_peers_host_is_closed(kie, site):
    with serving() as other:
        job = edit(f"{other.origin}/secret.png")

        work()

        assert (ending(job), other.asked) == (("failed", "link"), 0)


def test_a_slow_host_gets_no_more_of_a_workers_time_than_all_links_may_have(kie, site, monkeypatch):
    monkeypatch.setattr("kie.sources.LINKS_S", -1.0)
    job = edit(f"{site.origin}/cat.jpg")

    work()

    assert (ending(job), site.asked) == (("queued", ""), 0)
    assert reloaded(job).due_at > clock.now()


def test_a_name_that_there_is_not_is_proof_and_a_resolver_that_is_away_is_none(monkeypatch):
    import socket

    for errno, error in ((socket.EAI_NONAME, fetch.Dead), (socket.EAI_AGAIN, fetch.Away)):

        def resolve(*args, errno=errno, **options):
            raise socket.gaierror(errno, "planted")

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        with pytest.raises(error):
            fetch.head("https://typo.example/cat.jpg", most_bytes=1000, peer=False, until=math.inf)
