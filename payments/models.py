"""Where Django looks for models; each lives in a module of its own."""

from payments.audit import AuditEntry
from payments.customer import Customer, Wallet
from payments.difference import Difference, DifferenceKind
from payments.invite import Invite, InviteState
from payments.promo import Guess, PromoCode, Redemption
from payments.proposal import Proposal, ProposalState
from payments.receipt import Receipt, ReceiptKind, ReceiptState
from payments.reconcile import Reconciliation
from payments.refund import Refund, RefundState
from payments.terms import Method, Terms
from payments.topup import TopUp, TopUpState
from payments.transfer import Kind, Transfer

__all__ = [
    "AuditEntry",
    "Customer",
    "Difference",
    "DifferenceKind",
    "Guess",
    "Invite",
    "InviteState",
    "Kind",
    "Method",
    "PromoCode",
    "Proposal",
    "ProposalState",
    "Receipt",
    "ReceiptKind",
    "ReceiptState",
    "Reconciliation",
    "Redemption",
    "Refund",
    "RefundState",
    "Terms",
    "TopUp",
    "TopUpState",
    "Transfer",
    "Wallet",
]
