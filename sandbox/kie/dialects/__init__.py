"""How each of KIE's APIs tells of a task: its record and its callback. By the path under which records are asked for.

The unified API is one dialect; the dedicated ones spell states, ids, times and results each in their own way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from . import images, runway, suno, suno_helpers, unified, veo

if TYPE_CHECKING:
    from sandbox.kie.tasks import Task

UNIFIED = "/api/v1/jobs/recordInfo"


class Dialect(Protocol):
    """One API's words."""

    def record(self, task: Task) -> dict[str, Any]:
        """`data` of the query."""
        ...

    def notice(self, task: Task) -> dict[str, Any]:
        """The callback of an ended task."""
        ...


DIALECTS: dict[str, Dialect] = {
    UNIFIED: unified,
    "/api/v1/veo/record-info": veo,
    "/api/v1/gpt4o-image/record-info": images.GPT4O,
    "/api/v1/flux/kontext/record-info": images.KONTEXT,
    "/api/v1/generate/record-info": suno,
    "/api/v1/lyrics/record-info": suno_helpers.LYRICS,
    "/api/v1/wav/record-info": suno_helpers.WAV,
    "/api/v1/vocal-removal/record-info": suno_helpers.STEMS,
    "/api/v1/mp4/record-info": suno_helpers.MP4,
    "/api/v1/midi/record-info": suno_helpers.MIDI,
    "/api/v1/suno/cover/record-info": suno_helpers.COVER,
    "/api/v1/runway/record-detail": runway.RUNWAY,
    "/api/v1/aleph/record-info": runway.ALEPH,
    "/api/v1/modify/record-info": runway.LUMA,
}
