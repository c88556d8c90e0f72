"""What befalls whole processes, the machine, the database: once a turn each may strike; the dead are buried, and life goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tests.simulation.actors import ROLES, Bot, Worker
from tests.simulation.checks import LIMIT

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World

BEAT: Final = timedelta(seconds=5)  # hearts beat within ten, as the product asks; every two would cost too much time


def cost(*processes: Process) -> int:
    """How many attempts it costs that they are struck: one of each row that they work on, one at the least; a thread that dies first
    has let go of its own."""
    return 1 + sum(process.memory.rows_under_way for process in processes)


def stopped(world: World) -> None:
    """SIGSTOP for a while."""
    if living := [one for one in world.processes.values() if one.awake]:
        process = world.luck.choice(living)
        process.stop(world.now + timedelta(seconds=world.luck.choice((3, 12, 30))))
        world.tell(process.name, "is stopped")
        world.blows += cost(process)


def deploy(world: World) -> None:
    """SIGTERM to a bot or a worker; a new one starts when it has left."""
    staying = [one for one in world.processes.values() if isinstance(one, Bot | Worker) and one.awake]
    if staying := [one for one in staying if not one.leaving]:
        process = world.luck.choice(staying)
        world.tell(process.name, "is asked to leave")
        process.leave()


def time_jump(world: World) -> None:
    """The machine slept: every lease may have run out, and for up to two seconds each takes the others for dead."""
    world.now += timedelta(seconds=world.luck.choice((5, 15, 70)))
    world.beat_at = world.now - BEAT + timedelta(seconds=world.luck.choice((0, 1, 2)))
    world.blows += LIMIT * cost(*world.processes.values())
    for process in world.processes.values():
        for thread in process.threads:
            thread.sleeps()
    world.tell("world", "time has jumped")


def database_away(world: World) -> None:
    """PostgreSQL restarts: transactions are gone, and nothing is answered for seconds."""
    world.database_back = world.now + timedelta(seconds=world.luck.choice((1, 3, 8)))
    world.tell("postgres", "is away")
    world.blows += cost(*world.processes.values())  # what is under way is counted, and cannot be noted
    for process in world.processes.values():
        for thread in process.threads:
            thread.excuse()
            thread.connection.breaks()


FATES: Final[tuple[tuple[str, Callable[[World], None]], ...]] = (
    ("stopped", stopped),
    ("deploy", deploy),
    ("time_jump", time_jump),
    ("database_away", database_away),
)


def strike(world: World) -> None:
    """Whatever the weather has for this turn."""
    for kind, befall in FATES:
        if world.faults.strikes(kind):
            befall(world)


def bury_and_bear(world: World) -> None:
    """Who was stopped wakes up; in the place of whoever has died or left somebody new is born, sooner or later."""
    for name, process in list(world.processes.items()):
        if process.stopped_until and world.now >= process.stopped_until:
            process.stopped_until = None
            world.tell(name, "wakes up")
        lost = cost(process)  # counted here, for burying takes its rows from its hands
        if name not in world.reborn and process.reap():
            world.tell(name, "is dead" if process.dead else "has left")
            world.blows += lost * process.dead
            seconds = world.luck.choice((0, 1, 5, 15)) if process.dead and world.faults.on else 0
            world.reborn[name] = world.now + timedelta(seconds=seconds)
    for name, when in list(world.reborn.items()):
        if world.now >= when:
            del world.reborn[name]
            world.processes[name] = dict(ROLES)[name](world, name)
            world.tell(name, "is born")


def life_goes_on(world: World) -> None:
    """Hearts beat and the holder keeps its lease, whatever else waits."""
    if world.now - world.beat_at < BEAT or world.database_is_away:
        return
    world.beat_at = world.now
    awake = [one for one in world.processes.values() if one.awake]
    with world.look.cursor() as cursor:
        living = [one.id for one in awake]
        cursor.execute("UPDATE reliability_instance SET heartbeat = %s WHERE id = ANY(%s)", [world.now, living])
    for process in awake:
        if not isinstance(process, Bot) or process.leaving or process.busy("renew"):
            continue
        if process.holder.lease.epoch:
            renewal = process.start("renew", process.holder.lease.take_or_renew)
            while not (renewal.over or process.dead):
                renewal.resume()
