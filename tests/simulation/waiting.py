"""What of ours still waits: the next moment when something is due, and whether anything is overdue. What waits for a person
alone, who pays in the chat or judges a receipt, is no work of ours.
"""

from typing import Final

OPEN: Final = """
SELECT min(due_at) FILTER (WHERE due_at > %(now)s), coalesce(bool_or(due_at <= %(now)s), false) FROM (
    SELECT due_at FROM bot_update WHERE state = 'new' UNION ALL SELECT due_at FROM bot_delivery WHERE state = 'pending'
    UNION ALL SELECT due_at FROM kie_job WHERE state IN ('queued', 'submitting', 'running')
    UNION ALL SELECT due_at FROM payments_refund WHERE state = 'asked'
    UNION ALL SELECT due_at FROM payments_receipt WHERE state = 'new'
    UNION ALL SELECT due_at FROM payments_invite WHERE state = 'earned'
    UNION ALL SELECT due_at FROM payments_topup
        WHERE state IN ('created', 'pending') AND provider NOT IN ('stars', 'manual') AND external_id IS NULL
) waiting
"""
