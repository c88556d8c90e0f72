"""The offer: the next question, or, when all is answered, the confirmation with its price frozen."""

from django.utils.translation import gettext as _

from bot.handlers import asking
from bot.models import Dialog, DialogState
from bot.screen import Screen
from bot.screens import catalogue, confirm, frame, refusals
from bot.wizard import offer
from bot.wizard.draft import Draft
from kie import losses
from kie.catalogue import AIModel
from kie.inputs import BadInput
from kie.losses import AtALoss
from kie.pricing import NotForSale, Unmeasured
from payments import ledger
from reliability import clock


def go_on(dialog: Dialog, model: AIModel, draft: Draft) -> Screen:
    """The next open question, or the confirmation."""
    fields = draft.fields(model)
    draft.keep_known(fields)
    open_question = draft.open_question(fields)
    if open_question is not None:
        return asking.ask(dialog, model, draft, open_question)
    return make(dialog, model, draft)


def make(dialog: Dialog, model: AIModel, draft: Draft) -> Screen:
    """Price the order and freeze it under a new revision. One that does not fit together goes back to the question to blame."""
    try:
        quote = offer.frozen(model, draft.answers, clock.now())
    except BadInput as bad:
        return _mend(dialog, model, draft, bad)
    except Unmeasured as gap:
        return _mend(dialog, model, draft, BadInput("length_unknown", field=gap.field))
    except AtALoss as loss:
        losses.pause(model, loss.loss)
        dialog.move(DialogState.IDLE, data={})
        return catalogue.paused()
    except NotForSale:
        if draft.asking in draft.answers:
            return _mend(dialog, model, draft, BadInput("no_price", field=draft.asking))
        dialog.move(DialogState.IDLE, data={})
        return catalogue.gone()
    draft.asking, draft.returns = "", ""
    dialog.move(DialogState.CONFIRM, data=draft.as_data(), quote=quote, until=clock.now() + asking.SILENCE)
    return confirmation(dialog, model, draft)


def _mend(dialog: Dialog, model: AIModel, draft: Draft, bad: BadInput) -> Screen:
    draft.forget(bad.field)
    fields = draft.fields(model)
    blamed = next((one for one in fields if one.name == bad.field), None)
    screen = asking.ask(dialog, model, draft, blamed or fields[0], returns="offer")
    return frame.noted(screen, refusals.refusal(bad, blamed, fields), "INVALID_INPUT")


def order(dialog: Dialog, model: AIModel, draft: Draft) -> confirm.Order:
    """The order that stands in the dialog, with the balance of its person."""
    assert dialog.quote is not None
    available = ledger.available(dialog.customer)
    return offer.shown(model, draft, dialog.quote, dialog=dialog.pk, revision=dialog.revision, available=available)


def confirmation(dialog: Dialog, model: AIModel, draft: Draft) -> Screen:
    """The confirmation that the dialog stands on, as it is: same revision, same price."""
    return confirm.confirmation(order(dialog, model, draft))


def changes(dialog: Dialog, model: AIModel, draft: Draft) -> Screen:
    """Pick an answer of the order that stands to change it; where there is one, it is asked at once."""
    standing = order(dialog, model, draft)
    if len(standing.given) == 1:
        return asking.ask(dialog, model, draft, standing.given[0].field, returns="offer")
    return confirm.answers(standing)


def renewed(dialog: Dialog, model: AIModel, draft: Draft) -> Screen:
    """The confirmation after its price has lapsed: priced anew, with a word about it."""
    assert dialog.quote is not None
    before = offer.price_of(dialog.quote)
    screen = make(dialog, model, draft)
    if dialog.quote is None:
        return screen
    now_same = offer.price_of(dialog.quote) == before
    note = (
        _("The offer was more than 15 minutes old, so it was checked: the price is the same. Tap “✅ Start” once more.")
        if now_same
        else _(
            "The offer was more than 15 minutes old, and the price has changed. If it suits you, tap “✅ Start” once more."
        )
    )
    return frame.noted(screen, note, "EXPIRED_BUTTON")


def refused(dialog: Dialog, model: AIModel, draft: Draft) -> Screen:
    """The confirmation priced anew because what stood there was not the offer that we had signed for this order."""
    screen = make(dialog, model, draft)
    if dialog.quote is None:
        return screen
    note = _("The offer was checked and priced anew. If it suits you, tap “✅ Start” once more.")
    return frame.noted(screen, note, "STATE_MISMATCH")
