"""Where Django looks for models; each lives in a module of its own."""

from payments.customer import Customer, Wallet
from payments.difference import Difference, DifferenceKind
from payments.receipt import Receipt, ReceiptKind, ReceiptState
from payments.reconcile import Reconciliation
from payments.refund import Refund, RefundState
from payments.terms import Method, Terms
from payments.topup import TopUp, TopUpState
from payments.transfer import Kind, Transfer

__all__ = [
    "Customer",
    "Difference",
    "DifferenceKind",
    "Kind",
    "Method",
    "Receipt",
    "ReceiptKind",
    "ReceiptState",
    "Reconciliation",
    "Refund",
    "RefundState",
    "Terms",
    "TopUp",
    "TopUpState",
    "Transfer",
    "Wallet",
]
