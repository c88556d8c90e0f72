"""“My generations”: the list, and one of them."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from bot.screen import Button, Keys, Screen, bold, code, lines
from bot.screens import frame, reasons, result, states
from bot.screens.catalogue import short_title, title
from bot.screens.words import day, label, moment, rubles, safe
from kie.job import Job, JobState
from reliability.cid import support_code


def listing(jobs: Sequence[Job], *, page: int, pages: int, waiting: bool = False) -> Screen:
    """A page of a person's generations, newest first."""
    if not jobs:
        text = lines(
            bold(_("📚 My generations")), _("Nothing here yet. Everything you make will be kept on this list.")
        )
        return Screen(text, [[Button(_("🗂 Models"), "models")], *frame.way_out(waiting)])
    keys = [[Button(_line(job), "job", job.pk, page)] for job in jobs]
    text = lines(bold(_("📚 My generations")), _("Newest first. Tap one to open it."))
    return Screen(text, [*keys, *frame.turning("history", page=page, pages=pages), *frame.way_out(waiting)])


def _line(job: Job) -> str:
    head = f"{states.mark(job.state, job.error_code)} {day(job.created_at)}  {short_title(job.model)}"
    return label(head, rubles(job.price))


def one(job: Job, parameters: Sequence[tuple[str, str]], *, page: int, waiting: bool = False) -> Screen:
    """One generation: its state, price, what was asked for. `parameters` are (label, value as HTML)."""
    ended_badly = job.state in {JobState.FAILED, JobState.TIMED_OUT}
    cancelled = job.error_code == "cancelled"
    why = reasons.why(job.error_code, result.blamed(job)) if ended_badly and not cancelled else None
    text = lines(
        bold(title(job.model)),
        f"{states.state(job.state, job.error_code, in_doubt=job.in_doubt)} • {moment(job.created_at)}",
        _("Price: {}").format(rubles(job.price)) if not ended_badly else _("Nothing was charged."),
        lines("", safe(why.happened), safe(why.advice)) if why else None,
        "",
        *[f"{name}: {value}" for name, value in parameters],
        "",
        _("Support code: {}").format(code(support_code(job.cid))),
    )
    keys: Keys = [[Button(_("📎 Show the result"), "media", job.pk)]] if job.state == JobState.SUCCEEDED else []
    if ended_badly:
        keys += result.after_failure(job)
    elif job.state not in Job.OPEN:
        keys += [result.again(job)]
    return Screen(text, [*keys, [frame.back("history", page)], *frame.way_out(waiting)])
