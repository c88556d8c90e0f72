"""The only errors of reading: a page that cannot be read, and a run that cannot tell anything."""


class Unreadable(Exception):
    """A page from which nothing is taken. `page` is its address or its file, `reason` a sentence for a person."""

    def __init__(self, page: str, reason: str) -> None:
        super().__init__(f"{page}: {reason}")
        self.page = page
        self.reason = reason


class NotAnswered(Exception):
    """A page was not to be had this time: no proof of anything. The message says why."""


class Aborted(Exception):
    """The run as a whole proves nothing: too few pages, no source. The message says why."""
