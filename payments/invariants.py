"""What must always hold of money, whatever fails: each rule is one query for the rows that break it."""

from typing import Final

from reliability.invariants import Invariant

_EFFECTS = """SELECT customer_id, count(*) AS transfers, min(n) AS first_n, max(n) AS last_n,
    sum(CASE WHEN credit = 'wallet' THEN amount WHEN debit = 'wallet' THEN -amount ELSE 0 END) AS balance,
    sum(CASE WHEN credit = 'hold' THEN amount WHEN debit = 'hold' THEN -amount ELSE 0 END) AS held
    FROM payments_transfer GROUP BY customer_id"""

INVARIANTS: Final = (
    Invariant(
        "wallet_equals_transfers",
        "What a wallet has and what it holds are the sums of its transfers.",
        f"""SELECT customer_id, w.balance, w.held, t.balance AS balance_by_transfers, t.held AS held_by_transfers
        FROM payments_wallet w FULL JOIN ({_EFFECTS}) t USING (customer_id)
        WHERE (w.balance, w.held) IS DISTINCT FROM (coalesce(t.balance, 0), coalesce(t.held, 0))""",  # noqa: S608
    ),
    Invariant(
        "transfers_numbered_without_gaps",
        "A person's transfers are numbered 1, 2, 3… up to the wallet's last number.",
        f"""SELECT customer_id, w.last_n AS wallet_last_n, t.first_n, t.last_n, t.transfers
        FROM payments_wallet w FULL JOIN ({_EFFECTS}) t USING (customer_id)
        WHERE coalesce(t.transfers, 0) <> coalesce(t.last_n, 0) OR coalesce(t.first_n, 1) <> 1
            OR w.last_n IS DISTINCT FROM coalesce(t.last_n, 0)""",  # noqa: S608
    ),
    Invariant(
        "transfers_leave_what_they_say",
        "Each transfer starts from the standing where the one before it ended.",
        """SELECT ref, customer_id, n, balance_after, held_after FROM (
            SELECT ref, customer_id, n, balance_after, held_after,
                balance_after - lag(balance_after, 1, 0.00) OVER person
                    - CASE WHEN credit = 'wallet' THEN amount WHEN debit = 'wallet' THEN -amount ELSE 0 END AS off,
                held_after - lag(held_after, 1, 0.00) OVER person
                    - CASE WHEN credit = 'hold' THEN amount WHEN debit = 'hold' THEN -amount ELSE 0 END AS held_off
            FROM payments_transfer WINDOW person AS (PARTITION BY customer_id ORDER BY n)
        ) steps WHERE off <> 0 OR held_off <> 0""",
    ),
    Invariant(
        "settled_at_most_once",
        "A hold is captured or released, and a refund fails, at most once, all of it, for the person it was taken from.",
        """SELECT settled.ref, settled.kind, settled.amount, count(*) AS times, min(by.ref) AS first, max(by.ref) AS last
        FROM payments_transfer by JOIN payments_transfer settled ON by.settles_id = settled.id
        GROUP BY settled.id HAVING count(*) > 1 OR bool_or(by.customer_id <> settled.customer_id)
            OR bool_or(by.amount <> settled.amount)
            OR bool_or((by.kind, settled.kind) NOT IN (('capture', 'hold'), ('release', 'hold'), ('refund_failure', 'refund')))""",
    ),
    Invariant(
        "held_is_open_holds",
        "What a wallet holds is the sum of its holds that nothing has settled.",
        """SELECT w.customer_id, w.held, coalesce(open.amount, 0) AS open_holds
        FROM payments_wallet w LEFT JOIN (
            SELECT hold.customer_id, sum(hold.amount) AS amount FROM payments_transfer hold
            WHERE hold.kind = 'hold' AND NOT EXISTS (SELECT FROM payments_transfer by WHERE by.settles_id = hold.id)
            GROUP BY hold.customer_id
        ) open USING (customer_id) WHERE w.held <> coalesce(open.amount, 0)""",
    ),
    Invariant(
        "nothing_below_zero",
        "No wallet and no standing after a transfer is below zero, and no amount is zero or less.",
        """SELECT customer_id, NULL AS ref, balance, held FROM payments_wallet WHERE balance < 0 OR held < 0
        UNION ALL
        SELECT customer_id, ref, balance_after, held_after FROM payments_transfer
        WHERE balance_after < 0 OR held_after < 0 OR amount <= 0""",
    ),
    Invariant(
        "payment_credited_once",
        "Each payment of a provider is credited by one transfer, to the person and with the sum of its top-up.",
        """SELECT t.ref, t.amount, t.customer_id, u.id AS topup, u.rubles, u.customer_id AS topup_customer_id
        FROM (SELECT * FROM payments_transfer WHERE kind = 'topup') t
        FULL JOIN (SELECT * FROM payments_topup WHERE transfer_id IS NOT NULL) u ON u.transfer_id = t.id
        WHERE t.id IS NULL OR u.id IS NULL OR t.customer_id <> u.customer_id OR t.amount <> u.rubles
            OR t.ref <> 'topup:' || u.provider || ':' || u.external_id OR t.debit <> 'provider:' || u.provider""",
    ),
    Invariant(
        "refund_is_its_transfer",
        "Each return of a payment has left its person's wallet by one transfer of its sum, and no other money went back.",
        """SELECT coalesce(r.ref, t.ref) AS ref, r.state, r.rubles, t.amount, t.customer_id, u.customer_id AS topup_customer_id
        FROM (payments_refund r JOIN payments_topup u ON u.id = r.topup_id)
        FULL JOIN (SELECT * FROM payments_transfer WHERE kind = 'refund') t ON t.id = r.transfer_id
        WHERE t.id IS NULL OR r.id IS NULL OR t.ref <> r.ref OR t.amount <> r.rubles OR t.customer_id <> u.customer_id
            OR t.credit <> 'provider:' || u.provider""",
    ),
    Invariant(
        "refused_refund_is_back",
        "What a provider did not return, and only that, is in the wallet again by one transfer of its sum.",
        """SELECT coalesce(r.ref, t.ref) AS ref, r.state, r.rubles, t.amount, t.customer_id, u.customer_id AS topup_customer_id
        FROM (payments_refund r JOIN payments_topup u ON u.id = r.topup_id)
        FULL JOIN (SELECT * FROM payments_transfer WHERE kind = 'refund_failure') t
            ON t.id = r.returned_id
        WHERE r.id IS NULL OR (r.state = 'refused') <> (t.id IS NOT NULL) OR t.settles_id <> r.transfer_id
            OR t.amount <> r.rubles OR t.customer_id <> u.customer_id OR t.debit <> 'provider:' || u.provider""",
    ),
    Invariant(
        "no_more_back_than_came",
        "Of a payment no more goes back than was credited, and it is called refunded once all of it is back, not before.",
        """SELECT u.id AS topup, u.state, u.rubles, u.minor_amount, back.done, back.going, back.minor
        FROM payments_topup u LEFT JOIN (
            SELECT topup_id, sum(rubles) FILTER (WHERE state = 'done') AS done,
                sum(rubles) FILTER (WHERE state <> 'refused') AS going,
                sum(minor_amount) FILTER (WHERE state <> 'refused') AS minor
            FROM payments_refund GROUP BY topup_id
        ) back ON back.topup_id = u.id
        WHERE (u.state = 'refunded') <> (coalesce(back.done, 0) = u.rubles) OR back.going > u.rubles
            OR back.minor > u.minor_amount OR (back.going > 0 AND u.transfer_id IS NULL)""",
    ),
    Invariant(
        "lent_for_a_return_is_listed",
        "What a wallet lacked of a return is no more than the return, of the same person, and a line of the work list.",
        """SELECT coalesce(t.ref, d.key) AS ref, t.amount, t.customer_id, r.rubles, d.rubles AS listed
        FROM (SELECT * FROM payments_transfer WHERE kind = 'adjust_in' AND ref LIKE 'short:%%') t
        FULL JOIN (SELECT * FROM payments_difference WHERE kind = 'refund_short') d ON d.key = 'refund_' || t.ref
        LEFT JOIN (payments_refund r JOIN payments_topup u ON u.id = r.topup_id) ON t.ref = 'short:' || r.ref
        WHERE t.id IS NULL OR d.id IS NULL OR r.id IS NULL OR t.amount > r.rubles OR t.customer_id <> u.customer_id
            OR t.amount <> d.rubles OR d.customer_id <> t.customer_id""",
    ),
    Invariant(
        "act_moved_what_it_says",
        "Each correction, bonus and payout in the audit is one transfer of its sum, for its person, by its operator.",
        """SELECT a.key, a.act, a.rubles, a.customer_id, t.ref, t.kind, t.amount, t.customer_id AS moved_for, t.actor
        FROM payments_auditentry a JOIN (VALUES
            ('credit', 'adjust:', 'adjust_in', NULL), ('settle_credit', 'adjust:', 'adjust_in', 'cure:in'),
            ('debit', 'adjust:', 'adjust_out', NULL), ('settle_debit', 'adjust:', 'adjust_out', 'cure:out'),
            ('bonus', 'bonus:operator:', 'bonus', NULL), ('payout', 'payout:', 'payout', NULL)
        ) deed (act, ref, kind, cure) ON deed.act = a.act
        LEFT JOIN payments_difference line ON deed.cure IS NOT NULL AND a.object_id = line.id::text
        LEFT JOIN payments_transfer t ON t.ref IN (deed.ref || a.key,
            CASE line.kind WHEN 'unknown_payment' THEN 'topup' ELSE deed.cure END || substr(line.key, strpos(line.key, ':')))
        WHERE t.id IS NULL OR t.kind <> deed.kind OR t.amount IS DISTINCT FROM a.rubles
            OR t.customer_id IS DISTINCT FROM a.customer_id OR t.actor <> 'admin:' || a.by_id""",
    ),
    Invariant(
        "taken_within_payment",
        "What operators took back for a payment, and what of it was returned, is no more than came and was added to it.",
        """SELECT u.id AS topup, u.rubles, cure.added, cure.taken, back.rubles AS back
        FROM payments_topup u JOIN (
            SELECT regexp_replace(ref, '^cure:(in|out):', '') AS payment,
                sum(amount) FILTER (WHERE kind = 'adjust_in') AS added, sum(amount) FILTER (WHERE kind = 'adjust_out') AS taken
            FROM payments_transfer WHERE ref LIKE 'cure:%%' GROUP BY 1
        ) cure ON cure.payment = u.provider || ':' || u.external_id
        LEFT JOIN (
            SELECT topup_id, sum(rubles) AS rubles FROM payments_refund WHERE state <> 'refused' GROUP BY topup_id
        ) back ON back.topup_id = u.id
        WHERE cure.taken + coalesce(back.rubles, 0) > coalesce(cure.added, 0) + CASE WHEN u.transfer_id IS NULL THEN 0 ELSE u.rubles END""",
    ),
    Invariant(
        "promo_use_is_its_transfer",
        "Each use of a promo code is one bonus of the code's rubles to that person, and each such bonus is a use.",
        """SELECT t.ref, t.customer_id, t.amount, u.id AS redemption, u.customer_id AS used_by, u.code, u.rubles
        FROM (SELECT * FROM payments_transfer WHERE ref LIKE 'promo:%%') t
        FULL JOIN (SELECT used.*, code.code, code.rubles FROM payments_redemption used
            JOIN payments_promocode code ON code.id = used.code_id) u ON u.transfer_id = t.id
        WHERE t.id IS NULL OR u.id IS NULL OR t.kind <> 'bonus' OR t.customer_id <> u.customer_id OR t.amount <> u.rubles
            OR t.ref <> 'promo:' || u.code_id || ':' || u.customer_id""",
    ),
    Invariant(
        "promo_code_counts_its_uses",
        "A promo code counts as many uses as there are, and no more than it allows.",
        """SELECT code.code, code.uses, code.most_uses, count(used.id) AS redemptions
        FROM payments_promocode code LEFT JOIN payments_redemption used ON used.code_id = code.id
        GROUP BY code.id HAVING code.uses <> count(used.id) OR code.uses > code.most_uses""",
    ),
    Invariant(
        "invited_friend_is_rewarded_once",
        "A reward for a friend is one bonus, to whoever invited that friend.",
        """SELECT t.ref, t.customer_id, i.friend_id, i.invited_by_id, i.state
        FROM (SELECT * FROM payments_transfer WHERE ref LIKE 'invite:%%') t
        FULL JOIN (SELECT invite.*, friend.invited_by_id FROM payments_invite invite
            JOIN payments_customer friend ON friend.id = invite.friend_id
            WHERE invite.transfer_id IS NOT NULL) i ON i.transfer_id = t.id
        WHERE t.id IS NULL OR i.id IS NULL OR t.kind <> 'bonus' OR t.ref <> 'invite:' || i.friend_id
            OR t.customer_id IS DISTINCT FROM i.invited_by_id""",
    ),
    Invariant(
        "nobody_is_rewarded_for_themselves",
        "Whoever was invited came by somebody else's link, and has a row that says what it brought.",
        """SELECT person.id, person.invited_by_id, invite.id AS invite, moved.ref
        FROM payments_customer person LEFT JOIN payments_invite invite ON invite.friend_id = person.id
            LEFT JOIN payments_transfer moved ON moved.id = invite.transfer_id
        WHERE (person.invited_by_id IS NULL) <> (invite.id IS NULL) OR person.invited_by_id = person.id
            OR moved.customer_id = person.id""",
    ),
    Invariant(
        "paid_result_earns_the_invite",
        "Once a friend has a result whose price they had topped up by then, their invitation waits no longer.",
        """SELECT friend_id, ref, amount, own FROM (
            SELECT invite.friend_id, moved.ref, moved.kind, moved.amount,
                sum(CASE WHEN debit LIKE 'provider:%%' THEN amount WHEN credit LIKE 'provider:%%' OR credit = 'payout' THEN -amount
                    ELSE 0 END) OVER (PARTITION BY invite.friend_id ORDER BY moved.n) AS own
            FROM payments_invite invite JOIN payments_transfer moved ON moved.customer_id = invite.friend_id
            WHERE invite.state = 'waits'
        ) standing WHERE kind = 'capture' AND own >= amount""",
    ),
)
