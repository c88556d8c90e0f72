"""What must always hold of generations: each rule is one query for the rows that break it."""

from typing import Final

from reliability.invariants import Invariant

INVARIANTS: Final = (
    Invariant(
        "job_settled_as_it_ended",
        "A hold stays while its generation is open, is captured when it succeeded and released when it did not.",
        """SELECT job.id, job.cid, job.state, settled.kind AS settled_by
        FROM kie_job job LEFT JOIN payments_transfer settled ON settled.settles_id = job.hold_id
        WHERE job.hold_id IS NOT NULL AND settled.kind IS DISTINCT FROM
            CASE job.state WHEN 'succeeded' THEN 'capture' WHEN 'failed' THEN 'release' WHEN 'timed_out' THEN 'release' END""",
    ),
    Invariant(
        "job_holds_its_price",
        "A generation holds exactly its price, of its own person, in its own story.",
        """SELECT job.id, job.cid, job.price, hold.amount, hold.cid AS hold_cid
        FROM kie_job job JOIN payments_transfer hold ON hold.id = job.hold_id
        WHERE (hold.kind, hold.amount, hold.customer_id, hold.cid)
            IS DISTINCT FROM ('hold', job.price, job.customer_id, job.cid)""",
    ),
    Invariant(
        "hold_has_its_job",
        "Every hold was made for a generation.",
        """SELECT hold.ref, hold.customer_id, hold.amount FROM payments_transfer hold
        WHERE hold.kind = 'hold' AND NOT EXISTS (SELECT FROM kie_job job WHERE job.hold_id = hold.id)""",
    ),
    Invariant(
        "success_has_a_result",
        "What succeeded, or came late and was given away, has something to show, and nothing else has.",
        """SELECT id, cid, state FROM kie_job
        WHERE (state = 'succeeded' OR late_at IS NOT NULL) <> (result IS NOT NULL)""",
    ),
    Invariant(
        "no_job_is_looked_for_too_long",
        "A result whose money is back is looked for during half an hour, not longer.",
        """SELECT id, cid, kie_task_id, late_until FROM kie_job WHERE late_until < %(now)s - interval '2 minutes'""",
    ),
    Invariant(
        "no_job_past_its_deadline",
        "No generation runs for more than two minutes past its deadline.",
        """SELECT id, cid, kie_task_id, deadline_at FROM kie_job
        WHERE state = 'running' AND deadline_at < %(now)s - interval '2 minutes'""",
    ),
    Invariant(
        "no_job_waits_in_silence",
        "No generation is due for over a minute without a claim or a reason: a breaker, KIE's limit of creates, an error.",
        """SELECT id, cid, state, due_at FROM kie_job WHERE state IN ('queued', 'submitting', 'running')
            AND due_at < %(now)s - interval '1 minute' AND claimed_by IS NULL AND error = ''
            AND NOT EXISTS (SELECT FROM kie_breaker WHERE kie_breaker.state <> 'closed')
            AND (state <> 'queued' OR
                (SELECT count(*) FROM kie_job sent WHERE sent.submitted_at > %(now)s - interval '1 minute') < 20)""",
    ),
)
