"""What an operator is called for: what has happened, what TRT has done by itself, what is left to do."""

from django.utils.translation import gettext as _

from bot.screen import Screen, bold, lines
from bot.screens.words import safe


def screen(what: str, facts: dict[str, str]) -> Screen:
    """A trouble in plain words; `what` is "rate_jump" or "at_a_loss", `facts` as its sender gave them."""
    text = lines(bold(_happened(what, facts)), _meanwhile(what), safe(facts["why"]) if facts.get("why") else None)
    return Screen(text, fresh=True)


def _happened(what: str, facts: dict[str, str]) -> str:
    return {
        "rate_jump": _("⚠️ The dollar's rate has jumped."),
        "at_a_loss": _("⚠️ {} would sell at a loss.").format(safe(facts.get("model", ""))),
    }[what]


def _meanwhile(what: str) -> str:
    return {
        "rate_jump": _(
            "Prices go on by the rate before it. Take or decline the new one in the admin, under Rates of the dollar."
        ),
        "at_a_loss": _(
            "It has taken itself off sale, and comes back by itself once its price covers its cost. The admin has the numbers, under Pauses of models."
        ),
    }[what]
