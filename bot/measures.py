"""What Telegram does not state of a file that was sent as a document, and prices and limits go by: the length of a sound or clip,
the sides of a picture.

It is looked at before the update is answered, outside of any transaction, and only where an order that stands has a
question for such a file. What cannot be told stays unsaid; the question then asks for the file in another way, or the price is
that of the dearest.
"""

from typing import Any

import structlog

from bot.models import Dialog, DialogState
from bot.wizard.draft import Draft
from kie import contents, lasting
from kie.catalogue import AIModel
from kie.inputs import Field
from reliability import files

log = structlog.get_logger()
ORDERING = (DialogState.WIZARD, DialogState.CONFIRM)
TIMED = ("audio", "video")


def stated(update: dict[str, Any]) -> dict[str, Any]:
    """The update with what its document measures, where that is needed and can be told. A repeat looks again. Raises nothing."""
    message = update.get("message")
    document = message.get("document") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(document, dict):
        return update
    media = str(document.get("mime_type", "")).partition("/")[0]
    known = media not in (*TIMED, "image") or document.get("duration") or document.get("width")
    field = None if known else _asking(message.get("chat"), media)
    return update | {"message": message | {"document": document | _measured(document, field)}} if field else update


def _asking(chat: Any, media: str) -> Field | None:
    """What the order in this chat asks for, answered or not, that such a file is measured for."""
    number = chat.get("id") if isinstance(chat, dict) else None
    dialog = Dialog.objects.filter(chat=number, state__in=ORDERING).first() if isinstance(number, int) else None
    if dialog is None or "model" not in dialog.data:
        return None
    draft = Draft.of(dialog.data)
    model = AIModel.objects.filter(pk=draft.model).first()
    return next((one for one in draft.fields(model) if _is_for(one, media)), None) if model else None


def _is_for(field: Field, media: str) -> bool:
    """Sounds and clips are measured for any question for either, pictures where their sides set the price."""
    return field.sized if media == "image" else field.media in TIMED


def _measured(document: dict[str, Any], field: Field) -> dict[str, Any]:
    try:
        content = files.opened(str(document.get("file_id")))
        if field.sized:
            return contents.sides(content, contents.mime(field, content))
        length = lasting.seconds(content)
        return {"duration": length} if length else {}
    except (files.FileGone, ConnectionError, contents.Unknown) as why:
        log.info("file.not_measured", why=str(why))
        return {}
