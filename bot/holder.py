"""The bot process: holds the lease, and while it does, answers updates and sends deliveries on a few threads.

The loop renews the lease itself, so a stuck loop loses it. NOTIFY wakes it; else it looks once a second.
"""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import psycopg
import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.db.models import Min

from bot import outbox
from bot.dispatch import Dispatch
from bot.models import Delivery, Update
from kie.queues import QUEUES
from reliability import bell, clock, instance, outage, wake
from reliability.due import run_due
from reliability.lease import RENEW_S, Held
from reliability.models import Instance

log = structlog.get_logger()
Duty = Instance.Duty
THREADS = 8
SENDING = THREADS - 2  # at most: a send may take minutes (a film is fetched, then uploaded), and updates find a thread
LOOK_S = 1.0


class Places:
    """So many threads at once, and no waiting for a place."""

    def __init__(self, count: int) -> None:
        self._lock, self.free = threading.Lock(), count

    def take(self) -> bool:
        with self._lock:
            taken = self.free > 0
            self.free -= taken
            return taken

    def leave(self) -> None:
        with self._lock:
            self.free += 1


class Holder:
    """One bot process from start to SIGTERM."""

    def __init__(self, *, on_taking: Callable[[], None] = lambda: None, me: uuid.UUID | None = None) -> None:
        self.me = me or instance.me()
        self.lease = Held("bot", self.me)
        self.dispatch = Dispatch(self.lease)
        self.outbox = outbox.queue(lambda: self.lease.valid)
        self.on_taking = on_taking  # called in a thread of its own each time the lease becomes ours
        self.stop = threading.Event()
        self.bell = threading.Event()
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="answer")
        self._sending = Places(SENDING)
        self._running: set[Future[None]] = set()
        self._may_have_claims = False
        self._renew_at = 0.0
        self.duty: Instance.Duty | None = None
        self._waiting_since = clock.now()

    def ask_to_stop(self) -> None:
        """Claim nothing more. From a signal handler: it only sets flags."""
        self.stop.set()
        self.bell.set()

    def run(self) -> None:
        """Until `ask_to_stop`. The database's absence is waited out."""
        threading.Thread(target=self._listen, name="listen", daemon=True).start()
        with instance.beating("bot"):
            while not self.stop.is_set():
                try:
                    close_old_connections()  # one that died with its server
                    self.turn()
                    pause_s = self._pause_s()
                except (DatabaseError, InterfaceError) as trouble:
                    outage.noted(trouble)
                    connection.close()
                    pause_s = 0.5
                self.bell.wait(pause_s)
                self.bell.clear()
            self._leave()

    def turn(self) -> None:
        """Keep the lease; put threads to what is due; wake the worker if jobs are."""
        if clock.monotonic() >= self._renew_at:
            self.renew()
        self._running = {task for task in self._running if not task.done()}
        if not self.lease.valid:
            self._give_back()
            return
        self._may_have_claims = True
        for _ in range(self.wanted()):
            task = self.pool.submit(self._drain)
            task.add_done_callback(lambda _: self.bell.set())
            self._running.add(task)
        if any(queue.waiting(self.me, most=1) for queue in QUEUES):
            wake.wake()

    def _give_back(self) -> None:
        """Without the lease we work on nothing, and from the living nobody takes a claim: what the database's absence left in our
        name is the next holder's. What threads of ours are sending ends under their claims.
        """
        if self._may_have_claims:
            for queue in (self.dispatch.queue, self.outbox):
                queue.give_back(self.me)
            self._may_have_claims = bool(self._running)

    def wanted(self) -> int:
        """How many more threads to wake: one for each row that nobody works on yet, as long as there are threads."""
        idle = THREADS - len(self._running)
        if not idle:
            return 0
        updates, sends = self.dispatch.queue, self.outbox
        room = min(idle, outbox.pace.room(), self._sending.free)
        return min(idle, updates.waiting(self.me, most=idle) + (sends.waiting(self.me, most=room) if room else 0))

    def _halt(self) -> bool:
        return self.stop.is_set() or not self.lease.valid

    def _drain(self) -> None:
        """On a pool thread: answer one, send one, until nothing is due. Who waits longest hears first, however many wait."""
        try:
            busy = True
            while busy and not self._halt():
                busy = run_due(self.dispatch.queue, self.me, until=self._halt, most=1) > 0
                busy |= self._send_one()
        except (DatabaseError, InterfaceError) as trouble:
            outage.noted(trouble)
            connection.close()  # it may be usable, and lead to a server that takes no writes any more
        except Exception:
            log.exception("bot.loop_error")
        finally:
            close_old_connections()

    def _send_one(self) -> bool:
        """Whether something was sent: nothing is while Telegram's pace is used up, or as many threads send as may."""
        if not (outbox.pace.room() and self._sending.take()):
            return False
        try:
            return run_due(self.outbox, self.me, until=self._halt, most=1) > 0
        finally:
            self._sending.leave()

    def renew(self) -> None:
        """Take or keep the lease, and say in our Instance row what we are: its holder, one that waits, one that stands by."""
        ours = self.lease.take_or_renew(force=self._may_force())
        before, waited = self.duty, clock.now() - self._waiting_since
        if ours:
            self._be(Duty.ACTIVE)
        elif before == Duty.ACTIVE:
            self._waiting_since = clock.now()
            self._be(Duty.WAITING)
        else:
            self._be(Duty.PASSIVE if waited >= timedelta(seconds=settings.LOCK_WAIT_SECONDS) else Duty.WAITING)
        self._renew_at = clock.monotonic() + (RENEW_S if ours else 0.5)

    def _may_force(self) -> bool:
        """Whether a living holder may be pushed aside. One that was pushed aside itself is the older: it does not push back."""
        if settings.LOCK_MODE == "off":
            return True
        waited = clock.now() - self._waiting_since
        first_time = self.lease.epoch == 0
        patience = timedelta(seconds=settings.LOCK_WAIT_SECONDS)
        return settings.LOCK_MODE == "wait_then_force" and first_time and waited >= patience

    def _be(self, duty: Instance.Duty) -> None:
        """Log and show a change of duty, once."""
        before, self.duty = self.duty, duty
        if before == duty:
            return
        # A beat, too: who takes over right after a stall of the whole machine is taken for dead until its heart's own thread wakes.
        Instance.objects.filter(pk=self.me).update(duty=duty, heartbeat=clock.db_now())
        if duty == Duty.ACTIVE:
            log.info("lease.taken", epoch=self.lease.epoch)
            threading.Thread(target=self.on_taking, name="set-up", daemon=True).start()
        elif duty == Duty.PASSIVE:
            log.warning("lease.standing_by", waited_s=settings.LOCK_WAIT_SECONDS)
        elif before == Duty.ACTIVE:
            log.warning("lease.lost", epoch=self.lease.epoch)
        else:
            log.info("lease.waiting", for_s=settings.LOCK_WAIT_SECONDS, then=settings.LOCK_MODE)

    def _pause_s(self) -> float:
        """Until the next renewal, the next row that will be due, or a second from now."""
        if not self.lease.valid:
            return 0.5
        soon = clock.now() + timedelta(seconds=LOOK_S)
        nexts = [
            model.objects.open().filter(due_at__gt=clock.now(), due_at__lt=soon).aggregate(at=Min("due_at"))["at"]
            for model in (Update, Delivery)
        ]
        waits = [(at - clock.now()).total_seconds() for at in nexts if at]
        return max(0.02, min([LOOK_S, outbox.pace.opens_in_s() or LOOK_S, *waits]))

    def _leave(self) -> None:
        """After SIGTERM: handlers under way finish (a second at most), the lease goes, sends under way finish under their claims."""
        deadline = clock.monotonic() + 1.0
        while self._running and clock.monotonic() < deadline:
            self._running = {task for task in self._running if not task.done()}
            self.bell.wait(0.02)
            self.bell.clear()
        self.lease.release()
        Instance.objects.filter(pk=self.me).update(duty="")
        log.info("lease.released", epoch=self.lease.epoch)
        self.pool.shutdown(wait=True, cancel_futures=True)
        self.dispatch.taps.shutdown(wait=True)

    def _listen(self) -> None:
        """Ring our bell when the database's rings: a connection of its own, past any pooler."""
        while not self.stop.is_set():
            try:
                with psycopg.connect(settings.DATABASE_DIRECT_URL, autocommit=True, connect_timeout=5) as listening:
                    listening.execute(f"LISTEN {bell.BOT}")
                    self.bell.set()
                    while not self.stop.is_set():
                        for _ in listening.notifies(timeout=30, stop_after=1):
                            self.bell.set()
            except psycopg.Error as trouble:
                outage.noted(trouble, missed="the bell")
                self.stop.wait(1.0)
