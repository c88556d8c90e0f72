"""Telegram Stars, the provider that lives here because only the bot talks to Telegram.

Source: core.telegram.org/bots/payments-stars. A pre-checkout must be answered within ten seconds, so it is answered
inside the webhook's own reply, after one indexed query.
"""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from payments import topups


def pre_checkout_answer(query: dict[str, Any]) -> dict[str, Any]:
    """The answerPreCheckoutQuery call for a query: yes, or no with a sentence that Telegram shows. Changes nothing."""
    person = query["from"] if isinstance(query.get("from"), dict) else {}
    refusal = topups.payable(
        str(query.get("invoice_payload", "")),
        currency=str(query.get("currency", "")),
        minor_amount=_whole(query.get("total_amount")),
        telegram_id=_whole(person.get("id")),
    )
    call: dict[str, Any] = {
        "method": "answerPreCheckoutQuery",
        "pre_checkout_query_id": str(query.get("id", "")),
        "ok": refusal is None,
    }
    if refusal is not None:
        with translation.override("ru" if str(person.get("language_code", "ru")).startswith("ru") else "en"):
            call["error_message"] = _(
                "This offer is no longer valid. Open «Balance» and choose the sum again: nothing was charged."
            )
    return call


def _whole(value: Any) -> int:
    """A number of Telegram's; 0, which fits no offer, for what is none."""
    return value if isinstance(value, int) else 0
