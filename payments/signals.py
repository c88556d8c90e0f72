"""News from below, sent inside the transaction that makes it: a receiver may only write a Delivery key."""

from django.dispatch import Signal

# sender=TopUp, topup=: an invoice was made of it, it was rejected or has expired, or money came that waits for an operator
topup_moved = Signal()  # `topup.state` and its payment id say which
money_moved = Signal()  # sender=Transfer, transfer=: by somebody's hand, whom `transfer.actor` names
receipt_unreadable = Signal()  # sender=Receipt, receipt=: it is no picture and no PDF, or Telegram does not give it
receipt_repeated = Signal()  # sender=Receipt, receipt=: its person has shown the same content before, `seen_before`
# sender=Receipt, receipt=, overdue=: once a request it opens to review, and once more after a day without an answer
receipt_waits = Signal()
refund_ended = Signal()  # sender=Refund, refund=: money is back with the person, or in the wallet again
invite_rewarded = Signal()  # sender=Invite, invite=: with the transfer that its inviter got
topup_credited = Signal()  # sender=TopUp, topup=, transfer=: once a credit, never for a repeated notice
