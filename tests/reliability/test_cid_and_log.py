"""The correlation id, the support code, and what never reaches a log line."""

import io
import json
import logging
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import structlog
import uvicorn
from django.conf import settings
from uvicorn.main import main as command_line

from reliability import cid, clock
from reliability import log as log_module
from reliability.log import SERVER, Calm, configure, redact
from trt.up import application


def test_ids_are_26_characters_and_sort_by_birth():
    first = cid.new()
    with clock.moved(timedelta(seconds=1)):
        second = cid.new()

    assert (len(first), len(second)) == (26, 26)
    assert first < second


def test_several_ids_at_once_differ_in_their_chance_and_share_their_moment():
    born = cid.many(50)

    assert len(set(born)) == len({its[10:] for its in born}) == 50
    assert {its[:10] for its in born} == {born[0][:10]}
    assert all(set(its) <= set(cid.ALPHABET) and len(its) == 26 for its in born)


def test_a_support_code_finds_its_id_however_it_is_typed():
    born = cid.new()
    code = cid.support_code(born)

    assert len(code.replace("-", "")) == 8
    assert born.endswith(cid.from_support_code(f" {code.lower()} "))
    assert cid.from_support_code("iLo0-1111") == "11001111"


@pytest.mark.parametrize(
    ("given", "hidden"),
    [
        (
            {"event": "x", "url": "https://api.telegram.org/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/sendMessage"},
            "AAHdqTcv",
        ),
        ({"event": "x", "header": "Authorization: Bearer sk-abcdef"}, "sk-abcdef"),
        ({"event": "x", "header": "Authorization: Basic MTAwNTAwOmxpdmVfa2V5"}, "MTAwNTAwOmxpdmVfa2V5"),
        (
            {"event": "x", "error": "refused: live_Fh8hUAVVBGUGbjmlzba6TB0iyUbos_lueTHE-axOwM0"},
            "Fh8hUAVVBGUGbjmlzba6TB0iyUbos_lueTHE-axOwM0",
        ),
        ({"event": "x", "error": "12345:AAzQcZWQqQAbsfgPnOLr4FHC8Doa4L7KryC"}, "AAzQcZWQqQAbsfgPnOLr4FHC8Doa4L7KryC"),
        ({"event": "x", "dsn": "postgresql://trt:hunter2@db/trt"}, "hunter2"),
        ({"event": "x", "request": Path("/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe")}, "AAHdqTcv"),
        ({"event": "setWebhook?url=http%3A%2F%2Fhost%2Fwebhook%2Fabcdefghijklmnop1234"}, "abcdefghijklmnop"),
        ({"event": "setWebhook?secret_token=abcdefghijklmnop1234"}, "abcdefghijklmnop"),
        ({"event": "x", "kie_api_key": "sk-abcdef"}, "sk-abcdef"),
        ({"event": "x", "path": "/callbacks/kie/0190/0123456789abcdef0123456789abcdef"}, "0123456789abcdef"),
    ],
)
def test_secrets_are_masked_wherever_they_stand(given, hidden):
    assert hidden not in str(redact(None, "info", dict(given)))


@pytest.fixture
def hidden(monkeypatch):
    """Secrets of the configuration, for the length of a test."""
    monkeypatch.setattr(log_module, "_ours", log_module._ours)
    return log_module.hide


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("xwzJT57mQ9", "Not Found: /xwzJT57mQ9"),
        ("xwzJT57mQ9", "Not Found: /WEBHOOK/xwzJT57mQ9/"),
        ("a+b/c=d e&f", "KEY=a+b/c=d e&f; refused"),  # a pattern alone would leave its end
        ("a+b/c=d e&f", "GET /tg?x=a%2Bb%2Fc%3Dd%20e%26f"),
        ("123:AAHdqTcv", "GET /bot123%3AAAHdqTcv/getMe"),
        ("begins-alike-and-goes-on", "begins-alike-and-goes-on"),
    ],
)
def test_secrets_of_the_configuration_are_masked_by_their_value(hidden, secret, said):
    assert secret in said or quote(secret, safe="") in said
    hidden([secret, "begins-alike", "short", ""])

    told = redact(None, "info", {"event": said, "request": Path(said), "cid": "short"})

    assert told["cid"] == "short"
    for value in (told["event"], told["request"]):
        assert "<secret>" in value
        assert not any(piece in value for piece in (secret, quote(secret, safe=""), "goes-on", "d e&f", "AAHdqTcv"))


