"""The loop of the bot process: how many threads it puts to what waits."""

import json

import pytest

from bot import inbox
from bot.holder import THREADS, Holder
from tests.bot.test_inbox import message
from tests.bot.test_inbox_batches import incoming

pytestmark = pytest.mark.django_db(transaction=True)


def test_as_many_threads_wake_as_chats_wait_and_never_more_than_there_are():
    holder = Holder()
    assert holder.wanted() == 0

    behind_the_first = inbox.read(json.dumps(message(10, chat=1)).encode())
    inbox.keep([*incoming(1, 2, 3), behind_the_first])
    assert holder.wanted() == 3  # one chat is answered in order, by one

    inbox.keep(incoming(*range(20, 20 + THREADS)))
    assert holder.wanted() == THREADS
