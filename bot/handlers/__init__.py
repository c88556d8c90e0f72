"""Handlers: event → Screen. Importing this package fills the router; what they change is committed by the dispatcher."""

from bot.handlers import (
    aside,
    balance,
    catalogue,
    commands,
    confirm,
    gate,
    growth,
    history,
    hold,
    jobs,
    messages,
    receipt,
    stars,
    start,
    topup,
    wizard,
)

__all__ = [
    "aside",
    "balance",
    "catalogue",
    "commands",
    "confirm",
    "gate",
    "growth",
    "history",
    "hold",
    "jobs",
    "messages",
    "receipt",
    "stars",
    "start",
    "topup",
    "wizard",
]
