"""What can be set while the local Crypto Pay runs: rates, balances, and how it delivers."""

from __future__ import annotations

from typing import Any

ASSETS = ("USDT", "TON", "BTC", "ETH", "LTC", "BNB", "TRX", "USDC")
DEFAULTS: dict[str, Any] = {
    "notice_url": "",  # where updates go; "" = nowhere
    "notice_pause_s": 4.0,  # before the first repeat; doubles each time
    "notice_tries": 17.0,  # with the pauses of above about three days, as Crypto Pay has it
    "notice_timeout_s": 10.0,  # how long an answer may take
    "rates_rub": {  # rubles for one coin
        "USDT": 95.0,
        "TON": 285.0,
        "BTC": 9_500_000.0,
        "ETH": 285_000.0,
        "LTC": 9_000.0,
        "BNB": 81_000.0,
        "TRX": 30.0,
        "USDC": 95.0,
    },
    "rub_per_usd": 95.0,
    "rub_per_eur": 103.0,
    "balances": dict.fromkeys(ASSETS, 0.0),  # what the app has; people's payments go here, transfers leave
    "fee_percent": 3.0,  # taken from what a person pays
    "transfers_enabled": True,  # a new app of the real one has this off
    "clock_ahead_s": 0.0,  # the peer's clock goes ahead: invoices expire without waiting
}
