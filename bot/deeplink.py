"""Links that lead into the bot, t.me/<bot>?start=…: what they carry, at most 64 of A-Z a-z 0-9 _ and -, comes back as the
argument of /start. Whatever else stands there is somebody else's idea and means nothing.
"""

import re
from typing import Final
from urllib.parse import urlencode

GIFT: Final = "gift"
PROMO: Final = re.compile(r"promo_([A-Za-z0-9_-]{1,58})")
INVITE: Final = re.compile(r"ref_([A-Za-z0-9]{1,60})")
START: Final = re.compile(r"/start(?:@\w+)?\s+(\S+)\s*", re.IGNORECASE)


def promo_code(argument: str) -> str:
    """The promo code that a link carries; "" if it carries none."""
    found = PROMO.fullmatch(argument)
    return found[1] if found else ""


def invite_code(argument: str) -> str:
    """The word of the person whose link it is; "" if it is nobody's."""
    found = INVITE.fullmatch(argument)
    return found[1] if found else ""


def moves_money(argument: str) -> bool:
    """Whether following the link is a request and no mere look."""
    return argument == GIFT or bool(promo_code(argument))


def argument_of(text: str) -> str:
    """What a message carries if it is the /start of a link; "" of any other text."""
    found = START.fullmatch(text)
    return found[1] if found else ""


def invite(username: str, code: str) -> str:
    """The link with which a person invites others to the bot `username`."""
    return f"https://t.me/{username}?start=ref_{code}"


def sharing(url: str, text: str) -> str:
    """A link that opens Telegram's choice of a chat to send `url` to."""
    return f"https://t.me/share/url?{urlencode({'url': url, 'text': text})}"
