"""The one error of this package: an answer that does not fit, as a key and facts; the bot makes a sentence of it."""

from typing import Any

CODES = {
    "empty": "nothing was given",
    "missing": "a required field has no answer",
    "too_short": "text; facts: least, length",
    "too_long": "text; facts: most, length",
    "not_a_number": "facts: example",
    "not_whole": "a whole number was expected; facts: example",
    "too_small": "a number; facts: least",
    "too_big": "a number; facts: most",
    "not_above": "a number; facts: least, which has to be exceeded",
    "not_below": "a number; facts: most, which must not be reached",
    "not_a_step": "a number; facts: step, of which it has to be a multiple",
    "wrong_form": "a text of another form; facts: pattern",
    "not_yes_no": "yes or no was expected",
    "not_in_list": "facts: choices, a list of values",
    "not_a_link": "an http(s) link was expected; facts: example",
    "link_inside": "a link to an address inside a network, which nobody outside can open",
    "wrong_type": "another kind of answer was expected; facts: expected (a Kind), got (a kind of file, or text)",
    "wrong_format": "a file of another format; facts: accept (JPG, PNG…), got (a MIME type)",
    "unreadable": "a file that Telegram takes for none of those asked for, whatever its name promises; facts: expected (a Kind), got (a MIME type)",
    "file_too_big": "facts: most_mb, mb",
    "lasts_too_long": "sound or video; facts: most_s, seconds",
    "last_too_long": "sounds or videos, together or with the length asked for; facts: most_s, seconds",
    "too_brief": "sound or video; facts: least_s, seconds",
    "length_unknown": "the price goes by the length of this file, which a link or a plain file does not tell",
    "picture_too_small": "facts: least_px on the shorter side, width, height",
    "picture_too_large": "facts: most_px on the longer side, or most_megapixels; width, height",
    "wrong_proportions": "a picture or video; facts: least, most (width ÷ height, either may be None), width, height",
    "too_few": "files or choices; facts: least, items",
    "too_many": "files or choices; facts: most, items",
    "twice": "one of several choices was named twice",
    "input_too_big": "all answers together; facts: most_mb",
    "unknown": "the model has no such field",
    "no_price": "KIE names no price for this answer beside the others",
    "one_of": "one of several answers is needed; facts: fields, their names",
    "not_together": "each answer fits, but not all of them together; facts: fields, the names of those that exclude each other",
}


class BadInput(Exception):
    """An answer does not fit. `code` is a key of CODES; `facts` fill the sentence, "field" among them where it is known."""

    def __init__(self, code: str, **facts: Any) -> None:
        assert code in CODES, code
        super().__init__(f"{code} {facts or ''}".rstrip())
        self.code = code
        self.facts = facts

    @property
    def field(self) -> str:
        """The name of the input to blame, "" if it is none alone."""
        return str(self.facts.get("field", ""))
