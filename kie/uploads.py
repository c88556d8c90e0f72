"""Files on their way to KIE: a person's from Telegram, a result of ours from where KIE made it. Up to KIE's own upload
service, never anywhere else."""

from kie import client
from kie.errors import Refused
from kie.inputs.formats import ENDINGS
from reliability import clock

SHUT = {404, 405, 413, 415}  # that way of uploading, not the file, is refused
AS_TEXT_BYTES = 10_000_000  # what KIE advises to send as text at most


def uploaded(content: bytes, mime: str) -> str:
    """The URL under which KIE finds `content` for a day. A repeat uploads again. Raises Refused, Unread (away just now).

    As a stream; where that way is shut, a file that is small enough goes as text.
    """
    name = f"{clock.uuid7().hex}{ENDINGS.get(mime, '')}"
    try:
        return client.upload(content, name=name, mime=mime)
    except Refused as no:
        if no.code not in SHUT or len(content) > AS_TEXT_BYTES:
            raise
        return client.upload_as_text(content, name=name, mime=mime)


def kept(result_url: str) -> str:
    """A URL good for a day of a result's file: its own may end at any time. KIE copies it, we do not. Raises Refused (it is
    gone), Unread."""
    link = client.fresh_link(result_url)
    ending = link.partition("?")[0].rpartition("/")[2].rpartition(".")[2]
    return client.upload_from(link, name=f"{clock.uuid7().hex}.{ending[:5] or 'bin'}")
