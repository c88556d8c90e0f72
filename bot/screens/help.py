"""Help, support, and the answer to what TRT does not understand."""

from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _

from bot.screen import Button, Keys, Screen, bold, code, lines
from bot.screens import frame
from bot.screens.words import safe


def helping(*, waiting: bool = False) -> Screen:
    """/help: how it works, prices, errors, privacy."""
    text = lines(
        bold(_("❓ How it works")),
        _(
            "Choose a model, answer a few questions, check the price and tap “✅ Start”. The result comes into this chat."
        ),
        "",
        bold(_("Prices")),
        _("The price is shown before you start and is exactly what you pay. The sum is held while the model works."),
        "",
        bold(_("If it did not work out")),
        _(
            "The money comes back by itself and we say why. Each error has a support code: send it to us and we will find the cause."
        ),
        "",
        bold(_("Privacy")),
        _(
            "Your texts and files go only to the service that makes the result. It keeps uploaded files for up to a day, results for up to 14 days, and records of requests for up to two months. We keep the history under “📚 My generations”."
        ),
        "",
        _(
            "Commands: /menu, /models, /search, /balance, /topup, /history, /invite, /promo, /language, /settings, /support, /paysupport, /terms, /cancel"
        ),
    )
    keys = [
        [Button(_("🎁 Invite a friend"), "invite"), Button(_("🎟 Promo code"), "promo")],
        [Button(_("💬 Support"), "support"), Button(_("📄 Terms"), "terms")],
        *frame.way_out(waiting),
    ]
    return Screen(text, keys)


def support(telegram_id: int, last_code: str | None, *, waiting: bool = False) -> Screen:
    """Whom to write to, and what to tell them: the person's id and the last support code, copied by a tap."""
    text = lines(
        bold(_("💬 Support")),
        safe(settings.SUPPORT_TEXT.strip())
        or _("Something went wrong or is unclear? Write to us: we will look into it.")
        if somebody()
        else _(
            "Support is not set up in this bot yet. Keep the lines below: whoever told you about the bot will need them to help you."
        ),
        owner_line(),
        "",
        _("Your ID: {}").format(code(str(telegram_id))),
        _("Last support code: {}").format(code(last_code)) if last_code else None,
        _("Tap to copy them and send them along: that helps us answer faster.") if somebody() else None,
    )
    return Screen(text, [*write_keys(), *frame.way_out(waiting)])


def not_understood() -> Screen:
    """A message outside any flow."""
    text = lines(
        bold(_("Let's start with a model")),
        _("Choose what you want to make; the description is asked for next."),
    )
    keys = [[Button(_("🗂 Models"), "models")], [Button(_("❓ Help"), "help"), frame.menu()]]
    return Screen(text, keys, reason="STATE_MISMATCH")


def unknown_command(name: str, *, waiting: bool = False) -> Screen:
    """A command that TRT does not have."""
    text = lines(
        _("There is no command {}.").format(code("/" + name[:32])),
        _(
            "There are: /menu, /models, /search, /balance, /topup, /history, /invite, /promo, /help, /support, /paysupport, /terms, /language, /settings, /cancel"
        ),
    )
    keys = [[Button(_("🗂 Models"), "models"), Button(_("❓ Help"), "help")], *frame.way_out(waiting)]
    return Screen(text, keys, reason="UNKNOWN_ACTION")


def blocked() -> Screen:
    """The one sentence for a person whom an operator has blocked."""
    text = lines(
        _("Your access to this bot is closed. If you think that is a mistake, please write to support."), owner_line()
    )
    return Screen(text, write_keys(), reason="PERMISSION_DENIED")


def apology(support_code: str, *, money: str = "") -> Screen:
    """An update that we failed at, again and again. `money`: `paid` or `refunded`, where it told of money that has moved."""
    if money:
        return _not_booked_yet(support_code, money)
    text = lines(
        bold(_("Something broke on our side")),
        _("Your last action was not carried out and nothing was charged for it. Please try once more."),
        "",
        _("If it happens again, send support this code: {}").format(code(support_code)),
    )
    return Screen(text, [[Button(_("💬 Support"), "support"), frame.menu()]])


def _not_booked_yet(support_code: str, money: str) -> Screen:
    """Money has moved at Telegram and our books do not have it: nobody is asked to pay twice."""
    paid = money == "paid"
    text = lines(
        bold(_("✅ Your payment has arrived") if paid else _("↩️ Your refund has arrived")),
        _("Something broke on our side before it reached your balance. It will be credited; please do not pay again.")
        if paid
        else _("Something broke on our side before it was noted on your balance. There is nothing for you to do."),
        "",
        _("If it takes long, send support this code: {}").format(code(support_code)),
    )
    return Screen(text, [[Button(_("💬 Support"), "support"), frame.menu()]])


def somebody() -> bool:
    """Whether there is anybody to write to."""
    return bool(settings.SUPPORT_TELEGRAM.strip() or settings.ADMIN_IDS or settings.SUPPORT_TEXT.strip())


def write_keys() -> Keys:
    """The key that leads to support, where it has an address."""
    contact = settings.SUPPORT_TELEGRAM.strip()
    return [[Button(_("✍️ Write to support"), url=_link(contact))]] if contact else []


def owner_line() -> str | None:
    """Without an address of support, the first ADMIN_ID. In the text, for a key that leads to a person whose privacy
    settings forbid it is refused by Telegram with the whole message; in a text the link merely shows as words."""
    if settings.SUPPORT_TELEGRAM.strip() or not settings.ADMIN_IDS:
        return None
    words = _("Write to the owner of this bot")
    return f'✍️ <a href="tg://user?id={settings.ADMIN_IDS[0]}">{safe(words)}</a>'


def _link(contact: str) -> str:
    """The URL of a contact given as a URL, @name or name."""
    if contact.startswith(("https://", "http://", "tg://")):
        return contact
    return f"https://t.me/{quote(contact.lstrip('@'))}"
