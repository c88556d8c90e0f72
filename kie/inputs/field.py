"""One field of a model's input as the wizard asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kie.inputs import files, formats, source, words
from kie.inputs.spec import SEVERAL, Kind

__all__ = ["Field", "Kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What the wizard knows of a field. A required one is a question, any other a setting with its `default`.

    Limits are None where there is none. `max_mb` is for an uploaded file, `max_mb_link` for one given as a link.
    """

    name: str
    kind: Kind
    required: bool
    label_ru: str
    label_en: str
    either: bool = False  # one of several of which one is required: asked, and may be passed over
    hint_ru: str = ""
    hint_en: str = ""
    default: Any = None
    choices: tuple[Any, ...] = ()  # the values themselves; `choice` says what people read
    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # value → {"ru", "en"}
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None  # a number has to be greater
    below: float | None = None
    step: Decimal | None = None  # a number has to be a multiple
    min_length: int = 0  # of a list of texts: of each
    max_length: int | None = None
    max_total: int | None = None  # characters of all texts of a list
    pattern: str = ""
    media: str | None = None  # image, video, audio, document
    media_also: str | None = None  # taken as well
    min_items: int = 1
    max_items: int | None = 1  # None: nobody says how many
    max_mb: int | None = None
    max_mb_link: int | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    accept: tuple[str, ...] = ()  # MIME types; empty: all of its media
    min_side_px: int | None = None
    max_side_px: int | None = None
    min_height_px: int | None = None
    max_megapixels: int | None = None
    min_aspect: float | None = None  # width ÷ height
    max_aspect: float | None = None
    item: Mapping[str, Any] = field(default_factory=dict)  # of a list: the schema of its items
    led_by: str = ""  # what stands before the colon of a line: "voice", "speaker", "count" (kie.inputs.lines)
    sets_price: bool = False  # the price depends on the answer
    measured: bool = False  # … on the length of the file: a link will not do, nobody measures it
    sized: bool = False  # … on the sides of the picture
    main: bool = False  # the text that says what to make: examples and presets fill it
    of: tuple[str, ...] = ()  # keys of the models whose generations will do
    gives: str = ""  # what stands there at KIE: task, track, file
    by_track: bool = False  # it matters which of a generation's files is meant

    def label(self, locale: str) -> str:
        """What the field is called: "ru", else English."""
        return self.label_ru if locale == "ru" else self.label_en

    def hint(self, locale: str) -> str:
        """What helps to answer; "" if nothing does."""
        return self.hint_ru if locale == "ru" else self.hint_en

    def choice(self, locale: str, value: Any) -> str:
        """What people read for a value of the list: its words, else the value itself."""
        words = self.named.get(str(value))
        return words["ru" if locale == "ru" else "en"] if words else str(value)

    @property
    def asked(self) -> bool:
        """Whether it is a question on the way to an order; else it is a setting."""
        return self.required or self.either

    @property
    def several(self) -> bool:
        """Whether it is answered one by one, until that is enough."""
        return self.kind in SEVERAL

    @property
    def formats(self) -> list[str]:
        """The formats of files it takes as people call them: JPG, MP3… Empty: all."""
        return [formats.name(mime) for mime in self.accept]

    def parse(self, raw: Any) -> Any:
        """One answer as the input takes it: `raw` is a text, or a file answer {"file_id", "kind", "mime", "size", …}.

        Of files and of several choices it reads one at a time; the wizard gathers them in a list. Raises BadInput
        and nothing else, whatever `raw` is.
        """
        if self.kind == Kind.SOURCE:
            return source.parse(self, raw)
        if self.media:
            return files.parse(self, raw) if isinstance(raw, dict) else self._link_to_file(raw)
        return words.parse(self, raw)

    def _link_to_file(self, raw: Any) -> str:
        if not isinstance(raw, str):
            raise files.wrong_type(self, type(raw).__name__)
        link = words.link(self, raw, else_code="wrong_type", expected=str(self.kind), got="text")
        if self.measured:
            raise files.length_unknown(self)
        return link
