"""An order on its way: which model, what was answered, what is asked. It lives in Dialog.data, so it survives restarts."""

import dataclasses
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from bot.wizard.parts import Part
from kie import inputs
from kie.catalogue import AIModel
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
    skipped: list[str] = field(default_factory=list)  # of several of which one is needed: those that shall not be it
    part: Part | None = None  # the last text answer, as far as the next message may go on with it

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        """From Dialog.data; what an older release kept beside is left out."""
        known = {one.name for one in dataclasses.fields(cls)}
        draft = cls(**{name: value for name, value in data.items() if name in known and name != "part"})
        draft.part = Part(**data["part"]) if data.get("part") else None
        return draft

    def as_data(self) -> dict[str, Any]:
        """The JSON for Dialog.data."""
        return asdict(self)

    def fields(self, model: AIModel) -> list[Field]:
        """The questions and settings of `model` as the answers so far make them."""
        return inputs.fields(model, self.answers, skipped=self.skipped)

    def open_question(self, fields: Sequence[Field]) -> Field | None:
        """The first question without an answer; None when all are answered."""
        return next((one for one in fields if one.asked and not self._met(one)), None)

    def last_answered(self, fields: Sequence[Field]) -> Field | None:
        """The question answered or passed over before the one that is asked; the last of all on the confirmation."""
        questions = [one for one in fields if one.asked]
        names = [one.name for one in questions]
        before = questions[: names.index(self.asking)] if self.asking in names else questions
        return next((one for one in reversed(before) if self._met(one)), None)

    def _met(self, field: Field) -> bool:
        return field.name in self.answers or (field.name in self.skipped and not field.required)

    def answer(self, name: str, value: Any) -> None:
        """Keep an answer, as the latest: of two that exclude each other the earlier goes."""
        self.answers.pop(name, None)
        self.answers[name] = value
        self.skipped = [one for one in self.skipped if one != name]

    def forget(self, name: str, *, skip: bool = False) -> None:
        """Take an answer back; `skip`: the question shall not come again unless nothing else is left."""
        self.answers.pop(name, None)
        self.skipped = [*(one for one in self.skipped if one != name), *([name] if skip else [])]

    def step(self, fields: Sequence[Field]) -> tuple[int, int] | None:
        """(i, n) of the question asked; None for a single change."""
        names = [one.name for one in fields if one.asked]
        if self.returns or self.asking not in names:
            return None
        return names.index(self.asking) + 1, len(names)

    def keep_known(self, fields: Sequence[Field]) -> None:
        """Forget answers to what the model does not ask any more, or not beside the other answers."""
        names = {one.name for one in fields}
        self.answers = {name: value for name, value in self.answers.items() if name in names}
