"""The peers that `up` plays, for commands started beside it: a peer's credentials and its addresses come together or not at all.

`up` writes them into `$TRT_HOME/peers`. Without that a command by hand would take the demo's lease with the demo's token and
talk to the real service, whose addresses are the defaults.
"""

from collections.abc import Iterable, Mapping

NEEDS = {  # what a peer needs to be the real one
    "telegram": ("TELEGRAM_BOT_TOKEN",),
    "kie": ("KIE_API_KEY",),
    "yookassa": ("YOOKASSA_SHOP_ID", "YOOKASSA_SECRET_KEY"),
    "cryptopay": ("CRYPTO_PAY_TOKEN",),
}
CORE = ("telegram", "kie")  # nothing runs without them
PAYMENTS = ("yookassa", "cryptopay")  # ways to pay: one that is not there is absent
CREDENTIALS = tuple(name for names in NEEDS.values() for name in names)
LOCAL_DECIDES = {  # what a local peer sets itself
    "telegram": ("TELEGRAM_API_URL", "WEBHOOK_BASE_URL", "BOT_MODE"),
    "kie": ("KIE_API_URL", "KIE_UPLOAD_URL", "KIE_DOCS_URL"),
    "yookassa": ("YOOKASSA_API_URL",),
    "cryptopay": ("CRYPTO_PAY_API_URL",),
}
IN_A_DEMO = ("DEMO_BONUS_RUB",)  # money that is given away: never beside a real peer


def local(given: Iterable[str]) -> tuple[str, ...]:
    """The peers that are played: Telegram and KIE where their credential is missing, the payments where nobody at all is real."""
    missing = tuple(peer for peer in NEEDS if not {*NEEDS[peer]} & {*given})
    return missing if missing == tuple(NEEDS) else tuple(peer for peer in missing if peer in CORE)


def is_demo(peers: Iterable[str]) -> bool:
    """Whether both Telegram and KIE are played, so that no money is real."""
    return {*CORE} <= {*peers}


def joined(lines: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What the lines of `$TRT_HOME/peers` set beside what a person has given; {} where no peer in them is still local.

    A peer whose credential is given is not joined. The addresses of one that is joined go before given ones, as in `up`.
    """
    played = lines.get("SANDBOX_PEERS", "").split(",")
    here = [peer for peer in local(given) if peer in played]
    if not here:
        return {}
    names = [name for peer in here for name in (*NEEDS[peer], *LOCAL_DECIDES[peer])]
    names += IN_A_DEMO if is_demo(here) and not {*CREDENTIALS} & {*given} else ()
    names += () if "PORT" in given else ("PORT",)
    return {name: lines[name] for name in names if name in lines} | {"SANDBOX_PEERS": ",".join(here)}
