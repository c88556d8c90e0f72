"""A job on the way and at its end: progress, the result, the failure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from html import escape

from django.utils.translation import gettext as _

from bot.screen import Button, Keys, Media, Screen, bold, code, lines
from bot.screens import favourites, frame, reasons, source, states
from bot.screens.catalogue import title
from bot.screens.words import between, demo, lasting, rubles, safe
from kie import inputs
from kie.breaker import Reason
from kie.catalogue import AIModel
from kie.durations import Usual
from kie.inputs import Field
from kie.job import Job, JobState
from reliability.cid import support_code


class NoFile(Enum):
    """Why a file cannot be sent."""

    TOO_BIG = "too big"  # for a bot to upload
    REFUSED = "refused"  # by Telegram, in every way
    AWAY = "away"  # its host is silent, for longer than we try
    GONE = "gone"  # proved, and KIE has no other link


TEXT_SHOWN = 3500  # characters of a result that is text: Telegram takes 4096 with what stands around
CAPTION_SHOWN = 700  # and 1024 under a file
MEDIA = {"image": "photo", "video": "video", "audio": "audio"}  # the kind of a result → how Telegram shows it


def progress(job: Job, now: datetime, usual: Usual, *, held_up: Reason | None = None) -> Screen:
    """The one progress message of a job: accepted → queued → in progress, with the time; its last word has no keys. `usual` is
    its model's time, `held_up` what keeps a queued one from KIE."""
    name = bold(title(job.model))
    if job.state == JobState.SUCCEEDED:
        assert job.ended_at is not None
        took = lasting((job.ended_at - job.created_at).total_seconds())
        return Screen(_("✅ {}: ready in {}. The result is below.").format(name, took))
    if job.state not in Job.OPEN:
        return Screen(f"{states.state(job.state, job.error_code)}: {name}")
    text = lines(
        bold(states.state(job.state, in_doubt=job.in_doubt)),
        f"{name} • {rubles(job.price)}",
        "",
        _doubt(job, now) if job.in_doubt else _held_up(job, now, held_up) if held_up else _time(job, now, usual),
        _("The result will come to this chat: no need to wait here."),
        demo(),
    )
    keys: Keys = [[Button(_("❌ Cancel this one"), "drop", job.pk)]] if job.state == JobState.QUEUED else []
    return Screen(text, [*keys, [frame.home()]])


def not_cancelled(job: Job) -> Screen:
    """The tap that came too late, told in a message of its own: the progress message is edited on, and a note in it goes."""
    text = lines(
        _("ℹ️ {}: too late to cancel, the order is with the model already.").format(bold(title(job.model))),
        _("The result will come to this chat. If there is none, {} come back to your balance by themselves.").format(
            rubles(job.price)
        )
        if job.hold_id
        else _("The result will come to this chat."),
    )
    return Screen(text, [[frame.home()]], fresh=True, reason="STATE_MISMATCH")


def _doubt(job: Job, now: datetime) -> str:
    """What createTask came to is not known: said early, and until when it will be clear."""
    left = lasting(max(5.0, (job.submit_deadline - now).total_seconds()))
    return _(
        "We got no clear answer from the service when we handed your order over, so we are checking whether the model began. Nothing is charged until then. If it did not, the money is back in {} at the latest."
    ).format(left)


def _held_up(job: Job, now: datetime, why: Reason) -> str:
    """The order waits for the service, and until when it does at most."""
    left = lasting(max(60.0, (job.deadline_at - now).total_seconds())) if job.deadline_at else None
    ends = _("If that takes longer than {}, the money comes back by itself.").format(left) if left else None
    return lines(states.waiting(why), _("The order is kept and starts by itself as soon as it can."), ends)


def _time(job: Job, now: datetime, usual: Usual) -> str:
    span = between(usual.low_s, usual.high_s)
    if job.state == JobState.QUEUED or job.submitted_at is None:
        return _("The order is accepted. It usually takes {}.").format(span)
    elapsed = max(0.0, (now - job.submitted_at).total_seconds())
    if elapsed > 2 * usual.high_s:
        return _("Elapsed: {}. That is longer than usual, we are still waiting.").format(lasting(elapsed))
    return _("Elapsed: {}, usually {}.").format(lasting(elapsed), span)


def done(job: Job, follow_ups: Sequence[AIModel] = ()) -> Screen:
    """The result itself: all files, or the text, with model and price; `follow_ups` are models that go on with it."""
    result = job.result or {}
    media = tuple(
        Media(kind=MEDIA.get(file["kind"], "document"), source=file["url"], name=file.get("title") or title(job.model))
        for file in result.get("files", [])
    )
    text = lines(_caption(job), *_words(job))
    return Screen(text, _after_success(job, follow_ups), fresh=True, media=media, below=_below(media))


def gift(job: Job) -> Screen:
    """A result that came after the money went back: free, with a word about why."""
    text = lines(
        _("🎁 {}: it came late, but here it is.").format(bold(title(job.model))),
        _("The money went back to your balance before, and stays there: this one is on us.")
        if job.hold_id
        else _("This one is on us."),
    )
    return replace(done(job), text=lines(text, *_words(job)))


