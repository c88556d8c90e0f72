"""The loop of the bot process: how many threads it puts to what waits."""

import json
from concurrent.futures import Future

import pytest

from bot import holder as holder_module
from bot import inbox
from bot.holder import Holder
from tests.bot.test_inbox import message
from tests.bot.test_inbox_batches import incoming

pytestmark = pytest.mark.django_db(transaction=True)


def test_as_many_threads_wake_as_chats_wait_and_never_more_than_there_are(monkeypatch):
    monkeypatch.setattr(holder_module, "THREADS", 5)
    behind_the_first = inbox.read(json.dumps(message(10, chat=1)).encode())
    inbox.keep([*incoming(1, 2, 3), behind_the_first])
    holder, woken = Holder(), []
    monkeypatch.setattr(holder.pool, "submit", lambda task: woken.append(task) or Future())

    holder.turn()
    assert len(woken) == 3  # one chat is answered in order, by one

    holder.turn()  # nobody has taken anything yet
    holder.turn()
    assert len(woken) == 5
