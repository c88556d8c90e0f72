"""A person's files while Telegram is away: jobs wait for them, nobody is called."""

import json
from collections.abc import Iterator

import pytest

from bot.receivers import open_file
from reliability import files as persons_files
from tests.bot.chat import fresh_gateway
from tests.kie.at_work import BACK, ending, money, order, reloaded, work
from tests.kie.test_uploads import a_picture, photo
from tests.serving import Quiet, serving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale"), pytest.mark.xdist_group("dispatch")]
FOUND = 200, {"ok": True, "result": {"file_id": "cat", "file_unique_id": "cat", "file_path": "cat.png"}}
TOO_FAST = 429, {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 3}}
AWAY = 502, {"ok": False, "error_code": 502, "description": "Bad Gateway"}
NO_TOKEN = 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
GONE = (
    400,
    {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: wrong file_id or the file is temporarily unavailable",
    },
)


class Telegram:
    """Gives the picture once it has said what there is to say before."""

    def __init__(self) -> None:
        self.before: list[tuple[int, dict]] = []

    def answer(self) -> tuple[int, dict]:
        return self.before.pop() if self.before else FOUND


@pytest.fixture
def telegram(settings) -> Iterator[Telegram]:
    telegram = Telegram()

    class Serve(Quiet):
        def do_POST(self) -> None:
            self.body()
            status, said = telegram.answer()
            self.gives(status, json.dumps(said).encode())

        def do_GET(self) -> None:
            self.gives(200, a_picture())

        def gives(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    before = persons_files._opener[:]
    persons_files.register_opener(open_file)
    with serving(Serve) as settings.TELEGRAM_API_URL:
        fresh_gateway()
        yield telegram
    persons_files._opener[:] = before
    fresh_gateway()


def hat(words: str):
    return order(model="google/nano-banana-edit", input={"prompt": words, "image_urls": [photo("cat")]})


@pytest.mark.parametrize("trouble", [AWAY, TOO_FAST, NO_TOKEN], ids=["away", "too fast", "no token"])
def test_a_file_that_telegram_does_not_give_just_now_is_asked_for_again(kie, telegram, called, trouble):
    telegram.before = [trouble] * 5
    job = hat(f"A hat once Telegram has said {trouble[0]}")

    for look in range(5):
        work(after_s=11 * look)
    assert (ending(job), reloaded(job).attempts) == (("queued", ""), 0)
    work(after_s=55)

    assert (reloaded(job).state, called) == ("running", [])


def test_a_telegram_that_stays_away_gives_the_money_back(kie, telegram, called):
    telegram.before = [AWAY] * 99
    job = hat("A hat for nobody at all")

    for minutes in range(7):
        work(after_s=60 * minutes)

    assert (ending(job), money(job), called) == (("failed", "provider_down"), BACK, [])


def test_a_file_that_telegram_will_never_give_ends_the_job_at_once(kie, telegram):
    telegram.before = [GONE]
    job = hat("A hat for a ghost")

    work()

    assert (ending(job), money(job)) == (("failed", "file"), BACK)
