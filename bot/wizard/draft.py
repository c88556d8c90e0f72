"""An order on its way: which model, what was answered, what is asked. It lives in Dialog.data, so it survives restarts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from bot.wizard.parts import Part
from kie.inputs import Field


@dataclass(slots=True)
class Draft:
    """The wizard's state. `asking` is the name of the field that the next message answers, "" on the confirmation."""

    model: int  # AIModel.pk
    answers: dict[str, Any] = field(default_factory=dict)
    asking: str = ""
    returns: str = ""  # where a single change leads back to: "offer", "settings"; "" while the questions go on
    page: int = 0  # of the choices
    group: str = ""  # the album whose first file replaced those of an order: the others of it are added
    tapped: int = 0  # the message whose button led here; 0 where a message of the person's did
    part: Part | None = None  # the last text answer, as far as the next message may go on with it

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        """From Dialog.data; what an older release kept beside is left out."""
        known = {one.name for one in fields(cls)}
        draft = cls(**{name: value for name, value in data.items() if name in known and name != "part"})
        draft.part = Part(**data["part"]) if data.get("part") else None
        return draft

    def as_data(self) -> dict[str, Any]:
        """The JSON for Dialog.data."""
        return asdict(self)

    def open_question(self, questions: Sequence[Field]) -> Field | None:
        """The first required field without an answer; None when all are answered."""
        return next((one for one in questions if one.required and one.name not in self.answers), None)

    def last_answered(self, questions: Sequence[Field]) -> Field | None:
        """The required field answered before the one that is asked; the last of all on the confirmation."""
        required = [one for one in questions if one.required]
        names = [one.name for one in required]
        before = required[: names.index(self.asking)] if self.asking in names else required
        return next((one for one in reversed(before) if one.name in self.answers), None)

    def step(self, questions: Sequence[Field]) -> tuple[int, int] | None:
        """(i, n) of the question asked; None for a single change."""
        names = [one.name for one in questions if one.required]
        if self.returns or self.asking not in names:
            return None
        return names.index(self.asking) + 1, len(names)

    def keep_known(self, questions: Sequence[Field]) -> None:
        """Forget answers to what the model does not ask any more."""
        names = {one.name for one in questions}
        self.answers = {name: value for name, value in self.answers.items() if name in names}