@pytest.fixture
def lines(monkeypatch):
    """What is logged, as JSON objects, and time in our hands."""
    out, moment = io.StringIO(), [1000.0]
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(log_module, "time", SimpleNamespace(monotonic=lambda: moment[0]))
    before = structlog.get_config()
    loggers = [logging.getLogger(name) for name in ("", *SERVER)]
    kept = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    uvicorn_as_up_starts_it()  # it sets its loggers up, then it loads us
    configure(json=True)

    def read(later_s: float = 0.0) -> list[dict]:
        moment[0] += later_s
        found = [json.loads(line) for line in out.getvalue().splitlines()]
        out.seek(0)
        out.truncate()
        return found

    yield read
    structlog.configure(**before)
    for logger, handlers, level, propagate in kept:
        logger.handlers[:], logger.propagate = handlers, propagate
        logger.setLevel(level)


def uvicorn_as_up_starts_it() -> None:
    """Its configuration by the very words of `up`'s command line; nothing is loaded or served."""
    command = application(8080)[0].command
    asked = command_line.make_context("uvicorn", command[command.index("uvicorn") + 1 :]).params
    uvicorn.Config(asked["app"], access_log=asked["access_log"], log_level=asked["log_level"])


def test_equal_warnings_are_logged_once_in_30_seconds_and_the_next_says_how_many_were_not(lines):
    log = structlog.get_logger()
    for number in range(5):
        log.warning("update.refused", status=404, cid=cid.new())
        log.warning("update.refused", status=415 + number)  # another fact is another line
        log.info("update.stored")
    assert [line.get("status") for line in lines(29.9) if line["level"] == "warning"] == [404, 415, 416, 417, 418, 419]

    log.warning("update.refused", status=404)
    assert lines(0.2) == []
    log.warning("update.refused", status=404)
    log.warning("update.refused", status=415)
    assert [(line["status"], line.get("held_back")) for line in lines()] == [(404, 5), (415, None)]


def test_equal_exceptions_are_one_line_and_different_ones_are_two(lines):
    log = structlog.get_logger()
    for why in ("away", "away", "gone"):
        try:
            raise OSError(why)
        except OSError:
            log.exception("instance.error")
    assert [line["exception"].rsplit("\n", 1)[-1] for line in lines()] == ["OSError: away", "OSError: gone"]


def test_a_flood_of_the_web_servers_warnings_is_held_back_too(lines, capfd):
    server = logging.getLogger("uvicorn.error")
    for _ in range(3):
        server.warning("Invalid HTTP request received.")
        server.info("of no interest")
    assert [(line["level"], line["event"]) for line in lines(31)] == [("warning", "Invalid HTTP request received.")]
    server.warning("Invalid HTTP request received.")
    assert [line["held_back"] for line in lines()] == [2]
    assert capfd.readouterr() == ("", "")  # and nowhere else


def test_what_the_web_server_says_of_a_request_is_masked(lines):
    try:
        raise OSError("no answer of https://api.telegram.org/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe")
    except OSError:
        logging.getLogger("uvicorn.error").exception("Exception at /webhook/%s", "abcdefghijklmnop1234")
    (line,) = lines()
    assert line["event"] == "Exception at /webhook/<secret>"
    assert "<bot token>" in line["exception"]


def test_a_path_with_a_secret_that_a_proxy_has_changed_is_masked_in_both_servers_lines(hidden, lines, client):
    hidden([settings.WEBHOOK_SECRET_PATH])
    client.post(f"/tg/{settings.WEBHOOK_SECRET_PATH}")
    logging.getLogger("uvicorn.error").warning("refused: /%s", settings.WEBHOOK_SECRET_PATH)
    told = lines()
    assert [line["event"] for line in told] == ["Not Found: /tg/<secret>", "refused: /<secret>"]
    assert settings.WEBHOOK_SECRET_PATH not in str(told)


def test_it_remembers_a_thousand_kinds_of_lines_and_no_more():
    calm = Calm()
    for number in range(3000):
        calm(None, "warning", {"event": "x", "number": number})
    with pytest.raises(structlog.DropEvent):
        calm(None, "warning", {"event": "x", "number": 2999})
    assert len(calm._passed) == Calm.KINDS
    assert calm(None, "warning", {"event": "x", "number": 0})
