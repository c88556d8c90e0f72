"""News from below, sent inside the transaction that makes it: a receiver may only write a Delivery key."""

from django.dispatch import Signal

topup_credited = Signal()  # sender=TopUp, topup=, transfer=: once a credit, never for a repeated notice
