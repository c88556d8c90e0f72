"""What must always hold of updates and deliveries: each rule is one query for the rows that break it."""

from typing import Final

from reliability.invariants import Invariant

INVARIANTS: Final = (
    Invariant(
        "ended_job_is_told_once",
        "Every generation that ended has one last word in the outbox, in its own story; none that runs has one.",
        """SELECT job.id, job.cid, job.state, told.id AS delivery, told.cid AS told_under
        FROM kie_job job LEFT JOIN bot_delivery told ON told.dedup_key = 'job:' || job.id || ':result'
        WHERE (job.ended_at IS NOT NULL) <> (told.id IS NOT NULL) OR told.cid <> job.cid""",
    ),
    Invariant(
        "cause_is_told_once",
        "No generation's end and no credit is told twice.",
        """SELECT kind, payload, count(*) AS times, min(id) AS first, max(id) AS last
        FROM bot_delivery WHERE kind IN ('result', 'topup') GROUP BY kind, payload HAVING count(*) > 1""",
    ),
    Invariant(
        "credited_topup_is_told",
        "Every payment that was credited has its message in the outbox.",
        """SELECT topup.id, topup.provider, topup.external_id FROM payments_topup topup
        WHERE topup.transfer_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM bot_delivery WHERE dedup_key = 'topup:' || topup.id)""",
    ),
    Invariant(
        "confirmed_job_has_its_update",
        "A generation was confirmed by an update that is done: their effects are one commit.",
        """SELECT job.id, job.cid, update.state FROM kie_job job JOIN bot_update update ON update.cid = job.cid
        WHERE update.state <> 'done'""",
    ),
    Invariant(
        "nobody_waits_in_silence",
        "No update and no delivery is due for over a minute without a claim or a reason.",
        """SELECT 'update' AS what, seq AS id, cid, due_at FROM bot_update one
        WHERE state = 'new' AND due_at < %(now)s - interval '1 minute' AND claimed_by IS NULL AND error = ''
            AND NOT EXISTS (SELECT FROM bot_update ahead
                WHERE ahead.state = 'new' AND ahead.chat_key = one.chat_key AND ahead.seq < one.seq)
        UNION ALL
        SELECT 'delivery', id, cid, due_at FROM bot_delivery one
        WHERE state = 'pending' AND due_at < %(now)s - interval '1 minute' AND claimed_by IS NULL AND error = ''
            AND NOT EXISTS (SELECT FROM bot_delivery ahead
                WHERE ahead.state = 'pending' AND (ahead.chat, ahead.kind) = (one.chat, one.kind) AND ahead.id < one.id)""",
    ),
)
