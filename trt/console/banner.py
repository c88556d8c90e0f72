"""What every page of the admin says while TRT is held."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from bot import passive
from bot.screens.hold import moscow
from reliability import clock


def held(request: HttpRequest) -> dict[str, Any]:
    """A context processor: the open hold and its end, asked for only where a page of the staff shows them."""
    if not getattr(request, "user", None) or not request.user.is_staff:
        return {}
    hold = SimpleLazyObject(passive.held)
    return {"hold_now": hold, "hold_until": SimpleLazyObject(lambda: moscow(hold.until, clock.now()) if hold else "")}
