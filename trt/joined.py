"""The peers that `up` plays, for commands started beside it: a peer's credential and its addresses come together or not at all.

`up` writes them into `$TRT_HOME/peers`. Without that a command by hand would take the demo's lease with the demo's token and
talk to the real service, whose addresses are the defaults.
"""

from collections.abc import Mapping

NEEDS = {"telegram": "TELEGRAM_BOT_TOKEN", "kie": "KIE_API_KEY"}  # a peer is local where its credential is missing
LOCAL_DECIDES = {  # what a local peer sets itself
    "telegram": ("TELEGRAM_API_URL", "WEBHOOK_BASE_URL", "BOT_MODE"),
    "kie": ("KIE_API_URL", "KIE_UPLOAD_URL"),
}
WITH_BOTH = ("DEMO_BONUS_RUB",)  # money that is given away: never beside a real peer


def joined(lines: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What the lines of `$TRT_HOME/peers` set beside what a person has given; {} where no peer in them is still local.

    A peer whose credential is given is not joined. The addresses of one that is joined go before given ones, as in `up`.
    """
    played = lines.get("SANDBOX_PEERS", "").split(",")
    local = [peer for peer, credential in NEEDS.items() if peer in played and credential not in given]
    if not local:
        return {}
    names = [name for peer in local for name in (NEEDS[peer], *LOCAL_DECIDES[peer])]
    names += WITH_BOTH if len(local) == len(NEEDS) else ()
    names += () if "PORT" in given else ("PORT",)
    return {name: lines[name] for name in names if name in lines} | {"SANDBOX_PEERS": ",".join(local)}
