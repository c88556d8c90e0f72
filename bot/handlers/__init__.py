"""Handlers: event → Screen. Importing this package fills the router; what they change is committed by the dispatcher."""

from bot.handlers import (
    aside,
    catalogue,
    commands,
    confirm,
    gate,
    history,
    hold,
    jobs,
    messages,
    money,
    stars,
    start,
    wizard,
)

__all__ = [
    "aside",
    "catalogue",
    "commands",
    "confirm",
    "gate",
    "history",
    "hold",
    "jobs",
    "messages",
    "money",
    "stars",
    "start",
    "wizard",
]
