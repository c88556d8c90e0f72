"""Promo codes, the gift, invited friends: what they give, and why not."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot import deeplink
from bot.screen import Button, Keys, Screen, bold, code, lines
from bot.screens import frame
from bot.screens.words import demo, moment, number, rubles, whole_rubles
from payments.invites import Standing
from payments.promos import GUESSES, Refusal, Why


@dataclass(frozen=True, slots=True)
class Sum:
    """Rubles, and how many images the cheapest model makes for them; 0 where none is sold."""

    rubles: Decimal
    images: int = 0

    def __str__(self) -> str:
        """«25 ₽ (≈ 32 картинки)»."""
        if not self.images:
            return whole_rubles(self.rubles)
        images = ngettext("≈ {} image", "≈ {} images", self.images).format(number(self.images))
        return f"{whole_rubles(self.rubles)} ({images})"


def ways(*, invite: bool, gift: bool) -> Keys:
    """Keys of the menus: the gift while it waits, then a friend and a code."""
    friend = [Button(_("🎁 Invite a friend"), "invite")] if invite else []
    return [*([[Button(_("🎉 Take the gift"), "gift")]] if gift else []), [*friend, _promo()]]


def invitation(link: str, reward: Sum | None, brought: Standing, *, waiting: bool = False) -> Screen:
    """The person's link, to be copied or shared; what it brings and what it has brought. `link` is empty until Telegram
    has told us our own name."""
    text = lines(
        bold(_("🎁 Invite a friend")),
        _(
            "You get {} for each friend who comes by your link and tops up, right after their first result paid with that money."
        ).format(bold(str(reward)))
        if reward
        else _("There is no reward for invitations just now. Friends are welcome all the same."),
        _("Only people who have never been here count.") if reward else None,
        "",
        _("Your link (a tap copies it):") if link else _("Your link is being made: please look again in a minute."),
        code(link) if link else None,
        "",
        _("Friends who came: {}").format(number(brought.invited)),
        _("Earned: {}").format(bold(rubles(brought.rubles))) if brought.rubles else None,
        demo(),
    )
    words = _("TRT makes images, video, music and voice with neural networks, right in Telegram.")
    share = [[Button(_("📨 Send to a friend"), url=deeplink.sharing(link, words))]] if link else []
    return Screen(text, [*share, [_promo()], *frame.way_out(waiting)])


def rewarded(reward: Decimal, available: Decimal) -> Screen:
    """News to whoever invited: a friend has had their first result for money of their own."""
    text = lines(
        bold(_("🎁 {} for your friend").format(rubles(reward))),
        _("Somebody who came by your link has got their first result for money of their own. Thank you."),
        _("Available: {}").format(bold(rubles(available))),
    )
    return Screen(text, [[Button(_("🎁 Invite another one"), "invite")], [frame.home()]])


def ask_code(*, waiting: bool = False) -> Screen:
    """A promo code is asked for."""
    text = lines(
        bold(_("🎟 Promo code")),
        _("Write the code in one message. Capitals, spaces and dashes do not matter."),
        _("Your order is kept.") if waiting else None,
    )
    return Screen(text, frame.way_out(waiting))


def redeemed(word: str, given: Sum, available: Decimal, *, waiting: bool = False) -> Screen:
    """The rubles of a code are on the balance."""
    text = lines(
        bold(_("✅ The balance has grown by {}").format(given)),
        _("Promo code: {}").format(code(word)),
        _("Available: {}").format(bold(rubles(available))),
        demo(),
    )
    return Screen(text, [[Button(_("🗂 Models"), "models")], *frame.way_out(waiting)])


def refused(refusal: Refusal, *, waiting: bool = False) -> Screen:
    """Why a code gives nothing, and what to do."""
    text = lines(bold(_("🎟 Promo code")), *_why(refusal.why, refusal.when))
    reason = "RATE_LIMIT" if refusal.why == Why.TOO_MANY else "INVALID_INPUT"
    return Screen(text, frame.way_out(waiting), reason=reason)


def _why(why: Why, when: datetime | None) -> tuple[str, ...]:
    then = moment(when) if when else ""
    match why:
        case Why.UNKNOWN:
            return _("There is no such code."), _("Look whether every letter is right, and write it once more.")
        case Why.NOT_YET:
            return (_("This code does not work yet: it begins on {} Moscow time.").format(then),)
        case Why.OVER if when:
            return (_("This code is over: it worked until {} Moscow time.").format(then),)
        case Why.OVER:
            return (_("This code does not work any more."),)
        case Why.USED_UP:
            return (_("This code has been fully used up."),)
        case Why.USED_BY_YOU:
            return _("You have used this code already, on {} Moscow time.").format(then), _(
                "It works once for each person."
            )
        case Why.TOO_MANY:
            return (
                ngettext("{} wrong code in an hour.", "{} wrong codes in an hour.", GUESSES).format(GUESSES),
                _("Codes can be tried again from {} Moscow time.").format(then),
            )
        case Why.CLOSED:
            return (_("Codes are switched off for now: the bot is being tested. Please try again later."),)


def no_code(*, waiting: bool = False) -> Screen:
    """What was sent cannot be a code; the question stays."""
    text = lines(
        _("That does not look like a promo code."),
        _("A code is one word of 3 to 32 Latin letters and digits. Write it in one message."),
    )
    return Screen(text, frame.way_out(waiting), reason="INVALID_INPUT")


def gift(given: Sum, available: Decimal, *, waiting: bool = False) -> Screen:
    """The one-time gift is on the balance."""
    text = lines(
        bold(_("🎉 A gift for you: {}").format(given)),
        _("It is on your balance and can be spent on any model."),
        _("Available: {}").format(bold(rubles(available))),
        demo(),
    )
    return Screen(text, [[Button(_("🗂 Models"), "models")], *frame.way_out(waiting)])


def gift_had(given: Decimal, when: datetime, *, waiting: bool = False) -> Screen:
    """The gift was taken before."""
    text = lines(
        bold(_("🎉 You have had the gift already")),
        _("{}, on {} Moscow time. It is given once.").format(rubles(given), moment(when)),
    )
    return Screen(text, [[Button(_("💰 Balance"), "balance")], *frame.way_out(waiting)])


def no_gift(*, waiting: bool = False) -> Screen:
    """No gift is on offer."""
    text = lines(_("There are no gifts just now."), _("If you have a promo code, tap the button below."))
    return Screen(text, [[_promo()], *frame.way_out(waiting)])


def _promo() -> Button:
    return Button(_("🎟 Promo code"), "promo")
