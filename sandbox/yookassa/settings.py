"""What can be set while the local YooKassa runs."""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    "notice_url": "",  # where notices go; "" = nowhere
    "notice_pause_s": 5.0,  # before the first repeat; doubles each time
    "notice_tries": 15.0,  # with the pauses of above about a day, as YooKassa has it
    "notice_timeout_s": 10.0,  # how long an answer may take
    "receipt_required": False,  # the shop sends fiscal receipts through YooKassa
    "fee_percent": 3.5,  # what is missing in income_amount
    "payment_lives_s": 3600.0,  # then an unpaid payment is canceled
    "capture_within_s": 604_800.0,  # then a payment that waits for its capture is canceled
    "clock_ahead_s": 0.0,  # the peer's clock goes ahead: payments expire without waiting
}
