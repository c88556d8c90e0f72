"""The length of a sound or clip that was sent as a document: Telegram does not state it, and prices and limits go by it.

It is looked at before the update is answered, outside of any transaction, and only where an order that stands has a
question for such a file. What cannot be told stays unsaid; the question then asks for the file in another way.
"""

from typing import Any

import structlog

from bot.models import Dialog, DialogState
from bot.wizard.draft import Draft
from kie import lasting
from kie.catalogue import AIModel
from reliability import files

log = structlog.get_logger()
ORDERING = (DialogState.WIZARD, DialogState.CONFIRM)
TIMED = ("audio", "video")


def stated(update: dict[str, Any]) -> dict[str, Any]:
    """The update with the length of its document, where that is needed and can be told. A repeat looks again. Raises nothing."""
    message = update.get("message")
    document = message.get("document") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(document, dict):
        return update
    if not _is_timed(document) or not _is_asked(message.get("chat")):
        return update
    length = _length(str(document.get("file_id")))
    return update | {"message": message | {"document": document | {"duration": length}}} if length else update


def _is_timed(document: dict[str, Any]) -> bool:
    return str(document.get("mime_type", "")).partition("/")[0] in TIMED and not document.get("duration")


def _is_asked(chat: Any) -> bool:
    """Whether the order in this chat has a question, open or answered, for a sound or a clip."""
    number = chat.get("id") if isinstance(chat, dict) else None
    dialog = Dialog.objects.filter(chat=number, state__in=ORDERING).first() if isinstance(number, int) else None
    if dialog is None or "model" not in dialog.data:
        return False
    draft = Draft.of(dialog.data)
    model = AIModel.objects.filter(pk=draft.model).first()
    return model is not None and any(field.media in TIMED for field in draft.fields(model))


def _length(file_id: str) -> float | None:
    try:
        return lasting.seconds(files.opened(file_id))
    except (files.FileGone, ConnectionError) as why:
        log.info("file.not_measured", why=str(why))
        return None
