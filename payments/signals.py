"""News from below, sent inside the transaction that makes it: a receiver may only write a Delivery key."""

from django.dispatch import Signal

topup_moved = Signal()  # sender=TopUp, topup=: an invoice was made of it, or it was rejected; `topup.state` says which
refund_ended = Signal()  # sender=Refund, refund=: money is back with the person, or in the wallet again
invite_rewarded = Signal()  # sender=Invite, invite=: with the transfer that its inviter got
topup_credited = Signal()  # sender=TopUp, topup=, transfer=: once a credit, never for a repeated notice
