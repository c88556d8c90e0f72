"""What can go wrong, and how often. Each schedule draws its own weather: about a third of all kinds never strikes in it.

Rates that are the same everywhere find less: a bug that needs two rare faults hides where ten others drown them.
"""

from collections import Counter
from random import Random
from typing import Final

RATES: Final[dict[str, float]] = {
    # for each statement or commit of ours
    "killed": 1 / 300,  # kill -9 before or after a statement, a commit, a request
    "connection_lost": 1 / 400,  # the statement may have been done; the transaction is gone
    "commit_answer_lost": 1 / 60,  # the commit is done, and we are told of a broken connection
    # for each turn of the world
    "stopped": 1 / 300,  # SIGSTOP: the process sleeps through its lease and its claims, then goes on as if nothing was
    "deploy": 1 / 500,  # SIGTERM: it leaves in order, a new one starts
    "time_jump": 1 / 600,
    "database_away": 1 / 600,  # PostgreSQL restarts: every transaction is gone, for seconds nothing is answered
    # for each call of Telegram's
    "telegram_lost": 1 / 14,  # no answer, and nothing was done
    "telegram_answer_lost": 1 / 14,  # no answer, and it was done
    "telegram_5xx": 1 / 16,
    "telegram_429": 1 / 12,
    "telegram_blocked": 1 / 60,  # the person blocks the bot for a while
    # for each delivery to us
    "webhook_answer_lost": 1 / 10,  # our 200 never arrives: the update comes again
    "webhook_repeated": 1 / 12,  # an update that we have acknowledged comes again, later
    "payment_told_twice": 1 / 2,  # one charge in two messages with ids of their own
    # for each createTask
    "create_refused": 1 / 10,  # no connection
    "create_lost": 1 / 10,  # no answer, no task
    "create_answer_lost": 1 / 4,  # no answer, and a task that is paid for
    "create_5xx": 1 / 10,  # 500, and a task all the same
    "create_limited": 1 / 8,  # 429
    "create_maintenance": 1 / 16,  # 455
    "create_rejected": 1 / 16,  # 422
    "create_no_credits": 1 / 20,  # 402, and so it stays for minutes
    "account_dry": 1 / 60,  # so it is before the first who asks
    "credit_lost": 1 / 6,  # the balance cannot be read
    # for each task, each look at one, each callback
    "task_fails": 1 / 5,
    "task_never_ends": 1 / 40,
    "task_late": 1 / 20,  # it ends when we have given it up
    "result_lost": 1 / 12,  # «success», and the file is gone: its link is dead, and KIE has no other
    "record_lost": 1 / 10,
    "record_unknown": 1 / 12,  # «recordInfo is null», though there is one
    "record_garbled": 1 / 30,
    "file_away": 1 / 10,  # the host of the files says 503
    "callback_lost": 1 / 4,
    "callback_repeated": 1 / 5,
    "callback_late": 1 / 6,
    "callback_early": 1 / 2,  # «success» while the task still runs
    "callback_foreign": 1 / 2,  # names another person's task
    "callback_forged": 1 / 8,  # a stranger's signature
    # for each call of a payment provider, each bill, each notice
    "bank_silent": 1 / 10,  # no answer, and nothing was done
    "bank_answer_lost": 1 / 5,  # no answer, and it was done
    "bank_refuses": 1 / 20,
    "bank_refuses_returns": 1 / 10,
    "bill_left": 1 / 4,  # the person does not pay
    "notice_lost": 1 / 4,
    "notice_repeated": 1 / 5,
    "notice_late": 1 / 6,
    "notice_forged": 1 / 3,
    # for each enqueueing and each task of django-q2
    "wake_lost": 1 / 6,
    "wake_doubled": 1 / 6,
    # for each person's update
    "poison": 1 / 12,  # an update that kills every process that begins to answer it
}


class Faults:
    """The weather of one schedule."""

    def __init__(self, luck: Random) -> None:
        self.luck = luck
        self.rates = {name: rate * luck.choice((0, 0, 0.5, 1, 2, 3)) for name, rate in RATES.items()}
        self.on = True
        self.struck: Counter[str] = Counter()

    @classmethod
    def always(cls, luck: Random, kinds: tuple[str, ...]) -> "Faults":
        """Weather in which these always strike, and nothing else ever."""
        faults = cls(luck)
        faults.rates = {name: float(name in kinds) for name in RATES}
        return faults

    def strikes(self, kind: str) -> bool:
        """Whether it happens now. A kind that is off costs no luck, so that histories do not depend on the others."""
        rate = self.rates[kind]
        if not (self.on and rate and self.luck.random() < rate):
            return False
        self.struck[kind] += 1
        return True

    def one_of(self, *kinds: str) -> str:
        """The first that strikes; "" if none does."""
        return next((kind for kind in kinds if self.strikes(kind)), "")
