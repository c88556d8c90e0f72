"""The correlation id, the support code, and what never reaches a log line."""

from datetime import timedelta
from pathlib import Path

import pytest

from reliability import cid, clock
from reliability.log import redact


def test_ids_are_26_characters_and_sort_by_birth():
    first = cid.new()
    with clock.moved(timedelta(seconds=1)):
        second = cid.new()

    assert (len(first), len(second)) == (26, 26)
    assert first < second


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
