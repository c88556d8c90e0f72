"""Group commit: who comes during a commit shares the next; all is bounded, and each is answered after its own commit."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest

from bot.inbox import KEPT, Answer
from bot.incoming import Incoming
from tests.bot.doors import counts
from trt import commits
from trt.commits import Commits


def update(number: int, size: int = 10) -> Incoming:
    return Incoming(number, "message", 1, {}, b"x" * size)


class Disk:
    """A keep that lasts until it is let go, and remembers what it was given."""

    def __init__(self, answer: Callable[[Incoming], Answer] = lambda _: KEPT) -> None:
        self.answer = answer
        self.batches: list[list[int]] = []
        self.began, self.go = threading.Semaphore(0), threading.Semaphore(0)

    def keep(self, updates: Sequence[Incoming]) -> list[Answer]:
        self.batches.append([its.update_id for its in updates])
        self.began.release()
        assert self.go.acquire(timeout=30)
        return [self.answer(its) for its in updates]

    async def busy(self) -> None:
        """Until it has begun with a batch."""
        assert await asyncio.to_thread(self.began.acquire, timeout=30)


@pytest.fixture
def disk() -> Disk:
    return Disk()


def run(disk: Disk, scene: Callable) -> None:
    """Play a scene with a writer on this disk."""
    writer = Commits(disk.keep)

    async def play() -> None:
        try:
            await scene(writer)
        finally:
            disk.go.release(100)
            await asyncio.to_thread(writer.close)

    asyncio.run(play())


def waiting(writer: Commits, *numbers: int, size: int = 10) -> list[asyncio.Task]:
    return [asyncio.ensure_future(writer.keep(update(number, size))) for number in numbers]


async def turn() -> None:
    """Let what was begun come to its first wait."""
    for _ in range(3):
        await asyncio.sleep(0)


def test_what_comes_during_a_commit_shares_the_next_and_nobody_is_answered_before(disk):
    async def scene(writer: Commits) -> None:
        first = waiting(writer, 1)
        await disk.busy()
        rest = waiting(writer, 2, 3, 4)
        await turn()
        assert disk.batches == [[1]]
        assert not first[0].done()
        disk.go.release()
        assert await first[0] == KEPT
        await disk.busy()
        assert disk.batches == [[1], [2, 3, 4]]
        assert not any(task.done() for task in rest)
        disk.go.release()
        assert await asyncio.gather(*rest) == [KEPT] * 3

    run(disk, scene)


def test_each_has_the_answer_of_its_own_update():
    disk = Disk(lambda its: Answer(200, str(its.update_id).encode()))

    async def scene(writer: Commits) -> None:
        disk.go.release(100)
        answers = await asyncio.gather(*waiting(writer, *range(50)))
        assert [answer.body for answer in answers] == [str(number).encode() for number in range(50)]

    run(disk, scene)


def test_a_batch_is_bounded_in_rows_and_bytes(disk, monkeypatch):
    monkeypatch.setattr(commits, "BATCH_ROWS", 3)
    monkeypatch.setattr(commits, "BATCH_BYTES", 100)

    async def scene(writer: Commits) -> None:
        tasks = waiting(writer, 0)
        await disk.busy()
        tasks += waiting(writer, 1, 2, 3, 4) + waiting(writer, 5, 6, size=100)
        await turn()
        disk.go.release(100)
        await asyncio.gather(*tasks)
        assert disk.batches == [[0], [1, 2, 3], [4, 5], [6]]

    run(disk, scene)


@pytest.mark.parametrize(("bound", "limit"), [("WAITING_ROWS", 2), ("WAITING_BYTES", 20)])
def test_past_what_may_wait_it_says_503_at_once(disk, monkeypatch, bound, limit):
    monkeypatch.setattr(commits, bound, limit)

    async def scene(writer: Commits) -> None:
        first = waiting(writer, 0)
        await disk.busy()
        two = waiting(writer, 1, 2)
        await turn()
        assert await writer.keep(update(3)) == Answer(503, retry_after_s=1)
        disk.go.release(100)
        assert await asyncio.gather(*first, *two) == [KEPT] * 3
        assert await writer.keep(update(3)) == KEPT  # there is room again

    run(disk, scene)


def test_a_database_that_hangs_is_503_and_who_has_left_is_not_written_when_it_wakes(disk, monkeypatch):
    monkeypatch.setattr(commits, "PATIENCE_S", 0.01)

    async def scene(writer: Commits) -> None:
        tasks = waiting(writer, 1)
        await disk.busy()
        tasks += waiting(writer, 2, 3)
        assert await asyncio.gather(*tasks) == [Answer(503, retry_after_s=2)] * 3
        monkeypatch.setattr(commits, "PATIENCE_S", 30)
        disk.go.release(100)
        assert await writer.keep(update(4)) == KEPT
        assert disk.batches == [[1], [4]]

    run(disk, scene)


def test_an_error_of_ours_is_503_and_the_writer_goes_on():
    disk = Disk(lambda its: KEPT if its.update_id else (_ for _ in ()).throw(RuntimeError("planted")))

    async def scene(writer: Commits) -> None:
        disk.go.release(100)
        assert (await writer.keep(update(0))).status == 503
        assert await writer.keep(update(1)) == KEPT

    run(disk, scene)


def test_closing_commits_what_waits_and_takes_no_more(disk):
    async def scene(writer: Commits) -> None:
        tasks = waiting(writer, 1)
        await disk.busy()
        tasks += waiting(writer, 2, 3)
        await turn()
        disk.go.release(100)
        await asyncio.to_thread(writer.close)
        assert await asyncio.gather(*tasks) == [KEPT] * 3
        assert (await writer.keep(update(4))).status == 503

    before = counts()
    run(disk, scene)
    assert disk.batches == [[1], [2, 3]]
    assert (counts() - before)["refused"] == 1
