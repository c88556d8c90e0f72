"""/settings: what a person may set, and the limits that hold for them."""

from django.utils.translation import gettext as _

from bot.screen import Button, Screen, bold, lines
from bot.screens import favourites, frame
from bot.screens.words import number, russian
from payments.terms import Terms


def settings(terms: Terms, kept: int, *, waiting: bool = False) -> Screen:
    """The language, how many favourites are `kept`, the operator's limits."""
    text = lines(
        bold(_("⚙️ Settings")),
        _("Language: {}").format("Русский" if russian() else "English"),
        _("Favourites: {}").format(number(kept)),
        "",
        bold(_("Limits")),
        _("Generations: {} a minute, {} an hour, {} at once.").format(
            *map(number, (terms.starts_a_minute, terms.starts_an_hour, terms.running_at_once))
        ),
        _("An unfinished order is kept for a day."),
    )
    keys = [
        [Button(_("🌐 Language"), "languages"), Button(_("⭐ Favourites"), favourites.ACTION, favourites.ALL, 0)],
        *frame.way_out(waiting),
    ]
    return Screen(text, keys)
