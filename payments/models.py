"""Where Django looks for models; each lives in a module of its own."""

from payments.customer import Customer, Wallet
from payments.topup import TopUp, TopUpState
from payments.transfer import Kind, Transfer

__all__ = ["Customer", "Kind", "TopUp", "TopUpState", "Transfer", "Wallet"]
