"""Messages: an answer to what is asked, or, outside any flow, a way into it. Nobody waits in silence."""

from bot.events import Command, Message
from bot.handlers import amending, flow, growth, receipt, search, topup, wizard
from bot.models import DialogState
from bot.router import on
from bot.screen import Screen
from bot.screens import help


@on.on(Message)
def message(event: Message | Command) -> Screen:
    """Text, file or anything else; also a command that there is not."""
    if isinstance(event, Command):
        return help.unknown_command(event.name, waiting=flow.waiting(event))
    if late := flow.lapse(event):
        return (receipt.perhaps_meant(event) if event.file else None) or late
    if event.dialog.state == DialogState.RECEIPT and (taken := receipt.sent(event)):
        return taken
    state = event.dialog.state
    if state == DialogState.WIZARD:
        return wizard.answered(event)
    if state == DialogState.TOPUP:
        return topup.amount_written(event)
    if state == DialogState.SEARCH:
        return search.written(event)
    if state == DialogState.PROMO:
        return growth.code_written(event)
    if state == DialogState.CONFIRM:
        return amending.amended(event)
    if event.file and (shown := receipt.perhaps_meant(event)):
        return shown
    return help.not_understood()
