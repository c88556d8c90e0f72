"""What an operator is called for: what has happened, what TRT has done by itself, what is left to do."""

from decimal import Decimal

from django.utils.translation import gettext as _

from bot.screen import Screen, bold, code, lines
from bot.screens.words import number, rubles, safe, whole_rubles
from reliability.cid import support_code


def screen(what: str, facts: dict[str, str]) -> Screen:
    """A trouble in plain words; `what` is a breaker's reason, "model_off", "rate_jump", "at_a_loss", "kie_drift", "credits_low",
    "receipt", "receipt_overdue" or "buried", `facts` as its sender gave them."""
    text = lines(
        bold(_happened(what, facts)),
        _meanwhile(what),
        safe(facts["why"]) if facts.get("why") else None,
        _("Support code: {}").format(code(support_code(facts["code"]))) if "code" in facts else None,
    )
    return Screen(text, fresh=True)


def _happened(what: str, facts: dict[str, str]) -> str:
    return {
        "provider_credits": _("⚠️ KIE's account is empty."),
        "provider_key": _("⚠️ KIE refuses our key."),
        "provider_cap": _("⚠️ Our key has reached its limit at KIE."),
        "model_off": _("⚠️ KIE no longer serves {}.").format(safe(facts.get("model", ""))),
        "rate_jump": _("⚠️ The dollar's rate has jumped."),
        "at_a_loss": _("⚠️ {} would sell at a loss.").format(safe(facts.get("model", ""))),
        "kie_drift": _("ℹ️ KIE says otherwise than the registry."),
        "credits_low": _("⚠️ KIE credits left: {} (≈ {}).").format(*_left(facts)),
        "receipt": _("🧾 A receipt is waiting for review: {}").format(_whose(facts)),
        "receipt_overdue": _("⚠️ A receipt has waited for over a day: {}").format(_whose(facts)),
    }.get(what) or _("⚠️ A generation failed again and again and was given up.")


def _whose(facts: dict[str, str]) -> str:
    """Of a top-up: its person and its sum."""
    return f"{safe(facts['person'])}, {rubles(Decimal(facts['rubles']))}" if "person" in facts else ""


def _left(facts: dict[str, str]) -> tuple[str, str]:
    """Of a balance: credits, and what they are worth."""
    credits, worth = (Decimal(facts.get(name, 0)) for name in ("credits", "rubles"))
    return number(int(credits)), whole_rubles(int(worth))


def _meanwhile(what: str) -> str:
    look = _("Compare it with the bank, then approve or reject it: admin, Top-ups, filter “receipts: on review”.")
    return {
        "credits_low": _("Sales stop when they run out: top up at kie.ai."),
        "receipt": look,
        "receipt_overdue": look,
        "provider_credits": _(
            "Sales are paused: nobody is charged, orders in the queue wait for half an hour. Top up at kie.ai: TRT notices it by itself."
        ),
        "provider_key": _(
            "Sales are paused: nobody is charged, orders in the queue wait for half an hour. Check KIE_API_KEY and the addresses that the key is bound to."
        ),
        "provider_cap": _(
            "Sales are paused: nobody is charged, orders in the queue wait for half an hour. Raise the cap of the key at kie.ai; TRT tries again by itself."
        ),
        "model_off": _("The model is switched off by itself. Its page in the admin can switch it on again."),
        "rate_jump": _(
            "Prices go on by the rate before it. Take or decline the new one in the admin, under Rates of the dollar."
        ),
        "at_a_loss": _(
            "It has taken itself off sale, and comes back by itself once its price covers its cost. The admin has the numbers, under Pauses of models."
        ),
        "kie_drift": _("Nothing has changed here. Look and decide in the admin, under Comparisons with KIE."),
    }.get(what) or _("The money is back and the person knows. The story of the code tells what happened.")