def _words(job: Job) -> list[str]:
    """A result that is text, or has some."""
    result = job.result or {}
    return (
        ["", _fitting(result["text"], CAPTION_SHOWN if result.get("files") else TEXT_SHOWN)]
        if result.get("text")
        else []
    )


def _caption(job: Job) -> str:
    """The model and the price paid: under a result, however it is shown."""
    price = _("Price: {}") if job.hold_id or not job.price else _("Price: {}, nothing was charged")
    return lines(_("✅ {}").format(bold(title(job.model))), price.format(rubles(job.price)), demo())


def _below(media: tuple[Media, ...]) -> str:
    return _("All {} files are above. What next?").format(len(media)) if len(media) > 1 else ""


def failed(job: Job) -> Screen:
    """Why there is no result, what to do, where the money is, and the support code."""
    why = reasons.why(job.error_code, blamed(job))
    text = lines(
        f"{bold(states.state(job.state, job.error_code))}: {safe(title(job.model))}",
        "" if job.error_code != "cancelled" else None,
        safe(why.happened) if job.error_code != "cancelled" else None,
        safe(why.advice) or None,
        "",
        _("{} came back to your balance.").format(bold(rubles(job.price)))
        if job.hold_id
        else _("Nothing was charged."),
        _("Support code: {}").format(code(support_code(job.cid))) if job.error_code != "cancelled" else None,
    )
    return Screen(text, [*after_failure(job), [frame.home()]], fresh=True)


def no_file(why: NoFile, source: str, name: str, code_of: str) -> str:
    """The last resort for a file that could not be sent: what happened, and its link where there is something behind it.

    `source` is KIE's address, `name` what a person would call the file, `code_of` the support code.
    """
    happened = {
        NoFile.TOO_BIG: _("The file is too big for Telegram, so here is a link to it."),
        NoFile.REFUSED: _("Telegram did not take the file, so here is a link to it."),
        NoFile.AWAY: _(
            "The service that keeps the file does not answer, so here is a link to it: please try it later."
        ),
        NoFile.GONE: _(
            "This file is gone: the service that made it has lost it, or its time is over (files are kept there for up to 14 days)."
        ),
    }[why]
    if why == NoFile.GONE:
        return lines(
            f"⚠️ {happened}",
            _("If you never got it, write to support with this code, and the money will come back: {}").format(
                code(code_of)
            ),
        )
    shown = safe(name) or _("Download the file")
    return lines(
        f"⚠️ {happened}",
        f'🔗 <a href="{escape(source)}">{shown}</a>',
        _("Save the file today: the link may stop working after a day, and does after 14 days."),
    )


def late(job: Job) -> Screen:
    """The result is there, and the host of its files is not, for longer than a moment."""
    return Screen(
        lines(
            _("⏳ {} is ready, but the service that keeps the file does not answer just now.").format(
                bold(title(job.model))
            ),
            _("We keep trying and will send the result by ourselves: nothing to do, nothing more to pay."),
        ),
        [[frame.home()]],
        fresh=True,
    )


def blamed(job: Job) -> Field | None:
    """The question whose answer the failure is due to; None where none is, or it is not asked any more."""
    if not job.error_field:
        return None
    return next((one for one in inputs.fields(job.model) if one.name == job.error_field), None)


def after_failure(job: Job) -> Keys:
    """What the advice of a failure names: other answers, the same once more, another model, what is there already, support."""
    why = job.error_code
    change = [Button(_("✏️ Change"), "amend", job.pk)] if why in reasons.INPUT_FAULTS else []
    repeat = [Button(_("🔁 Repeat"), "again", job.pk)] if why not in reasons.IN_VAIN else []
    models = [Button(_("🗂 Models"), "models")] if why in reasons.OF_THE_MODEL else []
    made = [Button(_("📚 My generations"), "history", 0)] if why == "made_already" else []
    ask = [Button(_("💬 Support"), "support")] if reasons.ours(why) else []
    return [row for row in (change, [*repeat, *models], made, ask) if row]


def again(job: Job) -> list[Button]:
    """The same order once more, after it has gone well."""
    return [Button(_("🔁 Again"), "again", job.pk)]


def media_again(job: Job, files: list[dict[str, str]], follow_ups: Sequence[AIModel] = ()) -> Screen:
    """The result once more, from the files that Telegram keeps: `files` are {kind, file_id}."""
    media = tuple(Media(kind=file["kind"], source=file["file_id"], name=title(job.model)) for file in files)
    return Screen(_caption(job), _after_success(job, follow_ups), fresh=True, media=media, below=_below(media))


def _after_success(job: Job, follow_ups: Sequence[AIModel]) -> Keys:
    return [*source.follow_ups(job, follow_ups), [*again(job), favourites.keeps(job.model_id)], [frame.home()]]


def _fitting(text: str, most: int) -> str:
    """The beginning of a text whose HTML has at most `most` characters: whoever cuts that later could cut through an entity."""
    shown: list[str] = []
    size = 1
    for letter in text:
        size += len(safe(letter))
        if size > most:
            return "".join(shown) + "…"
        shown.append(safe(letter))
    return "".join(shown)
